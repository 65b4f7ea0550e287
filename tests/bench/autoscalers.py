"""A real HorizontalPodAutoscaler beside scalehook, in real time, and a model of it beside it.

    SCALEHOOK_ROOT=build/release /usr/bin/python3 tests/bench/autoscalers.py [--crossings 20]

Some twenty minutes, most of them spent waiting, so that other work on the machine matters little.
"""

import argparse
import concurrent.futures
import pathlib
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from bench import hpa_series, reaction
from bench.autoscaled import MINIMUM, SCRAPE, SYNC, TARGET, Autoscaled
from bench.machine import percentile
from programs.scalehook import root

TITLES = {"hpa": "HPA", "hook": "scalehook"}
RESOLUTION = 0.1  # seconds, of some 15; the waits are chosen more exactly than that


def line(what, values):
    ordered = sorted(values)
    print(f"{what:44}{ordered[0]:8.1f}{percentile(ordered, 50):8.1f}{percentile(ordered, 90):8.1f}"
          f"{ordered[-1]:8.1f}")


def head(what):
    print(f"\n{what:44}{'min':>8}{'p50':>8}{'p90':>8}{'max':>8}")


def print_reactions(reactions):
    print(f"{'load':>6}{'to scrape':>11}{'HPA, from it':>14}{'to count':>9}"
          f"{'scalehook, from it':>20}{'to count':>9}")
    for one in reactions:
        print(f"{one.plan.load:6}{one.scraped_at - one.set_at:11.2f}"
              f"{one.since('scraped_at', 'hpa'):14.2f}{one.changes['hpa'][1]:9}"
              f"{one.since('scraped_at', 'hook'):20.2f}{one.changes['hook'][1]:9}")
    for moment, what in (("set_at", "from the crossing"), ("scraped_at", "from its first sample")):
        head(f"seconds {what} to spec.replicas")
        for autoscaler, title in TITLES.items():
            line(title, [one.since(moment, autoscaler) for one in reactions])
    own = {"hpa": [one.since("scraped_at", "hpa") - one.plan.sync for one in reactions],
           "hook": [one.since("scraped_at", "hook") - one.plan.evaluation for one in reactions]}
    print("\nbeyond the waits for the sync and for the evaluation, p50: " + ", ".join(
        f"{title} {1000 * percentile(own[autoscaler], 50):.0f} ms"
        for autoscaler, title in TITLES.items()))
    middle = {autoscaler: percentile([one.since("set_at", autoscaler) for one in reactions], 50)
              for autoscaler in TITLES}
    later = middle["hook"] - middle["hpa"]
    print(f"from the crossing, p50: HPA {middle['hpa']:.2f} s, scalehook {middle['hook']:.2f} s "
          f"(aim: no slower, within {RESOLUTION} s{', missed' if later > RESOLUTION else ''})")


def print_models(series):
    print("\nthe real HPA's syncs, and in how many of them its models agree:")
    for name, found in series.items():
        asked = sum(sync.asked == sync.model_asked for sync in found)
        counts = sum(sync.count == sync.model_count for sync in found)
        changes = sum(sync.count != sync.spec for sync in found)
        print(f"{name}: {len(found)} syncs, {changes} of them changes; the metric's count agrees "
              f"in {asked}, the count set in {counts}")
        for sync in found:
            if (sync.asked, sync.count) != (sync.model_asked, sync.model_count):
                print(f"  {sync}")
    found = series["empty-behavior"]
    pairs = list(zip(found, hpa_series.simulated(found), strict=True))
    print(f"simulate's own, which has an empty behavior: the count set agrees in "
          f"{sum(sync.count == count for sync, count in pairs)} of {len(pairs)}")
    for sync, count in pairs:
        if sync.count != count:
            print(f"  {count}: {sync}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--crossings", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--evaluation", type=int, default=15, metavar="SECONDS",
                        help="interval of the rule's group")
    parser.add_argument("--series", metavar="FILE", help="writes the HPA's syncs there, as CSV")
    arguments = parser.parse_args()
    loads = [f"load-{number}" for number in range(arguments.crossings)]
    with tempfile.TemporaryDirectory(dir=root(), prefix="autoscalers-") as folder, \
            Autoscaled(folder, loads, list(hpa_series.MODELLED), arguments.evaluation) as all_, \
            concurrent.futures.ThreadPoolExecutor(1) as beside:
        version = all_.api.get("/version")["gitVersion"]
        print(f"Kubernetes {version}, HPA sync {SYNC} s; Prometheus scrapes every {SCRAPE} s and "
              f"evaluates the rule every {arguments.evaluation} s;\nAlertmanager's route: "
              f"group_by: ['...'], group_wait: 0s, group_interval: 1m\nHPA: Pods metric, "
              f"averageValue {TARGET}; scalehook: sum(load) > {MINIMUM} x {TARGET} without `for`, "
              f"per_replica: {TARGET}\n{len(loads)} loads, each of which crosses once\n",
              flush=True)
        hpa_series.prepare(all_)
        playing = beside.submit(hpa_series.play, all_, arguments.seed)
        print_reactions(reaction.react(all_, arguments.evaluation, arguments.seed))
        sys.stdout.flush()
        back = reaction.come_back(all_, arguments.seed)
        head("seconds from the load's fall to the minimum")
        for autoscaler, title in TITLES.items():
            line(title, back[autoscaler])
        sys.stdout.flush()
        playing.result()
        series = {name: hpa_series.syncs(all_, name) for name in hpa_series.MODELLED}
        if arguments.series:
            hpa_series.write(arguments.series, series)
        print_models(series)


if __name__ == "__main__":
    main()
