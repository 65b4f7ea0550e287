"""What Alertmanager sends after an outage: one notification with all there is, in one POST."""

import time
import warnings
import zlib

from alert_load import CONFIG
from programs.kube_api import workload
from programs.process import wait_until
from programs.scalehook import Scalehook, reduced, sanitized

TARGETS = reduced(2000, 500, "targets")
ALERTS_EACH = 10
MEMORY = 256 * 1024 * 1024


def alert(name, pod):
    return {"status": "firing",
            "labels": {"alertname": "set", "deployment": name, "pod": f"{name}-{pod}",
                       "severity": "warning", "team": "storefront", "cluster": "production-eu-1"},
            "annotations": {"value": "3", "summary": f"{name}-{pod} has a long queue",
                            "runbook_url": "https://runbooks.example.org/queues/long"},
            "startsAt": "2026-11-23T16:06:10.585Z", "endsAt": "0001-01-01T00:00:00Z",
            "generatorURL": "http://prometheus.example.org:9090/graph?g0.expr=queue_length+%3E+30",
            "fingerprint": f"{zlib.crc32(f'{name}-{pod}'.encode()):016x}"}


def test_one_notification_changes_thousands_of_workloads(stand_in, tmp_path):
    names = [f"shop-{number}" for number in range(TARGETS)]
    for name in names:
        stand_in.api.create(workload("Deployment", name, replicas=1), "default")
    outage = {"version": "4", "status": "firing", "receiver": "scalehook",
              "alerts": [alert(name, pod) for pod in range(ALERTS_EACH) for name in names]}
    memory = []
    with Scalehook(tmp_path / "scalehook", CONFIG,
                   env={"KUBECONFIG": str(stand_in.kubeconfig)}) as scalehook:

        def applied():
            memory.append(scalehook.anonymous_memory())
            return scalehook.metric("scalehook_decisions_total", reason="applied") >= TARGETS

        began = time.monotonic()
        assert scalehook.post("/hpa", outage).status == 200
        answered = time.monotonic()
        wait_until(applied, "every workload is changed", timeout=300)
        decided = time.monotonic()
        # Every one, and none twice.
        assert sorted(seen["path"].split("/")[-2] for seen in stand_in.requests("PATCH")
                      if seen["performed"] == 200) == sorted(names)
        assert {stand_in.api.replicas("Deployment", "default", name) for name in names} == {3}
        records = scalehook.get("/api/v1/decisions?limit=10000").json()["decisions"]
        assert {record["target"]["name"] for record in records
                if record["reason"] == "applied"} == set(names)
        memory.append(scalehook.anonymous_memory())
    warnings.warn(f"{TARGETS * ALERTS_EACH} alerts for {TARGETS} workloads: answered after "
                  f"{answered - began:.1f} s, changed after {decided - began:.1f} s, at most "
                  f"{max(memory) / 2**20:.0f} MiB of anonymous memory, {memory[-1] / 2**20:.0f} at "
                  "the end")
    assert sanitized() or max(memory) < MEMORY
