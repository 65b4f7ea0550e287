"""Every form of credentials, against a real API server."""

import base64
import shutil

import pytest

from kubernetes_plugins import KINDS, drive, read, write_config
from programs.certificates import Authority
from programs.kube_api import Api, workload
from programs.plugin_drive import refusal
from programs.process import wait_until

PLUGIN = "k8s-deployment"


@pytest.fixture
def workloads(control_plane, namespace):
    """The namespace, with a workload `web` of each kind."""
    for _, kind in KINDS:
        control_plane.api.create(workload(kind, "web"), namespace)
    return namespace


@pytest.fixture
def certificate(control_plane, rbac, workloads):
    """The paths of a client certificate and its key, with the rights of rbac.yml in the namespace."""
    control_plane.api.create({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding",
        "metadata": {"name": "by-certificate"},
        "subjects": [{"kind": "Group", "name": "scalers", "apiGroup": "rbac.authorization.k8s.io"}],
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole",
                    "name": "scalehook"}}, workloads)
    return control_plane.client_certificate("scalehook-by-certificate", ["scalers"])


def data(path):
    return base64.b64encode(path.read_bytes()).decode()


def answer_with(folder, namespace, cluster, user, plugin=PLUGIN):
    """What a read answers with these members of a kubeconfig's cluster and user."""
    with drive(plugin, {"kubeconfig": write_config(folder / "config", cluster, user)}) as scaler:
        return read(scaler, "web", namespace)


def cluster_of(control_plane, **more):
    return {"server": control_plane.url, "certificate-authority": control_plane.ca_file, **more}


@pytest.mark.parametrize("plugin", [plugin for plugin, _ in KINDS])
def test_token(control_plane, rbac, workloads, tmp_path, plugin):
    answer = answer_with(tmp_path, workloads, cluster_of(control_plane), {"token": rbac}, plugin)
    assert answer["status"] == "ok", answer


def test_token_file(control_plane, rbac, workloads, tmp_path):
    (tmp_path / "token").write_text(rbac + "\n")
    # A relative path is one from the kubeconfig's folder.
    answer = answer_with(tmp_path, workloads, cluster_of(control_plane), {"tokenFile": "token"})
    assert answer["status"] == "ok", answer


def test_client_certificate_as_files(control_plane, certificate, workloads, tmp_path):
    answer = answer_with(tmp_path, workloads, cluster_of(control_plane),
                         {"client-certificate": certificate[0], "client-key": certificate[1]})
    assert answer["status"] == "ok", answer


def test_everything_as_data(control_plane, certificate, workloads, tmp_path):
    answer = answer_with(
        tmp_path, workloads,
        {"server": control_plane.url, "certificate-authority-data": data(control_plane.ca_file)},
        {"client-certificate-data": data(certificate[0]), "client-key-data": data(certificate[1])})
    assert answer["status"] == "ok", answer


def test_a_rotated_certificate_is_read_again_once_the_old_one_is_rejected(
        control_plane, certificate, workloads, tmp_path):
    """And no connection that was made with the old one is used for the new one."""
    stranger = Authority(tmp_path / "other").client("stranger")
    files = [tmp_path / name for name in ("client.crt", "client.key")]

    def rotate(pair):
        for source, file in zip(pair, files):
            shutil.copy(source, file)
    rotate(stranger)
    user = {"client-certificate": "client.crt", "client-key": "client.key"}
    config = write_config(tmp_path / "config", cluster_of(control_plane), user)
    with drive(PLUGIN, {"kubeconfig": config}) as scaler:
        assert read(scaler, "web", workloads)["code"] == "http-401"
        rotate(certificate)
        answer = read(scaler, "web", workloads)
        assert answer["status"] == "ok", answer


