"""What scalehook is judged beside, on a plant that keeps the rules of core/simulate/plant.hpp.

judgement.py runs them. A peer is asked at each tick of 15 s what count it sets.
"""

import bisect
import collections
import math

from bench.loads import TICK

MIN, MAX = 2, 40
CAPACITY = 100  # of a replica
STARTUP = 60    # seconds
LONGEST_WAIT = 10
FLAP = 15 * 60


class Plant:
    """Replicas under a load. `waits`: what cannot be served is served later, and not lost."""

    def __init__(self, load, waits=False):
        self.load, self.waits = load, waits
        self._ready_at = [-math.inf] * MIN
        self._backlog = 0.0
        self._used = collections.deque(maxlen=4)

    @property
    def replicas(self):
        return len(self._ready_at)

    def set(self, replicas, now):
        del self._ready_at[replicas:]
        self._ready_at += [now + STARTUP] * (replicas - len(self._ready_at))

    def advance(self, tick):
        """Serves a tick. The measures are None where the scrape was lost."""
        now, load = tick * TICK, self.load.at[tick]
        self.ready = bisect.bisect_right(self._ready_at, now)
        most = self.ready * CAPACITY
        wait = 0.0
        if self.waits:
            served = min(most, load + self._backlog / TICK)
            self._backlog += (load - served) * TICK
            if self._backlog < 1e-6:
                self._backlog = 0.0
            wait = self._backlog / most
            self.is_short = wait > LONGEST_WAIT
            self.unserved = load if self.is_short else 0.0
            self._used.append(served / most)
        else:
            self.is_short = load > most + 1e-6
            self.unserved = load - most if self.is_short else 0.0
            self._used.append(min(1.0, load / most))
        mean = self.load.mean[tick]
        self.measures = None
        if self.load.measured[tick]:
            self.measures = {
                "load": mean, "load_per_replica": mean / self.ready,
                "utilization": 100 * (sum(self._used) / len(self._used) if self.waits
                                      else mean / most),
                "backlog": self._backlog,
                "latency_seconds": 0.2 / max(0.02, 1 - self._used[-1]) + wait
                                   if load > 0 or self._backlog > 0 else None}


class Hpa:
    """HPA v2 with `behavior: {}`: a Pods metric, or with `total` an External one, each with an
    averageValue. Where no value counts 0, as in KEDA's scalers, that is one."""

    def __init__(self, target=70, metric="load_per_replica", total=False, without_value=None):
        self._target, self._metric, self._total = target * 1000, metric, total
        self._without_value = without_value
        self._recommended = collections.deque()
        self._is_seeded = False

    def _wanted(self, value, replicas, ready):
        thousandths = int(value * 1000)
        if self._total:
            ratio = thousandths / (self._target * replicas)
            return replicas if abs(1 - ratio) <= 0.1 else math.ceil(thousandths / self._target)
        if ready == 0:
            return None
        ratio = thousandths / self._target
        if ready == replicas:
            return replicas if abs(1 - ratio) <= 0.1 else math.ceil(ratio * ready)
        idle_or_used = (replicas - ready) * self._target if ratio < 1 else 0
        whole = (thousandths * ready + idle_or_used) // replicas / self._target
        if abs(1 - whole) <= 0.1 or ratio < 1 < whole or whole < 1 < ratio:
            return replicas
        return math.ceil(whole * replicas)

    def count(self, now, plant):
        replicas = plant.replicas
        if not self._is_seeded:
            self._recommended.append((now, replicas))
            self._is_seeded = True
        value = plant.measures[self._metric] if plant.measures else self._without_value
        wanted = None if value is None else self._wanted(value, replicas, plant.ready)
        if wanted is None:
            return replicas
        while self._recommended and self._recommended[0][0] <= now - 300:
            self._recommended.popleft()
        stable = wanted
        if wanted < replicas:
            stable = max([wanted] + [recent for _, recent in self._recommended])
        self._recommended.append((now, wanted))
        # Syncs are as far apart as the period of its rates, so that nothing counts from the last.
        return max(MIN, min(MAX, stable, max(replicas + 4, replicas * 2)))


class Script:
    """The webhook receiver that people write: a notification that the alert fires adds a replica,
    one that it is resolved takes one away. Alertmanager repeats at each group_interval."""

    def __init__(self, threshold=80, pending=60, group_wait=30, group_interval=300, repeat=60):
        self._threshold, self._pending = threshold, pending
        self._wait, self._interval, self._repeat = group_wait, group_interval, repeat
        self._since = self._flush_at = self._notified_at = None

    def _notification(self, now, value):
        """True: it fires. False: it is resolved. None: there is no notification."""
        if value is not None and value > self._threshold:
            self._since = now if self._since is None else self._since
        else:
            self._since = None
        fires = self._since is not None and now - self._since >= self._pending
        if fires and self._flush_at is None:
            self._flush_at = now + self._wait
        if self._flush_at is None or now < self._flush_at:
            return None
        self._flush_at = now + self._interval if fires else None
        if fires:
            if self._notified_at is not None and now - self._notified_at <= self._repeat:
                return None
            self._notified_at = now
            return True
        was_told, self._notified_at = self._notified_at is not None, None
        return False if was_told else None

    def count(self, now, plant):
        value = plant.measures["load_per_replica"] if plant.measures else None
        told = self._notification(now, value)
        if told is None:
            return plant.replicas
        return max(MIN, min(MAX, plant.replicas + (1 if told else -1)))


PEERS = {
    "HPA v2, 70 per replica": Hpa,
    "KEDA, 70 per replica": lambda: Hpa(metric="load", total=True, without_value=0),
    "script: one more per notification": Script,
}
QUEUE_PEERS = {
    "HPA v2, 70 per replica": Hpa,
    "HPA v2, utilisation 70 %": lambda: Hpa(metric="utilization"),
    "KEDA, 1000 of backlog per replica": lambda: Hpa(1000, "backlog", True, 0),
    "script: one more per notification": Script,
}


def judge(load, peer, waits=False):
    """The verdict on a peer, with the keys that `scalehook simulate --format json` gives."""
    plant = Plant(load, waits)
    changes, shortages = [], []
    unserved = replica_ticks = 0
    was_short = False
    for tick in range(len(load.at)):
        plant.advance(tick)
        before, after = plant.replicas, peer.count(tick * TICK, plant)
        if after != before:
            plant.set(after, tick * TICK)
            changes.append((tick * TICK, after > before))
        replica_ticks += after
        unserved += plant.unserved
        if plant.is_short:
            if not was_short:
                shortages.append(0)
            shortages[-1] += TICK
        was_short = plant.is_short
    return {
        "violation_minutes": sum(shortages) / 60,
        "unserved_share": unserved / (sum(load.at) or 1),
        "replica_minutes": replica_ticks * TICK / 60,
        "changes": len(changes),
        "flaps": sum(is_up != was_up and then - before <= FLAP
                     for (before, was_up), (then, is_up) in zip(changes, changes[1:])),
        "reaction_seconds": {"mean": sum(shortages) / len(shortages) if shortages else 0.0,
                             "max": max(shortages, default=0)},
    }
