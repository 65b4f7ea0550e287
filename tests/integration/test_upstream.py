"""The questions of core/upstream to the real Alertmanager and Prometheus."""

import base64
import datetime
import http.server
import json
import pathlib
import ssl
import threading
import time

import pytest
from programs.alertmanager import Alertmanager
from programs.app import App
from programs.process import wait_until
from programs.prometheus import Prometheus
from programs.upstream_ask import UpstreamAsk

ALERTMANAGER = """route: {receiver: none}
receivers: [{name: none}]
inhibit_rules:
  - {source_matchers: ['alertname="Down"'], target_matchers: ['trigger="hpa"'], equal: [cluster]}
"""
SERIES = {"alertname": "TooManyTasks", "trigger": "hpa", "cluster": "c1", "deployment": "test"}
ROWS = json.loads((pathlib.Path(__file__).resolve().parents[1] /
                   "unit/promql/expressions.json").read_text(encoding="utf-8"))


def at(seconds):
    """So many seconds from now, in RFC 3339."""
    now = datetime.datetime.now(datetime.timezone.utc)
    return (now + datetime.timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def alert(labels, ends_in=600):
    return {"labels": labels, "startsAt": at(-60), "endsAt": at(ends_in)}


@pytest.fixture
def alertmanager(tmp_path):
    with Alertmanager(tmp_path / "alertmanager", ALERTMANAGER) as server:
        yield server


@pytest.fixture
def ask(alertmanager):
    with UpstreamAsk([alertmanager.url]) as questions:
        yield questions


@pytest.fixture
def fires(alertmanager, ask):
    """SERIES fires, with a value among its labels."""
    alertmanager.post_alerts([alert({**SERIES, "value": "35"})])
    await_standing(ask, "active")


@pytest.fixture
def prometheus(tmp_path, app):
    """Scrapes `app`, with 40 tasks, and has done so twice."""
    app.set(40)
    with Prometheus(tmp_path / "prometheus", scrape=[app.address]) as server:
        wait_until(lambda: server.query("count_over_time(app_active_task_count[1m]) >= 2"),
                   "the application was scraped twice")
        yield server


def await_standing(ask, standing, settled_s=0):
    """The answer that says so."""
    def answer():
        given = ask.alerts(SERIES, settled_s)
        return given if given["standing"] == standing else None
    return wait_until(answer, f"the series is {standing}")


# Alertmanager.

def test_an_alert_that_fires_is_active(ask, fires):
    answer = ask.alerts(SERIES)
    assert answer["standing"] == "active"  # however young the Alertmanager is
    [instance] = answer["instances"]
    assert instance["reachable"] and instance["fault"] == ""
    [known] = instance["alerts"]
    assert known["labels"] == {**SERIES, "value": "35"}


def test_a_silenced_alert_is_suppressed_until_the_silence_ends(alertmanager, ask, fires):
    silence = alertmanager.silence({"deployment": "test"}, at(-1), at(600))
    answer = await_standing(ask, "suppressed")
    assert answer["instances"][0]["alerts"][0]["silenced_by"] == [silence]
    alertmanager.expire(silence)
    await_standing(ask, "active")


def test_an_inhibited_alert_is_suppressed(alertmanager, ask, fires):
    alertmanager.post_alerts([alert({"alertname": "Down", "cluster": "c1"})])
    answer = await_standing(ask, "suppressed")
    [known] = [one for one in answer["instances"][0]["alerts"] if "trigger" in one["labels"]]
    assert len(known["inhibited_by"]) == 1 and known["silenced_by"] == []


def test_a_resolved_alert_is_gone_if_alertmanager_is_settled(alertmanager, ask, fires):
    alertmanager.post_alerts([alert({**SERIES, "value": "35"}, ends_in=-1)])
    await_standing(ask, "gone")
    assert ask.alerts(SERIES, settled_s=300)["standing"] == "unknown"


def test_a_resolve_while_silenced_is_gone_too(alertmanager, ask, fires):
    alertmanager.silence({"deployment": "test"}, at(-1), at(600))
    await_standing(ask, "suppressed")
    alertmanager.post_alerts([alert({**SERIES, "value": "35"}, ends_in=-1)])
    await_standing(ask, "gone")


def test_a_restarted_alertmanager_has_forgotten_and_is_not_believed(alertmanager, ask, fires):
    before = ask.alerts(SERIES)["instances"][0]["up_since"]
    alertmanager.stop()
    stopped = ask.alerts(SERIES, settled_s=0)
    assert stopped["standing"] == "unknown"
    assert stopped["instances"][0]["fault"].startswith(alertmanager.url + "/api/v2/alerts: cannot")
    # It says its time in whole seconds, so that two starts within one look alike.
    ended = time.time()
    wait_until(lambda: time.time() > ended + 1, "the next start is told apart")
    alertmanager.start()
    again = ask.alerts(SERIES)
    assert again["standing"] == "unknown"
    assert again["instances"][0]["alerts"] == [] and again["instances"][0]["reachable"]
    assert again["instances"][0]["up_since"] > before


def test_an_alert_is_gone_only_if_every_alertmanager_says_so(alertmanager, fires, tmp_path):
    with Alertmanager(tmp_path / "other", ALERTMANAGER) as other, \
            UpstreamAsk([alertmanager.url, other.url]) as both:
        await_standing(both, "active")
        alertmanager.post_alerts([alert({**SERIES, "value": "35"}, ends_in=-1)])
        await_standing(both, "gone")
        other.stop()
        answer = await_standing(both, "unknown")
        assert [one["reachable"] for one in answer["instances"]] == [True, False]


# Prometheus.

def test_the_alert_says_which_of_several_series_is_meant(tmp_path, app):
    app.set(40)
    with App(tmp_path / "second") as second, \
            Prometheus(tmp_path / "prometheus", scrape=[app.address, second.address]) as server, \
            UpstreamAsk(prometheus=server.url) as ask:
        second.set(50)
        wait_until(lambda: len(server.query("app_active_task_count >= 40")) == 2, "both are scraped")
        mine = {"alertname": "TooManyTasks", "job": "app", "instance": second.address}
        answer = ask.query("app_active_task_count", mine)
        assert len(answer["samples"]) == 2
        assert (answer["matching"], answer["picked"]) == (1, 50)
        assert ask.query("sum(app_active_task_count)", mine)["picked"] == 90
        assert ask.query("app_active_task_count", {"job": "app"})["matching"] == 0
        several = ask.query("app_active_task_count or sum(app_active_task_count)", mine)
        assert (several["matching"], several["picked"]) == (2, None)


def test_a_prometheus_that_is_stopped_does_not_answer_until_it_is_back(prometheus):
    with UpstreamAsk(prometheus=prometheus.url) as ask:
        assert ask.query("app_active_task_count")["samples"][0]["value"] == 40
        prometheus.stop()
        fault = ask.query("app_active_task_count")["fault"]
        assert fault.startswith(f"{prometheus.url}/api/v1/query: cannot be reached")
        prometheus.start()
        assert ask.query("app_active_task_count")["fault"] is None


def test_a_dead_target_has_no_sample_though_its_rate_goes_on(prometheus, app):
    with UpstreamAsk(prometheus=prometheus.url) as ask:
        rate = "rate(app_active_task_count[5m]) >= 0"
        rate, age_of_rate = ask.expression(rate)
        assert ask.query(age_of_rate)["samples"][0]["value"] is not None
        app.stop()
        wait_until(lambda: prometheus.query("up == 0"), "a scrape failed")
        plain, age = ask.expression("app_active_task_count > 30")
        assert ask.query(plain)["samples"] == [] and ask.query(age)["samples"] == []
        assert len(ask.query(rate)["samples"]) == 1
        [sample] = ask.query(age_of_rate)["samples"]
        assert sample["value"] is None  # NaN


def test_a_restarted_prometheus_shows_the_last_sample_of_a_dead_target_and_its_age(prometheus, app):
    with UpstreamAsk(prometheus=prometheus.url) as ask:
        prometheus.stop()
        app.stop()
        prometheus.start()
        wait_until(lambda: prometheus.query("up == 0"), "a scrape failed")
        for expression in ("app_active_task_count > 30", "sum(app_active_task_count) > 30",
                           "rate(app_active_task_count[5m]) >= 0"):
            value, age = ask.expression(expression)
            assert len(ask.query(value)["samples"]) == 1, expression
            # Six times the interval: nothing that is scraped is that old.
            wait_until(lambda: ask.query(age)["samples"][0]["value"] > 6, "it is seen to be old")


def test_a_refused_query_is_quoted(prometheus):
    with UpstreamAsk(prometheus=prometheus.url) as ask:
        assert "refused: invalid parameter" in ask.query("up up")["fault"]
        assert "parse error" in ask.query("up up")["fault"]
        assert "matrix" in ask.query("up[1m]")["fault"]


def test_prometheus_reads_every_expression_and_what_is_made_of_it(prometheus):
    assert len(ROWS) > 30
    with UpstreamAsk(prometheus=prometheus.url) as ask:
        for row in ROWS:
            for expression in filter(None, row):
                assert ask.query(expression)["fault"] is None, expression


FIRING = [
    "app_active_task_count > 30",
    "30 < app_active_task_count",
    "0 < app_active_task_count < 100",
    "sum(app_active_task_count) by (job) / 2 >= 20",
    "(app_active_task_count > 30) and on (instance) up == 1",
    "app_active_task_count > 30 unless on (job) up == 0",
    "app_active_task_count > on (instance) up",
    "app_active_task_count > ignoring (job) up{job=~'.*'}",
    "app_active_task_count > on (job) group_left () up",
]


def test_without_its_comparison_an_alert_has_the_same_series_and_value(prometheus):
    with UpstreamAsk(prometheus=prometheus.url) as ask:
        for expression in FIRING:
            value, age = ask.expression(expression)
            assert value != expression
            [fired] = ask.query(expression)["samples"]
            [sample] = ask.query(value)["samples"]
            assert (sample["labels"], sample["value"]) == (fired["labels"], fired["value"])
            [sample] = ask.query(age)["samples"]
            assert sample["labels"] == fired["labels"] and sample["value"] >= 0


# What the real ones do not do here.

@pytest.mark.parametrize("clock", [-3600, 0, 3600])
def test_how_long_alertmanager_is_up_does_not_depend_on_its_clock(serve, clock):
    class Skewed(http.server.BaseHTTPRequestHandler):
        """An Alertmanager without alerts, up for 100 s, by a clock that is off."""

        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"[]" if self.path == "/api/v2/alerts" else
                             json.dumps({"uptime": at(clock - 100)}).encode())

        def date_time_string(self, timestamp=None):
            return super().date_time_string(time.time() + clock)

        def log_message(self, *_):
            pass

    with UpstreamAsk([f"http://{serve(handler=Skewed)}"]) as ask:
        assert ask.alerts(SERIES, settled_s=90)["standing"] == "gone"
        assert ask.alerts(SERIES, settled_s=3000)["standing"] == "unknown"


