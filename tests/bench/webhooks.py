"""How many webhooks a second scalehook takes, beside what people would use instead.

    SCALEHOOK_ROOT=build/release /usr/bin/python3 tests/bench/webhooks.py [--rounds 5] [--seconds 4]

wrk posts one notification of ten firing alerts, again and again, on 64 connections. Every round
starts each server anew on the first core, with wrk on the second; the first second is not counted.
scalehook decides on every alert: the ten Deployments are in the stand-in API server, which runs on
wrk's core with the lowest priority.
"""

import argparse
import contextlib
import datetime
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import time
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from bench.machine import anonymous_mb, cores, cpu_seconds, disk, median, on_core
from bench.payload import notification
from programs.alertmanager import Alertmanager
from programs.kube_api import workload
from programs.process import Process, free_port, wait_until
from programs.scalehook import Scalehook, root
from programs.stand_in import StandIn

CONNECTIONS = 64
ALERTS = 10
DECIDED_LIMIT = 120  # seconds to decide on what was accepted, after the load

# What it is held to.
AIMS = {("scalehook", "bare server"): 0.45, ("scalehook", "Flask stub"): 3,
        ("scalehook", "Alertmanager"): 5}
AIM_AT_REST = 8  # MB

NOTIFICATION = notification([(f"web-{number}", 31 + number) for number in range(ALERTS)])
SERVER_CORE, CLIENT_CORE = cores()


def alerts():
    """The alerts of NOTIFICATION as Prometheus sends them to Alertmanager."""
    until = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1)
    return [{"labels": one["labels"], "annotations": one["annotations"],
             "startsAt": one["startsAt"], "endsAt": until.isoformat(),
             "generatorURL": one["generatorURL"]} for one in NOTIFICATION["alerts"]]


def post(url, body, seconds):
    """What wrk says of so many seconds of it."""
    with on_core(CLIENT_CORE):
        told = subprocess.run(
            ["wrk", "--threads", "1", "--connections", str(CONNECTIONS), "--duration",
             f"{seconds}s", "--timeout", "30s", "--script", HERE / "post.lua", url, "--", body],
            capture_output=True, text=True, check=True, timeout=seconds + 60)
    result = json.loads(told.stdout.splitlines()[-1])
    assert not result["refused"] and not result["broken"], result
    return result


class Contender:
    """One that takes webhooks, at `url` by `process`; running within `with`."""

    def __init__(self, folder, body):
        self.folder = folder
        self.body = body
        self._running = contextlib.ExitStack()

    def __enter__(self):
        with self._running, on_core(SERVER_CORE):
            self.start(self._running)
            self._running = self._running.pop_all()
        return self

    def __exit__(self, *what):
        return self._running.__exit__(*what)

    def run(self, argv, log):
        self.process = Process(argv, self.folder / log)
        self._running.callback(self.process.kill)

    def settle(self):
        """What is still to be told once the load is over."""
        return {}


class OfScalehook(Contender):
    """With its journal, its engine and the log notifier: as it comes, without a configuration."""

    def start(self, running):
        with on_core(CLIENT_CORE):
            server = running.enter_context(StandIn(self.folder / "api"))
            os.setpriority(os.PRIO_PROCESS, server.process.pid, 19)
        for one in NOTIFICATION["alerts"]:
            server.api.create(workload("Deployment", one["labels"]["deployment"]), "default")
        self._daemon = Scalehook(self.folder / "scalehook",
                                 env={"KUBECONFIG": str(server.kubeconfig)})
        running.callback(self._daemon.kill)
        self.process = self._daemon.process
        self.url = self._daemon.url + "/hpa"
        time.sleep(0.5)
        self._at_rest = anonymous_mb(self.process.pid)

    def settle(self):
        pid = self.process.pid
        loaded = anonymous_mb(pid)
        begun = time.monotonic()
        accepted = self._daemon.metric("scalehook_notifications_total")

        def decided():
            return self._daemon.metric("scalehook_decisions_total") / ALERTS

        behind = accepted - decided()
        wait_until(lambda: decided() >= accepted, "all is decided", DECIDED_LIMIT)
        took = time.monotonic() - begun
        reads = self._daemon.metric("scalehook_plugin_calls_total", call="read")
        return {"at_rest": self._at_rest, "loaded": loaded, "after": anonymous_mb(pid),
                "accepted": accepted, "behind": behind, "took": took, "reads": reads}


class OfFlask(Contender):
    def start(self, running):
        address = f"127.0.0.1:{free_port()}"
        self.url = f"http://{address}/hpa"
        self.run(["/usr/bin/gunicorn", "--bind", address, "--chdir", HERE, "flask_stub:app"],
                 "gunicorn.log")


class OfAlertmanager(Contender):
    def start(self, running):
        server = running.enter_context(Alertmanager(
            self.folder / "alertmanager", "route: {receiver: nobody}\nreceivers: [{name: nobody}]"))
        self.process = server.process
        self.url = server.url + "/api/v2/alerts"


