"""What a HorizontalPodAutoscaler or another controller scales, in a real control plane."""

import pytest

from kubernetes_plugins import ALL_KINDS, drive, kubectl, read, scale, write
from programs.kube_api import autoscaler, autoscaler_path, workload
from programs.process import wait_until
from programs.scalehook import AT_ONCE, Scalehook

all_kinds = pytest.mark.parametrize("plugin, kind", ALL_KINDS)
both_settings = pytest.mark.parametrize("setting", ["refuse", "raise-min"])


@pytest.fixture
def make(control_plane, namespace):
    """Creates the workload `web` and HPAs of it (bounds by name); answers the workload."""
    def create(kind="Deployment", replicas=2, metadata=None, **autoscalers):
        manifest = workload(kind, "web", replicas)
        manifest["metadata"].update(metadata or {})
        made = control_plane.api.create(manifest, namespace)
        for name, (minimum, maximum) in autoscalers.items():
            control_plane.api.create(autoscaler(name, kind, "web", minimum, maximum), namespace)
        return made
    return create


@pytest.fixture
def spec(control_plane, namespace):
    """The spec of an HPA as it stands."""
    return lambda name="hpa": control_plane.api.autoscaler(namespace, name)["spec"]


@all_kinds
def test_the_minimum_moves_out_and_comes_back(control_plane, namespace, raising, make, spec, plugin,
                                              kind):
    made = make(kind, hpa=(2, 6))
    before = spec()
    with drive(plugin, raising) as scaler:
        found = read(scaler, "web", namespace)
        assert (found["status"], found["replicas"], found["max"]) == ("ok", 2, 6)
        assert (found["uid"], found["ready"]) == (made["metadata"]["uid"], 0)
        done = scale(scaler, "web", namespace, 4)
        assert done["status"] == "ok", done
        assert f"minReplicas of the HorizontalPodAutoscaler {namespace}/hpa" in done["explanation"]
        assert spec() == {**before, "minReplicas": 4}
        # The autoscaler itself, without any metric, does the rest.
        wait_until(lambda: control_plane.api.replicas(kind, namespace, "web") == 4,
                   "the autoscaler has scaled the workload out")
        assert read(scaler, "web", namespace)["replicas"] == 4
        assert scale(scaler, "web", namespace, 2)["status"] == "ok"
        assert read(scaler, "web", namespace)["replicas"] == 2
    assert spec() == before


def test_an_absent_minimum_is_one(control_plane, namespace, raising, make):
    make()
    manifest = autoscaler("hpa", "Deployment", "web")
    del manifest["spec"]["minReplicas"]
    control_plane.api.create(manifest, namespace)
    with drive("k8s-deployment", raising) as scaler:
        assert read(scaler, "web", namespace)["replicas"] == 1


def test_the_maximum_is_respected(namespace, raising, make, spec):
    make(hpa=(2, 4))
    with drive("k8s-deployment", raising) as scaler:
        found = read(scaler, "web", namespace)
        assert found["max"] == 4
        for dry_run in (True, False):
            answer = write(scaler, "web", namespace, 5, dry_run=dry_run)
            assert (answer["status"], answer["code"]) == ("invalid", "http-422")
            assert '"hpa" is invalid: spec.maxReplicas' in answer["explanation"]
        assert spec()["minReplicas"] == 2
        assert scale(scaler, "web", namespace, 4)["status"] == "ok"
    assert (spec()["minReplicas"], spec()["maxReplicas"]) == (4, 4)


@all_kinds
def test_a_dry_run_changes_nothing(control_plane, namespace, raising, make, spec, plugin, kind):
    make(kind, hpa=(2, 6))
    with drive(plugin, raising) as scaler:
        assert scale(scaler, "web", namespace, 4, dry_run=True)["status"] == "ok"
        assert read(scaler, "web", namespace)["replicas"] == 2
    assert spec()["minReplicas"] == 2
    assert not events(control_plane, namespace)


