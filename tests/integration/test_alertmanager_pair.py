"""Two real Alertmanagers of one cluster, both sending to scalehook: one change per episode."""

import datetime

import pytest

from programs.alertmanager import Alertmanager
from programs.kube_api import workload
from programs.process import free_port, wait_until
from programs.scalehook import AT_ONCE, Scalehook

CONFIG = """
route: {{receiver: {name}, group_by: [alertname], group_wait: 100ms, group_interval: 500ms,
         repeat_interval: 4h}}
receivers:
  - name: {name}
    webhook_configs: [{{url: "{url}/hpa", send_resolved: true}}]
"""

def labels(name):
    return {"alertname": "Busy", "trigger": "hpa", "action": "scale-out", "namespace": "default",
            "deployment": name}


def now(seconds=0):
    time = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
    return time.isoformat().replace("+00:00", "Z")


class Pair:
    """They gossip, and both send all the same: each has a receiver of a name of its own, so that
    neither takes what the other has sent for its own."""

    def __init__(self, folder, url):
        gossip = [f"127.0.0.1:{free_port()}" for _ in range(2)]
        self.both = []
        for name, own, peer in (("a", *gossip), ("b", *reversed(gossip))):
            self.both.append(Alertmanager(
                folder / name, CONFIG.format(name=f"scalehook-{name}", url=url), gossip=own, peers=[peer],
                arguments=["--cluster.peer-timeout=0s", "--cluster.settle-timeout=1s"]))
        wait_until(lambda: all(one.metric("alertmanager_cluster_members") == 2
                               for one in self.both), "they have found each other")

    def post(self, alerts, to=None):
        for one in to or self.both:
            one.post_alerts(alerts)

    def sent(self):
        return [one.metric("alertmanager_notifications_total") for one in self.both]

    def stop(self):
        for one in self.both:
            one.stop()


def changes(scalehook):
    return scalehook.metric("scalehook_decisions_total", reason="applied")


def all_decided(scalehook):
    """Whether each notification has its decision: there is one workload a notification."""
    return (scalehook.metric("scalehook_decisions_total") >=
            scalehook.metric("scalehook_notifications_total"))


def replicas(stand_in, name="test"):
    return stand_in.api.replicas("Deployment", "default", name)


@pytest.mark.parametrize("asked", [False, True], ids=["not asked", "asked"])
def test_one_change_per_episode(stand_in, tmp_path, asked):
    # A workload for each episode: of one that fires again soon the restore waits ever longer.
    names = ["one", "two", "three"]
    for name in names:
        stand_in.api.create(workload("Deployment", name, replicas=2), "default")
    env = {"KUBECONFIG": str(stand_in.kubeconfig)}
    with Scalehook(tmp_path / "scalehook", AT_ONCE, env=env) as scalehook:
        pair = Pair(tmp_path, scalehook.url)
        try:
            if asked:
                urls = ", ".join(f'"{one.url}"' for one in pair.both)
                scalehook.config_file.write_text(AT_ONCE + f"alertmanager: {{url: [{urls}]}}\n")
                assert scalehook.post("/-/reload").status == 200
            for episode, name in enumerate(names):
                before = pair.sent()
                alert = {"labels": labels(name), "annotations": {"value": "45"},
                         "startsAt": now()}
                pair.post([{**alert, "endsAt": now(300)}])
                wait_until(lambda: all(one > was for one, was in zip(pair.sent(), before)),
                           "both have sent that it fires")
                wait_until(lambda: replicas(stand_in, name) == 3, "it is scaled out")

                before = pair.sent()
                pair.post([{**alert, "endsAt": now()}])
                wait_until(lambda: all(one > was for one, was in zip(pair.sent(), before)),
                           "both have sent that it is resolved")
                wait_until(lambda: replicas(stand_in, name) == 2, "it is taken back")
                wait_until(lambda: all_decided(scalehook), "all that was sent is decided")
                assert changes(scalehook) == 2 * (episode + 1)
        finally:
            pair.stop()


def test_one_that_was_away_changes_nothing_when_it_is_back(stand_in, tmp_path):
    stand_in.api.create(workload("Deployment", "test", replicas=2), "default")
    env = {"KUBECONFIG": str(stand_in.kubeconfig)}
    with Scalehook(tmp_path / "scalehook", AT_ONCE, env=env) as scalehook:
        pair = Pair(tmp_path, scalehook.url)
        try:
            one, other = pair.both
            alert = {"labels": labels("test"), "annotations": {"value": "45"}, "startsAt": now()}
            other.stop()
            pair.post([{**alert, "endsAt": now(300)}], to=[one])
            wait_until(lambda: replicas(stand_in) == 3, "one is enough")
            other.start()
            before = scalehook.metric("scalehook_notifications_total")
            pair.post([{**alert, "endsAt": now(300)}])
            wait_until(lambda: scalehook.metric("scalehook_notifications_total") > before,
                       "the other sends that it fires")
            one.stop()
            pair.post([{**alert, "annotations": {"value": "46"}, "endsAt": now(300)}], to=[other])
            pair.post([{**alert, "endsAt": now()}], to=[other])
            wait_until(lambda: replicas(stand_in) == 2, "it is taken back")
            wait_until(lambda: all_decided(scalehook), "all that was sent is decided")
            assert changes(scalehook) == 2
        finally:
            pair.stop()
