"""Credentials that a program gives, against a real API server."""

import base64
import json
import os
import pathlib
import subprocess
import sys
import time

import pytest

from kubernetes_plugins import drive, read, write_config
from programs import exec_helper
from programs.kube_api import Api, workload
from programs.plugin_drive import refusal
from programs.process import wait_until

PLUGIN = "k8s-deployment"
V1 = "client.authentication.k8s.io/v1"
VERSIONS = [V1, V1 + "beta1"]


@pytest.fixture
def workloads(control_plane, rbac, namespace):
    control_plane.api.create(workload("Deployment", "web"), namespace)
    return namespace


@pytest.fixture
def config_of(control_plane, tmp_path):
    """A function: members of `exec` -> the settings of a scaler with them."""
    def write(cluster=None, **members):
        exec_ = {"apiVersion": V1, "interactiveMode": "Never", **members}
        return {"kubeconfig": write_config(
            tmp_path / "config", {"server": control_plane.url,
                                  "certificate-authority": str(control_plane.ca_file),
                                  **(cluster or {})}, {"exec": exec_})}
    return write


@pytest.fixture
def script(tmp_path):
    """A function: the text of a shell script -> its path, relative to the kubeconfig."""
    def write(text, name="helper"):
        file = tmp_path / "bin" / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"#!/bin/sh\ncd {tmp_path}\n{text}\n")
        file.chmod(0o700)
        return f"./bin/{name}"
    return write


def credential(version=V1, **status):
    return json.dumps({"apiVersion": version, "kind": "ExecCredential", "status": status})


@pytest.mark.parametrize("version", VERSIONS)
def test_a_token(rbac, workloads, config_of, script, tmp_path, version):
    (tmp_path / "answer").write_text(credential(version, token=rbac))
    with drive(PLUGIN, config_of(apiVersion=version, command=script("cat answer"))) as scaler:
        found = read(scaler, "web", workloads)
        assert found["status"] == "ok", found


def test_a_command_of_the_path_its_arguments_and_environment(rbac, workloads, config_of, script,
                                                             tmp_path, monkeypatch):
    script('[ "$1 $2" = "get token" ] && printf %s "$ANSWER"', "of-the-path")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    with drive(PLUGIN, config_of(command="of-the-path", args=["get", "token"], env=[
            {"name": "ANSWER", "value": credential(token=rbac)}])) as scaler:
        found = read(scaler, "web", workloads)
        assert found["status"] == "ok", found


def test_a_client_certificate_and_its_rotation(control_plane, workloads, config_of, script,
                                               tmp_path):
    def write(user, groups, until):
        certificate, key = control_plane.client_certificate(user, groups)
        (tmp_path / "answer").write_text(credential(
            clientCertificateData=certificate.read_text(), clientKeyData=key.read_text(),
            expirationTimestamp=until))
    # One whose time is always over: the next call is made with what the file says then.
    write("nobody", [], "2024-05-01T12:00:00Z")
    with drive(PLUGIN, config_of(command=script("cat answer"))) as scaler:
        assert read(scaler, "web", workloads)["code"] == "http-403"
        write("somebody", ["system:masters"], "2124-05-01T12:00:00Z")
        wait_until(lambda: read(scaler, "web", workloads)["status"] == "ok",
                   "the new certificate is used, and no connection of the old one")


def test_what_it_is_told_of_the_cluster(control_plane, rbac, workloads, config_of, script, tmp_path):
    (tmp_path / "answer").write_text(credential(token=rbac))
    extension = {"name": "client.authentication.k8s.io/exec",
                 "extension": {"audience": "x", "count": 3}}
    with drive(PLUGIN, config_of(
            {"tls-server-name": "localhost", "extensions": [extension]}, provideClusterInfo=True,
            command=script('printf %s "$KUBERNETES_EXEC_INFO" > told; cat answer'))) as scaler:
        assert read(scaler, "web", workloads)["status"] == "ok"
    told = json.loads((tmp_path / "told").read_text())
    authority = told["spec"]["cluster"].pop("certificate-authority-data")
    assert told == {"apiVersion": V1, "kind": "ExecCredential", "spec": {
        "interactive": False, "cluster": {"server": control_plane.url, "tls-server-name": "localhost",
                                          "config": {"audience": "x", "count": 3}}}}
    assert base64.b64decode(authority) == control_plane.ca_file.read_bytes()


