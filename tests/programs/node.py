"""The kubelet's part for a control plane without nodes: its pods start, run and become ready.

No container runs. Annotations of a pod say how long each state lasts, in seconds: PENDING until it
runs, STARTING from then until it is ready.
"""

import datetime
import heapq
import itertools
import threading
import time

from programs.kube_api import MERGE_PATCH

PENDING, STARTING = "node.test/pending", "node.test/starting"


class Node:
    """Attends to the pods of one namespace from the constructor's return until stop()."""

    def __init__(self, api, namespace):
        self._api = api
        self._path = f"/api/v1/namespaces/{namespace}/pods"
        self._pods = {}
        self._due = []  # heap of (monotonic time, number, pod's name, whether it is ready then)
        self._numbers = itertools.count(1)
        self._changed = threading.Condition()
        self._stopped = False
        self._threads = [threading.Thread(target=self._watch, daemon=True),
                         threading.Thread(target=self._work, daemon=True)]
        for thread in self._threads:
            thread.start()

    def pods(self, labels):
        """The pods with these labels that are not being deleted, as the API server has them."""
        with self._changed:
            return [pod for pod in self._pods.values()
                    if labels.items() <= pod["metadata"].get("labels", {}).items()
                    and "deletionTimestamp" not in pod["metadata"]]

    def _watch(self):
        for kind, pod in self._api.watch(self._path):
            name, now = pod["metadata"]["name"], time.monotonic()
            with self._changed:
                if kind == "DELETED":
                    self._pods.pop(name, None)
                    continue
                if name not in self._pods:
                    annotations = pod["metadata"].get("annotations", {})
                    running = now + float(annotations.get(PENDING, 0))
                    ready = running + float(annotations.get(STARTING, 0))
                    heapq.heappush(self._due, (running, next(self._numbers), name, False))
                    heapq.heappush(self._due, (ready, next(self._numbers), name, True))
                self._pods[name] = pod
                self._changed.notify()

    def _work(self):
        while True:
            with self._changed:
                while not self._stopped and (
                        not self._due or self._due[0][0] > time.monotonic()):
                    self._changed.wait(
                        max(0, self._due[0][0] - time.monotonic()) if self._due else None)
                if self._stopped:
                    return
                _, number, name, ready = heapq.heappop(self._due)
            answer = self._api.request("PATCH", f"{self._path}/{name}/status",
                                       {"status": _status(number, ready)}, MERGE_PATCH)
            # A pod that was deleted meanwhile does not become ready.
            assert answer.status in (200, 404), answer.body

    def stop(self):
        """No pod changes afterwards; the watch ends with the API server."""
        with self._changed:
            self._stopped = True
            self._changed.notify()
        self._threads[1].join(30)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def is_ready(pod):
    return any(condition["type"] == "Ready" and condition["status"] == "True"
               for condition in pod["status"].get("conditions", ()))


def _status(number, ready):
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    status = {"phase": "Running", "conditions": [
        {"type": "Ready", "status": str(ready), "lastTransitionTime": now}]}
    if not ready:
        status |= {"startTime": now, "podIP": f"10.1.{number // 250 % 250}.{number % 250 + 1}"}
    return status
