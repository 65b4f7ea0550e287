"""The Kubernetes plugins against an API server that fails, and how each fault is told."""

import contextlib
import email.utils
import http.server
import socket
import ssl
import threading
import time

import pytest

from kubernetes_plugins import KINDS, drive, read, scale, write, write_config
from programs.certificates import Authority
from programs.kube_api import autoscaler, workload
from programs.namespace import Namespace
from programs.process import Process, free_port, wait_until
from programs.stand_in import StandIn

PLUGIN = "k8s-deployment"
APPS = "/apis/apps/"
AUTOSCALERS = "/apis/autoscaling/v1"
EVENTS = "/apis/events.k8s.io/"


@pytest.fixture
def scaler(stand_in):
    """k8s-deployment, with a Deployment `web` in the namespace `default` of the stand-in."""
    stand_in.api.create(workload("Deployment", "web", 2), "default")
    with drive(PLUGIN, {"kubeconfig": stand_in.kubeconfig}) as plugin:
        yield plugin


STATUSES = [
    (400, "failed"), (401, "denied"), (403, "denied"), (404, "not-found"), (405, "failed"),
    (408, "retry"), (409, "conflict"), (410, "failed"), (413, "failed"), (415, "failed"),
    (422, "invalid"), (429, "retry"), (500, "retry"), (501, "failed"), (502, "retry"),
    (503, "retry"), (504, "retry"),
]


@pytest.mark.parametrize("code, status", STATUSES)
def test_every_status_code_is_told_apart(stand_in, scaler, code, status):
    stand_in.fault(status=code, path=APPS, times=2)
    for answer in (read(scaler, "web"), write(scaler, "web", None, 3)):
        assert (answer["status"], answer["code"]) == (status, f"http-{code}")
        assert str(code) in answer["explanation"]
    assert read(scaler, "web")["replicas"] == 2


@pytest.mark.parametrize("plugin, kind", KINDS)
def test_the_servers_message_is_quoted(stand_in, plugin, kind):
    stand_in.fault(status=503, body={"kind": "Status", "message": "etcd has no leader"})
    with drive(plugin, {"kubeconfig": stand_in.kubeconfig}) as scaler:
        assert "etcd has no leader" in read(scaler, "web")["explanation"]


@pytest.mark.parametrize("code", [429, 503])
def test_retry_after_is_honoured(stand_in, scaler, code):
    stand_in.fault(status=code, headers={"Retry-After": "7"}, path=APPS)
    assert read(scaler, "web")["retry_after_ms"] == 7000

    in_an_hour = email.utils.formatdate(time.time() + 3600, usegmt=True)
    stand_in.fault(status=code, headers={"Retry-After": in_an_hour}, path=APPS)
    assert 0 < read(scaler, "web")["retry_after_ms"] <= 3_600_000

    stand_in.fault(status=code, path=APPS, body={"kind": "Status",
                                                 "details": {"retryAfterSeconds": 3}})
    assert read(scaler, "web")["retry_after_ms"] == 3000

    stand_in.fault(status=code, path=APPS, body="")
    assert read(scaler, "web")["retry_after_ms"] is None


@pytest.mark.parametrize("body", ["<html>hello</html>", "", "{}", "[]", '{"kind": "Deployment"'])
def test_an_answer_that_is_none_is_a_failure(stand_in, scaler, body):
    stand_in.fault(status=200, body=body, path=APPS, times=2)
    for answer in (read(scaler, "web"), write(scaler, "web", None, 3)):
        assert (answer["status"], answer["code"]) == ("failed", "bad-answer")


def test_a_reset_in_mid_response_is_retried_by_the_core(stand_in, scaler):
    stand_in.fault(reset=True, path=APPS, times=1)
    answer = read(scaler, "web")
    assert (answer["status"], answer["code"]) == ("retry", "connection-lost")
    found = read(scaler, "web")
    assert found["status"] == "ok"

    # The change was made and the answer lost: the core reads before it writes again.
    stand_in.fault(reset=True, method="PATCH")
    assert write(scaler, "web", None, 3, found["version"])["code"] == "connection-lost"
    assert read(scaler, "web")["replicas"] == 3
    assert write(scaler, "web", None, 4, found["version"])["status"] == "conflict"


