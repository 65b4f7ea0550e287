"""Seconds from a load's crossing of the threshold to the raised count, for HPA and scalehook.

Most of the time passes until the next scrape, then until the rule's next evaluation or the HPA's
next sync. All three recur at fixed phases. These are random, but chosen so that chance favors
neither: each wait takes evenly spread values of its range, and every value of the first wait meets
every value of the second, for scalehook and for the HPA alike.
"""

import concurrent.futures
import dataclasses
import datetime
import math
import random
import time

from bench.autoscaled import METRIC, MINIMUM, SCRAPE, SYNC, TARGET
from programs.process import wait_until

NAMES = 1000   # rule groups to choose from; the phase of each follows from its name
SPACING = 6    # seconds between two crossings, at least
PATIENCE = 90  # seconds for one of them
PATIENCE_BACK = 600  # seconds for all of them to come back


@dataclasses.dataclass
class Plan:
    """Seconds from the crossing to the scrape, and from there to the evaluation and to the sync."""
    scrape: float
    evaluation: float
    sync: float
    load: int


@dataclasses.dataclass
class Reaction:
    load: str
    plan: Plan
    set_at: float      # Unix seconds, like the others
    scraped_at: float  # the first sample above the threshold
    changes: dict      # of "hpa" and "hook": (when, to how many)

    def since(self, moment, autoscaler):
        return self.changes[autoscaler][0] - getattr(self, moment)


def plans(count, evaluation, seed):
    """So many plans in a random order; `evaluation` is the rule's interval in seconds."""
    rng = random.Random(seed)
    rows = max(number for number in range(1, math.isqrt(count) + 1) if count % number == 0)
    columns = count // rows

    def spread(values, interval):
        return [(number + 0.5) / values * interval for number in range(values)]

    made = [Plan(scrape, *waits, load=rng.randrange(200, 400)) for scrape in spread(rows, SCRAPE)
            for waits in zip(rng.sample(spread(columns, evaluation), columns),
                             rng.sample(spread(columns, SYNC), columns))]
    return rng.sample(made, count)


def choose_groups(installation, waits, evaluation):
    """The name of each load's rule group, by the wait from a scrape to its evaluation."""
    names = [f"g{number}" for number in range(NAMES)]
    installation.prometheus.rules_file.write_text("groups:" + "".join(
        f"\n  - {{name: {name}, interval: {evaluation}s, "
        "rules: [{record: phase, expr: vector(1)}]}" for name in names), encoding="utf-8")
    installation.prometheus.reload()
    phases = wait_until(lambda: evaluated(installation, names), "all rule groups are evaluated",
                        timeout=4 * evaluation)
    chosen = {}
    for load, wait in waits.items():
        wanted = scrape_phase(installation, load) + wait

        def distance(name):
            off = (phases[name] - wanted) % evaluation
            return min(off, evaluation - off)

        chosen[load] = min(phases.keys() - chosen.values(), key=distance)
    return chosen


def evaluated(installation, names):
    """When these groups were last evaluated; none, unless all were."""
    times = {group["name"]: group["lastEvaluation"]
             for group in installation.prometheus.rule_groups()}
    if times.keys() != set(names) or any(time_.startswith("0001") for time_ in times.values()):
        return None
    return {name: datetime.datetime.fromisoformat(text).timestamp()
            for name, text in times.items()}


def scrape_phase(installation, load):
    """When the load was scraped last, in Unix seconds."""
    found = wait_until(lambda: installation.prometheus.query(
        f'timestamp({METRIC}{{load="{load}"}})'), f"{load} is scraped", timeout=3 * SCRAPE)
    return float(found[0]["value"][1])


def sleep_until(moment):
    time.sleep(max(0, moment - time.time()))


def next_at(phase, interval, earliest):
    """The first moment from `earliest` on that is a whole number of intervals from `phase`."""
    return earliest + (phase - earliest) % interval


def cross(installation, load, plan, earliest):
    """One crossing, after `earliest`; the HPA comes shortly before it, so its phase holds."""
    scrape = scrape_phase(installation, load)
    created_at = next_at(scrape + plan.sync, SYNC, earliest - 2 * SYNC)
    sleep_until(created_at)
    installation.create_hpa(f"hpa-{load}", load)
    set_at = next_at(scrape - plan.scrape, SCRAPE, max(earliest, created_at + SYNC + 1))
    sleep_until(set_at)
    set_at = time.time()
    installation.apps[load].set(plan.load)
    changes = {autoscaler: installation.counts.first(
        f"{autoscaler}-{load}", set_at, lambda count: count > MINIMUM, PATIENCE)
        for autoscaler in ("hpa", "hook")}
    samples = installation.prometheus.query(f'{METRIC}{{load="{load}"}}[5m]')[0]["values"]
    scraped_at = next(float(when) for when, value in samples if float(value) > MINIMUM * TARGET)
    return Reaction(load, plan, set_at, scraped_at, changes)


def react(installation, evaluation, seed):
    """Each load crosses once; their Reactions, in the order of the crossings."""
    planned = dict(zip(installation.loads, plans(len(installation.loads), evaluation, seed)))
    groups = choose_groups(installation, {load: plan.evaluation for load, plan in planned.items()},
                           evaluation)
    installation.set_rules(groups)
    wait_until(lambda: evaluated(installation, groups.values()), "the rules are evaluated",
               timeout=4 * evaluation)
    begin = time.time() + 2 * SYNC + 2
    with concurrent.futures.ThreadPoolExecutor(len(planned)) as threads:
        crossings = [threads.submit(cross, installation, load, plan, begin + SPACING * number)
                     for number, (load, plan) in enumerate(planned.items())]
        return sorted((crossing.result() for crossing in crossings),
                      key=lambda reaction: reaction.set_at)


def come_back(installation, seed):
    """Every load falls; seconds until the Deployments of "hpa" and "hook" are at the minimum.

    Infinite for those that do not come back in time.
    """
    rng = random.Random(seed)
    seconds = {"hpa": [], "hook": []}
    fallen = {}
    for load in installation.loads:
        time.sleep(rng.uniform(0, 2))
        fallen[load] = time.time()
        installation.apps[load].set(60)
    deadline = time.time() + PATIENCE_BACK
    for load, since in fallen.items():
        for autoscaler, taken in seconds.items():
            try:
                at, _ = installation.counts.first(f"{autoscaler}-{load}", since,
                                                  lambda count: count == MINIMUM,
                                                  timeout=max(0, deadline - time.time()))
                taken.append(at - since)
            except AssertionError:
                taken.append(math.inf)
    return seconds
