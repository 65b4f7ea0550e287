"""k8s-scale against a real API server: custom resources, and what only it can scale."""

import pytest

from kubernetes_plugins import define, drive, kubectl, read, scale, write
from programs.kube_api import MERGE_PATCH, autoscaler, collection, custom, definition, workload
from programs.process import wait_until
from programs.scalehook import AT_ONCE, Scalehook

ARGO, VERSION = "argoproj.io", "argoproj.io/v1alpha1"
ROLLOUT = f"k8s-scale {VERSION} Rollout"


@pytest.fixture
def settings(control_plane, any_kind_rights, rollouts, tmp_path):
    """Of a scaler with the rights of rbac.yml for Argo's Rollouts, which the API server has."""
    return {"kubeconfig": control_plane.kubeconfig(tmp_path / "config", token=any_kind_rights)}


@pytest.fixture
def make(control_plane, namespace):
    """Creates a custom resource `web`, by default a Rollout; answers its path."""
    def create(replicas=2, api_version=VERSION, kind="Rollout", **metadata):
        manifest = custom(api_version, kind, "web", replicas)
        manifest["metadata"].update(metadata)
        control_plane.api.create(manifest, namespace)
        return collection(manifest, namespace) + "/web"
    return create


@pytest.fixture
def group(namespace):
    """A group of the API of the test's own."""
    return f"{namespace}.example.org"


@pytest.fixture
def admin(control_plane):
    """The settings of a scaler with every right, for kinds that rbac.yml does not name."""
    return {"kubeconfig": control_plane.admin_kubeconfig}


def replicas(control_plane, path):
    return control_plane.api.get(path)["spec"]["replicas"]


def change(control_plane, path, body):
    control_plane.api.ask("PATCH", path, body, MERGE_PATCH)


def events(control_plane, namespace):
    return [event for event in control_plane.api.events(namespace)
            if event.get("reportingController") == "scalehook"]


def test_a_custom_resource_is_scaled_out_and_in(control_plane, namespace, settings, make):
    path = make()
    uid = control_plane.api.get(path)["metadata"]["uid"]
    with drive(ROLLOUT, settings) as scaler:
        found = read(scaler, "web", namespace)
        assert (found["status"], found["replicas"], found["ready"]) == ("ok", 2, 0)
        assert (found["uid"], found["hold"]) == (uid, "")
        for count in (5, 3, 0, 1):
            done = scale(scaler, "web", namespace, count)
            assert done["status"] == "ok", done
            assert replicas(control_plane, path) == count
            assert read(scaler, "web", namespace)["replicas"] == count
    told = sorted(events(control_plane, namespace), key=lambda event: event["eventTime"])
    assert [event["reason"] for event in told] == ["ScaledOut", "ScaledIn", "ScaledIn", "ScaledOut"]
    assert told[0]["regarding"] == {"apiVersion": VERSION, "kind": "Rollout", "name": "web",
                                    "namespace": namespace, "uid": uid}
    assert told[0]["note"] in kubectl(control_plane, "describe", "rollout", "web", "-n", namespace)


def test_what_is_ready_is_what_the_object_says_or_what_there_is(control_plane, namespace, settings,
                                                                make):
    path = make(5)
    with drive(ROLLOUT, settings) as scaler:
        for status, ready in (({"replicas": 4}, 4), ({"availableReplicas": 3}, 3),
                              ({"readyReplicas": 2}, 2), ({"readyReplicas": 0}, 0)):
            change(control_plane, path + "/status", {"status": status})
            found = read(scaler, "web", namespace)
            assert (found["replicas"], found["ready"]) == (5, ready)


def test_a_dry_run_changes_nothing(control_plane, namespace, settings, make):
    path = make()
    with drive(ROLLOUT, settings) as scaler:
        assert scale(scaler, "web", namespace, 7, dry_run=True)["status"] == "ok"
    assert replicas(control_plane, path) == 2
    assert not events(control_plane, namespace)