class Oddities(http.server.BaseHTTPRequestHandler):
    """Behaves as its path says."""

    def do_GET(self):
        self.send_response(302 if self.path == "/elsewhere" else 200)
        self.send_header("Location", "/large")
        self.end_headers()
        if self.path == "/login":
            self.wfile.write(self.headers.get("Authorization", "none").encode())
        if self.path == "/large":
            try:
                for _ in range(65):
                    self.wfile.write(bytes(1 << 20))
            except OSError:
                pass  # it had enough

    def log_message(self, *_):
        pass


@pytest.fixture
def serve():
    """A function that starts a server, with TLS if it is given a context; its host:port."""
    servers = []

    def start(context=None, handler=Oddities):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        if context:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever).start()
        servers.append(server)
        return f"127.0.0.1:{server.server_address[1]}"
    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def test_userinfo_logs_in(serve):
    address = serve()
    with UpstreamAsk() as ask:
        body = ask.send(f"http://user:pa%40ss@{address}/login")["body"]
        assert base64.b64decode(body.removeprefix("Basic ")) == b"user:pa@ss"
        assert ask.send(f"http://{address}/login")["body"] == "none"


def test_a_redirect_is_not_followed(serve):
    address = serve()
    with UpstreamAsk() as ask:
        assert ask.send(f"http://{address}/elsewhere")["status"] == 302


def test_a_body_without_end_is_given_up(serve):
    address = serve()
    with UpstreamAsk() as ask:
        assert "more than 64 MiB" in ask.send(f"http://{address}/large")["fault"]


def test_a_stranger_s_certificate_is_not_trusted(serve, authority):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*authority.server("upstream"))
    address = serve(context)
    with UpstreamAsk() as ask:
        assert "certificate is not trusted" in ask.send(f"https://{address}/login")["fault"]
