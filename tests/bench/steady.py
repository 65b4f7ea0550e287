"""Notifications at a steady rate for a minute, each of which changes a Deployment.

    SCALEHOOK_ROOT=build/release /usr/bin/python3 tests/bench/steady.py [--rate 500] [--seconds 60]

Each is for the next of 1000 Deployments and asks for one replica more than the last, so that each
ends in a PATCH. That is four requests of the API a change, for which kube-apiserver and etcd need
more than two cores, and the tests' stand-in looks through all Events at each list. So a quicker
stand-in answers, in the process that posts; --api-delay makes it as slow as a real one. scalehook
runs on the first core, all else on the second. Times count from when a notification was due, not
from when it could be sent.
"""

import argparse
import asyncio
import json
import pathlib
import shutil
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from bench.machine import anonymous_mb, cores, disk, on_core, percentile
from bench.payload import notification
from bench.quick_api import Http, QuickApi
from programs.kube_api import write_kubeconfig
from programs.scalehook import Scalehook, root

TARGETS = 1000
LEFT_OVER = 20  # seconds for what is not yet applied at the end
AIM_MS = 100    # at p99

# A change at each notification is what is measured, so nothing may hold one back.
CONFIG = """
defaults: {cooldown: {out: 0s, in: 0s}}
budget: {changes_per_target: 1000000, changes: 1000000}
rules:
  - name: by-value
    matchers: ['trigger="hpa"']
    target: {scaler: deployment, namespace: "${namespace}", name: "${deployment}"}
    action: scale-out
    policy: {per_replica: 1}
    limits: {min: 1, max: 1000000}
"""

SERVER_CORE, CLIENT_CORE = cores()


class Answered(Http):
    """A connection to scalehook: a request, its answer, the next."""

    def __init__(self):
        super().__init__()
        self.waiting = None

    def received(self, head, body):
        self.waiting.set_result(head.split(b" ", 2)[1])

    def connection_lost(self, error):
        if self.waiting and not self.waiting.done():
            self.waiting.set_exception(error or ConnectionError("closed"))

    async def post(self, path, body):
        """The status."""
        self.waiting = asyncio.get_running_loop().create_future()
        self.transport.write(b"POST %s HTTP/1.1\r\nHost: scalehook\r\nContent-Type: "
                             b"application/json\r\nContent-Length: %d\r\n\r\n%s" %
                             (path, len(body), body))
        return int(await self.waiting)


class Load:
    """The notifications, and when each was due, answered and applied, by the loop's clock."""

    def __init__(self, daemon, rate, seconds):
        self._host, port = daemon.address.split(":")
        self._port = int(port)
        self._rate, self._count = rate, rate * seconds
        self._idle = []
        self.connections = 0
        self.due, self.answered, self.applied = {}, {}, {}  # by (Deployment, replicas)
        self.refused = self.patches = 0

    def patched(self, name, replicas):
        """What asked for fewer is applied as well, if it was decided together with a later one."""
        self.patches += 1
        now = asyncio.get_running_loop().time()
        while (name, replicas) in self.due and (name, replicas) not in self.applied:
            self.applied[name, replicas] = now
            replicas -= 1

    async def run(self):
        loop = asyncio.get_running_loop()
        begun = loop.time()
        posts = set()
        for number in range(self._count):
            due = begun + number / self._rate
            if due > loop.time():
                await asyncio.sleep(due - loop.time())
            post = asyncio.create_task(self._post(number, due))
            posts.add(post)
            post.add_done_callback(posts.discard)
        await asyncio.gather(*posts)

    async def _post(self, number, due):
        loop = asyncio.get_running_loop()
        key = f"web-{number % TARGETS}", 2 + number // TARGETS
        self.due[key] = due
        body = json.dumps(notification([key])).encode()
        if self._idle:
            connection = self._idle.pop()
        else:
            _, connection = await loop.create_connection(Answered, self._host, self._port)
            self.connections += 1
        status = await connection.post(b"/hpa", body)
        self.answered[key] = loop.time()
        self.refused += status != 200
        self._idle.append(connection)

    async def await_applied(self):
        deadline = asyncio.get_running_loop().time() + LEFT_OVER
        while len(self.applied) < self._count and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(0.05)

    def took(self, what):
        """Milliseconds of each, from when it was due; what never came took for ever."""
        return [1e3 * (what.get(key, float("inf")) - due) for key, due in self.due.items()]


def state(daemon):
    """What must not grow."""
    accepted = daemon.metric("scalehook_notifications_total")
    return (f"{anonymous_mb(daemon.process.pid):9.1f}"
            f"{daemon.metric('scalehook_journal_queue_length'):9.0f}"
            f"{accepted - daemon.metric('scalehook_decisions_total'):11.0f}"
            f"{daemon.metric('scalehook_http_connections'):13.0f}")


async def watch(daemon, interval):
    begun = time.monotonic()
    while True:
        seen = await asyncio.to_thread(state, daemon)
        print(f"{time.monotonic() - begun:6.0f}{seen}", flush=True)
        await asyncio.sleep(interval)


async def steady(daemon, api, rate, seconds):
    load = Load(daemon, rate, seconds)
    api.patched = load.patched
    print(f"{'second':>6}{'anon MB':>9}{'journal':>9}{'undecided':>11}{'connections':>13}")
    watching = asyncio.create_task(watch(daemon, seconds / 6))
    await load.run()
    await load.await_applied()
    watching.cancel()
    print(f"   end{await asyncio.to_thread(state, daemon)}")
    return load


async def bench(folder, rate, seconds, delay):
    api = QuickApi(delay)
    port = await api.listen()
    kubeconfig = write_kubeconfig(folder / "kubeconfig", f"http://127.0.0.1:{port}")
    with on_core(SERVER_CORE):
        daemon = Scalehook(folder / "scalehook", CONFIG, {"KUBECONFIG": str(kubeconfig)})
    with daemon:
        await asyncio.sleep(0.5)
        load = await steady(daemon, api, rate, seconds)
        # Its calls that still run are answered by this loop.
        await asyncio.to_thread(daemon.stop)
    answered, applied = load.took(load.answered), load.took(load.applied)
    print(f"\n{len(load.due)} notifications on {load.connections} connections, {load.refused} not "
          f"answered with 200; {load.patches} changes, {api.requests} requests of the API")
    print(f"\n{'':28}{'p50 ms':>9}{'p99 ms':>9}{'most':>9}   aim at p99")
    for what, values in (("until the answer", answered), ("until the PATCH came", applied)):
        verdict = "" if percentile(values, 99) < AIM_MS else ", missed"
        print(f"{what:28}{percentile(values, 50):9.1f}{percentile(values, 99):9.1f}"
              f"{max(values):9.1f}   under {AIM_MS}{verdict}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rate", type=int, default=500, help="notifications a second")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--api-delay", type=float, default=0, metavar="MS",
                        help="of each answer of the API server")
    arguments = parser.parse_args()
    folder = root() / "steady"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    print(f"{arguments.rate} notifications a second for {arguments.seconds} s, {TARGETS} "
          f"Deployments; the API server answers after {arguments.api_delay:g} ms; journal: "
          f"{disk(folder)}\n", flush=True)
    with on_core(CLIENT_CORE):
        asyncio.run(bench(folder, arguments.rate, arguments.seconds, arguments.api_delay / 1e3))
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