def test_another_writers_count_is_a_conflict_and_a_touch_is_none(control_plane, namespace, settings,
                                                                 make):
    path = make()
    with drive(ROLLOUT, settings) as scaler:
        version = read(scaler, "web", namespace)["version"]
        change(control_plane, path, {"metadata": {"annotations": {"touched": "yes"}}})
        answer = write(scaler, "web", namespace, 5, version)
        assert (answer["status"], answer["code"]) == ("ok", "after-conflict")

        change(control_plane, path, {"spec": {"replicas": 3}})
        answer = write(scaler, "web", namespace, 6, answer["version"])
        assert (answer["status"], answer["code"]) == ("conflict", "http-409")
        assert "the object has been modified" in answer["explanation"]

        version = read(scaler, "web", namespace)["version"]
        change(control_plane, path, {"metadata": {"annotations": {"scalehook.io/paused": "true"}}})
        assert write(scaler, "web", namespace, 6, version)["status"] == "conflict"
    assert replicas(control_plane, path) == 3


def test_annotations_hold(control_plane, namespace, settings, make):
    make(annotations={"scalehook.io/paused": "in"})
    with drive(ROLLOUT, settings) as scaler:
        found = read(scaler, "web", namespace)
        assert (found["replicas"], found["hold"], found["code"]) == (2, "in", "paused")


def test_what_does_not_exist_or_is_being_deleted_is_not_found(control_plane, namespace, settings,
                                                              make):
    with drive(ROLLOUT, settings) as scaler:
        for answer in (read(scaler, "web", namespace), write(scaler, "web", namespace, 3)):
            assert (answer["status"], answer["code"]) == ("not-found", "http-404")
            assert 'rollouts.argoproj.io "web" not found' in answer["explanation"]
        path = make(finalizers=["example.org/keep"])
        control_plane.api.ask("DELETE", path)
        answer = read(scaler, "web", namespace)
        assert (answer["status"], answer["code"]) == ("not-found", "deleting")
        change(control_plane, path, {"metadata": {"finalizers": None}})


def test_one_without_a_count_is_refused(control_plane, namespace, settings, make):
    path = make()
    change(control_plane, path, {"spec": {"replicas": None}})
    with drive(ROLLOUT, settings) as scaler:
        answer = read(scaler, "web", namespace)
        assert (answer["status"], answer["code"]) == ("refused", "no-count")
        assert f"Rollout {namespace}/web does not say how many" in answer["explanation"]
        assert ".spec.replicas" in answer["explanation"]


def test_what_is_no_count_is_refused(control_plane, namespace, group, admin):
    """The API server checks counts only once the definition has a scale subresource."""
    define(control_plane, "Ring", group, scale=False)
    rings = f"/apis/{group}/v1/namespaces/{namespace}/rings"
    for name, count in (("below", -3), ("text", "2"), ("half", 2.5)):
        control_plane.api.ask("POST", rings, custom(f"{group}/v1", "Ring", name, count))
    change(control_plane, f"{DEFINITIONS}/rings.{group}",
           {"spec": {"versions": definition("Ring", group)["spec"]["versions"]}})
    wait_until(lambda: control_plane.api.request("GET", f"{rings}/below/scale").status == 200,
               "the definition has a scale")
    with drive(f"k8s-scale {group}/v1 Ring", admin) as scaler:
        wait_until(lambda: read(scaler, "below", namespace)["code"] != "no-scale",
                   "the API server lists it")
        for name, said in (("below", "it says -3"), ("text", "expected int64"),
                           ("half", "expected int64")):
            answer = read(scaler, name, namespace)
            assert (answer["status"], answer["code"]) == ("refused", "no-count"), answer
            assert f"Ring {namespace}/{name} does not say how many" in answer["explanation"]
            assert said in answer["explanation"]


def test_what_an_autoscaler_owns_is_refused(control_plane, namespace, settings, make):
    make()
    # Of another group it is another kind, of another version the same.
    for name, version in (("other", "example.org/v1alpha1"), ("mine", "argoproj.io/v1")):
        control_plane.api.create(autoscaler(name, "Rollout", "web", api_version=version), namespace)
    with drive(ROLLOUT, settings) as scaler:
        answer = read(scaler, "web", namespace)
        assert (answer["status"], answer["code"]) == ("refused", "hpa-owns")
        assert f"HorizontalPodAutoscaler {namespace}/mine scales it" in answer["explanation"]
        assert "let no rule target this Rollout" in answer["explanation"]


