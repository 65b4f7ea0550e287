"""Alerts that are quiet for another reason than being resolved: real Alertmanager, real amtool."""

import contextlib
import datetime
import subprocess

import pytest

from programs.alertmanager import Alertmanager
from programs.kube_api import workload
from programs.process import wait_until
from programs.scalehook import Scalehook

ALERTMANAGER = """
route: {{receiver: scalehook, group_by: [alertname], group_wait: 100ms, group_interval: 500ms,
         repeat_interval: 4h}}
receivers:
  - name: scalehook
    webhook_configs: [{{url: "{url}/hpa", send_resolved: true}}]
inhibit_rules:
  - {{source_matchers: ['alertname="Maintenance"'], target_matchers: ['alertname="Busy"']}}
"""

# A further step every second: whoever stops it is seen to.
CONFIG = """
alertmanager: {{url: "{alertmanager}"{more}}}
defaults:
  cooldown: {{out: 0s, in: 0s}}
  scale_in: {{stabilization: 0s}}
  while_firing: {{every: 1s}}
  limits: {{max: 100}}
"""

BUSY = {"alertname": "Busy", "trigger": "hpa", "action": "scale-out", "namespace": "default",
        "deployment": "test"}


def now(seconds=0):
    time = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
    return time.isoformat().replace("+00:00", "Z")


@pytest.fixture
def loop(stand_in, tmp_path):
    """An alert that fires, and has been granted a further step since Alertmanager said so."""
    stand_in.api.create(workload("Deployment", "test", replicas=2), "default")
    with contextlib.ExitStack() as stack:
        loop = type("Loop", (), {})()
        loop.scalehook = stack.enter_context(Scalehook(
            tmp_path / "scalehook", "", env={"KUBECONFIG": str(stand_in.kubeconfig)}))
        loop.alertmanager = stack.enter_context(Alertmanager(
            tmp_path / "alertmanager", ALERTMANAGER.format(url=loop.scalehook.url)))
        configure(loop)
        loop.replicas = lambda: stand_in.api.replicas("Deployment", "default", "test")
        loop.since = now()
        post(loop, BUSY)
        wait_until(lambda: loop.replicas() >= 4, "it is scaled out, and out again")
        yield loop


def configure(loop, more=""):
    loop.scalehook.config_file.write_text(
        CONFIG.format(alertmanager=loop.alertmanager.url, more=more))
    assert loop.scalehook.post("/-/reload").status == 200


def post(loop, labels, ends_in=300):
    loop.alertmanager.post_alerts([{"labels": labels, "startsAt": loop.since,
                                    "endsAt": now(ends_in)}])


def amtool(loop, *arguments):
    done = subprocess.run(["amtool", f"--alertmanager.url={loop.alertmanager.url}", *arguments],
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def await_reason(loop, reason):
    query = "/api/v1/decisions?target=deployment+default/test&limit=1"
    wait_until(lambda: [one["reason"] for one in loop.scalehook.get(query).json()["decisions"]]
               == [reason], f"the last decision is {reason}")


def test_a_silenced_alert_holds_and_goes_on_when_it_is_heard_again(loop):
    silence = amtool(loop, "silence", "add", "alertname=Busy", "--comment=test",
                     "--duration=1h")
    await_reason(loop, "suppressed")
    held = loop.replicas()
    # It is asked about every second: time enough for a step.
    asked = loop.scalehook.metric("scalehook_plugin_calls_total", call="read")
    wait_until(lambda: loop.scalehook.metric("scalehook_plugin_calls_total", call="read")
               >= asked + 3, "it is looked at again and again")
    assert loop.replicas() == held, "no step, and no restore"
    amtool(loop, "silence", "expire", silence)
    wait_until(lambda: loop.replicas() > held, "it is granted a step again")


def test_an_inhibited_alert_holds(loop):
    post(loop, {"alertname": "Maintenance"})
    await_reason(loop, "suppressed")
    held = loop.replicas()
    post(loop, {"alertname": "Maintenance"}, ends_in=0)
    wait_until(lambda: loop.replicas() > held, "it is granted a step again")


def test_an_alertmanager_that_does_not_answer_holds(loop):
    loop.alertmanager.stop()
    await_reason(loop, "unconfirmed")
    held = loop.replicas()
    loop.alertmanager.start()
    post(loop, BUSY)
    wait_until(lambda: loop.replicas() > held, "it is granted a step again")


def test_what_is_resolved_while_it_is_silenced_is_noticed(loop):
    configure(loop, more=", settled: 0s")
    amtool(loop, "silence", "add", "alertname=Busy", "--comment=test", "--duration=1h")
    await_reason(loop, "suppressed")
    received = loop.scalehook.metric("scalehook_notifications_total")
    post(loop, BUSY, ends_in=0)
    # An alert is gone some fifteen seconds after it was last known.
    wait_until(lambda: loop.replicas() == 2, "what was raised for it is taken back", timeout=120)
    assert loop.scalehook.metric("scalehook_notifications_total") == received, "nothing is sent"
