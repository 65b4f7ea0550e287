"""Ten thousand slow clients neither keep out a good one, nor cost much, nor stay."""

import json
import threading
import warnings

from alert_load import CONFIG
from programs.kube_api import workload
from programs.process import wait_until
from programs.scalehook import Scalehook, reduced, sanitized
from programs.slow_clients import SLOW, GoodClient, SlowClients, most_connections

WANTED = reduced(10_000, 1000, "connections")
MEMORY = 100 * 1024 * 1024
LATE = 30  # seconds that a busy machine may take beyond the daemon's limits


def notification(number):
    return json.dumps({"version": "4", "status": "firing", "alerts": [{
        "status": "firing", "labels": {"alertname": "step", "deployment": "shop"},
        "annotations": {"value": str(number)}, "startsAt": "2026-11-23T16:06:10.585Z",
        "endsAt": "0001-01-01T00:00:00Z"}]})


class Memory:
    """The most anonymous memory that the daemon had."""

    def __init__(self, scalehook):
        self.most = 0
        self._scalehook = scalehook
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def _watch(self):
        while True:
            self.most = max(self.most, self._scalehook.anonymous_memory())
            if self._stopped.wait(0.1):
                return

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stopped.set()
        self._thread.join()


def test_slow_clients_neither_keep_out_a_good_one_nor_stay(stand_in, tmp_path):
    stand_in.api.create(workload("Deployment", "shop", replicas=1), "default")
    count = most_connections(WANTED)
    if count < WANTED:
        warnings.warn(f"{count} connections, for the limit of descriptors allows no {WANTED}")
    with Scalehook(tmp_path / "scalehook", CONFIG,
                   env={"KUBECONFIG": str(stand_in.kubeconfig)}) as scalehook:
        with (Memory(scalehook) as memory, SlowClients(scalehook, tmp_path / "slow", count) as slow,
              GoodClient(scalehook, notification) as good):
            slow.open_all()
            served = len(good.seconds)
            wait_until(lambda: len(good.seconds) >= served + 20, "it is served beside all of them")
            # And this here, which asks for the metric, and each slowhttptest, which now and then
            # looks whether it is still answered.
            own = good.connections + 1 + len(slow.counts)
            slow.await_at_most(slow.counts["reading"] + own, "slow heads and bodies are gone",
                               timeout=SLOW["body"][0] + LATE)
            slow.await_at_most(own, "slow readers are gone", timeout=SLOW["reading"][0] + LATE)
        assert stand_in.api.replicas("Deployment", "default", "shop") == 2
    warnings.warn(f"beside {count} slow clients {len(good.seconds)} requests, half within "
                  f"{1000 * good.percentile(0.5):.0f} ms, 99 % within "
                  f"{1000 * good.percentile(0.99):.0f} ms, at most {memory.most / 2**20:.0f} MiB")
    assert sanitized() or memory.most < MEMORY
