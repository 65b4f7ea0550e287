"""The Kubernetes plugins against a real API server, with the rights of rbac.yml alone."""

import pytest

from kubernetes_plugins import ALL_KINDS, drive, kubectl, read, scale, write
from programs.kube_api import MERGE_PATCH, Api, autoscaler, collection, workload, workload_path
from programs.process import wait_until

all_kinds = pytest.mark.parametrize("plugin, kind", ALL_KINDS)


@pytest.fixture
def make(control_plane, namespace):
    """Creates a workload in the test's namespace; answers the object."""
    def create(kind, name="web", replicas=2):
        return control_plane.api.create(workload(kind, name, replicas), namespace)
    return create


@all_kinds
def test_a_workload_is_scaled_out_and_in(control_plane, namespace, kubeconfig, make, plugin, kind):
    made = make(kind)
    with drive(plugin, {"kubeconfig": kubeconfig}) as scaler:
        found = read(scaler, "web", namespace)
        assert (found["status"], found["replicas"], found["ready"]) == ("ok", 2, 0)
        assert (found["uid"], found["hold"]) == (made["metadata"]["uid"], "")
        for replicas in (5, 3, 0, 1):  # to zero and from zero, too
            done = scale(scaler, "web", namespace, replicas)
            assert done["status"] == "ok", done
            assert done["version"] != found["version"]
            assert kubectl(control_plane, "get", kind, "web", "-n", namespace,
                           "-o", "jsonpath={.spec.replicas}") == str(replicas)
            assert read(scaler, "web", namespace)["replicas"] == replicas


@all_kinds
def test_another_writers_count_is_a_conflict(control_plane, namespace, kubeconfig, make, plugin,
                                             kind):
    make(kind)
    with drive(plugin, {"kubeconfig": kubeconfig}) as scaler:
        version = read(scaler, "web", namespace)["version"]
        control_plane.api.scale(kind, namespace, "web", 3)
        answer = write(scaler, "web", namespace, 5, version)
        assert (answer["status"], answer["code"]) == ("conflict", "http-409")
        assert "the object has been modified" in answer["explanation"]
    assert control_plane.api.replicas(kind, namespace, "web") == 3


@all_kinds
def test_what_was_only_touched_since_is_scaled(control_plane, namespace, kubeconfig, make, plugin,
                                               kind):
    make(kind)
    with drive(plugin, {"kubeconfig": kubeconfig}) as scaler:
        version = read(scaler, "web", namespace)["version"]
        control_plane.api.annotate(kind, namespace, "web", touched="yes")
        answer = write(scaler, "web", namespace, 5, version)
        assert (answer["status"], answer["code"]) == ("ok", "after-conflict")
        assert control_plane.api.replicas(kind, namespace, "web") == 5

        # What was written just before is no reason to look away.
        version = answer["version"]
        control_plane.api.annotate(kind, namespace, "web", **{"scalehook.io/paused": "true"})
        assert write(scaler, "web", namespace, 6, version)["status"] == "conflict"


@all_kinds
def test_a_pause_of_the_other_direction_is_no_conflict(control_plane, namespace, kubeconfig, make,
                                                       plugin, kind):
    make(kind, replicas=5)
    with drive(plugin, {"kubeconfig": kubeconfig}) as scaler:
        for held, to, other in (("in", 6, 4), ("out", 4, 6)):
            control_plane.api.scale(kind, namespace, "web", 5)
            version = read(scaler, "web", namespace)["version"]
            control_plane.api.annotate(kind, namespace, "web", **{"scalehook.io/paused": held})
            assert write(scaler, "web", namespace, other, version)["status"] == "conflict"
            answer = write(scaler, "web", namespace, to, version)
            assert (answer["status"], answer["code"]) == ("ok", "after-conflict")
            assert control_plane.api.replicas(kind, namespace, "web") == to


@all_kinds
def test_one_of_the_same_name_is_another(control_plane, namespace, kubeconfig, make, plugin, kind):
    make(kind)
    with drive(plugin, {"kubeconfig": kubeconfig}) as scaler:
        version = read(scaler, "web", namespace)["version"]
        control_plane.api.ask("DELETE", workload_path(kind, namespace, "web"))
        wait_until(lambda: control_plane.api.request(
            "GET", workload_path(kind, namespace, "web")).status == 404, "it is gone")
        make(kind)
        assert write(scaler, "web", namespace, 5, version)["status"] == "conflict"


@all_kinds
def test_without_a_version_a_write_is_unconditional(control_plane, namespace, kubeconfig, make,
                                                    plugin, kind):
    make(kind)
    with drive(plugin, {"kubeconfig": kubeconfig}) as scaler:
        assert write(scaler, "web", namespace, 4)["status"] == "ok"
    assert control_plane.api.replicas(kind, namespace, "web") == 4