class OfBareServer(Contender):
    def start(self, running):
        address = f"127.0.0.1:{free_port()}"
        self.url = f"http://{address}/hpa"
        self.run([root() / "bin" / "bench-bare-server", address], "bare-server.log")


def can_connect(host, port):
    with socket.create_connection((host, port)):
        return True


def measure(contender, seconds):
    with contender:
        address = urllib.parse.urlsplit(contender.url)
        wait_until(lambda: can_connect(address.hostname, address.port), "it listens")
        post(contender.url, contender.body, 1)
        used = cpu_seconds(contender.process.pid)
        result = post(contender.url, contender.body, seconds)
        used = cpu_seconds(contender.process.pid) - used
        return {**result, "rate": result["requests"] / result["seconds"],
                "cpu_us": 1e6 * used / result["requests"], **contender.settle()}


def spread(values, form):
    return f"{median(values):{form}}", f"{min(values):{form}} - {max(values):{form}}"


def report(rounds):
    print(f"{'':14}{'requests/s':>12}{'spread':>19}{'p50 ms':>9}{'p99 ms':>9}{'CPU µs each':>13}")
    for name, results in rounds.items():
        middle, ends = spread([one["rate"] for one in results], ",.0f")
        print(f"{name:14}{middle:>12}{ends:>19}"
              f"{median(one['p50_ms'] for one in results):9.1f}"
              f"{median(one['p99_ms'] for one in results):9.1f}"
              f"{median(one['cpu_us'] for one in results):13.0f}")
    # By CPU time: what it comes to where nothing else runs, as long as both keep their core busy.
    print(f"\n{'':27}{'ratio':>9}{'spread':>19}{'by CPU time':>14}   aim")
    for (one, other), aim in AIMS.items():
        ratios = [a["rate"] / b["rate"] for a, b in zip(rounds[one], rounds[other])]
        middle, ends = spread(ratios, ".2f")
        by_cpu = median(b["cpu_us"] / a["cpu_us"] for a, b in zip(rounds[one], rounds[other]))
        verdict = "" if median(ratios) >= aim else ", missed"
        print(f"{one + ' / ' + other:27}{middle:>9}{ends:>19}{by_cpu:14.2f}   {aim:g}{verdict}")

    ours = rounds["scalehook"]
    at_rest, loaded, after = (max(one[when] for one in ours)
                              for when in ("at_rest", "loaded", "after"))
    print(f"\nscalehook's anonymous memory (the most of the rounds): {at_rest:.1f} MB at rest "
          f"(aim: under {AIM_AT_REST}{'' if at_rest < AIM_AT_REST else ', missed'}), "
          f"{loaded:.1f} MB right after the load, {after:.1f} MB when all was decided")
    for what, key, unit in (("accepted", "accepted", " notifications"),
                            ("undecided at the load's end", "behind", ""),
                            ("decided", "took", " s later"),
                            ("readings of the ten Deployments", "reads", "")):
        middle, ends = spread([one[key] for one in ours], ",.1f" if key == "took" else ",.0f")
        print(f"  {what}: {middle}{unit} ({ends})")


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=4, help="of each server in each round")
    parser.add_argument("--only", help="one of them, e.g. to profile it")
    arguments = parser.parse_args()

    # In the build folder rather than in /tmp, which may be in memory.
    folder = root() / "bench"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    body, alerts_body = folder / "notification.json", folder / "alerts.json"
    body.write_text(json.dumps(NOTIFICATION, separators=(",", ":")))
    alerts_body.write_text(json.dumps(alerts(), separators=(",", ":")))
    contenders = {"scalehook": (OfScalehook, body), "Flask stub": (OfFlask, body),
                  "Alertmanager": (OfAlertmanager, alerts_body),
                  "bare server": (OfBareServer, body)}
    if arguments.only:
        contenders = {arguments.only: contenders[arguments.only]}

    print(f"{CONNECTIONS} connections, {ALERTS} firing alerts in {body.stat().st_size} bytes "
          f"({alerts_body.stat().st_size} to Alertmanager), {arguments.rounds} rounds of "
          f"{arguments.seconds} s.\n"
          f"The server is on core {SERVER_CORE}, wrk on core {CLIENT_CORE}, and there too, with "
          "the lowest priority, the stand-in API server.\n"
          f"Journal: {disk(folder)}\n", flush=True)
    rounds = {name: [] for name in contenders}
    for number in range(arguments.rounds):
        for name, (kind, its_body) in contenders.items():
            place = folder / f"{name.replace(' ', '-')}-{number}"
            place.mkdir()
            rounds[name].append(measure(kind(place, its_body), arguments.seconds))
            shutil.rmtree(place)
    if arguments.only:
        print(json.dumps(rounds, indent=1))
    else:
        report(rounds)


if __name__ == "__main__":
    main()
