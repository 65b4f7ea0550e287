"""scalehook simulate on a load: what serves it, the verdict, and what stands beside it."""

import gzip
import json
import math
import subprocess
import xml.etree.ElementTree

import pytest

from programs.scalehook import binary

SVG = "{http://www.w3.org/2000/svg}"
KEYS = {"violation_minutes", "unserved_share", "replica_minutes", "changes", "flaps",
        "reaction_seconds"}
RULE = {"name": "busy", "matchers": ['trigger="hpa"'], "action": "scale-out",
        "target": {"scaler": "deployment", "namespace": "${namespace}", "name": "${deployment}"},
        "policy": {"per_replica": 70}, "query": "sum(load)", "limits": {"min": 3, "max": 20}}
ALERT = {"alert": "Busy", "expr": "sum(load) > 210",
         "labels": {"trigger": "hpa", "namespace": "shop", "deployment": "checkout"}}


def wave(hours=6):
    """A load between 100 and 900 that rises and falls within minutes; a row a minute."""
    return [(60 * minute, round(500 - 400 * math.tanh(4 * math.cos(minute / 20)), 3))
            for minute in range(60 * hours + 1)]


class Folder:
    def __init__(self, path):
        self.path = path
        self.rule, self.alert = dict(RULE), dict(ALERT)
        self.load(wave())

    def load(self, rows):
        (self.path / "load.csv").write_text(
            "t,load\n" + "".join(f"{at},{'' if load is None else load}\n" for at, load in rows),
            encoding="utf-8")

    def write(self, name, content):
        (self.path / name).write_text(json.dumps(content), encoding="utf-8")
        return self.path / name

    def config(self, name="scalehook.yml", **changes):
        return self.write(name, {"prometheus": {"url": "http://prometheus:9090"},
                                 "rules": [{**self.rule, **changes}]})

    def simulate(self, *words, load="load.csv"):
        return subprocess.run(
            [binary(), "simulate", "--config.file", self.config(), "--rules.file",
             self.write("rules.yml", {"groups": [{"name": "g", "rules": [self.alert]}]}),
             "--load", self.path / load, "--capacity", "100", "--group-wait", "0s", *words],
            capture_output=True, text=True, timeout=120, env={"HOME": "/nonexistent"})

    def told(self, *words, **more):
        done = self.simulate("--format", "json", *words, **more)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


@pytest.fixture
def folder(tmp_path):
    return Folder(tmp_path)


def test_a_verdict_beside_the_hpa_that_the_rule_implies(folder):
    told = folder.told()
    workload, = told["workloads"]
    assert workload["target"] == "deployment shop/checkout"
    assert workload["replicas"][0]["replicas"] == 3, "limits.min"
    assert workload["most"] > 3
    assert KEYS <= set(told["verdict"]) and KEYS <= set(told["hpa"])
    assert told["verdict"]["changes"] == len(workload["replicas"]) - 1
    assert told["hpa"]["how"] == 'a target of 70 load_per_replica, the target of rule "busy"'
    assert told["hpa"]["replicas"][0]["replicas"] == 3
    assert 0 <= told["verdict"]["unserved_share"] < 1
    # A cost between that of the fewest and of the most replicas.
    assert 3 * 360 < told["verdict"]["replica_minutes"] < 20 * 361
    assert folder.told("--replicas", "5")["workloads"][0]["replicas"][0]["replicas"] == 5


def test_series_have_the_targets_labels(folder):
    folder.alert["expr"] = "load_per_replica > 70"
    assert folder.told()["series"][0]["labels"] == {"namespace": "shop", "deployment": "checkout"}
    folder.rule["target"] = {"scaler": "deployment", "namespace": "a", "name": "b"}
    folder.alert["labels"] = {"trigger": "hpa"}
    assert folder.told("--label", "job=j")["series"][0]["labels"] == \
        {"namespace": "a", "deployment": "b", "job": "j"}


def test_new_replicas_serve_after_their_startup(folder):
    shorts = [folder.told("--startup", startup)["verdict"]["violation_minutes"]
              for startup in ("0s", "60s", "10m")]
    assert shorts == sorted(shorts) and shorts[0] < shorts[2]
    assert folder.told()["verdict"]["violation_minutes"] == shorts[1], "60s is the default"