def test_it_is_told_the_same_by_kubectl(control_plane, rbac, workloads, config_of, script,
                                        tmp_path):
    """Of the version that every kubectl knows; whether somebody is there, older ones do not say."""
    (tmp_path / "answer").write_text(credential(VERSIONS[1], token=rbac))
    cluster = {"tls-server-name": "localhost", "extensions": [
        {"name": "client.authentication.k8s.io/exec",
         "extension": {"a": [1, 2.5, "3", "true", None, {"on": True}], "b": {}}}]}
    settings = config_of(cluster, apiVersion=VERSIONS[1], provideClusterInfo=True, command=script(
        'printf %s "$KUBERNETES_EXEC_INFO" > told; cat answer'))

    def told():
        found = json.loads((tmp_path / "told").read_text())
        assert found["spec"].pop("interactive", False) is False
        return found
    done = subprocess.run(["kubectl", f"--kubeconfig={settings['kubeconfig']}",
                           f"--cache-dir={tmp_path / 'cache'}", "get", "deployment/web",
                           f"--namespace={workloads}"], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    by_kubectl = told()
    with drive(PLUGIN, settings) as scaler:
        assert read(scaler, "web", workloads)["status"] == "ok"
    assert told() == by_kubectl


@pytest.fixture
def signing(control_plane, workloads, config_of, tmp_path):
    """A function: how long tokens live, and are said to -> settings, and the file of the runs."""
    def settings(lives, says):
        key, subject = control_plane.token_signer("scalehook", "scalehook")
        runs = tmp_path / "runs"
        return config_of(command=sys.executable, args=[
            exec_helper.__file__, "--key", str(key), "--subject", json.dumps(subject), "--lives",
            str(lives), "--says", str(says), "--runs", str(runs)]), runs
    return settings


def is_rejected(control_plane, token):
    return Api(control_plane.url, control_plane.ca_file, token).request("GET", "/api").status == 401


def test_a_token_that_expires_in_ten_seconds(control_plane, workloads, signing):
    """It is replaced before it expires: of many calls none meets a 401, nor runs it in vain."""
    settings, runs = signing(lives=10, says=10)
    with drive(PLUGIN, settings) as scaler:
        def one_call():
            found = read(scaler, "web", workloads)
            assert found["status"] == "ok", found
            return len(runs.read_text().splitlines())
        assert one_call() == 1
        first = runs.read_text().splitlines()[0]
        calls = 1
        while one_call() < 3:
            calls += 1
        assert calls > 10
        wait_until(lambda: is_rejected(control_plane, first), "the first token is rejected")
        one_call()


def test_it_runs_again_once_the_server_rejects_its_token(control_plane, workloads, signing):
    settings, runs = signing(lives=5, says=0)
    with drive(PLUGIN, settings) as scaler:
        assert read(scaler, "web", workloads)["status"] == "ok"
        [first] = runs.read_text().splitlines()
        wait_until(lambda: is_rejected(control_plane, first), "the token is rejected")
        found = read(scaler, "web", workloads)
        assert found["status"] == "ok", found
        assert len(runs.read_text().splitlines()) == 2


def test_a_token_that_is_never_good_is_asked_for_once_a_second(workloads, config_of, script, tmp_path):
    (tmp_path / "answer").write_text(credential(token="unknown"))
    begin = time.monotonic()
    with drive(PLUGIN, config_of(command=script("echo run >> runs; cat answer"))) as scaler:
        def runs_after_a_call():
            found = read(scaler, "web", workloads)
            assert (found["status"], found["code"]) == ("denied", "http-401")
            return len((tmp_path / "runs").read_text().splitlines())
        wait_until(lambda: runs_after_a_call() >= 3, "it has run again")
        # What a run gave holds for a second.
        assert runs_after_a_call() <= 1 + time.monotonic() - begin


def test_a_missing_program_is_a_failed_call_with_its_hint(rbac, workloads, config_of, script,
                                                          tmp_path):
    (tmp_path / "answer").write_text(credential(token=rbac))
    settings = config_of(command="./bin/helper", installHint="apt-get install helper")
    log = tmp_path / "log"
    with drive(PLUGIN, settings, stderr=log) as scaler:
        found = read(scaler, "web", workloads)
        assert (found["status"], found["code"]) == ("denied", "exec-missing")
        assert f"there is no program {tmp_path}/bin/helper now" in log.read_text()
        assert str(tmp_path / "config") in found["explanation"]
        assert found["explanation"].endswith("apt-get install helper")
        script("cat answer")  # now it is installed
        wait_until(lambda: read(scaler, "web", workloads)["status"] == "ok", "it is found")


@pytest.mark.parametrize("text, status, code, said", [
    ("echo secret; echo 'please log in' >&2; exit 3", "retry", "exec-failed",
     "failed with the exit status 3: please log in"),
    ("kill -9 $$", "retry", "exec-failed", "ended by the signal 9"),
    ("echo secret", "denied", "exec-bad-answer", "no JSON object"),
    ("echo '%s'" % credential(V1 + "beta1", token="secret"), "denied", "exec-bad-answer",
     "write there what it answers with"),
    ("echo '%s'" % credential(), "denied", "exec-bad-answer", "neither token nor"),
    ("yes secret", "denied", "exec-bad-answer", "more than 1 MiB"),
])
def test_what_goes_wrong_is_told_without_what_it_wrote(workloads, config_of, script, tmp_path, text,
                                                       status, code, said):
    log = tmp_path / "log"
    with drive(PLUGIN, config_of(command=script(text)), stderr=log) as scaler:
        found = read(scaler, "web", workloads)
    assert (found["status"], found["code"]) == (status, code)
    assert said in found["explanation"]
    assert "secret" not in found["explanation"] + log.read_text()


def test_one_that_hangs_is_killed_at_the_deadline(rbac, workloads, config_of, script, tmp_path):
    (tmp_path / "answer").write_text(credential(token=rbac))
    command = script("[ -e pid ] || { echo $$ > pid; sleep 1000; }; cat answer")
    with drive(PLUGIN, config_of(command=command)) as scaler:
        found = read(scaler, "web", workloads, timeout_ms=2000)
        assert (found["status"], found["code"]) == ("retry", "exec-timeout")
        pid = int((tmp_path / "pid").read_text())
        assert not pathlib.Path(f"/proc/{pid}").exists()  # reaped, too
        assert read(scaler, "web", workloads)["status"] == "ok"


def test_many_calls_leave_nothing_behind(rbac, workloads, config_of, script, tmp_path):
    (tmp_path / "answer").write_text(credential(token=rbac,
                                                expirationTimestamp="2024-05-01T12:00:00Z"))
    with drive(PLUGIN, config_of(command=script("echo run >> runs; cat answer"))) as scaler:
        def children():
            tasks = pathlib.Path(f"/proc/{scaler.pid}/task").iterdir()
            return [child for task in tasks for child in (task / "children").read_text().split()]

        def descriptors():  # but for the kept connection
            names = map(os.readlink, pathlib.Path(f"/proc/{scaler.pid}/fd").iterdir())
            return [name for name in names if "socket" not in name]

        assert read(scaler, "web", workloads)["status"] == "ok"
        before = len(descriptors())
        for _ in range(200):
            assert read(scaler, "web", workloads)["status"] == "ok"
        runs = len((tmp_path / "runs").read_text().splitlines())
        wait_until(lambda: read(scaler, "web", workloads)["status"] == "ok" and
                   len((tmp_path / "runs").read_text().splitlines()) > runs, "it has run again")
        wait_until(lambda: len(descriptors()) <= before, "all descriptors are closed")
        assert children() == []


@pytest.mark.parametrize("members, said", [
    ({"interactiveMode": "Always"}, "needs a person at a terminal"),
    ({"interactiveMode": None}, "has no `interactiveMode`"),
    ({"apiVersion": "client.authentication.k8s.io/v1alpha1"}, "removed it in 1.24"),
    ({"command": ""}, "has no `command`"),
])
def test_what_cannot_be_run_is_refused_with_its_place(config_of, tmp_path, members, said):
    reason = refusal(PLUGIN, {"kubeconfig": str(
        config_of(**{"command": "true", **members})["kubeconfig"])})
    assert f"{tmp_path / 'config'}:" in reason and said in reason