def test_its_autoscalers_minimum_is_raised(control_plane, namespace, raising, rollouts, make):
    path = make(3)
    control_plane.api.create(autoscaler("hpa", "Rollout", "web", 2, 6, VERSION), namespace)
    with drive(ROLLOUT, raising) as scaler:
        found = read(scaler, "web", namespace)
        assert (found["replicas"], found["max"]) == (2, 6)
        assert scale(scaler, "web", namespace, 3)["status"] == "ok"
    assert control_plane.api.autoscaler(namespace, "hpa")["spec"]["minReplicas"] == 3
    assert replicas(control_plane, path) == 3


def test_a_replica_set_of_a_deployment_is_refused(control_plane, namespace, admin):
    control_plane.api.create(workload("Deployment", "web"), namespace)
    sets = f"/apis/apps/v1/namespaces/{namespace}/replicasets"
    [owned] = wait_until(lambda: control_plane.api.get(sets)["items"], "the ReplicaSet is there")
    with drive("k8s-scale apps/v1 ReplicaSet", admin) as scaler:
        answer = read(scaler, owned["metadata"]["name"], namespace)
        assert (answer["status"], answer["code"]) == ("refused", "hpa-owns")
        assert "it belongs to the Deployment web" in answer["explanation"]


def test_a_replication_controller_is_scaled(control_plane, namespace, admin):
    manifest = {**workload("ReplicationController", "web", 2), "apiVersion": "v1"}
    manifest["spec"]["selector"] = {"app": "web"}
    control_plane.api.create(manifest, namespace)
    with drive("k8s-scale v1 ReplicationController", admin) as scaler:
        assert read(scaler, "web", namespace)["replicas"] == 2
        assert scale(scaler, "web", namespace, 4)["status"] == "ok"
    assert replicas(control_plane, collection(manifest, namespace) + "/web") == 4
    [told] = events(control_plane, namespace)
    assert (told["regarding"]["apiVersion"], told["reason"]) == ("v1", "ScaledOut")


def test_a_deployment_is_one_of_many_kinds(control_plane, namespace, admin):
    control_plane.api.create(workload("Deployment", "web", 2), namespace)
    with drive("k8s-scale apps/v1 Deployment", admin) as scaler:
        assert scale(scaler, "web", namespace, 3)["status"] == "ok"
    assert control_plane.api.replicas("Deployment", namespace, "web") == 3


def test_what_is_in_no_namespace_is_scaled(control_plane, namespace, group, admin):
    define(control_plane, "Pool", group, namespaced=False)
    path = f"/apis/{group}/v1/pools"
    control_plane.api.ask("POST", path, custom(f"{group}/v1", "Pool", namespace, 2))
    with drive(f"k8s-scale {group}/v1 Pool", admin) as scaler:
        answer = read(scaler, namespace, "default")
        assert (answer["status"], answer["code"]) == ("invalid", "bad-target")
        assert "leave `namespace` out" in answer["explanation"]
        assert read(scaler, namespace)["replicas"] == 2
        done = scale(scaler, namespace, None, 3)
        assert done["status"] == "ok", done
    assert replicas(control_plane, f"{path}/{namespace}") == 3
    assert "Scaled out from 2 to 3: a test asked for it" in kubectl(
        control_plane, "describe", f"pools.{group}", namespace)


def test_a_kind_that_cannot_be_scaled_is_refused(control_plane, group, admin, rollouts):
    define(control_plane, "Job", group, scale=False)
    for api_version, kind, code, said in (
            (f"{group}/v1", "Job", "no-scale", "Job of " + group),
            ("v1", "ConfigMap", "no-scale", "those with one there: ReplicationController"),
            (VERSION, "Rolout", "no-kind", "subresource there: Rollout"),
            ("argoproj.io/v9", "Rollout", "no-kind", "the API server has no argoproj.io/v9"),
            ("apps/v9", "ReplicaSet", "no-kind", "the API server has no apps/v9")):
        with drive(f"k8s-scale {api_version} {kind}", admin) as scaler:
            for answer in (read(scaler, "web"), write(scaler, "web", None, 1)):
                assert (answer["status"], answer["code"]) == ("refused", code), answer
                assert said in answer["explanation"]


DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


@pytest.fixture
def undefine(control_plane, namespace, group):
    """Deletes the kind with that plural, and returns once the API server has it no longer."""
    def delete(plural):
        path = f"{DEFINITIONS}/{plural}.{group}"
        control_plane.api.ask("DELETE", path)
        wait_until(lambda: control_plane.api.request("GET", path).status == 404,
                   "its definition is gone")
        wait_until(lambda: control_plane.api.request(
            "GET", f"/apis/{group}/v1/namespaces/{namespace}/{plural}/web").body ==
            b"404 page not found\n", "the kind is gone")
    return delete


def test_a_plural_that_is_made_anew_for_another_kind_is_not_scaled(control_plane, namespace, group,
                                                                   admin, undefine):
    path = f"/apis/{group}/v1/namespaces/{namespace}/rings"
    define(control_plane, "Ring", group)
    control_plane.api.ask("POST", path, custom(f"{group}/v1", "Ring", "web", 2))
    with drive(f"k8s-scale {group}/v1 Ring", admin) as scaler:
        found = read(scaler, "web", namespace)
        assert found["replicas"] == 2
        undefine("rings")
        define(control_plane, "Band", group, plural="rings")
        control_plane.api.ask("POST", path, custom(f"{group}/v1", "Band", "web", 2))
        assert write(scaler, "web", namespace, 3, found["version"])["status"] == "conflict"
        answer = read(scaler, "web", namespace)
        assert (answer["status"], answer["code"]) == ("refused", "no-kind")
        assert replicas(control_plane, path + "/web") == 2


def test_a_definition_that_is_made_anew_is_found(control_plane, namespace, group, admin, undefine):
    """With another plural, then without its scale subresource, then in another version only."""
    def path_of(plural):
        return f"/apis/{group}/v1/namespaces/{namespace}/{plural}"

    web = custom(f"{group}/v1", "Ring", "web", 2)
    define(control_plane, "Ring", group)
    control_plane.api.ask("POST", path_of("rings"), web)
    with drive(f"k8s-scale {group}/v1 Ring", admin) as scaler, \
            drive(f"k8s-scale {group}/v1 Ring", admin) as writer:
        assert read(scaler, "web", namespace)["replicas"] == 2
        undefine("rings")
        define(control_plane, "Ring", group, plural="hoops")
        control_plane.api.ask("POST", path_of("hoops"), web)
        # Also a change finds it, whatever was read before.
        assert write(scaler, "web", namespace, 3)["status"] == "ok"
        assert replicas(control_plane, path_of("hoops") + "/web") == 3
        assert read(writer, "web", namespace)["replicas"] == 3

        change(control_plane, f"{DEFINITIONS}/hoops.{group}", {"spec": {"versions": [{
            **control_plane.api.get(f"{DEFINITIONS}/hoops.{group}")["spec"]["versions"][0],
            "subresources": {"status": {}}}]}})
        wait_until(lambda: "hoops/scale" not in [
            resource["name"] for resource in control_plane.api.get(f"/apis/{group}/v1")["resources"]],
            "there is no scale any more")
        wait_until(lambda: read(scaler, "web", namespace)["code"] == "no-scale",
                   "the missing subresource is noticed")
        wait_until(lambda: write(writer, "web", namespace, 4)["code"] == "no-scale",
                   "a change notices it, too")

        undefine("hoops")
        wait_until(lambda: read(scaler, "web", namespace)["code"] == "no-kind",
                   "the missing kind is noticed")


def test_a_definition_that_is_made_anew_with_namespaces_is_found(control_plane, namespace, group,
                                                                 admin, undefine):
    """What names a namespace is turned away without a question: the answer must not stay for ever."""
    define(control_plane, "Ring", group, namespaced=False)
    with drive(f"k8s-scale {group}/v1 Ring", admin) as scaler:
        answer = read(scaler, "web", namespace)
        assert (answer["status"], answer["code"]) == ("invalid", "bad-target")
        undefine("rings")
        define(control_plane, "Ring", group)
        control_plane.api.ask("POST", f"/apis/{group}/v1/namespaces/{namespace}/rings",
                              custom(f"{group}/v1", "Ring", "web", 2))
        wait_until(lambda: read(scaler, "web", namespace)["replicas"] == 2, "it is found")


