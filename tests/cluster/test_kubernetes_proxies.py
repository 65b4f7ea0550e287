"""An API server behind a proxy: real proxies, a real server."""

import contextlib
import socket
import subprocess
import threading

import pytest

from kubernetes_plugins import drive, read, write, write_config
from programs.certificates import Authority
from programs.kube_api import workload
from programs.plugin_drive import refusal
from programs.process import free_port
from programs.proxies import HttpProxy, HttpsProxy, LoginProxy, SocksProxy

PLUGIN = "k8s-deployment"
# Never to be seen in what is answered or logged.
LOGIN = ("operator", "open-sesame")


@pytest.fixture
def reader(control_plane, rbac, namespace, tmp_path, monkeypatch):
    """A function: more members of the cluster -> what a read answers, and what was logged."""
    for name in ("HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    control_plane.api.create(workload("Deployment", "web"), namespace)

    def answer(**members):
        cluster = {"server": control_plane.url, "certificate-authority": control_plane.ca_file,
                   **{key.replace("_", "-"): value for key, value in members.items()}}
        config = write_config(tmp_path / "config", cluster, {"token": rbac})
        log = tmp_path / "log"
        with drive(PLUGIN, {"kubeconfig": config}, stderr=log) as scaler:
            found = read(scaler, "web", namespace)
        assert LOGIN[1] not in str(found) + log.read_text()
        return found
    return answer


@pytest.mark.parametrize("scheme, proxy_of", [("http", HttpProxy), ("socks5", SocksProxy)])
@pytest.mark.parametrize("login", [None, LOGIN], ids=["open", "with a password"])
def test_through_a_proxy(control_plane, reader, tmp_path, monkeypatch, scheme, proxy_of, login):
    monkeypatch.setenv("NO_PROXY", "*")  # speaks of the environment's proxy only, as for kubectl
    port = control_plane.url.rpartition(":")[2]
    with proxy_of(tmp_path, login) as proxy:
        user = f"{login[0]}:{login[1]}@" if login else ""
        found = reader(proxy_url=f"{scheme}://{user}127.0.0.1:{proxy.port}")
        assert found["status"] == "ok", found
        assert proxy.tunnelled("127.0.0.1", port)


@pytest.mark.parametrize("own", [True, False], ids=["the cluster's authority", "another"])
def test_a_proxy_with_tls_is_trusted_by_the_clusters_authority(control_plane, reader, tmp_path, own):
    pair = (control_plane.server_certificate("proxy") if own
            else Authority(tmp_path / "other").server("proxy"))
    with HttpsProxy(tmp_path, pair) as proxy:
        found = reader(proxy_url=f"https://127.0.0.1:{proxy.port}")
        if own:
            assert found["status"] == "ok", found
        else:
            assert (found["status"], found["code"]) == ("failed", "tls")
            assert f"certificate of the proxy 127.0.0.1:{proxy.port} before" in found["explanation"]
        assert proxy.tunnelled("127.0.0.1", control_plane.url.rpartition(":")[2]) == own


@pytest.mark.parametrize("scheme, proxy_of", [("http", HttpProxy), ("socks5", SocksProxy)])
def test_the_proxy_looks_the_name_up(control_plane, reader, tmp_path, scheme, proxy_of):
    port = control_plane.url.rpartition(":")[2]
    with proxy_of(tmp_path) as proxy:
        found = reader(proxy_url=f"{scheme}://127.0.0.1:{proxy.port}",
                       server=f"https://localhost:{port}")
        assert found["status"] == "ok", found
        assert proxy.tunnelled("localhost", port)


def test_another_name_in_the_certificate_behind_a_proxy(control_plane, reader, tmp_path):
    port = control_plane.url.rpartition(":")[2]
    with HttpProxy(tmp_path) as proxy:
        url = f"http://127.0.0.1:{proxy.port}"
        found = reader(proxy_url=url, tls_server_name="localhost")
        assert found["status"] == "ok", found
        assert proxy.tunnelled("127.0.0.1", port)
        found = reader(proxy_url=url, tls_server_name="example.org")
        assert (found["status"], found["code"]) == ("failed", "tls")
        assert f"certificate of the API server {control_plane.url}" in found["explanation"]


@pytest.mark.parametrize("scheme, proxy_of", [("http", HttpProxy), ("socks5", SocksProxy)])
def test_a_wrong_password_is_told_without_it(reader, tmp_path, scheme, proxy_of):
    with proxy_of(tmp_path, ("operator", "another")) as proxy:
        found = reader(proxy_url=f"{scheme}://{':'.join(LOGIN)}@127.0.0.1:{proxy.port}")
        assert (found["status"], found["code"]) == ("denied", "proxy-denied")
        assert "check the user and password" in found["explanation"]


def test_a_proxy_that_allows_no_such_port_is_told_with_it(control_plane, reader, tmp_path,
                                                          monkeypatch):
    with HttpProxy(tmp_path, connect_port=443) as proxy:
        url = f"http://{':'.join(LOGIN)}@127.0.0.1:{proxy.port}"
        found = reader(proxy_url=url)
        assert (found["status"], found["code"]) == ("denied", "proxy-denied")
        server = control_plane.url.removeprefix("https://")
        assert f"127.0.0.1:{proxy.port} does not let us to {server}: " in found["explanation"]
        assert "allow CONNECT to it there, or remove `proxy-url`" in found["explanation"]
        assert "password" not in found["explanation"]
        monkeypatch.setenv("HTTPS_PROXY", url)
        found = reader(server="https://api.invalid:6443")
        assert "does not let us to api.invalid:6443: " in found["explanation"]
        assert found["explanation"].endswith("or list it in NO_PROXY")


def test_a_dead_proxy_is_told(reader):
    port = free_port()
    found = reader(proxy_url=f"http://127.0.0.1:{port}")
    assert (found["status"], found["code"]) == ("retry", "unreachable")
    assert f"the proxy 127.0.0.1:{port} before" in found["explanation"]


def test_the_proxy_of_the_environment(reader, tmp_path, monkeypatch):
    """By Go's rules: for other machines only. Nobody has the name, but the proxy is asked for it."""
    with HttpProxy(tmp_path) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"127.0.0.1:{proxy.port}")
        found = reader()
        assert found["status"] == "ok", found
        reader(server="https://api.invalid:6443")
        assert proxy.tunnelled("api.invalid", 6443)
        monkeypatch.setenv("NO_PROXY", "invalid:6444")
        found = reader(server="https://api.invalid:6444")
        assert (found["status"], found["code"]) == ("retry", "dns")
        assert not proxy.tunnelled("api.invalid", 6444)
        assert not proxy.tunnelled("127.0.0.1", "")


