"""The daemon with a program that gives its credentials, on a real API server."""

import json
import pathlib

import pytest

from kubernetes_plugins import write_config
from programs.kube_api import workload
from programs.process import wait_until
from programs.scalehook import AT_ONCE, Scalehook

DEPLOYMENTS = [f"web-{number}" for number in range(12)]


@pytest.fixture
def deployments(control_plane, namespace):
    for name in DEPLOYMENTS:
        control_plane.api.create(workload("Deployment", name, replicas=2), namespace)
    return namespace


@pytest.fixture
def kubeconfig(control_plane, rbac, tmp_path):
    """A function: what the program does before it answers -> a kubeconfig that names it."""
    (tmp_path / "answer").write_text(json.dumps({
        "apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential",
        "status": {"token": rbac}}))

    def write(script):
        program = tmp_path / "helper"
        program.write_text(f"#!/bin/sh\ncd {tmp_path}\necho $$ >> runs\n{script}\ncat answer\n"
                           "echo $$ >> answered\n")
        program.chmod(0o700)
        cluster = {"server": control_plane.url, "certificate-authority": control_plane.ca_file}
        return write_config(tmp_path / "config", cluster, {"exec": {
            "apiVersion": "client.authentication.k8s.io/v1", "command": "./helper",
            "interactiveMode": "Never"}})
    return write


def notification(namespace):
    return {"version": "4", "alerts": [{
        "status": "firing", "startsAt": "2026-11-23T16:06:00Z", "endsAt": "0001-01-01T00:00:00Z",
        "labels": {"alertname": "Busy", "trigger": "hpa", "action": "scale-out",
                   "deployment": name, "namespace": namespace}} for name in DEPLOYMENTS]}


def runs(folder, name="runs"):
    file = folder / name
    return [int(pid) for pid in file.read_text().split()] if file.exists() else []


def test_one_run_serves_all_workloads(control_plane, deployments, kubeconfig, tmp_path):
    config = kubeconfig("sleep 1")
    with Scalehook(tmp_path / "scalehook", AT_ONCE, {"KUBECONFIG": str(config)}) as scalehook:
        assert runs(tmp_path) == []  # nothing runs at the start
        assert scalehook.post("/hpa", notification(deployments)).status == 200
        wait_until(lambda: [control_plane.api.replicas("Deployment", deployments, name)
                            for name in DEPLOYMENTS] == [3] * 12, "all are scaled out")
        # On a machine so slow that the first call's time is over, one may have been killed before.
        assert len(runs(tmp_path, "answered")) == 1


def test_one_that_hangs_holds_up_no_stop(deployments, kubeconfig, tmp_path):
    config = kubeconfig("trap '' TERM; sleep 1000")
    with Scalehook(tmp_path / "scalehook", AT_ONCE, {"KUBECONFIG": str(config)}) as scalehook:
        assert scalehook.post("/hpa", notification(deployments)).status == 200
        wait_until(lambda: runs(tmp_path), "it runs")
        scalehook.stop()
    for pid in runs(tmp_path):
        assert not pathlib.Path(f"/proc/{pid}").exists()


def test_one_that_fails_is_told_and_tried_again(control_plane, deployments, kubeconfig, tmp_path):
    config = kubeconfig("[ -e well ] || { echo 'not logged in' >&2; exit 1; }")
    with Scalehook(tmp_path / "scalehook", AT_ONCE, {"KUBECONFIG": str(config)}) as scalehook:
        assert scalehook.post("/hpa", notification(deployments)).status == 200
        wait_until(lambda: scalehook.metric("scalehook_plugin_calls_total", status="retry",
                                            code="exec-failed") >= 12, "all have found it so")
        assert "exit status 1: not logged in" in scalehook.log()
        (tmp_path / "well").touch()
        wait_until(lambda: [control_plane.api.replicas("Deployment", deployments, name)
                            for name in DEPLOYMENTS] == [3] * 12, "all are scaled out", timeout=120)