@pytest.fixture
def impersonator(control_plane, workloads):
    """A token that may do nothing but be somebody else."""
    role = f"impersonator-{workloads}"
    control_plane.api.create({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
        "metadata": {"name": role},
        "rules": [{"apiGroups": [""], "resources": ["users", "groups", "serviceaccounts"],
                   "verbs": ["impersonate"]},
                  {"apiGroups": ["authentication.k8s.io"],
                   "resources": ["userextras/example.org/why %"], "verbs": ["impersonate"]}]})
    control_plane.service_account(workloads, "impersonator")
    control_plane.api.create({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding",
        "metadata": {"name": role},
        "subjects": [{"kind": "ServiceAccount", "name": "impersonator", "namespace": workloads}],
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role}})
    control_plane.await_rights(f"system:serviceaccount:{workloads}:impersonator", workloads, role)
    return control_plane.token(workloads, "impersonator")


@pytest.mark.parametrize("who, code", [
    ({}, "http-403"),
    ({"as": "system:serviceaccount:scalehook:scalehook"}, ""),
    ({"as": "anybody"}, "http-403"),
    ({"as": "anybody", "as-groups": ["others", "system:masters"]}, ""),
    ({"as": "anybody", "as-groups": ["system:masters"],
      "as-user-extra": {"example.org/why %": ["alerts", "and tests"]}}, ""),
    ({"as": "anybody", "as-groups": ["system:masters"], "as-user-extra": {"other": ["x"]}},
     "http-403"),
])
def test_impersonation(control_plane, impersonator, rbac, workloads, tmp_path, who, code):
    answer = answer_with(tmp_path, workloads, cluster_of(control_plane),
                         {"token": impersonator, **who})
    assert answer["code"] == code, answer
    if "other" in str(who.get("as-user-extra")):
        assert "userextras/other" in answer["explanation"]


def test_insecure_skip_tls_verify(control_plane, rbac, workloads, tmp_path):
    answer = answer_with(tmp_path, workloads,
                         {"server": control_plane.url, "insecure-skip-tls-verify": True},
                         {"token": rbac})
    assert answer["status"] == "ok", answer


@pytest.mark.parametrize("name, status", [("localhost", "ok"), ("example.org", "failed")])
def test_tls_server_name(control_plane, rbac, workloads, tmp_path, name, status):
    answer = answer_with(tmp_path, workloads, cluster_of(control_plane, **{"tls-server-name": name}),
                         {"token": rbac})
    assert answer["status"] == status, answer
    assert status == "ok" or answer["code"] == "tls"


@pytest.mark.parametrize("trust", ["another authority", "the system's authorities"])
def test_a_server_that_is_not_trusted_is_asked_nothing(control_plane, rbac, workloads, tmp_path,
                                                       trust):
    cluster = {"server": control_plane.url}
    if trust == "another authority":
        cluster["certificate-authority"] = Authority(tmp_path / "other").certificate
    answer = answer_with(tmp_path, workloads, cluster, {"token": rbac})
    assert (answer["status"], answer["code"]) == ("failed", "tls")
    assert "is not trusted" in answer["explanation"]


def test_a_token_file_that_is_gone_is_told_once_the_server_rejects_its_token(
        control_plane, workloads, tmp_path):
    (tmp_path / "token").write_text("unknown")
    user = {"tokenFile": "token"}
    config = write_config(tmp_path / "config", cluster_of(control_plane), user)
    with drive(PLUGIN, {"kubeconfig": config}) as scaler:
        assert read(scaler, "web", workloads)["code"] == "http-401"
        (tmp_path / "token").unlink()
        assert read(scaler, "web", workloads)["code"] == "http-401"
        answer = read(scaler, "web", workloads)
        assert (answer["status"], answer["code"]) == ("denied", "credentials-unreadable")
        assert f"cannot read {tmp_path / 'token'}: No such file" in answer["explanation"]


def test_a_mistyped_key_is_told_with_its_place(control_plane, rbac, workloads, tmp_path):
    log = tmp_path / "log"
    config = write_config(tmp_path / "config", cluster_of(control_plane, tls_server_name="x"),
                          {"token": rbac})
    with drive(PLUGIN, {"kubeconfig": config}, stderr=log) as scaler:
        assert read(scaler, "web", workloads)["status"] == "ok"
    assert f"{config}:6:5: the key `tls_server_name` is unknown" in log.read_text()
    assert "is `tls-server-name` meant?" in log.read_text()


