"""A model of the HorizontalPodAutoscaler for one Pods metric with averageValue.

Written from Kubernetes 1.20.2: calcPlainMetricReplicas of pkg/controller/podautoscaler's
replica_calculator.go, and reconcileAutoscaler with what it calls in horizontal.go.
"""

import dataclasses
import math

TOLERANCE = 0.1  # --horizontal-pod-autoscaler-tolerance
WINDOW = 300     # --horizontal-pod-autoscaler-downscale-stabilization, in seconds


@dataclasses.dataclass
class Policies:
    """The rates of a `behavior`: (pods, percent, seconds) each; selectPolicy is Max.

    The defaults are the API's for `behavior: {}`. An HPA without `behavior` has none of this.
    """
    up: tuple = ((4, None, 15), (None, 100, 15))
    down: tuple = ((None, 100, 15),)


def proposal(current, values, target, pending=0, missing=0):
    """The count that the metric alone asks for; None where the controller reports an error.

    current  spec.replicas
    values   of each pod that runs and has one, ready or not, in thousandths
    target   averageValue, in thousandths
    pending  pods in phase Pending
    missing  pods that run and have no value
    """
    if not values:
        return None
    ratio = sum(values) // len(values) / target
    unready_count = pending if ratio > 1 else 0  # on the way in they are left out
    if not unready_count and not missing:
        return current if abs(1 - ratio) <= TOLERANCE else math.ceil(ratio * len(values))
    counted = values + [target if ratio < 1 else 0] * missing + [0] * unready_count
    new = sum(counted) // len(counted) / target
    if abs(1 - new) <= TOLERANCE or ratio < 1 < new or new < 1 < ratio:
        return current
    return math.ceil(new * len(counted))


class Hpa:
    """One HPA and what the controller remembers of it between syncs."""

    def __init__(self, target, minimum, maximum, policies=None, window=WINDOW):
        """policies: None for an HPA without `behavior`; window: of scaling down, in seconds."""
        self._target, self._minimum, self._maximum = target, minimum, maximum
        self._policies, self._window = policies, window
        self._recommendations = []           # (time, count)
        self._added, self._removed = [], []  # (time, pods)

    def sync(self, now, current, values, pending=0, missing=0):
        """(what the metric asks for, the count that the HPA sets); times in seconds, rising."""
        if not self._recommendations:
            self._recommendations.append((now, current))
        if current == 0:
            return None, 0
        asked = None
        if not self._minimum <= current <= self._maximum:
            count = min(max(current, self._minimum), self._maximum)
        else:
            asked = proposal(current, values, self._target, pending, missing)
            if asked is None:
                return None, current
            wanted = self._stabilized(now, current, asked)
            count = (self._limited(now, current, wanted) if self._policies else
                     min(max(wanted, self._minimum), self._maximum, max(2 * current, 4)))
        if count != current:
            (self._added if count > current else self._removed).append((now, abs(count - current)))
        return asked, count

    def _stabilized(self, now, current, asked):
        """The highest recommendation of the window; with a behavior only on the way in."""
        recent = [count for time, count in self._recommendations if now - time < self._window]
        self._recommendations = [(time, count) for time, count in self._recommendations
                                 if now - time < self._window] + [(now, asked)]
        if self._policies and asked >= current:
            return asked  # the window of scaling up is 0 s
        return max([asked, *recent])

    def _limited(self, now, current, wanted):
        def changed(changes, seconds):
            return sum(pods for time, pods in changes if now - time < seconds)

        if wanted > current:
            limits = []
            for pods, percent, seconds in self._policies.up:
                start = current - changed(self._added, seconds)
                limits.append(start + pods if percent is None else
                              math.ceil(start * (1 + percent / 100)))
            return min(wanted, self._maximum, max(current, *limits))
        limits = []
        for pods, percent, seconds in self._policies.down:
            start = current + changed(self._removed, seconds)
            limits.append(start - pods if percent is None else int(start * (1 - percent / 100)))
        return max(wanted, self._minimum, min(current, *limits))