def test_a_late_metric_is_acted_on_late(folder):
    assert folder.told("--lag", "5m")["verdict"]["violation_minutes"] > \
        folder.told()["verdict"]["violation_minutes"]
    assert folder.told("--scrape-interval", "5m")["verdict"] != folder.told()["verdict"]


def test_what_cannot_be_served_may_wait(folder):
    folder.rule.update(policy={"percent": 50})
    del folder.rule["query"]
    folder.alert["expr"] = "backlog > 500"
    done = folder.simulate()
    assert done.returncode == 1
    assert "reads the metric backlog, which is not there; --load gives load, load_per_replica " \
           "and utilization" in done.stderr
    told = folder.told("--unserved", "waits")
    assert told["workloads"][0]["most"] > 3
    assert "0.7 of --capacity, because" in told["hpa"]["how"]
    folder.alert["expr"] = "latency_seconds > 1"
    assert folder.told("--unserved", "waits")["workloads"][0]["most"] > 3


def test_the_hpa_may_have_another_target(folder):
    assert folder.told("--hpa-target", "140")["hpa"]["replica_minutes"] < \
        folder.told()["hpa"]["replica_minutes"]
    folder.rule.update(policy={"step": 1})
    folder.alert["expr"] = "utilization > 80"
    assert folder.told()["hpa"]["how"] == \
        'a target of 70 % utilization, 0.875 of the threshold of alert "Busy"'


def test_another_configuration_is_compared(folder):
    other = folder.config("other.yml", policy={"per_replica": 35})
    told = folder.told("--compare", other)
    assert told["compare"]["name"] == str(other)
    assert KEYS <= set(told["compare"])
    assert told["compare"]["replica_minutes"] > told["verdict"]["replica_minutes"]
    same = folder.told("--compare", folder.config("same.yml"))
    assert {key: same["compare"][key] for key in KEYS} == same["verdict"]
    done = folder.simulate("--compare", other)
    head = next(line for line in done.stdout.splitlines() if "HPA" in line and "scalehook" in line)
    assert head.split() == ["scalehook", "HPA", str(other)]


def test_the_verdict_may_begin_later(folder):
    whole, late = folder.told()["verdict"], folder.told("--from", "3h")["verdict"]
    assert late["replica_minutes"] < whole["replica_minutes"]
    assert late["violation_minutes"] <= whole["violation_minutes"]
    assert folder.told("--from", "3h")["hpa"]["replica_minutes"] < \
        folder.told()["hpa"]["replica_minutes"]


def test_lost_scrapes_are_no_load_that_has_gone(folder):
    rows = [(60 * minute, None if 60 <= minute < 75 else 100 if minute < 10 else 800)
            for minute in range(120)]
    folder.load(rows)
    told = folder.told()
    counts = [change["replicas"] for change in told["workloads"][0]["replicas"]]
    assert counts[-1] == max(counts) == 11  # 11.4, within the tolerance
    assert "no-evidence" in {row["reason"] for row in told["decisions"]}


def test_a_load_may_be_gzipped_or_the_answer_of_query_range(folder):
    told = folder.told()
    (folder.path / "load.csv.gz").write_bytes(
        gzip.compress((folder.path / "load.csv").read_bytes()))
    assert folder.told(load="load.csv.gz") == told
    folder.write("load.json", {"data": {"resultType": "matrix", "result": [
        {"metric": {}, "values": [[at, str(load)] for at, load in wave()]}]}})
    assert folder.told(load="load.json") == told


def test_settings_are_suggested(folder):
    folder.load(wave(9))
    found = folder.told("--suggest")["suggest"]
    assert [setting["name"] for setting in found["settings"]][:2] == \
        ["per_replica", "scale_in.stabilization"]
    assert found["tried_on"]["to"] == found["held_out"]["from"] == "1970-01-01T06:00:00.000Z"
    front = [(attempt["tried_on"]["replica_minutes"], attempt["tried_on"]["violation_minutes"])
             for attempt in found["front"]]
    assert front == sorted(front)
    assert [short for _, short in front] == sorted((short for _, short in front), reverse=True)
    assert found["now"]["settings"]["per_replica"] == "70"
    assert 1 <= len(found["worth"]) <= 3
    for worth in found["worth"]:
        assert KEYS <= set(worth["held_out"])
        assert worth["yaml"].startswith("# ")
        if worth["settings"]["per_replica"] != "70":
            assert f"policy: {{per_replica: {worth['settings']['per_replica']}}}" in worth["yaml"]
    assert KEYS <= set(found["hpa"]["held_out"])
    assert folder.told("--suggest")["suggest"] == found, "whatever the threads do"
    text = folder.simulate("--suggest").stdout
    for worth in found["worth"]:
        assert worth["name"] in text and worth["yaml"] in text


