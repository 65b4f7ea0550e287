"""The log: on stderr alone, and in the format that was asked for, whoever of the daemon writes."""

import json
import urllib.request

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