@all_kinds
def test_a_foreign_change_in_between_is_a_conflict(control_plane, namespace, raising, make, spec,
                                                   plugin, kind):
    make(kind, hpa=(2, 6))
    with drive(plugin, raising) as scaler:
        version = read(scaler, "web", namespace)["version"]
        control_plane.api.change_autoscaler(namespace, "hpa", maxReplicas=5)
        answer = write(scaler, "web", namespace, 4, version)
        assert (answer["status"], answer["code"]) == ("conflict", "http-409")
        assert spec()["minReplicas"] == 2
        assert read(scaler, "web", namespace)["max"] == 5
        assert scale(scaler, "web", namespace, 4)["status"] == "ok"
    assert (spec()["minReplicas"], spec()["maxReplicas"]) == (4, 5)


def test_an_autoscaler_that_comes_or_goes_is_a_conflict(control_plane, namespace, raising, make):
    make(replicas=3, hpa=(2, 6))
    with drive("k8s-deployment", raising) as scaler:
        version = read(scaler, "web", namespace)["version"]
        control_plane.api.ask("DELETE", autoscaler_path(namespace, "hpa"))
        assert write(scaler, "web", namespace, 4, version)["status"] == "conflict"
        found = read(scaler, "web", namespace)
        assert (found["replicas"], found["max"]) == (3, None)
        control_plane.api.create(autoscaler("hpa", "Deployment", "web", 2, 6), namespace)
        assert write(scaler, "web", namespace, 4, found["version"])["status"] == "conflict"
        # The same workload all along: what is remembered of it is not void.
        assert read(scaler, "web", namespace)["uid"] == found["uid"]


@all_kinds
def test_without_an_autoscaler_the_count_itself_moves(control_plane, namespace, raising, make,
                                                      plugin, kind):
    make(kind)
    with drive(plugin, raising) as scaler:
        answer = scale(scaler, "web", namespace, 5)
        # "after-conflict" where its controller wrote its status in between.
        assert (answer["status"], answer["code"] in ("", "after-conflict")) == ("ok", True)
    assert control_plane.api.replicas(kind, namespace, "web") == 5


def test_metrics_and_behavior_of_a_newer_autoscaler_stay(control_plane, namespace, raising, make):
    """They are written through autoscaling/v1, which has no fields for them."""
    make()
    folder = f"/apis/autoscaling/v2beta2/namespaces/{namespace}/horizontalpodautoscalers"
    manifest = {**autoscaler("hpa", "Deployment", "web", 2, 6), "apiVersion": "autoscaling/v2beta2"}
    del manifest["spec"]["targetCPUUtilizationPercentage"]
    manifest["spec"]["metrics"] = [
        {"type": "Resource", "resource": {"name": "memory", "target": {
            "type": "Utilization", "averageUtilization": 70}}},
        {"type": "External", "external": {"metric": {"name": "queue"}, "target": {
            "type": "AverageValue", "averageValue": "30"}}}]
    manifest["spec"]["behavior"] = {"scaleDown": {"stabilizationWindowSeconds": 120, "policies": [
        {"type": "Pods", "value": 1, "periodSeconds": 60}], "selectPolicy": "Min"}}
    before = control_plane.api.ask("POST", folder, manifest)["spec"]
    with drive("k8s-deployment", raising) as scaler:
        assert scale(scaler, "web", namespace, 3)["status"] == "ok"
    assert control_plane.api.get(f"{folder}/hpa")["spec"] == {**before, "minReplicas": 3}


@both_settings
def test_two_autoscalers_are_both_named(namespace, raising, make, setting):
    make(cpu=(2, 6), queue=(2, 6))
    with drive("k8s-deployment", {**raising, "hpa": setting}) as scaler:
        answer = read(scaler, "web", namespace)
        assert (answer["status"], answer["code"]) == ("refused", "hpa-owns")
        assert f"{namespace}/cpu and {namespace}/queue" in answer["explanation"]


@both_settings
@all_kinds
def test_what_keda_scales_is_refused(control_plane, namespace, raising, make, plugin, kind,
                                     setting):
    """As KEDA makes it; the autoscaler stays when KEDA has scaled the workload to zero."""
    uid = make(kind)["metadata"]["uid"]
    manifest = autoscaler("keda-hpa-orders", kind, "web", 2, 6)
    manifest["metadata"].update(
        labels={"app.kubernetes.io/managed-by": "keda-operator",
                "app.kubernetes.io/name": "keda-hpa-orders",
                "app.kubernetes.io/part-of": "orders", "scaledobject.keda.sh/name": "orders"},
        ownerReferences=[{"apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject",
                          "name": "orders", "uid": uid, "controller": True,
                          "blockOwnerDeletion": True}])
    control_plane.api.create(manifest, namespace)
    with drive(plugin, {**raising, "hpa": setting}) as scaler:
        for replicas in (2, 0):
            control_plane.api.scale(kind, namespace, "web", replicas)
            answer = read(scaler, "web", namespace)
            assert (answer["status"], answer["code"]) == ("refused", "hpa-owns")
            for said in (f"ScaledObject {namespace}/orders", "minReplicaCount",
                         "autoscaling.keda.sh/paused"):
                assert said in answer["explanation"]


