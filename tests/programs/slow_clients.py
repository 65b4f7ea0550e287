"""Clients that hold connections as long as they can, and one that behaves beside them."""

import http.client
import itertools
import math
import resource
import threading
import time

from programs.process import Process, wait_until

# By the seconds for which the daemon lets them: a kept connection is idle, a body comes, a head
# comes. Slow readers ask three times at once for more than their window takes.
SLOW = {
    "reading": (120, "/metrics", ["-X", "-k", 3, "-w", 512, "-y", 1024, "-n", 5, "-z", 32]),
    "body": (30, "/hpa", ["-B", "-s", 8192, "-f", "application/json", "-i", 5]),
    "head": (10, "/-/ready", ["-H", "-i", 5]),
}


def most_connections(wanted):
    """How many of them the limit of descriptors allows: the daemon leaves a quarter to others."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))  # slowhttptest takes it as it is
    return wanted if hard == resource.RLIM_INFINITY else min(wanted, hard // 4 * 3 - 100)


class SlowClients:
    """Debian's slowhttptest, once for each way to be slow."""

    def __init__(self, scalehook, folder, count):
        self._scalehook, self._folder = scalehook, folder
        folder.mkdir()
        # The sooner they are thrown out, the fewer they are, for they must all be there at once.
        self.counts = {"reading": count // 2, "body": count * 4 // 10}
        self.counts["head"] = count - sum(self.counts.values())
        self._processes = []

    def open_all(self):
        """Returns when all of them are connected at the same time."""
        expected = 0
        for way, count in self.counts.items():
            _, path, arguments = SLOW[way]
            self._processes.append(Process(
                ["slowhttptest", *arguments, "-c", count, "-r", 1000, "-l", 600, "-p", 60,
                 "-u", self._scalehook.url + path], self._folder / f"{way}.log"))
            expected += count
            wait_until(lambda: self.connected() >= expected, f"{expected} are connected",
                       timeout=100)

    def await_at_most(self, count, what, timeout):
        def few():
            connected = self.connected()
            assert connected <= count, f"{connected:.0f} connections, at most {count} are right"
            return True
        wait_until(few, what, timeout)

    def connected(self):
        return self._scalehook.metric("scalehook_http_connections")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in self._processes:
            process.kill()


class GoodClient:
    """Posts notifications on a connection that it keeps, as Alertmanager does, and asks on new ones
    whether the daemon is ready. All is answered 200, or leaving the block fails."""

    connections = 2  # that it holds at most

    def __init__(self, scalehook, notification):
        """notification: from a number to a body for POST /hpa."""
        self._address, self._notification = scalehook.address, notification
        self.seconds = []  # of each request
        self._failures = []
        self._stopped = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=[work])
                         for work in (self._post, self._ask)]

    def percentile(self, share):
        ordered = sorted(self.seconds)
        return ordered[math.ceil(share * len(ordered)) - 1]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, kind, *_):
        self._stopped.set()
        for thread in self._threads:
            thread.join()
        assert kind or not self._failures, self._failures

    def _run(self, work):
        try:
            work()
        except (OSError, http.client.HTTPException) as error:
            self._failures.append(repr(error))

    def _connect(self):
        return http.client.HTTPConnection(self._address, timeout=60)

    def _post(self):
        connection = self._connect()
        for number in itertools.count():
            if self._stopped.wait(0.02):
                break
            self._request(connection, "POST", "/hpa", self._notification(number),
                          {"Content-Type": "application/json"})
        connection.close()

    def _ask(self):
        while not self._stopped.wait(0.02):
            connection = self._connect()
            self._request(connection, "GET", "/-/ready")
            connection.close()

    def _request(self, connection, method, path, body=None, headers=None):
        began = time.monotonic()
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        said = answer.read()
        self.seconds.append(time.monotonic() - began)
        if answer.status != 200:
            self._failures.append(f"{method} {path}: {answer.status} {said!r}")
