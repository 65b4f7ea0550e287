"""One daemon scales in two real clusters: what one suffers is nothing to the other."""

import contextlib
import signal

import pytest
import yaml

from programs.control_plane import ControlPlane
from programs.kube_api import workload
from programs.process import wait_until
from programs.scalehook import AT_ONCE, Scalehook

NAMES = [f"web-{number}" for number in range(12)]  # ten that fail open a scaler's circuit


@pytest.fixture(scope="module")
def clusters(tmp_path_factory):
    """Two control planes by name; nobody but scalehook changes anything there."""
    with contextlib.ExitStack() as planes:
        yield {name: planes.enter_context(ControlPlane(tmp_path_factory.mktemp(name),
                                                       controllers=False))
               for name in ("east", "west")}


@pytest.fixture
def place(clusters):
    """A namespace of the same name in both, with the same Deployments."""
    namespace = clusters["east"].create_namespace()
    clusters["west"].api.create({"apiVersion": "v1", "kind": "Namespace",
                                 "metadata": {"name": namespace}})
    for plane in clusters.values():
        for name in NAMES:
            plane.api.create(workload("Deployment", name, replicas=2), namespace)
    return namespace


@pytest.fixture
def scalehook(clusters, tmp_path):
    """One kubeconfig with a context for each cluster, and one scaler of one plugin for each."""
    kubeconfig = {"apiVersion": "v1", "kind": "Config", "clusters": [], "users": [], "contexts": []}
    for name, plane in clusters.items():
        own = yaml.safe_load(plane.admin_kubeconfig.read_text())
        kubeconfig["clusters"].append({"name": name, "cluster": own["clusters"][0]["cluster"]})
        kubeconfig["users"].append({"name": name, "user": own["users"][0]["user"]})
        kubeconfig["contexts"].append({"name": name, "context": {"cluster": name, "user": name}})
    file = tmp_path / "kubeconfig"
    file.write_text(yaml.safe_dump(kubeconfig))
    scalers = "".join(f"""
  - {{name: {name}, plugin: k8s-deployment, settings: {{kubeconfig: {file}, context: {name}}}}}"""
                      for name in clusters)
    config = AT_ONCE + f"""
budget: {{scale_in_share: 1}}
scalers:{scalers}
rules:
  - name: any-cluster
    matchers: ['trigger="hpa"']
    target: {{scaler: "${{cluster}}", namespace: "${{namespace}}", name: "${{deployment}}"}}
    action: scale-out
"""
    with Scalehook(tmp_path / "scalehook", config) as daemon:
        yield daemon


def alerts(namespace, *clusters, status="firing"):
    """A notification about every Deployment of these clusters, in their order."""
    ends = "0001-01-01T00:00:00Z" if status == "firing" else "2026-11-23T16:36:10.585Z"
    return {"version": "4", "status": status, "alerts": [
        {"status": status, "annotations": {}, "startsAt": "2026-11-23T16:06:10.585Z",
         "endsAt": ends, "labels": {"alertname": "Busy", "trigger": "hpa", "cluster": cluster,
                                    "namespace": namespace, "deployment": name}}
        for cluster in clusters for name in NAMES]}


def await_count(plane, namespace, count):
    wait_until(lambda: {plane.api.replicas("Deployment", namespace, name)
                        for name in NAMES} == {count}, f"all have {count} replicas", timeout=120)


def applied(scalehook, scaler):
    return scalehook.metric("scalehook_decisions_total", scaler=scaler, reason="applied")


def retries(scalehook, scaler):
    return scalehook.metric("scalehook_plugin_calls_total", instance=scaler, status="retry")


def test_each_cluster_has_its_own_count(clusters, place, scalehook):
    assert scalehook.post("/hpa", alerts(place, "east")).status == 200
    await_count(clusters["east"], place, 3)
    assert scalehook.post("/hpa", alerts(place, "west")).status == 200
    await_count(clusters["west"], place, 3)
    assert scalehook.post("/hpa", alerts(place, "east", status="resolved")).status == 200
    await_count(clusters["east"], place, 2)
    await_count(clusters["west"], place, 3)
    wait_until(lambda: (applied(scalehook, "east"), applied(scalehook, "west")) ==
               (2 * len(NAMES), len(NAMES)), "each is counted by its scaler")


def test_a_cluster_that_hangs_holds_up_nobody_else(clusters, place, scalehook):
    clusters["east"].server.send_signal(signal.SIGSTOP)
    try:
        assert scalehook.post("/hpa", alerts(place, "east", "west")).status == 200
        await_count(clusters["west"], place, 3)
        assert scalehook.post("/hpa", alerts(place, "west", status="resolved")).status == 200
        await_count(clusters["west"], place, 2)
        assert (applied(scalehook, "east"), retries(scalehook, "west")) == (0, 0)
    finally:
        clusters["east"].server.send_signal(signal.SIGCONT)
    await_count(clusters["east"], place, 3)


def test_a_cluster_that_is_down_is_tried_until_it_is_back(clusters, place, scalehook):
    clusters["east"].server.kill()
    assert scalehook.post("/hpa", alerts(place, "east", "west")).status == 200
    await_count(clusters["west"], place, 3)
    wait_until(lambda: scalehook.metric("scalehook_scaler_circuit_open", scaler="east") == 1,
               "east is taken for dead")
    assert retries(scalehook, "east") >= 10
    assert (applied(scalehook, "east"), retries(scalehook, "west")) == (0, 0)
    assert scalehook.metric("scalehook_scaler_circuit_open", scaler="west") == 0
    assert scalehook.get("/-/ready").status == 200

    clusters["east"].start_server()
    await_count(clusters["east"], place, 3)
    wait_until(lambda: scalehook.metric("scalehook_scaler_circuit_open", scaler="east") == 0,
               "east is alive again")
    wait_until(lambda: (applied(scalehook, "east"), applied(scalehook, "west")) ==
               (len(NAMES), len(NAMES)), "each is counted by its scaler")


def test_a_cluster_that_is_not_configured_is_said(scalehook, place):
    assert scalehook.post("/hpa", alerts(place, "north")).status == 200
    wait_until(lambda: scalehook.metric("scalehook_decisions_total", scaler="",
                                        reason="no-target") == len(NAMES), "all are turned away")
    wait_until(lambda: 'sends it to scaler \\"north\\"' in scalehook.log(), "it is said why")
