"""A load of alerts that leads to the same end however often the daemon is killed under it."""

import collections
import concurrent.futures
import http.client
import itertools
import json
import random
import threading
import urllib.parse

from programs.kube_api import workload
from programs.scalehook import Scalehook
from programs.stand_in import StandIn

# Nothing waits, and no budget runs out: what is done follows from the alerts alone.
CONFIG = """
startup_grace: 0s
budget: {changes_per_target: 100000, changes: 100000, scale_in_share: 1}
scalers:
  - {name: deployment, plugin: k8s-deployment, settings: {events: false}}
defaults:
  cooldown: {out: 0s, in: 0s}
  scale_in: {stabilization: 0s}
  limits: {min: 1, max: 10000}
rules:
""" + "".join(f"""
  - name: {name}
    matchers: ['alertname="{name}"']
    target: {{scaler: deployment, namespace: default, name: "${{deployment}}"}}
    action: {action}
    policy: {{{policy}}}
    on_resolved: {on_resolved}
""" for name, action, policy, on_resolved in [
    ("step", "scale-out", "step: 1", "hold"), ("step-back", "scale-out", "step: 3", "restore"),
    ("per-replica", "scale-out", "per_replica: 10", "restore"),
    ("set", "scale-to", "set: value", "hold")])

RULES = ("step", "step-back", "per-replica", "set")
DEPLOYMENTS = tuple(f"{rule}-{number}" for rule in RULES for number in range(5))


def alerts(deployment):
    """What this Deployment gets, for ever: an alert fires, perhaps repeats, and is resolved."""
    rule = deployment.rpartition("-")[0]
    chance = random.Random(deployment)
    for episode in itertools.count():
        fired = "2026-11-23T{:02}:{:02}:{:02}".format(episode // 3600, episode // 60 % 60,
                                                      episode % 60)
        value = chance.randint(1, 99)
        for status in ["firing"] * chance.randint(1, 3) + ["resolved"]:
            if rule == "per-replica":  # follows the value while it fires
                value = chance.randint(1, 99)
            yield {"status": status,
                   "labels": {"alertname": rule, "deployment": deployment, "episode": str(episode)},
                   "annotations": {"value": str(value)}, "startsAt": f"{fired}Z",
                   "endsAt": f"{fired}.5Z" if status == "resolved" else "0001-01-01T00:00:00Z"}


class _Stopped(Exception):
    """There is nothing more to do."""


class Load:
    """Sends all Deployments their alerts, as many at once as there are Deployments.

    What gets no 200 is sent again, as Alertmanager does; a Deployment's next alert is sent once the
    last one was decided. Every sending has a name of its own, which its decision record repeats.
    With `lengths` it sends so many to each of these Deployments, otherwise it goes on until `end`.
    """

    def __init__(self, lengths=None):
        self.began = 0  # sendings
        self.acknowledged = set()  # names of those that got a 200
        self.decided = set()  # names of those that have a record
        self.lengths = collections.Counter()  # by Deployment: alerts sent and decided
        self._changed = threading.Condition()  # guards all above and below
        self._daemon = None
        self._ending = self._stopped = False
        self._failure = None
        lengths = lengths or dict.fromkeys(DEPLOYMENTS)
        self._pool = concurrent.futures.ThreadPoolExecutor(len(lengths) + 1)
        self._sending = [self._pool.submit(self._run, self._send_all, name, length)
                         for name, length in lengths.items()]
        self._pool.submit(self._run, self._watch)

    def turn_to(self, daemon):
        """From now on it sends to this one; None: there is none."""
        with self._changed:
            self._daemon = daemon
            self._changed.notify_all()

    def await_more(self, what, count):
        """Until so many more sendings `began`, or were `acknowledged` or `decided`."""
        def number():
            value = getattr(self, what)
            return value if isinstance(value, int) else len(value)
        with self._changed:
            aim = number() + count
            try:
                self._await(lambda: number() >= aim, f"{count} more sendings {what}")
            except _Stopped:
                raise self._failure from None

    def end(self):
        """Ends as soon as all that was sent has been decided."""
        with self._changed:
            self._ending = True
        self.await_end()

    def await_end(self):
        concurrent.futures.wait(self._sending)
        with self._changed:
            if self._failure:
                raise self._failure
        self._stop()  # nobody looks for more: that would cost servers in this process their time

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._stop()
        self._pool.shutdown()

    def _stop(self):
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def _run(self, work, *arguments):
        try:
            work(*arguments)
        except _Stopped:
            pass
        except BaseException as error:
            with self._changed:
                self._failure = self._failure or error
                self._stopped = True
                self._changed.notify_all()

    def _await(self, condition, what):
        met = self._changed.wait_for(lambda: self._stopped or condition(), timeout=60)
        if self._stopped:
            raise _Stopped
        assert met, f"waited 60 s until {what}"

    def _send_all(self, deployment, length):
        for number, alert in enumerate(itertools.islice(alerts(deployment), length)):
            name = self._deliver(alert, f"{deployment}/{number}")
            with self._changed:
                self._await(lambda: name in self.decided, f"{name}, acknowledged, is decided")
                self.lengths[deployment] += 1
                if self._ending:
                    return

    def _deliver(self, alert, prefix):
        """Sends it until it gets a 200; answers the name of that sending."""
        daemon = None
        for attempt in itertools.count():
            with self._changed:
                self._await(lambda: self._daemon not in (None, daemon), "there is another daemon")
                daemon = self._daemon
                self.began += 1
                self._changed.notify_all()
            name = alert["annotations"]["sending"] = f"{prefix}/{attempt}"
            try:
                answer = daemon.post("/hpa", {"version": "4", "alerts": [alert]})
            except (OSError, http.client.HTTPException):  # it was killed
                continue
            assert answer.status == 200, answer.text
            with self._changed:
                self.acknowledged.add(name)
                self._changed.notify_all()
            return name

    def _watch(self):
        """Looks for new records. Between two looks come far fewer than it looks at, for a
        Deployment's next alert waits for them."""
        while True:
            with self._changed:
                self._await(lambda: self._daemon, "there is a daemon")
                daemon = self._daemon
            try:
                found = _sendings(daemon.get("/api/v1/decisions?limit=200").json())
            except (OSError, http.client.HTTPException, ValueError):  # it was killed
                found = []
            with self._changed:
                self.decided.update(found)
                self._changed.notify_all()
                # A look costs the daemon something, so it is not the next at once.
                self._changed.wait_for(lambda: self._stopped or self._daemon is not daemon, 0.01)


