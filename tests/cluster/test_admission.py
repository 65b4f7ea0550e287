"""What the policies of a cluster, which its admission webhooks are, make of a change."""

import base64
import json

import pytest

from kubernetes_plugins import drive, read, scale, write
from programs.admission import Webhook, denied
from programs.kube_api import MERGE_PATCH, workload, workload_path
from programs.process import wait_until
from programs.scalehook import AT_ONCE, Scalehook


@pytest.fixture
def scaler(control_plane, namespace, kubeconfig):
    """k8s-deployment, with the Deployment `web` of two replicas."""
    control_plane.api.create(workload("Deployment", "web", 2), namespace)
    with drive("k8s-deployment", {"kubeconfig": kubeconfig}) as plugin:
        yield plugin


@pytest.fixture
def admit(control_plane, namespace):
    """A webhook that the API server asks already: a change to no other count sees to it."""
    def begin(decide, **more):
        webhook = Webhook(control_plane, namespace, decide, **more)
        webhook.await_registered(lambda: control_plane.api.request(
            "PATCH", workload_path("Deployment", namespace, "web") + "/scale?dryRun=All",
            {"spec": {"replicas": 2}}, MERGE_PATCH))
        return webhook
    return begin


# The code of a webhook that says none, and those that policy engines say.
@pytest.mark.parametrize("code, status, called", [
    (None, "refused", "not-admitted"), (403, "refused", "not-admitted"),
    (422, "invalid", "http-422")])
def test_what_a_policy_denies_is_no_missing_right(control_plane, namespace, scaler, admit, code,
                                                  status, called):
    with admit(lambda _: denied("no more than 2 replicas here", code)):
        for dry_run in (True, False):
            answer = scale(scaler, "web", namespace, 3, dry_run=dry_run)
            assert (answer["status"], answer["code"]) == (status, called), answer
            assert "denied the request: no more than 2 replicas here" in answer["explanation"]
            assert "rbac.yml" not in answer["explanation"]
    assert control_plane.api.replicas("Deployment", namespace, "web") == 2


def test_a_dry_run_asks_the_policies_for_a_dry_run(control_plane, namespace, scaler, admit):
    asked = []

    def allow(request):
        asked.append((request["dryRun"], request["object"]["spec"]["replicas"]))
        return {"allowed": True}

    with admit(allow):
        asked.clear()
        assert scale(scaler, "web", namespace, 3, dry_run=True)["status"] == "ok"
        assert set(asked) == {(True, 3)}
        assert scale(scaler, "web", namespace, 3)["status"] == "ok"
        assert set(asked) == {(True, 3), (False, 3)}
    assert control_plane.api.replicas("Deployment", namespace, "web") == 3


def at_most_four(request):
    if request["object"]["spec"].get("replicas", 0) <= 4:
        return {"allowed": True}
    patch = json.dumps([{"op": "replace", "path": "/spec/replicas", "value": 4}])
    return {"allowed": True, "patchType": "JSONPatch",
            "patch": base64.b64encode(patch.encode()).decode()}


def test_what_a_policy_makes_another_count_is_told(control_plane, namespace, scaler, admit):
    with admit(at_most_four, mutating=True):
        for dry_run, left in ((True, 2), (False, 4), (False, 4)):
            answer = write(scaler, "web", namespace, 5, read(scaler, "web", namespace)["version"],
                           dry_run=dry_run)
            assert (answer["status"], answer["code"]) == ("ok", "another-count")
            assert answer["replicas"] == 4
            assert "accepted 5 replicas and set 4" in answer["explanation"]
            assert "set the rule's `limits`" in answer["explanation"]
            assert control_plane.api.replicas("Deployment", namespace, "web") == left


def test_what_a_policy_lets_through_is_taken_back_in_the_end(control_plane, namespace, kubeconfig,
                                                             admit, tmp_path):
    """A step of three is made one of two, and is not taken for somebody else's count."""
    control_plane.api.create(workload("Deployment", "web", 2), namespace)

    def replicas():
        return control_plane.api.replicas("Deployment", namespace, "web")

    def alert(status):
        ends = "0001-01-01T00:00:00Z" if status == "firing" else "2026-11-23T16:36:10.585Z"
        return {"version": "4", "status": status, "receiver": "auto-hpa", "alerts": [{
            "status": status,
            "labels": {"alertname": "Busy", "trigger": "hpa", "action": "scale-out",
                       "deployment": "web", "namespace": namespace},
            "startsAt": "2026-11-23T16:06:10.585Z", "endsAt": ends}]}

    config = AT_ONCE.replace("defaults: {", "defaults: {policy: {step: 3}, ")
    with admit(at_most_four, mutating=True), \
            Scalehook(tmp_path / "scalehook", config,
                      env={"KUBECONFIG": str(kubeconfig)}) as scalehook:
        def counted(reason):
            return scalehook.metric("scalehook_decisions_total", reason=reason)

        assert scalehook.post("/hpa", alert("firing")).status == 200
        wait_until(lambda: counted("applied") == 1, "it is scaled as far as the policy lets it")
        assert replicas() == 4
        assert scalehook.post("/hpa", alert("firing")).status == 200
        wait_until(lambda: counted("refused-by-cluster") == 1, "no more is admitted")
        assert scalehook.post("/hpa", alert("resolved")).status == 200
        wait_until(lambda: counted("applied") == 2, "it is taken back")
        assert replicas() == 2
