"""The whole loop on real programs: an application's metric, Prometheus, Alertmanager, scalehook and a
Kubernetes control plane, with the rule and the configuration that users bring along."""

import os
import pathlib
import subprocess

import pytest

from programs.alertmanager import Alertmanager
from programs.kube_api import collection, custom, workload
from programs.process import free_port, wait_until
from programs.prometheus import Prometheus
from programs.scalehook import AT_ONCE, Scalehook

# The rule as such users write it, but for the value: as a label it would make a new alert at every
# evaluation, so it stands among the annotations. `for` is shorter than their 30m.
RULES = """
groups:
  - name: hpa
    rules:
      - alert: HpaTrigger
        expr: app_active_task_count > 30
        for: 1s
        labels:
          severity: page
          trigger: hpa
          action: scale-out
          {kind}: {name}
          namespace: {namespace}
        annotations:
          value: "{{{{ $value }}}}"
"""

# Their Alertmanager: what is labelled trigger=hpa goes to the webhook, everything else to e-mail.
# The group's waits are shorter than theirs.
ALERTMANAGER = """
global:
  smtp_smarthost: {smtp}
  smtp_from: alertmanager@example.org
  smtp_require_tls: false
route:
  receiver: mail
  group_by: [alertname]
  group_wait: 200ms
  group_interval: 1s
  repeat_interval: 4h
  routes:
    - receiver: auto-hpa
      match:
        trigger: hpa
receivers:
  - name: auto-hpa
    webhook_configs:
      - url: {scalehook}/hpa
        send_resolved: true
  - name: mail
    email_configs:
      - to: ops@example.org
        send_resolved: true
"""