def test_an_unknown_token_is_denied(control_plane, workloads, tmp_path):
    answer = answer_with(tmp_path, workloads, cluster_of(control_plane), {"token": "unknown"})
    assert (answer["status"], answer["code"]) == ("denied", "http-401")
    assert "check the token" in answer["explanation"]


@pytest.fixture(params=["tokenFile", "service account"])
def rotating(request, control_plane, rbac, tmp_path, monkeypatch):
    """Credentials whose token is in a file: the settings, and the file."""
    folder = tmp_path / "serviceaccount"
    folder.mkdir()
    if request.param == "tokenFile":
        user = {"tokenFile": folder / "token"}
        return {"kubeconfig": write_config(tmp_path / "config", cluster_of(control_plane), user)
                }, folder / "token"
    # As in a pod: no kubeconfig anywhere, the server from the environment.
    host, _, port = control_plane.url.removeprefix("https://").rpartition(":")
    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", host)
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", port)
    shutil.copy(control_plane.ca_file, folder / "ca.crt")
    return {"service_account_dir": folder}, folder / "token"


def test_a_rotated_token_is_read_again_once_the_old_one_is_rejected(control_plane, rotating,
                                                                    workloads):
    settings, file = rotating
    place = f"/api/v1/namespaces/{workloads}/serviceaccounts/rotating"
    control_plane.service_account(workloads, "rotating", "scalehook")
    file.write_text(control_plane.token(workloads, "rotating"))
    old = Api(control_plane.url, control_plane.ca_file, file.read_text())
    with drive(PLUGIN, settings) as scaler:
        assert read(scaler, "web", workloads)["status"] == "ok"

        # A token dies with its account, as soon as the server has forgotten that it was good.
        control_plane.api.ask("DELETE", place)
        wait_until(lambda: old.request("GET", "/version").status == 401, "the old token is rejected")
        assert read(scaler, "web", workloads)["code"] == "http-401"

        control_plane.api.create({"apiVersion": "v1", "kind": "ServiceAccount",
                                  "metadata": {"name": "rotating"}}, workloads)
        file.write_text(control_plane.token(workloads, "rotating"))
        answer = read(scaler, "web", workloads)
        assert answer["status"] == "ok", answer


def test_the_service_account_says_the_namespace(control_plane, rbac, workloads, tmp_path,
                                                monkeypatch):
    host, _, port = control_plane.url.removeprefix("https://").rpartition(":")
    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", host)
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", port)
    shutil.copy(control_plane.ca_file, tmp_path / "ca.crt")
    (tmp_path / "token").write_text(rbac)
    (tmp_path / "namespace").write_text(workloads)
    with drive(PLUGIN, {"service_account_dir": tmp_path}) as scaler:
        assert read(scaler, "web")["status"] == "ok"


def test_the_kubeconfig_of_the_environment_and_of_the_home_folder(control_plane, rbac, workloads,
                                                                  tmp_path, monkeypatch):
    home = tmp_path / "home"
    (home / ".kube").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("KUBECONFIG", raising=False)
    file = control_plane.kubeconfig(home / ".kube" / "config", token=rbac)
    with drive(PLUGIN, {}) as scaler:
        assert read(scaler, "web", workloads)["status"] == "ok"
    monkeypatch.setenv("KUBECONFIG", str(file.rename(tmp_path / "elsewhere")))
    with drive(PLUGIN, {}) as scaler:
        assert read(scaler, "web", workloads)["status"] == "ok"


@pytest.mark.parametrize("content, said", [
    (None, "No such file or directory"),
    ("current-context: a\n", 'no context "a"'),
    ("clusters: [\n", ":2:1: not YAML"),
    ("kind: Pod\n", ":1:7: not a kubeconfig"),
    ("", "it has no current-context; set `context`"),
])
def test_a_kubeconfig_that_cannot_be_used_is_refused_with_its_place(tmp_path, content, said):
    file = tmp_path / "config"
    if content is not None:
        file.write_text(content)
    reason = refusal(PLUGIN, {"kubeconfig": str(file)})
    assert str(file) in reason and said in reason