def test_a_change_is_not_sent_again_behind_the_cores_back(stand_in, scaler):
    found = read(scaler, "web")
    # On a connection that was used before: libcurl takes it for one that had been closed meanwhile.
    # A change sent again would find its own version gone, and pass for another writer's.
    stand_in.fault(reset="early", method="PATCH")
    answer = write(scaler, "web", None, 3, found["version"])
    assert (answer["status"], answer["code"]) == ("retry", "connection-lost")
    assert len(stand_in.requests("PATCH")) == 1
    assert read(scaler, "web")["replicas"] == 3

    # Reading again does no harm.
    stand_in.fault(reset="early", method="GET")
    assert read(scaler, "web")["status"] == "ok"


def test_a_server_that_never_answers_costs_the_call_its_deadline(stand_in, scaler):
    stand_in.fault(hang=True, path=APPS, times=0)
    for answer in (read(scaler, "web", timeout_ms=3000),
                   write(scaler, "web", None, 3, timeout_ms=3000)):
        assert (answer["status"], answer["code"]) == ("retry", "timeout")
        assert "did not answer" in answer["explanation"]
    stand_in.clear_faults()
    assert read(scaler, "web")["replicas"] == 2


def test_connections_are_kept_alive(stand_in, scaler):
    for replicas in (3, 4, 5):
        assert scale(scaler, "web", None, replicas)["status"] == "ok"
    requests = [seen for seen in stand_in.requests(path="/apis/")
                if seen["method"] != "POST" or seen["path"].startswith(EVENTS)]
    assert len(requests) == 3 * 4  # the object, the HPAs, the change, the Event
    assert len({seen["connection"] for seen in requests}) == 1


def test_a_server_that_went_away_and_came_back(stand_in, scaler, tmp_path):
    assert read(scaler, "web")["status"] == "ok"
    stand_in.stop()
    answer = read(scaler, "web")
    assert (answer["status"], answer["code"]) == ("retry", "unreachable")
    with StandIn(tmp_path / "again", port=stand_in.port) as again:
        again.api.create(workload("Deployment", "web", 6), "default")
        assert read(scaler, "web")["replicas"] == 6


def test_a_host_without_an_address(tmp_path):
    # The domain is reserved for names that never exist.
    config = write_config(tmp_path / "config", {"server": "https://api.invalid:6443"}, {})
    with drive(PLUGIN, {"kubeconfig": config}) as scaler:
        answer = read(scaler, "web")
    assert (answer["status"], answer["code"]) == ("retry", "dns")


@pytest.fixture
def tls_stand_in(tmp_path):
    with StandIn(tmp_path / "tls", tls=True, token="let-me-in") as server:
        server.api.create(workload("Deployment", "web", 2), "default")
        yield server


def test_tls_faults(tls_stand_in, stand_in, tmp_path):
    def answer(cluster):
        config = write_config(tmp_path / "config", cluster, {"token": "let-me-in"})
        with drive(PLUGIN, {"kubeconfig": config}) as scaler:
            return read(scaler, "web")

    trusted = {"server": tls_stand_in.url, "certificate-authority": tls_stand_in.ca_file}
    assert answer(trusted)["status"] == "ok"
    other = Authority(tmp_path / "other").certificate
    assert (answer(trusted | {"certificate-authority": other})["code"]) == "tls"
    # TLS to a server that speaks none.
    plain = stand_in.url.replace("http:", "https:")
    assert answer(trusted | {"server": plain})["code"] == "tls"
    assert not stand_in.requests(path="/apis/")


def test_a_token_that_is_no_longer_good_is_read_again_and_the_request_sent_once_more(tls_stand_in,
                                                                                     tmp_path):
    file = tmp_path / "token"
    file.write_text("let-me-in")
    config = write_config(tmp_path / "config",
                          {"server": tls_stand_in.url, "certificate-authority": tls_stand_in.ca_file},
                          {"tokenFile": file})
    with drive(PLUGIN, {"kubeconfig": config}) as scaler:
        assert read(scaler, "web")["status"] == "ok"
        tls_stand_in.forget_requests()
        tls_stand_in.fault(status=401, path=APPS)
        answer = read(scaler, "web")  # the file is what it was: a second try would be in vain
        assert (answer["status"], answer["code"]) == ("denied", "http-401")
        assert len(tls_stand_in.requests(path=APPS)) == 1

        file.write_text("expired")
        scale_to_three = write(scaler, "web", None, 3)
        assert scale_to_three["status"] == "ok"  # the last token read is still the good one


