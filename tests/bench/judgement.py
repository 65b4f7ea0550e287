"""How well loads are served by scalehook, and what it takes, beside autoscalers and a script.

    SCALEHOOK_ROOT=build/release /usr/bin/python3 tests/bench/judgement.py [FOLDER] [--write]

Each configuration of configurations.py is played by `scalehook simulate` on each load: those of
FOLDER (`*.csv` and `*.csv.gz`, "t,load") and made ones, for which one of the same name there stands
in. The peers of peers.py run on a plant with the same rules. Prints the result as Markdown; --write
puts it into docs/judgement.md.

It fails if the HPA that scalehook judges itself beside is another one than the peer here.
"""

import argparse
import collections
import concurrent.futures
import json
import math
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from bench import loads, peers
from bench.configurations import CONFIGURATIONS, QUEUE_CONFIGURATIONS
from programs.scalehook import root

DOCUMENT = HERE.parents[1] / "docs" / "judgement.md"
TARGET = 70
HPA = "HPA v2, 70 per replica"

HEAD = f"""# How well loads are served

Written by `tests/bench/judgement.py`; do not edit it by hand.

    tests/bench/run.sh judgement [FOLDER]           # prints this
    SCALEHOOK_ROOT=build/release /usr/bin/python3 tests/bench/judgement.py [FOLDER] --write

`scalehook simulate --load` plays each load through Prometheus' rules, Alertmanager's group timings
and the real engine, in simulated time. A workload has {peers.MIN} to {peers.MAX} replicas and begins with {peers.MIN}. Each
serves a load of {peers.CAPACITY}, from {peers.STARTUP} s after it was added. The metrics are taken every {loads.TICK} s and
show the mean load of the last minute. Where nothing else is said, Alertmanager has `group_wait:
30s` and `group_interval: 5m`, and scalehook has `prometheus.url`.

Beside it, on the same workload:

- **HPA v2**: a HorizontalPodAutoscaler with the default `behavior`: a Pods metric with an
  `averageValue` of {TARGET}. The figures marked × are relative to it.
- **KEDA**: its Prometheus scaler, so an HPA on the total, where no value counts as 0.
- **script**: a webhook receiver of a few lines: each notification that the alert fires adds one
  replica, each that it is resolved takes one away. The alert is at 80 per replica for 1m, and with
  `repeat_interval: 1m` Alertmanager repeats it every 5 minutes.

| column | meaning |
|---|---|
| short | minutes in which the load was above what ready replicas serve; of a queue: in which the wait was above {peers.LONGEST_WAIT} s |
| unserved | share of the load that was lost; of a queue: that had to wait for so long |
| cost | replicas × minutes, those that start included |
| changes | of the count |
| flaps | changes that the next one, within 15 minutes, took the other way |
| longest | the longest shortage, in seconds |

The loads `made_…` and `queue_…` are made by the script, from a fixed seed. Recorded loads are not
part of this repository; the README.md of the folder that has them names sources and licences.
"""


def simulate(configuration, load, waits):
    """What `scalehook simulate` makes of the load: its verdict, and that on its HPA."""
    with tempfile.TemporaryDirectory() as folder:
        configuration.write(folder)
        wait, interval = configuration.group
        told = subprocess.run(
            [root() / "bin" / "scalehook", "simulate", "--config.file", f"{folder}/scalehook.yml",
             "--rules.file", f"{folder}/rules.yml", "--load", load,
             "--capacity", str(peers.CAPACITY), "--startup", f"{peers.STARTUP}s",
             "--unserved", "waits" if waits else "lost", "--hpa-target", str(TARGET),
             "--group-wait", wait, "--group-interval", interval, "--format", "json"],
            capture_output=True, text=True, check=False)
    if told.returncode != 0:
        raise RuntimeError(f"scalehook simulate --load {load}: {told.stderr.strip()}")
    answer = json.loads(told.stdout)
    return answer["verdict"], answer["hpa"]


def differences(ours, theirs):
    """The keys in which two verdicts are not the same."""
    flat = [{**verdict, **{f"reaction_seconds.{key}": value
                           for key, value in verdict["reaction_seconds"].items()}}
            for verdict in (ours, theirs)]
    return [key for key in flat[0] if key != "reaction_seconds" and
            not math.isclose(flat[0][key], flat[1][key], rel_tol=1e-9, abs_tol=1e-9)]


