"""The log: on stderr alone, and in the format that was asked for, whoever of the daemon writes."""

import json
import os
import urllib.request

import pytest
from programs.kube_api import workload
from programs.process import Process, free_port, http_ok, wait_until
from programs.scalehook import binary
from test_daemon import alert, notification

CONFIG = """
notifiers:
  - {name: events, plugin: log, settings: {format: json}}
defaults: {notify: [events]}
rules:
  - name: r
    matchers: ['trigger="hpa"']
    target: {scaler: deployment, namespace: "${namespace}", name: "${deployment}"}
    action: "${action}"
"""


def post(url, body):
    request = urllib.request.Request(url, json.dumps(body).encode(),
                                     {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.status == 200


def kinds(lines):
    """The kinds of the events among them; the log's own lines have none."""
    return [line["kind"] for line in lines if "kind" in line]


@pytest.mark.parametrize("together", [False, True])
def test_events_on_stdout_are_whole_lines(stand_in, tmp_path, together):
    """Alone there, or with the log in one pipe."""
    for name in "abcdefgh":
        stand_in.api.create(workload("Deployment", name, replicas=2), "default")
    config = tmp_path / "scalehook.yml"
    config.write_text(CONFIG.replace("format: json", "format: json, output: stdout"),
                      encoding="utf-8")
    stdout = tmp_path / "stdout"
    address = f"127.0.0.1:{free_port()}"
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = Process(["/bin/sh", "-c", f"exec cat '{pipe}' >'{stdout}'"], tmp_path / "reader")
    into = f">'{pipe}' 2>&1" if together else f">'{pipe}'"
    daemon = Process(
        ["/bin/sh", "-c", f"exec \"$@\" {into}", "sh", binary(), "serve",
         "--config.file", config, "--storage.path", tmp_path / "storage",
         "--web.listen-address", address, "--log.format", "json", "--log.level", "debug"],
        tmp_path / "stderr", env={"KUBECONFIG": str(stand_in.kubeconfig)})
    try:
        daemon.await_ready(lambda: http_ok(f"http://{address}/-/ready"))
        for name in "abcdefgh":
            post(f"http://{address}/hpa", notification(alert(deployment=name)))
        wait_until(lambda: stdout.read_text().count('"kind":"scaled"') == 8, "eight lines came")
        assert daemon.stop() == 0
        wait_until(lambda: reader.returncode == 0, "all is read")
    finally:
        daemon.kill()
        reader.kill()
    written = [json.loads(line) for line in stdout.read_text().splitlines()]
    own = [json.loads(line) for line in daemon.output().splitlines()]
    assert kinds(written) == ["scaled"] * 8
    assert kinds(own) == []
    assert (len(written) > 8, own == []) == (together, together)


def test_every_line_of_the_log_is_json_on_stderr(stand_in, tmp_path):
    stand_in.api.create(workload("Deployment", "test", replicas=2), "default")
    stand_in.fault(path="/apis/events.k8s.io/", method="POST", status=500)
    config = tmp_path / "scalehook.yml"
    config.write_text(CONFIG, encoding="utf-8")
    stdout = tmp_path / "stdout"
    address = f"127.0.0.1:{free_port()}"
    daemon = Process(
        ["/bin/sh", "-c", f"exec \"$@\" >'{stdout}'", "sh", binary(), "serve",
         "--config.file", config, "--storage.path", tmp_path / "storage",
         "--web.listen-address", address, "--log.format", "json", "--log.level", "debug"],
        tmp_path / "stderr", env={"KUBECONFIG": str(stand_in.kubeconfig)})
    try:
        daemon.await_ready(lambda: http_ok(f"http://{address}/-/ready"))
        post(f"http://{address}/hpa", notification(alert()))
        wait_until(lambda: '"kind":"scaled"' in daemon.output(), "the notifier wrote its line")
        assert daemon.stop() == 0
    finally:
        if daemon.returncode is None:
            daemon.kill()
    assert stdout.read_text() == ""
    lines = [json.loads(line) for line in daemon.output().splitlines()]
    # The scaler's own line came the same way, with the name of its instance.
    [own] = [line for line in lines if "no Event on" in line.get("msg", "")]
    assert (own["level"], own["instance"]) == ("warn", "deployment")
