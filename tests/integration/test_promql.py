"""core/promql against the real Prometheus: the same samples, the same expressions."""

import json
import math
import pathlib
import urllib.error
import urllib.parse
import urllib.request

import pytest
from integration.promql_series import END, MINUTE, START, made_series
from programs.prometheus import Prometheus
from programs.promql_ask import PromqlAsk
from programs.remote_write import remote_write

HERE = pathlib.Path(__file__).resolve().parent
EXPRESSIONS = [line for line in (HERE / "promql_expressions.txt").read_text("utf-8").splitlines()
               if line and not line.startswith("//")]
# On samples and between them, at the edges of a lookback and of a range, where nothing is.
TIMES = [START - 1, START, START + MINUTE, START + 7 * MINUTE + 1, START + 12 * MINUTE + 14_250,
         START + 14 * MINUTE + 45_000, START + 14 * MINUTE + 45_001, START + 20 * MINUTE + 3,
         END - 15_000, END + 3 * MINUTE, END + 4 * MINUTE + 45_000, END + 4 * MINUTE + 45_001]
SERIES = made_series()


class Server:
    def __init__(self, url):
        self.url = url

    def query(self, expression, milliseconds):
        """As PromqlAsk.evaluate() answers; with "refused" if it is no PromQL."""
        question = urllib.parse.urlencode({"query": expression, "time": f"{milliseconds / 1000:.3f}"})
        try:
            with urllib.request.urlopen(f"{self.url}/api/v1/query?{question}", timeout=30) as answer:
                data = json.load(answer)["data"]
        except urllib.error.HTTPError as fault:
            body = json.load(fault)
            return {"fault": body["error"], "refused": body["errorType"] == "bad_data"}
        if data["resultType"] == "vector":
            return {"vector": [[one["metric"], float(one["value"][1])] for one in data["result"]]}
        if data["resultType"] == "scalar":
            return {"scalar": float(data["result"][1])}
        return {}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with Prometheus(tmp_path_factory.mktemp("prometheus"),
                    arguments=["--web.enable-remote-write-receiver"]) as prometheus:
        remote_write(prometheus.url, SERIES)
        yield Server(prometheus.url)


@pytest.fixture(scope="module")
def ask():
    with PromqlAsk(SERIES) as program:
        yield program


def same_value(own, real):
    return math.isnan(own) == math.isnan(real) and (
        math.isnan(own) or own == real or math.isclose(own, real, rel_tol=1e-9, abs_tol=1e-12))


def difference(own, real, is_sorted):
    """What differs, or None."""
    if "fault" in own or "fault" in real:
        return None if ("fault" in own) == ("fault" in real) else (own, real)
    if "scalar" in real:
        same = "scalar" in own and same_value(own["scalar"], real["scalar"])
        return None if same else (own, real)
    if not is_sorted:
        for answer in (own, real):
            answer["vector"].sort(key=lambda one: sorted(one[0].items()))
    same = len(own["vector"]) == len(real["vector"]) and all(
        mine[0] == theirs[0] and same_value(mine[1], theirs[1])
        for mine, theirs in zip(own["vector"], real["vector"]))
    return None if same else (own, real)


def test_values_are_those_of_prometheus(server, ask):
    assert len(EXPRESSIONS) > 150
    seen, wrong = 0, []
    for expression in EXPRESSIONS:
        for time in TIMES:
            real = server.query(expression, time)
            assert not real.get("refused"), (expression, real)
            seen += "scalar" in real or bool(real.get("vector"))
            found = difference(ask.evaluate(expression, time), real, expression.startswith("sort"))
            if found:
                wrong.append((expression, time - START, *found))
    assert not wrong, "\n".join(map(str, wrong[:20]))
    # Most of them have a value most of the time.
    assert seen > len(EXPRESSIONS) * len(TIMES) / 2


def test_the_canonical_text_means_the_same(server, ask):
    for expression in EXPRESSIONS:
        text, fault = ask.read(expression)
        assert ask.read(text) == (text, fault), expression
        time = START + 12 * MINUTE + 14_250
        found = difference(server.query(text, time), server.query(expression, time), False)
        assert found is None, (expression, text, found)


def test_what_prometheus_refuses_is_refused_and_no_more(server, ask):
    rows = (HERE / "promql_syntax.txt").read_text("utf-8").splitlines()
    rows = [row.replace("\\n", "\n") for row in rows if row and not row.startswith("//")]
    wrong = []
    for text in rows + EXPRESSIONS:
        refused = server.query(text, START + MINUTE).get("refused", False)
        _, fault = ask.read(text)
        # What is only not evaluated is read all the same.
        if refused != (fault != "" and "simulate does not evaluate" not in fault and
                       "has no value at one time" not in fault):
            wrong.append((text, "refused" if refused else "accepted", fault))
    assert not wrong, "\n".join(map(str, wrong))
    assert len(rows) > 100
