"""A resolved alert does not prove that the load has gone: real Prometheus, real Alertmanager."""

import contextlib

import pytest

from programs.alertmanager import Alertmanager
from programs.app import App
from programs.kube_api import workload
from programs.process import wait_until
from programs.prometheus import Prometheus
from programs.scalehook import Scalehook

RULES = """
groups:
  - name: hpa
    rules:
      - alert: HpaTrigger
        expr: app_active_task_count > 30
        for: 1s
        labels: {trigger: hpa, action: scale-out, namespace: default, deployment: test}
        annotations: {value: "{{ $value }}"}
"""

ALERTMANAGER = """
route: {{receiver: scalehook, group_by: [alertname], group_wait: 100ms, group_interval: 500ms,
         repeat_interval: 4h}}
receivers:
  - name: scalehook
    webhook_configs: [{{url: "{url}/hpa", send_resolved: true}}]
"""

# Nothing to wait for but the evidence, which is asked for as often as a claim would be.
CONFIG = """
prometheus: {{url: "{prometheus}"}}
defaults:
  cooldown: {{out: 0s, in: 0s}}
  scale_in: {{stabilization: 0s}}
  while_firing: {{every: 2s}}
  policy: {{{policy}}}
  max_age: 20s
"""


@pytest.fixture
def loop(stand_in, tmp_path):
    """An application under load, and all that looks after it; it has been scaled out to three."""
    stand_in.api.create(workload("Deployment", "test", replicas=2), "default")
    with contextlib.ExitStack() as stack:
        loop = type("Loop", (), {})()
        loop.app = stack.enter_context(App(tmp_path / "app"))
        loop.scalehook = stack.enter_context(Scalehook(
            tmp_path / "scalehook", "", env={"KUBECONFIG": str(stand_in.kubeconfig)}))
        alertmanager = stack.enter_context(Alertmanager(
            tmp_path / "alertmanager", ALERTMANAGER.format(url=loop.scalehook.url)))
        # Alerts that a dead Prometheus no longer sends end after four times the resend delay.
        loop.prometheus = stack.enter_context(Prometheus(
            tmp_path / "prometheus", RULES, scrape=[loop.app.address],
            alertmanagers=[alertmanager.address], arguments=["--rules.alert.resend-delay=1s"]))
        loop.scalehook.config_file.write_text(CONFIG.format(
            prometheus=loop.prometheus.url, policy="per_replica: 15"))
        assert loop.scalehook.post("/-/reload").status == 200
        loop.replicas = lambda: stand_in.api.replicas("Deployment", "default", "test")
        loop.app.set(45)
        wait_until(lambda: loop.replicas() == 3, "it is scaled out")
        await_reason(loop, "applied")  # its record comes after the change
        yield loop


def reasons(loop):
    """Of the decisions, oldest first."""
    answer = loop.scalehook.get("/api/v1/decisions?target=deployment+default/test")
    return [record["reason"] for record in reversed(answer.json()["decisions"])]


def await_reason(loop, reason):
    wait_until(lambda: reason in reasons(loop), f"a decision is {reason}")


def changes(loop):
    return reasons(loop).count("applied")


def test_what_a_dead_prometheus_resolves_is_kept(loop):
    loop.prometheus.stop()
    await_reason(loop, "no-evidence")
    assert loop.replicas() == 3

    # It is back, and so is the load: the alert fires again, and the count is what it should be.
    loop.prometheus.start()
    wait_until(lambda: [alert for alert in loop.prometheus.alerts() if alert["state"] == "firing"],
               "the alert fires again")
    wait_until(lambda: reasons(loop)[-1] != "no-evidence", "scalehook hears of it")
    assert (loop.replicas(), changes(loop)) == (3, 1)

    loop.app.set(5)
    wait_until(lambda: loop.replicas() == 2, "the load has gone, and the replicas go")
    wait_until(lambda: changes(loop) == 2, "that is recorded, and no more")


def test_what_a_failed_scrape_resolves_is_kept(loop):
    seen = len(reasons(loop))
    loop.app.fail(1)
    wait_until(lambda: "no-evidence" in reasons(loop)[seen:], "the failed scrape resolves the alert")
    # Some scrapes later it fires again.
    wait_until(lambda: reasons(loop)[-1] != "no-evidence", "scalehook hears that it fires again")
    assert (loop.replicas(), changes(loop)) == (3, 1)

    loop.app.set(5)
    wait_until(lambda: loop.replicas() == 2, "the load has gone, and the replicas go")
    wait_until(lambda: changes(loop) == 2, "that is recorded, and no more")


def test_a_load_that_is_no_longer_measured_is_taken_for_there(loop):
    loop.app.stop()
    await_reason(loop, "no-evidence")
    newest = "/api/v1/decisions?target=deployment+default/test&limit=1"
    wait_until(lambda: "Prometheus does not measure the load now" in
               loop.scalehook.get(newest).json()["decisions"][0]["explanation"], "it says why")
    assert (loop.replicas(), changes(loop)) == (3, 1)


def test_a_value_is_followed_between_notifications(loop):
    received = loop.scalehook.metric("scalehook_notifications_total")
    loop.app.set(75)
    wait_until(lambda: loop.replicas() == 5, "75 / 15 are five")
    loop.app.set(40)
    wait_until(lambda: loop.replicas() == 3, "40 / 15, rounded up, are three")
    assert loop.scalehook.metric("scalehook_notifications_total") == received


def test_several_series_are_no_value(loop):
    several = ("label_replace(app_active_task_count, 'side', 'a', '', '') or "
               "label_replace(app_active_task_count, 'side', 'b', '', '')")
    loop.scalehook.config_file.write_text(
        loop.scalehook.config_file.read_text() + f'  query: "{several}"\n')
    assert loop.scalehook.post("/-/reload").status == 200
    loop.app.set(75)
    await_reason(loop, "ambiguous")
    assert (loop.replicas(), changes(loop)) == (3, 1)
