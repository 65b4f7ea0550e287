"""The whole daemon under load while API servers fail: each in its own way, and all at once."""

import collections
import contextlib
import json
import random
import re
from typing import NamedTuple

import pytest

from programs.kube_api import workload
from programs.process import wait_until
from programs.scalehook import Scalehook
from programs.stand_in import StandIn

AILING = "/apis/apps/v1/namespaces/ailing/"
ONE = AILING + "deployments/step-0"
NAMESPACES = ("ailing", "healthy")


class Fault(NamedTuple):
    """What one server does, and as what the calls that it spoils are counted: as nothing else."""
    what: dict
    told: set                        # of (call, status, code)
    namespaces: tuple = ("ailing",)  # where it does so
    perhaps: frozenset = frozenset()  # what it may lead to besides


FAULTS = {
    "none": Fault({}, set(), ()),
    "conflict": Fault({"method": "PATCH", "path": AILING, "status": 409},
                      {("write", "conflict", "http-409")}),
    "throttled": Fault({"path": AILING, "status": 429, "headers": {"Retry-After": "1"}},
                       {("read", "retry", "http-429")}),
    "error": Fault({"path": AILING, "status": 500}, {("read", "retry", "http-500")}),
    "reset": Fault({"method": "GET", "path": AILING, "reset": True},
                   {("read", "retry", "connection-lost")}),
    "mute": Fault({"path": "/apis/", "hang": True}, {("read", "retry", "timeout")}, NAMESPACES,
                  # Calls that wait behind the unanswered ones.
                  frozenset({("read", "retry", "deadline-exceeded")})),
    # One of many that are served: it takes one of the plugin's threads.
    "mute-one": Fault({"method": "GET", "path": ONE, "hang": True}, {("read", "retry", "timeout")}),
    "expired": Fault({"path": AILING, "status": 401}, {("read", "denied", "http-401")}),
    "forbidden": Fault({"path": AILING, "status": 403}, {("read", "denied", "http-403")}),
    # The change is made, but nobody says so.
    "made-error": Fault({"method": "PATCH", "path": AILING, "status": 500, "processed": True},
                        {("write", "retry", "http-500")}),
    "made-reset": Fault({"method": "PATCH", "path": AILING, "reset": True},
                        {("write", "retry", "connection-lost")}),
    # Once a round, for libcurl would meet it again at its own second try.
    "made-early": Fault({"method": "PATCH", "path": AILING, "reset": "early", "times": 1},
                        {("write", "retry", "connection-lost")}),
    "made-mute": Fault({"method": "PATCH", "path": ONE, "hang": True, "processed": True},
                       {("write", "retry", "timeout")}),
}

KINDS = {  # action, policy, on_resolved
    "step": ("scale-out", "step: 1", "hold"), "back": ("scale-out", "step: 3", "restore"),
    "follow": ("scale-out", "per_replica: 10", "restore"),
    "over": ("scale-out", "per_replica: 10", "restore"), "set": ("scale-to", "set: value", "hold"),
}
DEPLOYMENTS = [f"{kind}-{number}" for kind in KINDS for number in range(2)]


def config(servers):
    """A scaler of the same name for each server. Nothing waits, and no budget runs out."""
    scalers = "".join(f"""
  - name: {name}
    plugin: k8s-deployment
    settings: {{kubeconfig: {server.kubeconfig}, events: false}}"""
                      for name, server in servers.items())
    rules = "".join(f"""
  - name: {kind}.{name}
    matchers: ['alertname="{kind}"', 'cluster="{name}"']
    target: {{scaler: {name}, namespace: "${{namespace}}", name: "${{deployment}}"}}
    action: {action}
    policy: {{{policy}}}
    on_resolved: {on_resolved}"""
                    for name in servers
                    for kind, (action, policy, on_resolved) in KINDS.items())
    return f"""
startup_grace: 0s
budget: {{changes_per_target: 100000, changes: 100000, scale_in_share: 1}}
defaults:
  cooldown: {{out: 0s, in: 0s}}
  scale_in: {{stabilization: 0s}}
  limits: {{min: 1, max: 1000}}
  tolerance: 0
  while_firing: off
scalers: {scalers}
rules: {rules}
"""