def owned_by(kind, uid):
    return {"ownerReferences": [{"apiVersion": "example.org/v1", "kind": kind, "name": "canary",
                                 "uid": uid, "controller": True}]}


@both_settings
@all_kinds
def test_what_another_controller_manages_is_refused(control_plane, namespace, raising, make, plugin,
                                                    kind, setting):
    owner = control_plane.api.create({"apiVersion": "v1", "kind": "ConfigMap",
                                      "metadata": {"name": "canary"}}, namespace)
    make(kind, metadata=owned_by("Rollout", owner["metadata"]["uid"]))
    with drive(plugin, {**raising, "hpa": setting}) as scaler:
        answer = read(scaler, "web", namespace)
        assert (answer["status"], answer["code"]) == ("refused", "hpa-owns")
        assert "it belongs to the Rollout canary" in answer["explanation"]


def test_an_autoscaler_of_a_managed_workload_is_raised(control_plane, namespace, raising, make,
                                                       spec):
    """Whoever manages the workload leaves the count to its autoscaler, and so to us."""
    owner = control_plane.api.create({"apiVersion": "v1", "kind": "ConfigMap",
                                      "metadata": {"name": "canary"}}, namespace)
    make(metadata=owned_by("Rollout", owner["metadata"]["uid"]), hpa=(2, 6))
    with drive("k8s-deployment", raising) as scaler:
        assert scale(scaler, "web", namespace, 3)["status"] == "ok"
    assert spec()["minReplicas"] == 3


def test_what_is_switched_off_stays_so(control_plane, namespace, raising, make, spec):
    """At 0 replicas the autoscaler does nothing, whatever its minimum."""
    make(hpa=(2, 6))
    control_plane.api.scale("Deployment", namespace, "web", 0)
    with drive("k8s-deployment", raising) as scaler:
        answer = read(scaler, "web", namespace)
        assert (answer["status"], answer["code"]) == ("refused", "zero")
        assert f"HorizontalPodAutoscaler {namespace}/hpa" in answer["explanation"]
    assert spec()["minReplicas"] == 2


@all_kinds
def test_a_pause_of_the_workload_holds_its_minimum(control_plane, namespace, raising, make, plugin,
                                                   kind):
    make(kind, hpa=(2, 6))
    control_plane.api.annotate(kind, namespace, "web", **{"scalehook.io/paused": "out"})
    with drive(plugin, raising) as scaler:
        found = read(scaler, "web", namespace)
        assert (found["replicas"], found["hold"], found["code"]) == (2, "out", "paused")


@all_kinds
def test_an_event_tells_that_it_was_the_minimum(control_plane, namespace, raising, make, plugin,
                                                kind):
    uid = make(kind, hpa=(2, 6))["metadata"]["uid"]
    with drive(plugin, raising) as scaler:
        for replicas in (3, 3, 2):
            assert scale(scaler, "web", namespace, replicas)["status"] == "ok"
    raised, lowered = sorted(events(control_plane, namespace), key=lambda e: e["eventTime"])
    assert (raised["reason"], lowered["reason"]) == ("MinReplicasRaised", "MinReplicasLowered")
    assert (raised["regarding"]["kind"], raised["regarding"]["uid"]) == (kind, uid)
    assert (raised["related"]["kind"], raised["related"]["name"]) == ("HorizontalPodAutoscaler",
                                                                      "hpa")
    assert raised["note"] == (f"Raised minReplicas of the HorizontalPodAutoscaler {namespace}/hpa "
                              "from 2 to 3: a test asked for it")
    assert raised["note"] in kubectl(control_plane, "describe", kind, "web", "-n", namespace)


