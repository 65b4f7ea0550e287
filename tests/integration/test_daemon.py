"""The daemon against the stand-in API server: the web, reload, faults and stopping."""

import concurrent.futures
import os
import pathlib
import re
import signal
import socket
import subprocess

import pytest

from programs.kube_api import workload
from programs.process import wait_until
from programs.scalehook import AT_ONCE, Scalehook, binary

TOP = pathlib.Path(__file__).parents[2]


def alert(name="test", status="firing", **labels):
    return {"status": status,
            "labels": {"alertname": "Busy", "trigger": "hpa", "action": "scale-out",
                       "namespace": "default", "deployment": name, **labels},
            "annotations": {"value": "45"}, "startsAt": "2026-11-23T16:06:10.585Z",
            "endsAt": "2026-11-23T17:06:10.585Z" if status == "resolved" else "0001-01-01T00:00:00Z"}


def notification(*alerts):
    return {"version": "4", "status": "firing", "receiver": "auto-hpa", "alerts": list(alerts)}


@pytest.fixture
def kubeconfig(stand_in):
    return str(stand_in.kubeconfig)


@pytest.fixture
def scalehook(stand_in, kubeconfig, tmp_path):
    stand_in.api.create(workload("Deployment", "test", replicas=2), "default")
    with Scalehook(tmp_path / "scalehook", AT_ONCE, env={"KUBECONFIG": kubeconfig}) as daemon:
        yield daemon


def replicas(stand_in, name="test"):
    return stand_in.api.replicas("Deployment", "default", name)


def decided(scalehook, count, **labels):
    wait_until(lambda: scalehook.metric("scalehook_decisions_total", **labels) >= count,
               f"{count} decisions {labels}")


def test_health_and_metrics(scalehook):
    assert scalehook.get("/-/healthy").status == 200
    assert scalehook.get("/-/ready").status == 200
    metrics = scalehook.get("/metrics")
    assert metrics.status == 200
    checked = subprocess.run(["promtool", "check", "metrics"], input=metrics.body,
                             capture_output=True, timeout=60)
    assert checked.returncode == 0, checked.stderr.decode()


def test_the_readme_lists_exactly_the_metrics_there_are(scalehook, stand_in):
    scalehook.post("/hpa", notification(alert()))
    decided(scalehook, 1, reason="applied")
    exposed = set(re.findall(r"^# TYPE (\S+)", scalehook.get("/metrics").text, re.M))
    section = re.search(r"^## Metrics$(.*?)^## ", (TOP / "README.md").read_text(encoding="utf-8"),
                        re.M | re.S).group(1)
    documented = set(re.findall(r"^\| `([a-z_]+)", section, re.M))
    assert exposed == documented


@pytest.mark.parametrize("method, path, headers, body, status, said", [
    ("GET", "/hpa", {}, None, 405, "POST"),
    ("POST", "/elsewhere", {"Content-Type": "application/json"}, b"{}", 404, "/elsewhere"),
    ("POST", "/hpa", {"Content-Type": "text/plain"}, b"{}", 415, "application/json"),
    ("POST", "/hpa", {"Content-Type": "application/json"}, b'{"alerts":\n[}', 400, "line 2"),
    ("POST", "/hpa", {"Content-Type": "application/json"}, b'{"alerts":{}}', 400, "/alerts"),
    ("POST", "/hpa", {"Content-Type": "application/json"}, b"", 400, "empty"),
])
def test_wrong_requests_are_told_what_is_wrong(scalehook, method, path, headers, body, status, said):
    answer = scalehook.request(method, path, body, headers)
    assert answer.status == status
    assert said in str(answer.json()), answer.text
    assert scalehook.get("/-/healthy").status == 200