class Storm:
    """The servers, the daemon, and the alerts of all Deployments of all servers."""

    def __init__(self, folder, stack):
        self.servers = {name: stack.enter_context(StandIn(folder / name)) for name in FAULTS}
        for server in self.servers.values():
            for namespace in NAMESPACES:
                server.api.create({"apiVersion": "v1", "kind": "Namespace",
                                   "metadata": {"name": namespace}})
                for name in DEPLOYMENTS:
                    server.api.create(workload("Deployment", name), namespace)
        self.scalehook = stack.enter_context(Scalehook(folder / "scalehook", config(self.servers)))

    def send(self, values, status, **episodes):
        """One notification for each kind that is named with its episode, as Alertmanager groups
        them: with the alerts of ailing and healthy Deployments alike."""
        for kind, episode in episodes.items():
            alerts = [self._alert(values, status, episode, server, namespace, name)
                      for server in self.servers for namespace in NAMESPACES
                      for name in DEPLOYMENTS if name.startswith(kind)]
            answer = self.scalehook.post("/hpa", {"version": "4", "alerts": alerts})
            assert answer.status == 200, answer.text

    @staticmethod
    def _alert(values, status, episode, server, namespace, name):
        # The same on every server.
        value = random.Random(f"{values} {namespace}/{name}").randint(11, 999)
        time = f"2026-11-23T{episode // 3600:02}:{episode // 60 % 60:02}:{episode % 60:02}"
        return {"status": status,
                "labels": {"alertname": name.rpartition("-")[0], "cluster": server,
                           "namespace": namespace, "deployment": name},
                "annotations": {"value": str(value)}, "startsAt": f"{time}Z",
                "endsAt": f"{time}.5Z" if status == "resolved" else "0001-01-01T00:00:00Z"}

    def decisions(self):
        return self.scalehook.metric("scalehook_decisions_total")

    def spoilt(self, scaler):
        """Its calls that did not end well, by call, status and code."""
        found = set()
        for line in self.scalehook.get("/metrics").text.splitlines():
            labels = dict(re.findall(r'(\w+)="([^"]*)"', line))
            if line.startswith("scalehook_plugin_calls_total{") and labels["instance"] == scaler:
                if labels["status"] != "ok":
                    found.add((labels["call"], labels["status"], labels["code"]))
        return found

    def replicas(self, server, namespaces=NAMESPACES):
        return {f"{namespace}/{item['metadata']['name']}": item["spec"]["replicas"]
                for namespace in namespaces for item in self.servers[server].api.get(
                    f"/apis/apps/v1/namespaces/{namespace}/deployments")["items"]}

    def await_undisturbed(self, what, but=lambda name: ()):
        """Until every server has what the one without a fault has, but in those namespaces."""
        def differences():
            found = {}
            for name in FAULTS:
                spaces = [each for each in NAMESPACES if each not in but(name)]
                wanted = self.replicas("none", spaces)
                given = self.replicas(name, spaces) if spaces else {}
                found.update({f"{name} {target}": f"{count} and not {wanted[target]}"
                              for target, count in given.items() if count != wanted[target]})
            return found

        def same():
            found = differences()
            assert not found, found
            return True
        wait_until(same, what, timeout=60, interval=0.2)

    def await_decided(self):
        wait_until(lambda: self.scalehook.metric("scalehook_notifications_undecided") == 0,
                   "all is decided", timeout=60)

    def reasons(self, target):
        found = self.scalehook.get(f"/api/v1/decisions?limit=10000&target={target}").json()
        return collections.Counter(one["reason"] for one in found["decisions"])

    def changes(self, server):
        """By Deployment, the counts that it was given one after the other."""
        given = collections.defaultdict(list)
        for seen in self.servers[server].requests("PATCH"):
            if seen["performed"] == 200:
                space, name = re.search("/namespaces/(.*)/deployments/(.*)/scale",
                                        seen["path"]).groups()
                given[f"{space}/{name}"].append(json.loads(seen["body"])["spec"]["replicas"])
        return given


@pytest.fixture
def storm(tmp_path):
    with contextlib.ExitStack() as stack:
        yield Storm(tmp_path, stack)


def test_the_end_is_as_undisturbed_and_each_fault_is_told_apart(storm):
    storm.send("before", "firing", follow=0, over=0)
    storm.await_decided()
    storm.await_undisturbed("all are scaled before the storm")
    assert not any(storm.spoilt(name) for name in FAULTS)

    for name, fault in FAULTS.items():
        if name != "none" and fault.what.get("times") != 1:
            storm.servers[name].fault(**{"times": 0, **fault.what})
    healthy = sum(2 * (2 - len(fault.namespaces)) for fault in FAULTS.values())
    for episode in range(1, 10_000):
        if episode > 20 and all(fault.told <= storm.spoilt(name)
                                for name, fault in FAULTS.items()):
            break
        had = storm.decisions()
        storm.servers["made-early"].fault(**FAULTS["made-early"].what)
        storm.send(episode, "firing", step=0, back=0, follow=0, set=episode)
        storm.send(episode, "resolved", over=0, set=episode)
        # While the faults go on: what is healthy does.
        wait_until(lambda: storm.decisions() >= had + 6 * healthy, "the healthy ones are decided")
    storm.send("last", "firing", follow=0, set=episode)
    # While the faults go on.
    storm.await_undisturbed("the healthy ones are scaled",
                            but=lambda name: FAULTS[name].namespaces)
    assert {target: count for target, count in storm.replicas("none").items()
            if "/step" in target or "/back" in target or "/over" in target} == {
        f"{namespace}/{kind}-{number}": count for namespace in NAMESPACES for number in range(2)
        for kind, count in (("step", 2), ("back", 4), ("over", 1))}

    for server in storm.servers.values():
        server.clear_faults()
    # As an Alertmanager's peer would: what was refused, and not only put off, is looked at again in
    # a minute, or when there is more to hear.
    storm.send("last", "firing", step=0, back=0, follow=0, set=episode)
    storm.send("last", "resolved", over=0)
    storm.await_decided()
    storm.await_undisturbed("the ailing ones are scaled as well")

    # What was written and not heard of is known as ours: it is taken back, and counted on from.
    storm.send("last", "resolved", step=0, back=0, follow=0)
    storm.await_undisturbed("what was raised is taken back")
    storm.send("last", "firing", step=episode)
    storm.await_decided()
    storm.await_undisturbed("a further step is made")

    for name, fault in FAULTS.items():
        assert storm.spoilt(name) - fault.perhaps == fault.told, name
        for target, given in storm.changes(name).items():
            assert all(one != next_ for one, next_ in zip(given, given[1:])), f"{name} {target}"
            if "/step" in target:
                assert given == [2, 3], f"{name} {target}"
            if "/back" in target:
                assert given == [4, 1], f"{name} {target}"
        refused = storm.reasons(f"{name}%20ailing/step-0")["refused-by-cluster"]
        assert (refused > 0) == (name in ("expired", "forbidden")), name
