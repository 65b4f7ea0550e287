"""k8s-scale against an API server that fails, or that has other kinds than it had."""

import pytest

from kubernetes_plugins import drive, read, scale, write
from programs.kube_api import collection, custom, workload
from programs.process import wait_until
from programs.scalehook import AT_ONCE, Scalehook

VERSION = "argoproj.io/v1alpha1"
ROLLOUT = f"k8s-scale {VERSION} Rollout"
ROOT = f"/apis/{VERSION}"
OBJECT = f"{ROOT}/namespaces/default/rollouts/web"
NO_SUCH_PATH = {"status": 404, "body": "404 page not found\n"}


@pytest.fixture
def scaler(stand_in):
    """k8s-scale for Rollouts, with one called `web` in the namespace `default` of the stand-in."""
    stand_in.api.create(custom(VERSION, "Rollout", "web", 2), "default")
    with drive(ROLLOUT, {"kubeconfig": stand_in.kubeconfig}) as plugin:
        yield plugin


def discoveries(stand_in):
    return [seen for seen in stand_in.requests("GET", "/api") if seen["path"] in (ROOT, "/api/v1")]


def test_what_there_is_is_asked_once(stand_in, scaler):
    for replicas in (3, 4, 5):
        assert scale(scaler, "web", None, replicas)["status"] == "ok"
    assert len(discoveries(stand_in)) == 1
    # The object, its scale, the HPAs, the change, the Event.
    assert len(stand_in.requests(path="/apis/")) == 1 + 1 + 3 * 5  # and the object's creation


@pytest.mark.parametrize("fault, status, code, said", [
    ({"status": 503, "headers": {"Retry-After": "7"}}, "retry", "http-503", "answered 503"),
    ({"status": 403}, "denied", "http-403", "system:discovery"),
    ({"status": 401}, "denied", "http-401", "check the token"),
    ({"status": 200, "body": "<html>"}, "failed", "bad-answer", "a list of resources"),
    ({"reset": True}, "retry", "connection-lost", "broke"),
    ({"hang": True}, "retry", "timeout", "did not answer GET"),
])
def test_what_there_is_cannot_be_asked(stand_in, scaler, fault, status, code, said):
    stand_in.fault(path=ROOT, **fault)
    answer = read(scaler, "web", timeout_ms=3000)
    assert (answer["status"], answer["code"]) == (status, code)
    assert said in answer["explanation"]
    assert answer["retry_after_ms"] == (7000 if "headers" in fault else None)
    assert read(scaler, "web")["replicas"] == 2  # and nothing was remembered of it


@pytest.mark.parametrize("fault, status, code", [
    ({"status": 500}, "retry", "http-500"), ({"status": 403}, "denied", "http-403"),
    ({"status": 200, "body": "{}"}, "failed", "bad-answer"),
])
def test_a_scale_that_cannot_be_read(stand_in, scaler, fault, status, code):
    stand_in.fault(path=OBJECT + "/scale", **fault)
    answer = read(scaler, "web")
    assert (answer["status"], answer["code"]) == (status, code)


def test_a_kind_that_is_not_there_is_not_asked_for_all_the_time(stand_in):
    for kind in ("v1 Rollout", "v1 Namespace", f"{VERSION} Rolout"):
        stand_in.forget_requests()
        with drive(f"k8s-scale {kind}", {"kubeconfig": stand_in.kubeconfig}) as scaler:
            for _ in range(20):
                assert read(scaler, "web")["status"] == "refused"
        assert 1 <= len(discoveries(stand_in)) <= 2  # a second one on a machine that takes 10 s


def test_a_server_that_is_none_is_asked_about(stand_in):
    stand_in.fault(times=0, status=404, body="<html>nginx</html>")
    with drive(ROLLOUT, {"kubeconfig": stand_in.kubeconfig}) as scaler:
        for _ in range(2):
            answer = read(scaler, "web")
            assert (answer["status"], answer["code"]) == ("refused", "no-kind")
            assert "<html>nginx</html>; is http://127.0.0.1" in answer["explanation"]
            assert "the address of an API server?" in answer["explanation"]


def test_an_object_that_is_not_there_is_no_reason_to_ask_again(stand_in, scaler):
    for _ in range(3):
        assert read(scaler, "other")["code"] == "http-404"
    assert len(discoveries(stand_in)) == 1


def test_a_resource_that_is_gone_is_looked_up_anew(stand_in, scaler):
    assert read(scaler, "web")["replicas"] == 2
    for call in (read, lambda *web: write(*web, 3)):
        stand_in.fault(path=OBJECT, **NO_SUCH_PATH)
        stand_in.forget_requests()
        assert call(scaler, "web", None)["status"] == "ok"
        assert len(discoveries(stand_in)) == 1
    assert read(scaler, "web")["replicas"] == 3


def test_one_that_stays_away_is_asked_for_once_more_and_no_oftener(stand_in, scaler):
    stand_in.fault(path=OBJECT, times=0, **NO_SUCH_PATH)
    for calls in (1, 2):
        answer = read(scaler, "web")
        assert (answer["status"], answer["code"]) == ("retry", "no-resource")
        assert len(discoveries(stand_in)) == 1 + calls


