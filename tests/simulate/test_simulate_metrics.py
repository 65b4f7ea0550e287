"""scalehook simulate on metrics that have names, with rules over several of them."""

import json
import subprocess

import pytest

from programs.scalehook import binary

LABELS = {"namespace": "shop", "deployment": "checkout"}
CONFIG = {"prometheus": {"url": "http://prometheus:9090"},
          "alertmanager": {"url": "http://alertmanager:9093"},
          "rules": [{"name": "queue", "matchers": ['trigger="hpa"'], "action": "${action}",
                     "target": {"scaler": "deployment", "namespace": "${namespace}",
                                "name": "${deployment}"},
                     "policy": {"per_replica": 10}, "limits": {"min": 2, "max": 20}}]}
OUT = {"alert": "Many", "expr": "sum by (namespace, deployment) (tasks) > 30",
       "labels": {"trigger": "hpa", "action": "scale-out"}}


class Folder:
    """Files of one simulation; JSON is YAML."""

    def __init__(self, path):
        self.path = path
        self.inputs = []

    def write(self, name, content):
        (self.path / name).write_text(json.dumps(content), encoding="utf-8")
        return self.path / name

    def record(self, name, values, step=60, **labels):
        """A metric of that name with a value at each step; None: it had none."""
        metric = {"__name__": name, **LABELS, **labels}
        samples = [[step * index, str(value)] for index, value in enumerate(values)
                   if value is not None]
        self.inputs += ["--input", self.write(f"{name}.json", {
            "status": "success", "data": {"resultType": "matrix", "result": [
                {"metric": metric, "values": samples}]}})]

    def simulate(self, rules, *words, config=CONFIG):
        return subprocess.run(
            [binary(), "simulate", "--config.file", self.write("scalehook.yml", config),
             "--rules.file", self.write("rules.yml", {"groups": [{"name": "g", "rules": rules}]}),
             *self.inputs, "--group-wait", "0s", "--format", "json", *words],
            capture_output=True, text=True, timeout=60, env={"HOME": "/nonexistent"})

    def told(self, rules, *words, config=CONFIG):
        done = self.simulate(rules, *words, config=config)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


@pytest.fixture
def folder(tmp_path):
    return Folder(tmp_path)


def counts(told):
    workload, = told["workloads"]
    return [change["replicas"] for change in workload["replicas"]]


def test_prometheus_gives_values_that_nobody_notifies(folder):
    """The value rises while the alert fires, and no notification says so."""
    folder.record("tasks", [5] * 5 + [35] * 10 + [95] * 30)
    without = {key: value for key, value in CONFIG.items() if key == "rules"}
    assert max(counts(folder.told([OUT]))) == 10
    assert max(counts(folder.told([{**OUT, "annotations": {"value": "{{ $value }}"}}],
                                  config=without))) == 4


def test_prometheus_says_whether_the_load_is_gone(folder):
    """The metric ends with the alert: that does not prove that the load has gone."""
    folder.record("tasks", [5] * 5 + [45] * 20 + [None] * 40 + [5])
    told = folder.told([OUT])
    assert counts(told) == [2, 5]
    assert "no-evidence" in {row["reason"] for row in told["decisions"]}
    without = {key: value for key, value in CONFIG.items() if key == "rules"}
    rules = [{**OUT, "annotations": {"value": "{{ $value }}"}}]
    assert counts(folder.told(rules, config=without)) == [2, 5, 2]


def test_alertmanager_confirms_what_fires(folder):
    folder.record("tasks", [45] * 180)
    config = json.loads(json.dumps(CONFIG))
    config["rules"][0].update(policy={"step": 1}, while_firing={"every": "10m"})
    for confirming in ("alertmanager", "prometheus"):
        asked = {key: value for key, value in config.items() if key in ("rules", confirming)}
        assert max(counts(folder.told([OUT], config=asked))) > 5, confirming
    alone = folder.told([OUT], config={"rules": config["rules"]})
    assert max(counts(alone)) == 3
    assert "unconfirmed" in {row["reason"] for row in alone["decisions"]}


def test_rules_read_several_metrics_and_what_recording_rules_make(folder):
    folder.record("tasks", [60] * 60)
    folder.record("workers", [2] * 30 + [10] * 30)
    rules = [{"record": "tasks:per_worker", "expr": "tasks / on (deployment) workers"},
             {"record": "never", "expr": "missing + 1"},
             {"alert": "Busy", "expr": "tasks:per_worker > 20", "labels": OUT["labels"]},
             {"alert": "Late", "expr": "min_over_time(workers[10m]) >= 10",
              "labels": {"namespace": "shop", "severity": "info"}}]
    series = {series["alert"]: series for series in folder.told(rules)["series"]}
    assert series["Busy"]["seconds_held"] == 30 * 60
    assert series["Late"]["seconds_held"] == 20 * 60 - 60
    assert series["Busy"]["labels"] == {"deployment": "checkout"}