def test_the_missing_right_is_named(namespace, kubeconfig, make, spec):
    """With rbac.yml as it comes the autoscalers can be listed, and not changed."""
    make(hpa=(2, 6))
    with drive("k8s-deployment", {"kubeconfig": kubeconfig, "hpa": "raise-min"}) as scaler:
        assert read(scaler, "web", namespace)["replicas"] == 2
        answer = scale(scaler, "web", namespace, 3)
        assert (answer["status"], answer["code"]) == ("denied", "http-403")
        for said in ("cannot patch resource", "`patch` on horizontalpodautoscalers", "rbac.yml"):
            assert said in answer["explanation"]
    assert spec()["minReplicas"] == 2


def alert(namespace, status):
    ends = "0001-01-01T00:00:00Z" if status == "firing" else "2026-11-23T16:36:10.585Z"
    return {"version": "4", "status": status, "receiver": "auto-hpa", "alerts": [{
        "status": status,
        "labels": {"alertname": "HpaTrigger", "trigger": "hpa", "action": "scale-out",
                   "deployment": "web", "namespace": namespace},
        "annotations": {"value": "45"}, "startsAt": "2026-11-23T16:06:10.585Z", "endsAt": ends}]}


def config(namespace, settings, policy):
    return AT_ONCE + f"""
scalers:
  - name: deployment
    plugin: k8s-deployment
    settings: {{kubeconfig: {settings["kubeconfig"]}, hpa: {settings["hpa"]}}}
rules:
  - name: busy
    matchers: ['trigger="hpa"']
    target: {{scaler: deployment, namespace: {namespace}, name: web}}
    action: scale-out
    policy: {policy}
"""


def test_the_daemon_raises_the_minimum_and_takes_it_back(control_plane, namespace, raising, make,
                                                         spec, tmp_path):
    make(hpa=(2, 4))
    with Scalehook(tmp_path / "scalehook", config(namespace, raising, "{step: 1}")) as scalehook:
        assert scalehook.post("/hpa", alert(namespace, "firing")).status == 200
        wait_until(lambda: spec()["minReplicas"] == 3, "the minimum is raised")
        wait_until(lambda: control_plane.api.replicas("Deployment", namespace, "web") == 3,
                   "the autoscaler has scaled the workload out")
        assert scalehook.post("/hpa", alert(namespace, "resolved")).status == 200
        wait_until(lambda: spec()["minReplicas"] == 2, "the minimum is back")
        wait_until(lambda: scalehook.metric("scalehook_decisions_total", reason="applied") == 2,
                   "both decisions are counted")
        assert f"by the minReplicas of the HorizontalPodAutoscaler {namespace}/hpa" in (
            scalehook.log())


def test_the_daemon_goes_as_far_as_the_maximum(control_plane, namespace, raising, make, spec,
                                               tmp_path):
    make(hpa=(2, 4))
    with Scalehook(tmp_path / "scalehook", config(namespace, raising, "{step: 5}")) as scalehook:
        assert scalehook.post("/hpa", alert(namespace, "firing")).status == 200
        wait_until(lambda: scalehook.metric("scalehook_decisions_total", reason="applied") == 1,
                   "it is decided")
        assert (spec()["minReplicas"], spec()["maxReplicas"]) == (4, 4)


@pytest.mark.parametrize("setting, reason", [("refuse", "hpa-owns"),
                                             ("raise-min", "refused-by-cluster")])
def test_the_daemon_says_why_it_may_not(namespace, kubeconfig, make, spec, tmp_path, setting,
                                        reason):
    make(hpa=(2, 4))
    settings = {"kubeconfig": kubeconfig, "hpa": setting}
    with Scalehook(tmp_path / "scalehook", config(namespace, settings, "{step: 1}")) as scalehook:
        assert scalehook.post("/hpa", alert(namespace, "firing")).status == 200
        wait_until(lambda: scalehook.metric("scalehook_decisions_total", reason=reason) == 1,
                   "it is refused")
        wait_until(lambda: "horizontalpodautoscaler" in scalehook.log().lower(), "the log says why")
    assert spec()["minReplicas"] == 2


def events(control_plane, namespace):
    return [event for event in control_plane.api.events(namespace)
            if event.get("reportingController") == "scalehook"]
