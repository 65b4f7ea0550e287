"""`ack: applied`, for daemons without a durable disk: a real Alertmanager keeps what they forget."""

import contextlib
import shutil

import pytest

from programs.alertmanager import Alertmanager
from programs.kube_api import workload
from programs.process import wait_until
from programs.scalehook import Scalehook

ALERTMANAGER = """
route: {{receiver: scalehook, group_by: [alertname], group_wait: 100ms, group_interval: 500ms,
         repeat_interval: 1s}}
receivers:
  - name: scalehook
    webhook_configs: [{{url: "{url}/hpa", send_resolved: true}}]
"""

CONFIG = """
ack: applied
alertmanager: {{url: "{alertmanager}", settled: {settled}, receiver: scalehook}}
defaults:
  cooldown: {{out: 0s, in: 0s}}
  scale_in: {{stabilization: 0s}}
"""

BUSY = {"labels": {"alertname": "Busy", "trigger": "hpa", "action": "scale-out",
                   "namespace": "default", "deployment": "test"}}

NOTIFICATION = {"version": "4", "alerts": [
    {**BUSY, "status": "firing", "startsAt": "2026-11-26T00:00:00Z"}]}


class Loop:
    def __init__(self, stand_in, folder, stack):
        self._stand_in, self._folder = stand_in, folder
        self._environment = {"KUBECONFIG": str(stand_in.kubeconfig)}
        stand_in.api.create(workload("Deployment", "test", replicas=2), "default")
        # Its address is in Alertmanager's configuration, and Alertmanager's in its own.
        self.scalehook = Scalehook(folder / "scalehook", "", self._environment)
        stack.callback(lambda: self.scalehook.kill())
        self.alertmanager = stack.enter_context(
            Alertmanager(folder / "alertmanager", ALERTMANAGER.format(url=self.scalehook.url)))
        self.scalehook.config_file.write_text(self.config())
        assert self.scalehook.post("/-/reload").status == 200

    def config(self, settled="0s"):
        return CONFIG.format(alertmanager=self.alertmanager.url, settled=settled)

    def replicas(self):
        return self._stand_in.api.replicas("Deployment", "default", "test")

    def patches(self):
        return len(self._stand_in.requests("PATCH"))

    def answered(self, code):
        """How many notifications this daemon has answered so."""
        return self.scalehook.metric("scalehook_http_requests_total", path="/hpa", code=code)

    def lose_disk(self, wait=True, settled="0s"):
        """Kills the daemon, and starts another without what that one had on its disk."""
        address = self.scalehook.address
        self.scalehook.kill()
        shutil.rmtree(self._folder / "scalehook" / "storage")
        self.scalehook = Scalehook(self._folder / "scalehook", self.config(settled),
                                   self._environment, ("--web.listen-address", address), wait)

    def assert_waits(self, *words):
        """That nothing is decided yet, for a reason in these words, and nobody is let in."""
        not_ready = wait_until(lambda: self._says(words), f"/-/ready says {words}")
        assert not_ready.text.startswith("scalehook is not ready: nothing is remembered, ")
        refused = self.scalehook.post("/hpa", NOTIFICATION)
        assert refused.status == 503
        assert int(refused.headers["Retry-After"]) > 0
        assert refused.json()["error"] in not_ready.text
        assert self.scalehook.get("/-/healthy").status == 200

    def _says(self, words):
        answer = self.scalehook.get("/-/ready")
        assert answer.status == 503
        return answer if all(word in answer.text for word in words) else None


@pytest.fixture
def loop(stand_in, tmp_path):
    with contextlib.ExitStack() as stack:
        yield Loop(stand_in, tmp_path, stack)


def test_alertmanager_sends_it_again_until_it_is_applied(loop, stand_in):
    stand_in.fault(path="/apis/apps/", times=0, status=500)
    loop.alertmanager.post_alerts([BUSY])
    wait_until(lambda: loop.answered("503") >= 2, "it is refused, and sent again")
    assert loop.patches() == 0
    assert loop.answered("200") == 0
    answer = loop.scalehook.post("/hpa", NOTIFICATION)
    assert answer.status == 503
    assert "deployment default/test: read: " in answer.text
    assert int(answer.headers["Retry-After"]) > 0

    stand_in.clear_faults()
    wait_until(lambda: loop.answered("200") >= 1, "Alertmanager is answered 200")
    assert (loop.replicas(), loop.patches()) == (3, 1)


def test_what_fires_is_known_after_the_loss_of_the_disk(loop):
    loop.alertmanager.post_alerts([BUSY])
    wait_until(lambda: loop.replicas() == 3, "it is scaled out")
    wait_until(lambda: loop.answered("200") >= 1, "Alertmanager is answered 200")
    loop.lose_disk()
    wait_until(lambda: loop.answered("200") >= 2, "the alert is repeated, and taken")
    decisions = loop.scalehook.get("/api/v1/decisions").json()["decisions"]
    assert decisions and all(one["reason"] in ("duplicate", "no-change") for one in decisions)
    assert (loop.replicas(), loop.patches()) == (3, 1), "no step is granted twice"


def test_nobody_is_let_in_before_alertmanager_answers(loop):
    loop.alertmanager.stop()
    loop.lose_disk(wait=False)
    loop.assert_waits(f"{loop.alertmanager.url}/api/v2/alerts: ")
    loop.alertmanager.start()
    loop.scalehook.await_ready()
    assert loop.scalehook.post("/hpa", NOTIFICATION).status == 200
    assert (loop.replicas(), loop.patches()) == (3, 1)


def test_an_alertmanager_that_has_just_started_is_not_believed(loop):
    loop.alertmanager.post_alerts([BUSY])
    wait_until(lambda: loop.replicas() == 3, "it is scaled out")
    loop.alertmanager.stop()
    loop.alertmanager.start()
    assert loop.alertmanager.alerts() == [], "it keeps no alerts"
    loop.lose_disk(wait=False, settled="1h")
    loop.assert_waits(f"{loop.alertmanager.url} has been up for less than 3600 s "
                      "(alertmanager.settled)")
    loop.alertmanager.post_alerts([BUSY])
    wait_until(lambda: loop.answered("503") >= 2, "what it sends is refused")
    loop.scalehook.config_file.write_text(loop.config())  # it counts as settled now
    assert loop.scalehook.post("/-/reload").status == 200
    wait_until(lambda: loop.answered("200") >= 1, "Alertmanager is answered 200")
    assert (loop.replicas(), loop.patches()) == (3, 1), "no step is granted twice"


def test_nobody_waits_for_alertmanager_once_a_reload_makes_it_needless(loop):
    loop.alertmanager.stop()
    loop.lose_disk(wait=False)
    loop.assert_waits(f"{loop.alertmanager.url}/api/v2/alerts: ")
    loop.scalehook.config_file.write_text(loop.config().replace("applied", "journaled"))
    assert loop.scalehook.post("/-/reload").status == 200
    loop.scalehook.await_ready()
    assert loop.scalehook.post("/hpa", NOTIFICATION).status == 200
    wait_until(lambda: loop.replicas() == 3, "it is scaled out")


def test_without_alertmanager_it_is_refused(tmp_path):
    config = tmp_path / "scalehook.yml"
    config.write_text("ack: applied\n")
    with pytest.raises(AssertionError, match=r"scalehook.yml:1:6: /ack: applied needs "
                                             r"alertmanager.url"):
        Scalehook(tmp_path / "scalehook", config.read_text(), {})