@all_kinds
def test_a_dry_run_changes_nothing(control_plane, namespace, kubeconfig, make, plugin, kind):
    make(kind)
    with drive(plugin, {"kubeconfig": kubeconfig}) as scaler:
        assert scale(scaler, "web", namespace, 7, dry_run=True)["status"] == "ok"
        assert read(scaler, "web", namespace)["replicas"] == 2
    assert not scalehook_events(control_plane, namespace)


@all_kinds
def test_what_does_not_exist_is_not_found(namespace, kubeconfig, plugin, kind):
    with drive(plugin, {"kubeconfig": kubeconfig}) as scaler:
        for place in (namespace, "no-such-namespace"):
            for answer in (read(scaler, "web", place), write(scaler, "web", place, 3)):
                assert (answer["status"], answer["code"]) == ("not-found", "http-404")
                assert f'{kind.lower()}s.apps "web" not found' in answer["explanation"]


@all_kinds
def test_what_is_being_deleted_is_not_found(control_plane, namespace, kubeconfig, plugin, kind):
    manifest = workload(kind, "web")
    manifest["metadata"]["finalizers"] = ["example.org/keep"]
    control_plane.api.create(manifest, namespace)
    path = workload_path(kind, namespace, "web")
    control_plane.api.ask("DELETE", path)
    with drive(plugin, {"kubeconfig": kubeconfig}) as scaler:
        answer = read(scaler, "web", namespace)
        assert (answer["status"], answer["code"]) == ("not-found", "deleting")
    control_plane.api.ask("PATCH", path, {"metadata": {"finalizers": None}}, MERGE_PATCH)


@all_kinds
def test_what_an_autoscaler_owns_is_refused(control_plane, namespace, kubeconfig, make, plugin,
                                            kind):
    make(kind)
    make(kind, "free")
    control_plane.api.create(autoscaler("by-cpu", kind, "web"), namespace)
    with drive(plugin, {"kubeconfig": kubeconfig}) as scaler:
        answer = read(scaler, "web", namespace)
        assert (answer["status"], answer["code"]) == ("refused", "hpa-owns")
        assert f"HorizontalPodAutoscaler {namespace}/by-cpu" in answer["explanation"]
        assert read(scaler, "free", namespace)["status"] == "ok"


@all_kinds
@pytest.mark.parametrize("annotations, hold", [
    ({"paused": "true"}, "all"),
    ({"paused": "in"}, "in"),
    ({"paused": "out"}, "out"),
    ({"paused": "false"}, ""),
    ({"paused": "true", "paused-until": "2999-01-01T00:00:00Z"}, "all"),
    ({"paused": "true", "paused-until": "2020-01-01T00:00:00Z"}, ""),
])
def test_annotations_hold(control_plane, namespace, kubeconfig, make, plugin, kind, annotations,
                          hold):
    make(kind)
    control_plane.api.annotate(kind, namespace, "web",
                               **{f"scalehook.io/{key}": value for key, value in annotations.items()})
    with drive(plugin, {"kubeconfig": kubeconfig}) as scaler:
        answer = read(scaler, "web", namespace)
        assert (answer["status"], answer["replicas"]) == ("ok", 2)
        assert (answer["hold"], answer["code"]) == (hold, "paused" if hold else "")
        assert ("scalehook.io/paused" in answer["explanation"]) == bool(hold)


@all_kinds
def test_a_change_is_told_by_an_event(control_plane, namespace, kubeconfig, make, plugin, kind):
    uid = make(kind)["metadata"]["uid"]
    with drive(plugin, {"kubeconfig": kubeconfig}) as scaler:
        assert scale(scaler, "web", namespace, 3)["status"] == "ok"
        assert scale(scaler, "web", namespace, 3)["status"] == "ok"  # no change, no event
        unchanged = read(scaler, "web", namespace)["version"]  # and from where is not said
        assert write(scaler, "web", namespace, 3, unchanged)["status"] == "ok"
        assert scale(scaler, "web", namespace, 1)["status"] == "ok"
    out, back = sorted(scalehook_events(control_plane, namespace), key=lambda e: e["eventTime"])
    assert (out["reason"], back["reason"]) == ("ScaledOut", "ScaledIn")
    assert (out["type"], out["action"], out["regarding"]["uid"]) == ("Normal", "Scale", uid)
    assert out["note"] == "Scaled out from 2 to 3: a test asked for it"
    assert back["note"] == "Scaled in from 3 to 1: a test asked for it"

    # An object's events are found by its uid there.
    described = kubectl(control_plane, "describe", kind, "web", "-n", namespace)
    listed = kubectl(control_plane, "get", "events", "-n", namespace)
    for text in (described, listed):
        assert "ScaledOut" in text and out["note"] in text
        assert "ScaledIn" in text and back["note"] in text