def kubectl(kubeconfig, *arguments):
    done = subprocess.run(["kubectl", f"--kubeconfig={kubeconfig}", *arguments],
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def admin(control_plane):
    """The person who looks; scalehook itself has the rights of rbac.yml, and no more."""
    return control_plane.admin_kubeconfig


def replicas(control_plane, kind, namespace, name):
    return control_plane.api.replicas(kind, namespace, name)


@pytest.mark.parametrize("kind", ["deployment", "statefulset"])
def test_the_original_rule_scales_out_and_back(control_plane, namespace, admin, kubeconfig, app,
                                               smtp_server, tmp_path, kind):
    name = "test"
    control_plane.api.create(workload(kind.capitalize() if kind == "deployment" else "StatefulSet",
                                      name, replicas=2), namespace)
    # No rules of its own: the labels alone say what to do, and $KUBECONFIG where.
    with Scalehook(tmp_path / "scalehook", AT_ONCE, env={"KUBECONFIG": str(kubeconfig)}) as scalehook, \
            Alertmanager(tmp_path / "alertmanager",
                         ALERTMANAGER.format(smtp=smtp_server.address,
                                             scalehook=scalehook.url)) as alertmanager, \
            Prometheus(tmp_path / "prometheus",
                       RULES.format(kind=kind, name=name, namespace=namespace),
                       scrape=[app.address], alertmanagers=[alertmanager.address]):
        app.set(45)
        wait_until(lambda: replicas(control_plane, kind, namespace, name) == 3,
                   "the workload has three replicas")
        assert kubectl(admin, "-n", namespace, "get", kind, name,
                       "-o", "jsonpath={.spec.replicas}") == "3"
        # A moving value is the same alert: Prometheus keeps it, and so the count stays.
        app.set(60)
        app.set(0)
        wait_until(lambda: replicas(control_plane, kind, namespace, name) == 2,
                   "the workload is back at two replicas")

        wait_until(lambda: scalehook.metric("scalehook_decisions_total", reason="applied") == 2,
                   "both decisions are counted")
        events = wait_until(
            lambda: [line for line in kubectl(admin, "-n", namespace, "get", "events").splitlines()
                     if "Scaled" in line], "kubectl shows the events")
        assert any("ScaledOut" in line for line in events), events
        described = kubectl(admin, "-n", namespace, "describe", kind, name)
        assert "ScaledOut" in described and "ScaledIn" in described, described
        log = scalehook.log()
        assert f"{kind} {namespace}/{name}" in log
        assert not smtp_server.mails(), "what is for the webhook does not go to e-mail"

        # And everything else still goes to e-mail.
        alertmanager.post_alerts([{"labels": {"alertname": "DiskFull", "severity": "page"}}])
        mail = smtp_server.await_mails()[0]
        assert "DiskFull" in mail.message["Subject"]
    assert replicas(control_plane, kind, namespace, name) == 2


def test_a_custom_resource_goes_the_same_way(control_plane, namespace, any_kind_rights, rollouts, app,
                                             smtp_server, tmp_path):
    manifest = custom("argoproj.io/v1alpha1", "Rollout", "test", replicas=2)
    control_plane.api.create(manifest, namespace)
    kubeconfig = control_plane.kubeconfig(tmp_path / "kubeconfig", token=any_kind_rights)
    config = AT_ONCE + f"""
scalers:
  - {{name: rollouts, plugin: k8s-scale, settings: {{kubeconfig: {kubeconfig}}}}}
rules:
  - name: rollouts
    matchers: ['trigger="hpa"']
    target: {{scaler: rollouts, apiVersion: argoproj.io/v1alpha1, kind: Rollout,
             namespace: "${{namespace}}", name: "${{rollout}}"}}
    action: "${{action}}"
"""

    def has(count):
        return control_plane.api.get(collection(manifest, namespace) + "/test")["spec"]["replicas"] == count

    with Scalehook(tmp_path / "scalehook", config) as scalehook, \
            Alertmanager(tmp_path / "alertmanager",
                         ALERTMANAGER.format(smtp=smtp_server.address,
                                             scalehook=scalehook.url)) as alertmanager, \
            Prometheus(tmp_path / "prometheus",
                       RULES.format(kind="rollout", name="test", namespace=namespace),
                       scrape=[app.address], alertmanagers=[alertmanager.address]):
        app.set(45)
        wait_until(lambda: has(3), "it has three replicas")
        app.set(0)
        wait_until(lambda: has(2), "it is back at two")
    assert kubectl(control_plane.admin_kubeconfig, "-n", namespace, "get", "rollout", "test",
                   "-o", "jsonpath={.spec.replicas}") == "2"


def test_the_same_alert_ten_times_changes_the_count_once(control_plane, namespace, kubeconfig, tmp_path):
    control_plane.api.create(workload("Deployment", "test", replicas=2), namespace)
    body = {"version": "4", "status": "firing", "receiver": "auto-hpa", "alerts": [{
        "status": "firing",
        "labels": {"alertname": "HpaTrigger", "trigger": "hpa", "action": "scale-out",
                   "deployment": "test", "namespace": namespace},
        "annotations": {"value": "45"},
        "startsAt": "2026-11-23T16:06:10.585Z", "endsAt": "0001-01-01T00:00:00Z"}]}
    with Scalehook(tmp_path / "scalehook", env={"KUBECONFIG": str(kubeconfig)}) as scalehook:
        for _ in range(10):
            assert scalehook.post("/hpa", body).status == 200
        wait_until(lambda: scalehook.metric("scalehook_decisions_total") == 10, "all are decided")
        assert scalehook.metric("scalehook_decisions_total", reason="applied") == 1
    assert replicas(control_plane, "deployment", namespace, "test") == 3


def test_the_captured_mixed_notification_scales_out_once(control_plane, namespace, kubeconfig, tmp_path):
    payload = pathlib.Path(__file__).parents[1] / "payloads" / "mixed-firing-resolved.json"
    body = payload.read_text(encoding="utf-8").replace('"namespace": "default"',
                                                       f'"namespace": "{namespace}"')
    for name in ("test2", "test3"):
        control_plane.api.create(workload("Deployment", name, replicas=2), namespace)
    with Scalehook(tmp_path / "scalehook", env={"KUBECONFIG": str(kubeconfig)}) as scalehook:
        for count in (2, 4, 6):
            assert scalehook.post("/hpa", body).status == 200
            wait_until(lambda: scalehook.metric("scalehook_decisions_total") == count,
                       "both targets are decided")
        assert scalehook.metric("scalehook_decisions_total", reason="applied") == 2
    for name in ("test2", "test3"):
        assert replicas(control_plane, "deployment", namespace, name) == 3


def test_a_mail_tells_what_went_from_how_many_to_how_many_and_why(control_plane, namespace,
                                                                  kubeconfig, smtp_server, tmp_path):
    control_plane.api.create(workload("Deployment", "checkout", replicas=2), namespace)
    config = f"""
scalers:
  - {{name: deployment, plugin: k8s-deployment, settings: {{kubeconfig: {kubeconfig}}}}}
notifiers:
  - name: ops
    plugin: email
    group_wait: 0s
    events: [scaled, refused, failed]
    settings: {{smarthost: "{smtp_server.address}", from: scalehook@example.org,
               to: [ops@example.org, on-call@example.org], require_tls: false}}
rules:
  - name: checkout-queue
    matchers: ['service="checkout"']
    target: {{scaler: deployment, namespace: {namespace}, name: checkout}}
    action: scale-out
    policy: {{per_replica: 30}}
    notify: [ops]
"""
    body = {"version": "4", "alerts": [{
        "status": "firing", "labels": {"alertname": "QueueLong", "service": "checkout"},
        "annotations": {"value": "100", "summary": "Die Schlange wächst"},
        "startsAt": "2026-11-23T16:06:10.585Z", "endsAt": "0001-01-01T00:00:00Z"}]}
    with Scalehook(tmp_path / "scalehook", config) as scalehook:
        assert scalehook.post("/hpa", body).status == 200
        mail = smtp_server.await_mails()[0]
        message = mail.message
        assert not message.defects
        text = message.get_body(("plain",)).get_content()
        for said in (f"deployment {namespace}/checkout", "checkout-queue", "QueueLong",
                     "Die Schlange wächst"):
            assert said in text, text
        assert "2" in message["Subject"] and "4" in message["Subject"], message["Subject"]
        assert "from 2 to 4" in text, text
    assert replicas(control_plane, "deployment", namespace, "checkout") == 4