def test_a_missing_right_is_named(control_plane, namespace, rollouts, make, tmp_path):
    make()
    rights = []

    def account(*more):
        rights.extend(more)
        name = f"{namespace}-{len(rights)}"
        control_plane.api.create({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
            "metadata": {"name": name},
            "rules": [{"apiGroups": [group], "resources": [resource], "verbs": [verb]}
                      for group, resource, verb in rights]})
        return control_plane.kubeconfig_for_role(tmp_path / name, namespace, name)

    autoscalers = ("autoscaling", "horizontalpodautoscalers", "list")
    for more, call, said in (
            ((autoscalers,), read, 'cannot get resource "rollouts"'),
            (((ARGO, "rollouts", "get"),), read, 'cannot get resource "rollouts/scale"'),
            (((ARGO, "rollouts/scale", "get"),), lambda *web: write(*web, 3),
             'cannot patch resource "rollouts/scale"')):
        with drive(ROLLOUT, {"kubeconfig": account(*more)}) as scaler:
            answer = call(scaler, "web", namespace)
            assert (answer["status"], answer["code"]) == ("denied", "http-403")
            assert said in answer["explanation"]
            assert "rbac.yml" in answer["explanation"]


def alert(namespace, status="firing"):
    ends = "0001-01-01T00:00:00Z" if status == "firing" else "2026-11-23T16:36:10.585Z"
    return {"version": "4", "status": status, "receiver": "auto-hpa", "alerts": [{
        "status": status,
        "labels": {"alertname": "HpaTrigger", "trigger": "hpa", "rollout": "web",
                   "namespace": namespace},
        "annotations": {"value": "45"}, "startsAt": "2026-11-23T16:06:10.585Z", "endsAt": ends}]}


def config(settings, api_version=VERSION, kind="Rollout"):
    return AT_ONCE + f"""
scalers:
  - {{name: rollouts, plugin: k8s-scale, settings: {{kubeconfig: {settings["kubeconfig"]}}}}}
rules:
  - name: busy
    matchers: ['trigger="hpa"']
    target: {{scaler: rollouts, apiVersion: {api_version}, kind: {kind}, namespace: "${{namespace}}",
             name: "${{rollout}}"}}
    action: scale-out
"""


def test_an_alert_scales_a_custom_resource_and_its_end_restores_it(control_plane, namespace, settings,
                                                                   make, tmp_path):
    path = make()
    with Scalehook(tmp_path / "scalehook", config(settings)) as scalehook:
        assert scalehook.post("/hpa", alert(namespace)).status == 200
        wait_until(lambda: replicas(control_plane, path) == 3, "it is scaled out")
        assert scalehook.post("/hpa", alert(namespace, "resolved")).status == 200
        wait_until(lambda: replicas(control_plane, path) == 2, "it is restored")
        wait_until(lambda: scalehook.metric("scalehook_decisions_total", reason="applied") == 2,
                   "both are counted")
        wait_until(lambda: f"rollouts {VERSION}/Rollout/{namespace}/web" in scalehook.log(),
                   "it is said in the log")


def test_a_kind_that_comes_later_is_found(control_plane, namespace, group, admin, make, tmp_path):
    """Its alert is refused at first; Alertmanager's next one, or the daemon's own next look, is not."""
    with Scalehook(tmp_path / "scalehook", config(admin, f"{group}/v1", "Ring")) as scalehook:
        assert scalehook.post("/hpa", alert(namespace)).status == 200
        wait_until(lambda: scalehook.metric("scalehook_decisions_total",
                                            reason="refused-by-cluster") == 1, "it is refused")
        wait_until(lambda: f"the API server has no {group}/v1" in scalehook.log(), "it is said why")
        define(control_plane, "Ring", group)
        path = make(api_version=f"{group}/v1", kind="Ring")

        def scaled():
            assert scalehook.post("/hpa", alert(namespace)).status == 200
            return replicas(control_plane, path) == 3
        wait_until(scaled, "it is scaled out", interval=1)