def test_a_proxy_of_the_environment_that_is_none_is_told_without_its_password(reader, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "ftp://operator:open-sesame@proxy")
    found = reader(server="https://api.invalid")
    assert (found["status"], found["code"]) == ("invalid", "bad-proxy")
    assert "HTTPS_PROXY" in found["explanation"]


@pytest.mark.parametrize("byte", ["%00", "%0a", "%1f"])
def test_a_login_that_cannot_be_decoded_never_leads_past_the_proxy(reader, tmp_path, monkeypatch,
                                                                   byte):
    url = f"http://operator:open-sesame{byte}@127.0.0.1:{free_port()}"
    with socket.create_server(("127.0.0.1", 0)) as server:
        # This machine, in words that no proxy is passed by for.
        address = f"https://0.0.0.0:{server.getsockname()[1]}"
        config = write_config(tmp_path / "config", {"server": address, "proxy-url": url}, {})
        assert "control character in its login" in refusal(PLUGIN, {"kubeconfig": str(config)})
        monkeypatch.setenv("HTTPS_PROXY", url)
        found = reader(server=address)
        assert (found["status"], found["code"]) == ("invalid", "bad-proxy")
        assert "control character in its login" in found["explanation"]
        server.setblocking(False)
        with pytest.raises(BlockingIOError):
            server.accept()