def test_a_failed_event_leaves_the_change_standing(stand_in, tmp_path):
    stand_in.api.create(workload("Deployment", "web", 2), "default")
    log = tmp_path / "log"
    with drive(PLUGIN, {"kubeconfig": stand_in.kubeconfig}, stderr=log) as scaler:
        for replicas, fault in ((3, {"status": 500}), (4, {"reset": True}), (5, {"hang": True})):
            stand_in.fault(path=EVENTS, method="POST", **fault)
            assert scale(scaler, "web", None, replicas)["status"] == "ok"
        assert read(scaler, "web")["replicas"] == 5
    assert log.read_text().count("no Event on Deployment default/web") == 3


def test_an_event_that_is_not_answered_does_not_take_the_calls_time(stand_in, scaler):
    stand_in.fault(path=EVENTS, method="POST", hang=True)
    answers = []
    asking = threading.Thread(target=lambda: answers.append(
        scale(scaler, "web", None, 3, timeout_ms=600_000)))
    asking.start()
    wait_until(lambda: answers, "the change is answered long before that")
    asking.join()
    assert answers[0]["status"] == "ok"


def test_a_cluster_without_autoscalers_has_no_owner(stand_in, scaler):
    for body in ({}, {"body": "404 page not found\n"}):
        stand_in.forget_requests()
        stand_in.fault(status=404, path=AUTOSCALERS, **body)
        assert read(scaler, "web")["status"] == "ok"
        asked = [seen["path"] for seen in stand_in.requests(path="/apis/autoscaling/")]
        assert [path.split("/")[3] for path in asked] == ["v1", "v2"]


@pytest.mark.parametrize("body", [{}, {"body": "404 page not found\n"}])
def test_an_autoscaler_that_went_while_it_was_raised_is_a_conflict(stand_in, body):
    stand_in.api.create(workload("Deployment", "web", 2), "default")
    stand_in.api.create(autoscaler("hpa", "Deployment", "web", 2, 6), "default")
    with drive(PLUGIN, {"kubeconfig": stand_in.kubeconfig, "hpa": "raise-min"}) as scaler:
        version = read(scaler, "web")["version"]
        stand_in.fault(status=404, method="PATCH", path=AUTOSCALERS, **body)
        assert write(scaler, "web", None, 3, version)["status"] == "conflict"


def test_an_autoscaler_that_came_is_no_reason_to_try_again(stand_in):
    """The version that was read is the workload's, and never the autoscaler's."""
    stand_in.api.create(workload("Deployment", "web", 2), "default")
    with drive(PLUGIN, {"kubeconfig": stand_in.kubeconfig, "hpa": "raise-min"}) as scaler:
        version = read(scaler, "web")["version"]
        stand_in.api.create(autoscaler("hpa", "Deployment", "web", 2, 6), "default")
        assert write(scaler, "web", None, 3, version)["status"] == "conflict"
        assert len(stand_in.requests("PATCH")) == 1


@pytest.mark.parametrize("fault, status, code", [
    ({"status": 403}, "refused", "owner-unknown"),
    ({"status": 503}, "retry", "http-503"),
    ({"status": 200, "body": "{}"}, "failed", "bad-answer"),
    # In none of an API server's words: somebody in between.
    ({"status": 404, "body": "default backend - 404\n"}, "retry", "no-resource"),
])
def test_an_owner_that_cannot_be_told_stops_a_scaling(stand_in, scaler, fault, status, code):
    stand_in.fault(path=AUTOSCALERS, **fault)
    answer = read(scaler, "web")
    assert (answer["status"], answer["code"]) == (status, code)