def test_a_body_too_large_is_413(scalehook):
    host, port = scalehook.address.split(":")
    with socket.create_connection((host, int(port)), timeout=30) as client:
        client.sendall(b"POST /hpa HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                       b"Content-Length: 33554433\r\n\r\n")
        assert client.recv(4096).startswith(b"HTTP/1.1 413 ")


def test_one_bad_alert_among_good_ones(scalehook, stand_in):
    bad = {"status": "firing", "labels": 7}
    answer = scalehook.post("/hpa", notification(bad, alert(), "what"))
    assert answer.status == 200
    decided(scalehook, 1, reason="applied")
    assert replicas(stand_in) == 3
    assert scalehook.metric("scalehook_alerts_received_total", status="invalid") == 2
    assert "/alerts/0/labels" in scalehook.log()


def test_an_alert_without_target_is_refused_with_a_reason(scalehook):
    nameless = alert()
    del nameless["labels"]["deployment"]
    assert scalehook.post("/hpa", notification(nameless)).status == 200
    decided(scalehook, 1, reason="no-target")
    assert '\\"deployment\\"' in scalehook.log()


def test_a_dead_api_server_is_waited_for(stand_in, kubeconfig, tmp_path):
    stand_in.api.create(workload("Deployment", "test", replicas=2), "default")
    stand_in.fault(path="/apis/apps", status=503, times=3)
    with Scalehook(tmp_path / "scalehook", env={"KUBECONFIG": kubeconfig}) as scalehook:
        assert scalehook.post("/hpa", notification(alert())).status == 200
        decided(scalehook, 1, reason="applied")
        assert scalehook.metric("scalehook_plugin_calls_total", code="http-503") == 3
    assert replicas(stand_in) == 3


def test_what_was_acknowledged_survives_a_kill(stand_in, kubeconfig, tmp_path):
    stand_in.api.create(workload("Deployment", "test", replicas=2), "default")
    stand_in.fault(path="/apis/apps", status=503, times=1000)
    with Scalehook(tmp_path / "scalehook", env={"KUBECONFIG": kubeconfig}) as scalehook:
        assert scalehook.post("/hpa", notification(alert())).status == 200
        scalehook.kill()
    stand_in.clear_faults()
    assert replicas(stand_in) == 2
    with Scalehook(tmp_path / "scalehook", env={"KUBECONFIG": kubeconfig}) as scalehook:
        decided(scalehook, 1, reason="applied")
    assert replicas(stand_in) == 3


def test_a_conflict_is_decided_again(scalehook, stand_in):
    stand_in.fault(method="PATCH", path="/apis/apps", status=409, times=2)
    scalehook.post("/hpa", notification(alert()))
    decided(scalehook, 1, reason="applied")
    assert replicas(stand_in) == 3


def test_a_notifier_that_hangs_delays_nothing(stand_in, kubeconfig, tmp_path):
    for name in ("one", "two", "three"):
        stand_in.api.create(workload("Deployment", name, replicas=2), "default")
    with socket.create_server(("127.0.0.1", 0)) as silent:  # accepts, and never says a word
        config = f"""
notifiers:
  - name: ops
    plugin: email
    group_wait: 0s
    settings: {{smarthost: "127.0.0.1:{silent.getsockname()[1]}", from: a@example.org,
               to: [b@example.org], require_tls: false}}
defaults: {{notify: [ops]}}
rules:
  - name: r
    matchers: ['trigger="hpa"']
    target: {{scaler: deployment, namespace: "${{namespace}}", name: "${{deployment}}"}}
    action: "${{action}}"
"""
        with Scalehook(tmp_path / "scalehook", config, env={"KUBECONFIG": kubeconfig}) as scalehook:
            for name in ("one", "two", "three"):
                scalehook.post("/hpa", notification(alert(name)))
            decided(scalehook, 3, reason="applied")
            for name in ("one", "two", "three"):
                assert replicas(stand_in, name) == 3


def test_a_mail_filter_that_dislikes_one_event_of_a_burst_gets_the_others(
        stand_in, kubeconfig, smtp_server, tmp_path):
    names = ("one", "poison", "three")
    for name in names:
        stand_in.api.create(workload("Deployment", name, replicas=2), "default")
    smtp_server.dislikes = b"default/poison"
    config = f"""
notifiers:
  - name: ops
    plugin: email
    group_wait: 2s
    settings: {{smarthost: "{smtp_server.address}", from: a@example.org, to: [b@example.org],
               require_tls: false}}
"""
    with Scalehook(tmp_path / "scalehook", config, env={"KUBECONFIG": kubeconfig}) as scalehook:
        scalehook.post("/hpa", notification(*(alert(name) for name in names)))
        mails = smtp_server.await_mails(2)
        wait_until(lambda: scalehook.get("/api/v1/dead-letters").json()["dead_letters"],
                   "one is given up")
        [letter] = scalehook.get("/api/v1/dead-letters").json()["dead_letters"]
    assert "554 looks like spam" in letter["explanation"]
    subjects = sorted(mail.message["Subject"] for mail in mails)
    assert subjects == [f"[scalehook] deployment default/{name}: 2 -> 3 (Busy firing)"
                        for name in ("one", "three")]


CONFIG = """
defaults:
  limits: {{min: 1, max: {max}}}
  cooldown: {{out: 0s, in: 0s}}
rules:
  - name: r
    matchers: ['trigger="hpa"']
    target: {{scaler: deployment, namespace: "${{namespace}}", name: "${{deployment}}"}}
    action: scale-out
    policy: {{set: 9}}
"""


def test_reload_swaps_whole_or_not_at_all(stand_in, kubeconfig, tmp_path):
    stand_in.api.create(workload("Deployment", "test", replicas=2), "default")
    with Scalehook(tmp_path / "scalehook", CONFIG.format(max=4),
                   env={"KUBECONFIG": kubeconfig}) as scalehook:
        scalehook.post("/hpa", notification(alert()))
        wait_until(lambda: replicas(stand_in) == 4, "max of the first configuration is reached")

        scalehook.config_file.write_text(CONFIG.format(max="none"), encoding="utf-8")
        answer = scalehook.post("/-/reload")
        assert answer.status == 500
        assert f"{scalehook.config_file}:3:" in answer.text
        assert scalehook.metric("scalehook_config_last_reload_successful") == 0

        scalehook.config_file.write_text(CONFIG.format(max=6), encoding="utf-8")
        assert scalehook.post("/-/reload").status == 200
        assert scalehook.metric("scalehook_config_last_reload_successful") == 1
        wait_until(lambda: replicas(stand_in) == 6, "the open claim is decided anew")

        scalehook.config_file.write_text(CONFIG.format(max=7), encoding="utf-8")
        scalehook.process.send_signal(signal.SIGHUP)
        wait_until(lambda: replicas(stand_in) == 7, "SIGHUP reloads too")


def test_sigterm_finishes_what_runs(stand_in, kubeconfig, tmp_path):
    stand_in.api.create(workload("Deployment", "test", replicas=2), "default")
    stand_in.fault(method="GET", path="/apis/apps", delay=0.5, times=1)
    scalehook = Scalehook(tmp_path / "scalehook", env={"KUBECONFIG": kubeconfig})
    with concurrent.futures.ThreadPoolExecutor() as pool:
        posted = pool.submit(scalehook.post, "/hpa", notification(alert()))
        wait_until(lambda: stand_in.requests("GET", "/apis/apps"), "the workload is being read")
        scalehook.stop()
        assert posted.result().status == 200
    # What was not begun yet is taken up again by the next start.
    with Scalehook(tmp_path / "scalehook", env={"KUBECONFIG": kubeconfig}) as scalehook:
        wait_until(lambda: replicas(stand_in) == 3, "it is scaled")


def start_in_vain(kubeconfig, *arguments):
    """What a daemon says that must not start."""
    done = subprocess.run([binary(), "serve", *arguments], capture_output=True, text=True,
                          timeout=60, env={**os.environ, "KUBECONFIG": kubeconfig})
    assert done.returncode == 1
    return done.stderr


def test_a_second_daemon_on_the_same_storage_is_refused(scalehook, kubeconfig):
    said = start_in_vain(kubeconfig, "--storage.path", scalehook.storage,
                         "--web.listen-address", "127.0.0.1:0")
    assert str(scalehook.storage) in said


def test_an_address_in_use_is_named(scalehook, kubeconfig, tmp_path):
    said = start_in_vain(kubeconfig, "--storage.path", tmp_path / "other",
                         "--web.listen-address", scalehook.address)
    assert scalehook.address in said


def test_a_cluster_that_cannot_be_found_is_told(tmp_path):
    said = start_in_vain(str(tmp_path / "missing"), "--storage.path", tmp_path / "storage",
                         "--web.listen-address", "127.0.0.1:0")
    assert str(tmp_path / "missing") in said


def test_files_of_its_own_never_take_the_place_of_closed_standard_streams(kubeconfig, tmp_path):
    closing = ("sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh")
    with Scalehook(tmp_path / "closed", launcher=closing,
                   env={"KUBECONFIG": str(kubeconfig)}) as scalehook:
        for stream in range(3):
            assert os.readlink(f"/proc/{scalehook.process.pid}/fd/{stream}") == "/dev/null"