@pytest.mark.parametrize("url", ["socks4://u:open-sesame@127.0.0.1:1", "127.0.0.1:3128",
                                 "http://u:open-sesame@127.0.0.1:99999"])
def test_another_scheme_is_refused_with_its_place(tmp_path, url):
    config = write_config(tmp_path / "config", {"server": "https://h", "proxy-url": url}, {})
    reason = refusal(PLUGIN, {"kubeconfig": str(config)})
    assert f"{config}:" in reason and "`proxy-url`" in reason and "socks5://HOST:PORT" in reason
    assert LOGIN[1] not in reason


@pytest.mark.parametrize("members", [{}, {"tls-server-name": "localhost"}],
                         ids=["", "another name in the certificate"])
@pytest.mark.parametrize("before", [None, HttpProxy], ids=["at once", "through another proxy"])
def test_a_login_that_a_proxy_asks_for(control_plane, rbac, namespace, tmp_path, before, members):
    """As kubectl gets in; the API server itself takes no passwords. And the proxy knows the server
    by its address, whatever name is in the certificate."""
    control_plane.api.create(workload("Deployment", "web"), namespace)
    log = tmp_path / "log"
    with contextlib.ExitStack() as proxies:
        proxy = proxies.enter_context(LoginProxy(
            tmp_path, control_plane.server_certificate("proxy"), LOGIN, control_plane.url,
            control_plane.ca_file, rbac))
        cluster = {"server": proxy.url, "certificate-authority": control_plane.ca_file, **members}
        if before:
            tunnel = proxies.enter_context(before(tmp_path))
            cluster["proxy-url"] = f"http://127.0.0.1:{tunnel.port}"

        def config(password):
            return write_config(tmp_path / "config", cluster,
                                {"username": LOGIN[0], "password": password})
        shown = subprocess.run(
            ["kubectl", f"--kubeconfig={config(LOGIN[1])}", "get", "--raw",
             f"/apis/apps/v1/namespaces/{namespace}/deployments/web"],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
        assert shown.returncode == 0, shown.stderr
        with drive(PLUGIN, {"kubeconfig": config(LOGIN[1])}, stderr=log) as scaler:
            found = read(scaler, "web", namespace)
            assert found["status"] == "ok", found
            done = write(scaler, "web", namespace, 3, found["version"])
            assert done["status"] == "ok", done
        with drive(PLUGIN, {"kubeconfig": config("wrong-sesame")}, stderr=log) as scaler:
            found = read(scaler, "web", namespace)
        assert (found["status"], found["code"]) == ("denied", "http-401")
        assert "check the token, password or client certificate of" in found["explanation"]
        assert "sesame" not in str(found) + log.read_text()
    assert control_plane.api.replicas("Deployment", namespace, "web") == 3


@pytest.mark.parametrize("user", [{"token": LOGIN[1]}, dict(zip(("username", "password"), LOGIN))],
                         ids=["a token", "a login"])
def test_a_proxy_is_told_nothing_that_is_for_the_server(tmp_path, user):
    told = []

    def refuse(listener):
        connection, _ = listener.accept()
        with connection, connection.makefile("rb") as lines:
            while (line := lines.readline()) not in (b"\r\n", b""):
                told.append(line.decode().lower())
            connection.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        serving = threading.Thread(target=refuse, args=(listener,))
        serving.start()
        cluster = {"server": "https://api.invalid:6443", "tls-server-name": "other.invalid",
                   "proxy-url": f"http://127.0.0.1:{listener.getsockname()[1]}"}
        config = write_config(tmp_path / "config", cluster, {**user, "as": "somebody"})
        with drive(PLUGIN, {"kubeconfig": config}) as scaler:
            assert read(scaler, "web")["code"] == "proxy-denied"
        serving.join()
    assert told[0] == "connect api.invalid:6443 http/1.1\r\n"
    assert "host: api.invalid:6443\r\n" in told
    assert {line.partition(":")[0] for line in told[1:]} <= {"host", "user-agent", "proxy-connection"}