def test_a_redirect_is_not_followed(stand_in, scaler):
    class Elsewhere(http.server.BaseHTTPRequestHandler):
        asked = threading.Event()

        def do_GET(self):
            self.asked.set()
            self.send_error(500)

    elsewhere = http.server.HTTPServer(("127.0.0.1", 0), Elsewhere)
    serving = threading.Thread(target=elsewhere.serve_forever)
    serving.start()
    stand_in.fault(status=302, path=APPS,
                   headers={"Location": f"http://127.0.0.1:{elsewhere.server_port}/"})
    answer = read(scaler, "web")
    elsewhere.shutdown()
    serving.join()
    elsewhere.server_close()
    assert (answer["status"], answer["code"]) == ("failed", "http-302")
    assert "redirects" in answer["explanation"]
    assert not Elsewhere.asked.is_set()


def test_what_the_server_set_otherwise_is_told(stand_in, scaler):
    stand_in.fault(status=200, method="PATCH", body={"kind": "Scale", "metadata": {},
                                                     "spec": {"replicas": 2}})
    answer = write(scaler, "web", None, 3)
    assert (answer["status"], answer["code"], answer["replicas"]) == ("ok", "another-count", 2)


@pytest.fixture
def deaf(tmp_path):
    """A port of 127.0.0.1 that answers no SYN, as a machine without power: its queue is full."""
    with socket.socket() as listener, contextlib.ExitStack() as waiting:
        listener.bind(("127.0.0.1", free_port()))
        listener.listen(0)
        for _ in range(10):
            client = waiting.enter_context(socket.socket())
            client.settimeout(0.5)
            try:
                client.connect(listener.getsockname())
            except TimeoutError:
                break
        else:
            raise AssertionError("ten connections, and the queue is not full")
        yield listener.getsockname()[1]


def test_of_two_addresses_one_may_be_dead(stand_in, deaf, tmp_path):
    """The first that is tried is: 127.0.0.1, by the rules for sorting them (RFC 6724)."""
    stand_in.api.create(workload("Deployment", "web", 2), "default")
    hosts = tmp_path / "hosts"
    hosts.write_text("127.0.0.1 two.example\n127.0.0.2 two.example\n", encoding="utf-8")
    living = Process(["socat", f"TCP-LISTEN:{deaf},bind=127.0.0.2,fork,reuseaddr",
                      f"TCP:127.0.0.1:{stand_in.port}"], tmp_path / "socat.log")
    config = write_config(tmp_path / "config", {"server": f"http://two.example:{deaf}"}, {})
    with Namespace(tmp_path / "names", f"mount --bind {hosts} /etc/hosts") as names, \
            drive(PLUGIN, {"kubeconfig": config}, launcher=names.enter) as scaler:
        answer = read(scaler, "web", timeout_ms=8000)
    living.kill()
    assert answer["status"] == "ok", answer


def test_a_server_that_refuses_our_certificate_is_told(tmp_path):
    """It does so in TLS 1.3 when we are at the request already; and it says why before it closes."""
    authority = Authority(tmp_path / "pki")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*authority.server("strict"))
    context.load_verify_locations(authority.certificate)
    context.verify_mode = ssl.CERT_REQUIRED

    def refuse(listener):
        connection, _ = listener.accept()
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = context.wrap_bio(incoming, outgoing, server_side=True)
        with connection:
            for _ in range(10):
                try:
                    tls.do_handshake()
                    break
                except ssl.SSLWantReadError:
                    connection.sendall(outgoing.read())
                    incoming.write(connection.recv(65536))
                except ssl.SSLError:
                    connection.sendall(outgoing.read())
                    break
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(65536):
                pass

    certificate, key = Authority(tmp_path / "other").client("stranger")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        serving = threading.Thread(target=refuse, args=(listener,))
        serving.start()
        config = write_config(
            tmp_path / "config", {"server": f"https://127.0.0.1:{listener.getsockname()[1]}",
                                  "certificate-authority": authority.certificate},
            {"client-certificate": certificate, "client-key": key})
        with drive(PLUGIN, {"kubeconfig": config}) as scaler:
            answer = read(scaler, "web")
        serving.join()
    assert (answer["status"], answer["code"]) == ("retry", "tls")
    assert "alert unknown ca" in answer["explanation"]
    assert "check the client certificate" in answer["explanation"]