def test_a_plot_shows_load_capacity_and_counts(folder):
    file = folder.path / "load.svg"
    folder.told("--plot", file, "--compare", folder.config("other.yml", policy={"step": 1}))
    root = xml.etree.ElementTree.parse(file).getroot()
    texts = [element.text for element in root.iter(SVG + "text")]
    for text in ("load", "replicas", "HPA", "too little", "alert fires",
                 "capacity of ready replicas; deployment shop/checkout",
                 str(folder.path / "other.yml")):
        assert text in texts
    # Two lines of the upper panel, and three counts.
    assert len(list(root.iter(SVG + "path"))) == 5


@pytest.mark.parametrize("words, status, said", [
    (("--input", "x"), 2, "--input excludes --load"),
    (("--feedback",), 2, "--load excludes --feedback"),
    (("--hpa-target", "0"), 2, "--hpa-target: must be a number above 0"),
    (("--unserved", "dropped"), 2, "--unserved: dropped not in {lost,waits}"),
    (("--suggest", "--format", "csv"), 2, "--suggest: needs --format text or json"),
    (("--from", "2d"), 1, "--from: the load is 6h long, and ends before"),
    (("--scrape-interval", "0s"), 1, "--scrape-interval: must be above 0"),
    (("--lag", "soon"), 1, '--lag: "soon" is no duration'),
    (("--compare", "/nonexistent"), 1, "/nonexistent:1:1: the file cannot be read"),
])
def test_what_is_wrong_is_said(folder, words, status, said):
    done = folder.simulate(*words)
    assert (done.returncode, said in done.stderr) == (status, True), done.stderr


def test_a_load_that_is_none_is_told_of(folder):
    folder.load([(0, 5), (60, -1)])
    assert "load.csv: the load at 1970-01-01T00:01:00.000Z is -1" in folder.simulate().stderr
    (folder.path / "cut.gz").write_bytes(gzip.compress(b"0,5\n" * 100)[:20])
    assert "the compressed data ends too early" in folder.simulate(load="cut.gz").stderr
    folder.write("two.json", {"data": {"resultType": "matrix", "result": [
        {"metric": {"pod": pod}, "values": [[0, "1"]]} for pod in "ab"]}})
    assert "two.json: has 2 series, and a load is one" in folder.simulate(load="two.json").stderr


def test_a_load_needs_its_capacity_and_one_workload(folder):
    without = subprocess.run(
        [binary(), "simulate", "--load", folder.path / "load.csv", "--threshold", "> 80"],
        capture_output=True, text=True, timeout=60)
    assert without.returncode == 2
    assert "--load: needs --capacity: how much of the load one ready replica can serve" in \
        without.stderr
    folder.alert["labels"] = {"trigger": "hpa", "namespace": "shop"}
    done = folder.simulate()
    assert done.returncode == 1
    assert "say with --label NAME=VALUE what is missing" in done.stderr
    assert folder.simulate("--label", "deployment=checkout").returncode == 0


def test_a_threshold_is_of_the_load_per_replica_or_of_what_it_names(folder):
    labels = [f"--label={name}={value}" for name, value in
              {"trigger": "hpa", "action": "scale-out", "namespace": "a", "deployment": "b"}.items()]

    def measure(threshold):
        done = subprocess.run(
            [binary(), "simulate", "--load", folder.path / "load.csv", "--capacity", "100",
             "--threshold", threshold, "--format", "json", *labels],
            capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)["alerts"][0]["measure"]
    assert measure("> 80") == "load_per_replica"
    assert measure("max(utilization) > 80") == "max(utilization)"