def _sendings(answer):
    return [alert["annotations"]["sending"] for record in answer["decisions"]
            for alert in record["alerts"]]


def create_deployments(stand_in, names=DEPLOYMENTS):
    for name in names:
        stand_in.api.create(workload("Deployment", name, replicas=1), "default")


def recorded(scalehook):
    """How many decision records every sending has."""
    found = collections.Counter()
    for name in DEPLOYMENTS:
        target = urllib.parse.quote(f"deployment default/{name}")
        answer = scalehook.get(f"/api/v1/decisions?target={target}&limit=10000")
        found.update(_sendings(answer.json()))
    return found


def changes(stand_in):
    """By Deployment, the counts that it was given one after the other, by requests that did so."""
    given = collections.defaultdict(list)
    for seen in stand_in.requests("PATCH"):
        if seen["performed"] == 200:
            name = seen["path"].partition("/deployments/")[2].partition("/scale")[0]
            given[name].append(json.loads(seen["body"])["spec"]["replicas"])
    return given


def replicas(stand_in):
    return {name: stand_in.api.replicas("Deployment", "default", name) for name in DEPLOYMENTS}


def _first_difference(name, given, expected):
    at = next((at for at, pair in enumerate(zip(given, expected)) if pair[0] != pair[1]),
              min(len(given), len(expected)))
    part = slice(max(at - 2, 0), at + 3)
    return f"{name}, from change {part.start}: {given[part]}, undisturbed {expected[part]}"


def assert_as_undisturbed(load, scalehook, stand_in, folder):
    """What must hold after a load has ended, however often the daemon was killed under it."""
    found = recorded(scalehook)
    lost = sorted(name for name in load.acknowledged if not found[name])
    assert not lost, f"acknowledged, and without a record: {lost}"
    repeated = {name: count for name, count in found.items() if count > 1}
    assert not repeated, f"recorded more than once: {repeated}"

    with StandIn(folder / "undisturbed-stand-in") as other:
        create_deployments(other)
        environment = {"KUBECONFIG": str(other.kubeconfig)}
        with Scalehook(folder / "undisturbed", CONFIG, environment) as undisturbed:
            with Load(load.lengths) as same:
                same.turn_to(undisturbed)
                same.await_end()
        expected_changes, expected_replicas = changes(other), replicas(other)
    given, ends = changes(stand_in), replicas(stand_in)
    others = [_first_difference(name, given[name], expected_changes[name])
              for name in DEPLOYMENTS if given[name] != expected_changes[name]]
    assert not others, "\n".join(["other changes than undisturbed:", *others])
    assert ends == expected_replicas, f"ends with {ends}, undisturbed {expected_replicas}"

    # Both could be wrong alike, but a step is one replica for each alert.
    for name, length in load.lengths.items():
        if name.rpartition("-")[0] == "step":
            fired = {alert["startsAt"] for alert in itertools.islice(alerts(name), length)}
            assert expected_replicas[name] == 1 + len(fired), name