def test_a_path_that_has_another_kind_now_is_looked_up_anew(stand_in, scaler):
    other = custom(VERSION, "Rollup", "web", 2)
    other["metadata"] |= {"uid": "u", "resourceVersion": "7"}
    for times, status, code in ((1, "ok", ""), (2, "retry", "no-resource")):
        assert read(scaler, "web")["status"] == "ok"
        stand_in.forget_requests()
        stand_in.fault(method="GET", path=OBJECT, times=times, status=200, body=other)
        answer = read(scaler, "web")
        assert (answer["status"], answer["code"]) == (status, code)
        assert len(discoveries(stand_in)) == 1
    assert f"what {OBJECT} is now is no Rollout but a Rollup" in answer["explanation"]


def test_a_scale_that_is_gone_is_no_object_that_is_gone(stand_in, scaler):
    for times, status, code in ((1, "ok", ""), (2, "retry", "no-resource")):
        version = read(scaler, "web")["version"]
        stand_in.forget_requests()
        stand_in.fault(method="PATCH", path=OBJECT + "/scale", times=times, status=404)
        answer = write(scaler, "web", None, 3, version)
        assert (answer["status"], answer["code"]) == (status, code)
        assert len(discoveries(stand_in)) == 1
    stand_in.fault(method="PATCH", path=OBJECT + "/scale", status=404)
    stand_in.fault(method="GET", path=OBJECT, status=503)
    assert write(scaler, "web", None, 4)["code"] == "http-503"


@pytest.mark.parametrize("plugin, more, body", [
    ("k8s-deployment", "", "default backend - 404\n"),
    ("k8s-scale", f"apiVersion: {VERSION}, kind: Rollout, ", "404 page not found\n"),
])
def test_a_404_of_somebody_else_forgets_no_count(stand_in, tmp_path, plugin, more, body):
    """As a proxy in between answers while the API server is replaced."""
    manifest = custom(VERSION, "Rollout", "web", 2) if more else workload("Deployment", "web", 2)
    stand_in.api.create(manifest, "default")
    path = collection(manifest, "default") + "/web"
    config = AT_ONCE + f"""
scalers:
  - {{name: it, plugin: {plugin}, settings: {{kubeconfig: {stand_in.kubeconfig}}}}}
rules:
  - name: busy
    matchers: ['alertname="Busy"']
    target: {{scaler: it, {more}name: web}}
    action: scale-out
"""

    def notify(scalehook, status):
        ends = "0001-01-01T00:00:00Z" if status == "firing" else "2026-11-23T16:36:10.585Z"
        assert scalehook.post("/hpa", {"version": "4", "status": status, "alerts": [{
            "status": status, "labels": {"alertname": "Busy"}, "annotations": {},
            "startsAt": "2026-11-23T16:06:10.585Z", "endsAt": ends}]}).status == 200

    with Scalehook(tmp_path / "scalehook", config) as scalehook:
        notify(scalehook, "firing")
        wait_until(lambda: scalehook.metric("scalehook_decisions_total", reason="applied") == 1,
                   "it is scaled out")
        assert stand_in.api.get(path)["spec"]["replicas"] == 3
        stand_in.fault(path=path, times=2, status=404, body=body)
        notify(scalehook, "resolved")
        wait_until(lambda: sum(bool(seen["fault"]) for seen in stand_in.requests(path=path)) == 2,
                   "both are met")
        wait_until(lambda: stand_in.api.get(path)["spec"]["replicas"] == 2, "it is restored")


def test_many_at_once_that_nobody_has_asked_about(stand_in, tmp_path):
    names = [f"web-{number}" for number in range(30)]
    for name in names:
        stand_in.api.create(custom(VERSION, "Rollout", name, 2), "default")
    alerts = [{"status": "firing", "labels": {"alertname": "Busy", "rollout": name},
               "annotations": {}, "startsAt": "2026-11-23T16:06:10.585Z",
               "endsAt": "0001-01-01T00:00:00Z"} for name in names]
    config = f"""
scalers:
  - {{name: rollouts, plugin: k8s-scale, settings: {{kubeconfig: {stand_in.kubeconfig}}}}}
rules:
  - name: busy
    matchers: ['alertname="Busy"']
    target: {{scaler: rollouts, apiVersion: {VERSION}, kind: Rollout, name: "${{rollout}}"}}
    action: scale-out
"""
    with Scalehook(tmp_path / "scalehook", config) as scalehook:
        assert scalehook.post("/hpa", {"version": "4", "alerts": alerts}).status == 200
        wait_until(lambda: scalehook.metric("scalehook_decisions_total", reason="applied") == 30,
                   "all are scaled")
    assert 1 <= len(discoveries(stand_in)) <= 16  # the calls that run at once
    for name in names:
        assert stand_in.api.get(f"{ROOT}/namespaces/default/rollouts/{name}")["spec"]["replicas"] == 3