def test_each_group_is_evaluated_at_its_interval(folder):
    folder.record("tasks", [40] * 31)
    done = folder.write("rules.yml", {"groups": [
        {"name": "a", "interval": "10m", "rules": [{**OUT, "for": "1m"}]},
        {"name": "b", "rules": [{**OUT, "alert": "Soon", "for": "1m"}]}]})
    told = json.loads(subprocess.run(
        [binary(), "simulate", "--config.file", folder.write("scalehook.yml", CONFIG),
         "--rules.file", done, *folder.inputs, "--group-wait", "0s", "--format", "json"],
        capture_output=True, text=True, timeout=60, check=True).stdout)
    first = {}
    for notification in told["notifications"]:
        for alert in notification["alerts"]:
            first.setdefault(alert["labels"]["alertname"], notification["time"])
    assert first == {"Many": "1970-01-01T00:10:00.000Z", "Soon": "1970-01-01T00:01:00.000Z"}


@pytest.mark.parametrize("rules, config, said", [
    ([{**OUT, "expr": "tasks / workers > 3"}], {},
     'alert "Many", "tasks / workers > 3" reads the metric workers, which is not there; record it '
     "under its name, and give that with a further --input"),
    ([{"record": "m", "expr": "workers"}, {**OUT, "expr": "m > 3"}], {},
     'recording rule "m", "workers" reads the metric workers'),
    ([OUT], {"query": "rate(done_total[1m])"},
     'query of rule "queue", "rate(done_total[1m])" reads the metric done_total'),
    ([OUT], {"evidence_query": "up"}, 'evidence_query of rule "queue", "up" reads the metric up'),
    ([{**OUT, "expr": "max_over_time(tasks[5m:1m]) > 3"}], {},
     "simulate does not evaluate subqueries"),
    ([{**OUT, "expr": "double(tasks) > 3"}], {}, "there is no function double()"),
    ([{**OUT, "expr": "tasks >"}], {}, "rules.yml:1:"),
])
def test_what_cannot_be_evaluated_is_named(folder, rules, config, said):
    folder.record("tasks", [45] * 20)
    given = json.loads(json.dumps(CONFIG))
    given["rules"][0].update(config)
    done = folder.simulate(rules, config=given)
    assert done.returncode == 1
    assert said in done.stderr


def test_a_query_that_no_alert_needs_is_not_looked_at(folder):
    folder.record("tasks", [45] * 20)
    given = json.loads(json.dumps(CONFIG))
    given["rules"].append({**given["rules"][0], "name": "other", "matchers": ['trigger="other"'],
                           "query": "missing"})
    assert folder.simulate([OUT], config=given).returncode == 0
    # And none at all where no Prometheus is asked.
    given["rules"][0]["query"] = "missing"
    del given["prometheus"]
    assert folder.simulate([OUT], config=given).returncode == 0


def test_series_without_a_name_are_what_the_alerts_compare(folder, tmp_path):
    csv = tmp_path / "tasks.csv"
    csv.write_text("".join(f"{60 * minute},{5 if minute < 5 else 45}\n" for minute in range(60)),
                   encoding="utf-8")
    folder.inputs = ["--input", csv]
    labels = [f"--label={name}={value}" for name, value in LABELS.items()]
    told = folder.told([{**OUT, "expr": "sum by (namespace, deployment) (rate(done[1m])) > 30"},
                        {"alert": "Few", "expr": "sum by (deployment,namespace)(rate(done[1m])) < 3"}],
                       *labels)
    # Their age is known, so that the engine takes the values for fresh.
    assert counts(told) == [2, 5]
    done = folder.simulate([OUT, {"alert": "Other", "expr": "workers < 3"}], *labels)
    assert done.returncode == 1
    assert "the alerts compare several: sum by (deployment, namespace) (tasks), workers" in \
        done.stderr


def test_a_threshold_is_of_what_the_rules_query_asks_for(folder):
    folder.record("tasks", [5] * 5 + [35] * 10 + [95] * 30)
    given = json.loads(json.dumps(CONFIG))
    given["rules"][0].update(query="sum(rate(done_total[1m]))")
    words = [binary(), "simulate", "--config.file", folder.write("scalehook.yml", given),
             *folder.inputs, "--threshold", "> 30", "--group-wait", "0s", "--format", "json",
             "--label", "trigger=hpa", "--label", "action=scale-out"]
    told = json.loads(subprocess.run(words, capture_output=True, text=True, timeout=60,
                                     check=True).stdout)
    assert told["alerts"][0]["measure"] == "sum(rate(done_total[1m]))"
    assert max(counts(told)) == 10