@all_kinds
def test_events_can_be_left_out(control_plane, namespace, kubeconfig, make, plugin, kind):
    make(kind)
    with drive(plugin, {"kubeconfig": kubeconfig, "events": False}) as scaler:
        assert scale(scaler, "web", namespace, 3)["status"] == "ok"
    assert not scalehook_events(control_plane, namespace)


def test_the_namespace_is_the_contexts_when_the_target_has_none(control_plane, namespace, rbac, make,
                                                                tmp_path):
    make("Deployment", replicas=4)
    kubeconfig = control_plane.kubeconfig(tmp_path / "config", token=rbac, namespace=namespace)
    with drive("k8s-deployment", {"kubeconfig": kubeconfig}) as scaler:
        assert read(scaler, "web")["replicas"] == 4


def with_rights(control_plane, namespace, tmp_path, *rules):
    """A kubeconfig with these rights: (group, resource, verb) each."""
    control_plane.api.ask("POST", "/apis/rbac.authorization.k8s.io/v1/clusterroles", {
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
        "metadata": {"name": namespace},
        "rules": [{"apiGroups": [group], "resources": [resource], "verbs": [verb]}
                  for group, resource, verb in rules]})
    return control_plane.kubeconfig_for_role(tmp_path / "kubeconfig", namespace, namespace)


GET, PATCH = ("apps", "deployments", "get"), ("apps", "deployments/scale", "patch")
LIST = ("autoscaling", "horizontalpodautoscalers", "list")


def test_a_missing_right_is_named(control_plane, namespace, make, tmp_path):
    make("Deployment")
    kubeconfig = with_rights(control_plane, namespace, tmp_path, LIST)
    with drive("k8s-deployment", {"kubeconfig": kubeconfig}) as scaler:
        for answer, verb in ((read(scaler, "web", namespace), "get"),
                             (write(scaler, "web", namespace, 3), "patch")):
            assert (answer["status"], answer["code"]) == ("denied", "http-403")
            assert f"cannot {verb} resource" in answer["explanation"]
            assert "rbac.yml" in answer["explanation"]


def test_an_owner_that_cannot_be_told_is_a_refusal(control_plane, namespace, make, tmp_path):
    make("Deployment")
    kubeconfig = with_rights(control_plane, namespace, tmp_path, GET, PATCH)
    with drive("k8s-deployment", {"kubeconfig": kubeconfig}) as scaler:
        answer = read(scaler, "web", namespace)
        assert (answer["status"], answer["code"]) == ("refused", "owner-unknown")
        assert "`list` on horizontalpodautoscalers" in answer["explanation"]


def test_a_change_stands_without_the_right_to_tell_of_it(control_plane, namespace, make, tmp_path):
    make("Deployment")
    kubeconfig = with_rights(control_plane, namespace, tmp_path, GET, PATCH, LIST)
    log = tmp_path / "stderr"
    with drive("k8s-deployment", {"kubeconfig": kubeconfig}, stderr=log) as scaler:
        assert scale(scaler, "web", namespace, 3)["status"] == "ok"
    assert control_plane.api.replicas("Deployment", namespace, "web") == 3
    assert f"no Event on Deployment {namespace}/web" in log.read_text()


def test_the_rights_of_rbac_yml_are_the_least(control_plane, namespace, rbac, make):
    make("Deployment")
    account = Api(control_plane.url, control_plane.ca_file, rbac)
    path = workload_path("Deployment", namespace, "web")
    assert account.request("GET", path).status == 200
    for method, target, body in (
            ("PATCH", path, {"metadata": {"labels": {"a": "b"}}}), ("DELETE", path, None),
            ("GET", path + "/scale", None), ("GET", path.rpartition("/")[0], None),
            ("GET", f"/api/v1/namespaces/{namespace}/secrets", None),
            ("GET", f"/api/v1/namespaces/{namespace}/pods", None),
            ("GET", f"/apis/events.k8s.io/v1/namespaces/{namespace}/events", None),
            ("POST", collection(autoscaler("a", "Deployment", "web"), namespace),
             autoscaler("a", "Deployment", "web"))):
        assert account.request(method, target, body, MERGE_PATCH if method == "PATCH"
                               else "application/json").status == 403, (method, target)


def scalehook_events(control_plane, namespace):
    return [event for event in control_plane.api.events(namespace)
            if event.get("reportingController") == "scalehook"]