def times(value, base):
    return f"{value / base:.2f}" if base else "–"


def row(name, verdict, hpa):
    short, cost = verdict["violation_minutes"], verdict["replica_minutes"]
    return (f"| {name} | {short:.2f} | {times(short, hpa['violation_minutes'])} "
            f"| {100 * verdict['unserved_share']:.2f} % | {cost:.0f} "
            f"| {times(cost, hpa['replica_minutes'])} | {verdict['changes']} | {verdict['flaps']} "
            f"| {verdict['reaction_seconds']['max']:.0f} |")


def table(verdicts):
    hpa = verdicts[HPA]
    return "\n".join(["| | short | × | unserved | cost | × | changes | flaps | longest |",
                      "|---|--:|--:|--:|--:|--:|--:|--:|--:|",
                      *(row(name, verdict, hpa) for name, verdict in verdicts.items())])


def total(by_load):
    """Sums over the loads; of unserved shares the mean, of longest shortages the longest."""
    sums = {}
    for verdicts in by_load.values():
        for name, verdict in verdicts.items():
            into = sums.setdefault(name, collections.Counter())
            into.update({key: value for key, value in verdict.items() if key != "reaction_seconds"})
            into["longest"] = max(into["longest"], verdict["reaction_seconds"]["max"])
    return {name: {**into, "unserved_share": into["unserved_share"] / len(by_load),
                   "reaction_seconds": {"max": into["longest"]}} for name, into in sums.items()}


def judge(files, configurations, others, waits, pool):
    """The verdicts, by load and by name; and what was found wrong."""
    played = {(load, name): pool.submit(simulate, configuration, path, waits)
              for load, path in files.items() for name, configuration in configurations.items()}
    by_load, wrong = {}, []
    for load, path in files.items():
        rows = loads.Load(loads.read(path))
        beside = {name: peers.judge(rows, peer(), waits) for name, peer in others.items()}
        by_load[load] = {}
        for name in configurations:
            by_load[load][name], hpa = played[load, name].result()
            wrong += [f"{load}, {name}: the HPA's {key} is {hpa[key.split('.')[0]]}, and the "
                      f"peer's {beside[HPA][key.split('.')[0]]}"
                      for key in differences(beside[HPA], hpa)]
        by_load[load].update(beside)
        print(f"{load} is judged", file=sys.stderr)
    return by_load, wrong


def document(rates, queues):
    parts = [HEAD, "## All loads\n", table(total(rates)), ""]
    for load, verdicts in rates.items():
        parts += [f"## {load}\n", table(verdicts), ""]
    parts += ["## Queues\n", "What cannot be served at once waits. The utilisation is that of the "
              "ready replicas and saturates at 100 %.\n"]
    for load, verdicts in queues.items():
        parts += [f"### {load}\n", table(verdicts), ""]
    return "\n".join(parts)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", help="of recorded loads")
    parser.add_argument("--write", action="store_true", help=f"into docs/{DOCUMENT.name}")
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)),
                        help="simulations at once; default: one a core")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, \
            concurrent.futures.ThreadPoolExecutor(given.jobs) as pool:
        files = loads.make(loads.MADE, folder)
        if given.folder:
            recorded = loads.recorded(given.folder)
            if not recorded:
                parser.error(f"{given.folder} has no *.csv or *.csv.gz")
            files.update(recorded)
        rates, wrong = judge(files, CONFIGURATIONS, peers.PEERS, False, pool)
        queues, more = judge(loads.make(loads.QUEUES, folder), QUEUE_CONFIGURATIONS,
                             peers.QUEUE_PEERS, True, pool)
    text = document(rates, queues)
    print(text)
    if given.write:
        DOCUMENT.write_text(text, encoding="utf-8")
    for sentence in wrong + more:
        print(f"judgement.py: {sentence}", file=sys.stderr)
    return 1 if wrong + more else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except RuntimeError as fault:
        sys.exit(f"judgement.py: {fault}")
