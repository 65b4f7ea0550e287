"""scalehook simulate against what it models: a real Prometheus and a real Alertmanager."""

import calendar
import http.server
import json
import subprocess
import threading
import time
import urllib.parse
import urllib.request

from programs.alertmanager import Alertmanager
from programs.app import App
from programs.process import wait_until
from programs.prometheus import Prometheus
from programs.scalehook import binary

RULES = """\
groups:
  - name: hpa
    interval: 1s
    rules:
      - alert: Busy
        expr: app_active_task_count > 30
        for: 3s
        labels: {trigger: hpa, action: scale-out, namespace: shop, deployment: checkout}
        annotations: {value: "{{ $value }}"}
"""
GROUP = {"group_wait": 2, "group_interval": 4, "repeat_interval": 6}


class Receiver:
    """A webhook that keeps the bodies and when they came."""

    def __init__(self):
        self.received = []
        received = self.received

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                received.append((time.time(), json.loads(body)))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()


def parse_time(text):
    """Seconds since 1970 of an RFC 3339 time in UTC."""
    whole, _, fraction = text.rstrip("Z").partition(".")
    seconds = time.strptime(whole, "%Y-%m-%dT%H:%M:%S")
    return calendar.timegm(seconds) + float("0." + (fraction or "0"))


def query_range(prometheus, start, end):
    question = urllib.parse.urlencode({"query": "app_active_task_count", "start": start,
                                       "end": end, "step": 1})
    with urllib.request.urlopen(f"{prometheus.url}/api/v1/query_range?{question}",
                                timeout=30) as answer:
        return answer.read()


def told(alerts, phase):
    """Which alerts, with the number of the evaluation at which they began."""
    return [(alert["status"], round(parse_time(alert.get("startsAt") or alert["starts_at"]) - phase),
             alert["annotations"]["value"]) for alert in alerts]


def test_the_same_notifications_as_the_real_ones(tmp_path):
    with Receiver() as receiver, \
         App(tmp_path / "app") as app, \
         Alertmanager(tmp_path / "alertmanager", f"""\
route: {{receiver: hook, {", ".join(f"{key}: {value}s" for key, value in GROUP.items())}}}
receivers:
  - {{name: hook, webhook_configs: [{{url: "{receiver.url}"}}]}}
""") as alertmanager, \
         Prometheus(tmp_path / "prometheus", rules=RULES, scrape=[app.address],
                    alertmanagers=[alertmanager.address], interval="1s") as prometheus:
        begun = time.time()

        def heard(count, later=0):
            """Waits for so many notifications, and so many seconds more."""
            wait_until(lambda: len(receiver.received) >= count and
                       time.time() > receiver.received[count - 1][0] + later,
                       f"{count} notifications came", timeout=60)

        app.set(40)
        # Evaluations lie at the same fraction of each second.
        phase = parse_time(wait_until(prometheus.alerts, "it is pending")[0]["activeAt"]) % 1
        heard(1)
        app.set(45)  # which no repeat tells, for Prometheus sends an alert again after a minute
        heard(3)
        app.set(5)
        heard(4)
        app.set(50)
        heard(5, later=3)  # long enough for any phase of group_interval
        app.set(5)
        heard(6, later=2 * GROUP["group_interval"])
        trace = tmp_path / "trace.json"
        trace.write_bytes(query_range(prometheus, int(begun) - 2 + phase, time.time()))

    real = [told(body["alerts"], phase) for _, body in receiver.received]
    assert [(alert[0], alert[2]) for alert, in real] == [
        ("firing", "40"), ("firing", "40"), ("firing", "40"), ("resolved", "45"),
        ("firing", "50"), ("resolved", "50")]
    done = subprocess.run(
        [binary(), "simulate", "--input", trace, "--rules.file", prometheus.rules_file,
         "--format", "json",
         *(f"--{key.replace('_', '-')}={value}s" for key, value in GROUP.items())],
        capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    simulated = json.loads(done.stdout)["notifications"]
    assert len(simulated) == len(real)
    for notification, theirs in zip(simulated, real):
        for (status, began, value), other in zip(told(notification["alerts"], phase), theirs,
                                                 strict=True):
            # A scrape that ends after the evaluation it began before is seen by the next one.
            assert (status, value) == (other[0], other[2]) and 0 <= other[1] - began <= 1
    # Alertmanager drops empty groups every 30 s since it started, which a trace does not show: so
    # the second episode may wait for group_wait or for group_interval.
    for notification, (at, _) in zip(simulated, receiver.received):
        assert abs(parse_time(notification["time"]) - at) < GROUP["group_interval"]
