#!/usr/bin/python3
"""Measures how long a good client waits beside 10,000 slow ones: the aim is a p99 below 50 ms.

    tests/bench/slow_clients.py [--connections 10000]

Of build/release, or of $SCALEHOOK_ROOT. The slow ones share the machine, and are part of
what costs. Needs `packaging/dependencies.sh build test`.
"""

import argparse
import functools
import json
import os
import pathlib
import sys
import tempfile
import threading

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests"))
os.environ.setdefault("SCALEHOOK_ROOT", str(TOP / "build" / "release"))

from programs.scalehook import AT_ONCE, Scalehook
from programs.slow_clients import GoodClient, SlowClients, most_connections
from programs.stand_in import StandIn


def notification(number):
    """Of a workload that there is not: what is measured is the answer, not what follows."""
    return json.dumps({"version": "4", "status": "firing", "alerts": [{
        "status": "firing", "labels": {"alertname": "Busy", "trigger": "hpa", "deployment": "shop",
                                       "namespace": "default", "action": "scale-out"},
        "annotations": {"value": str(number)}, "startsAt": "2026-11-23T16:06:10.585Z",
        "endsAt": "0001-01-01T00:00:00Z"}]})


def measure(what, scalehook, work):
    with GoodClient(scalehook, notification) as good:
        work()
        connections = scalehook.metric("scalehook_http_connections")
    print(f"{what:14}{connections:11.0f}{len(good.seconds):11}{1000 * good.percentile(0.5):10.1f}"
          f"{1000 * good.percentile(0.99):10.1f}{1000 * max(good.seconds):10.1f}"
          f"{scalehook.anonymous_memory() / 2**20:9.0f}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--connections", type=int, default=10_000)
    count = most_connections(parser.parse_args().connections)
    # As long as the heads last: those are opened last, and are let for ten seconds.
    pause = functools.partial(threading.Event().wait, 5)
    print(f"{'slow clients':14}connections   requests    p50 ms    p99 ms    max ms      MiB")
    with tempfile.TemporaryDirectory() as name, StandIn(f"{name}/stand-in") as stand_in:
        folder = pathlib.Path(name)
        with Scalehook(folder / "scalehook", AT_ONCE,
                       env={"KUBECONFIG": str(stand_in.kubeconfig)}) as scalehook:
            measure("none", scalehook, pause)
            with SlowClients(scalehook, folder / "slow", count) as slow:
                measure("connecting", scalehook, slow.open_all)
                measure("all connected", scalehook, pause)


if __name__ == "__main__":
    main()
