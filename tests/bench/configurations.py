"""Configurations of scalehook that are judged: what its users would write, each with its alerts."""

import json
import pathlib
import typing

from bench.peers import MAX, MIN

PROMETHEUS = {"url": "http://127.0.0.1:9090"}  # simulate answers in its place


class Configuration(typing.NamedTuple):
    rules: dict   # by alert: what its rule of scalehook.yml says beside target and limits
    alerts: dict  # by name: expression, for
    group: tuple  # group_wait, group_interval
    prometheus: bool = True

    def write(self, folder):
        """scalehook.yml and rules.yml there, as JSON, which is YAML."""
        config = {"rules": [
            {"name": alert, "matchers": [f'alertname="{alert}"'], "action": "scale-out",
             "target": {"scaler": "deployment", "namespace": "default", "name": "web"},
             "limits": {"min": MIN, "max": MAX}, **rule} for alert, rule in self.rules.items()]}
        if self.prometheus:
            config["prometheus"] = PROMETHEUS
        alerts = {"groups": [{"name": "judged", "rules": [
            {"alert": alert, "expr": expression, "for": pending, "labels": {"trigger": "hpa"},
             "annotations": {"value": "{{ $value }}"}}
            for alert, (expression, pending) in self.alerts.items()]}]}
        folder = pathlib.Path(folder)
        for name, content in (("scalehook.yml", config), ("rules.yml", alerts)):
            (folder / name).write_text(json.dumps(content, indent=1), encoding="utf-8")


def one(rule, expression, pending, group, prometheus=True):
    return Configuration({"High": rule}, {"High": (expression, pending)}, group, prometheus)


AT_ONCE, SOON, USUAL = ("0s", "1m"), ("0s", "15s"), ("30s", "5m")
PER_REPLICA = "avg(load_per_replica)"
RATIO = {"policy": {"ratio": 70}, "query": PER_REPLICA}

CONFIGURATIONS = {
    "per_replica: 70, alert `sum(load) > 140`, group_wait 0s":
        one({"policy": {"per_replica": 70}}, "sum(load) > 140", "0s", AT_ONCE),
    "ratio: 70, alert at 80, group_wait 0s, group_interval 15s":
        one(RATIO, f"{PER_REPLICA} > 80", "0s", SOON),
    "ratio: 70, alert at 80 for 1m":
        one(RATIO, f"{PER_REPLICA} > 80", "1m", USUAL),
    "step: 1, alert at 80 for 1m":
        one({"policy": {"step": 1}}, f"{PER_REPLICA} > 80", "1m", USUAL),
    "percent: 50, alert at 80 for 1m":
        one({"policy": {"percent": 50}}, f"{PER_REPLICA} > 80", "1m", USUAL),
    "percent: 50, alert at 80 for 1m, without prometheus.url":
        one({"policy": {"percent": 50}}, f"{PER_REPLICA} > 80", "1m", USUAL, prometheus=False),
    "percent: 50 out at 80 for 1m, hold; step: 1 in below 45 for 5m, every 5m":
        Configuration({"High": {"policy": {"percent": 50}, "on_resolved": "hold"},
                       "Low": {"action": "scale-in", "policy": {"step": 1},
                               "while_firing": {"every": "5m"}}},
                      {"High": (f"{PER_REPLICA} > 80", "1m"),
                       "Low": (f"{PER_REPLICA} < 45", "5m")}, USUAL),
    "set: value, alert `ceil(sum(load) / 70) > 2`, group_wait 0s":
        one({"policy": {"set": "value"}}, "ceil(sum(load) / 70) > 2", "0s", AT_ONCE),
}

# What cannot be served waits. A utilisation of 100 % does not say how much is missing.
QUEUE_CONFIGURATIONS = {
    "per_replica: 70 on arrivals, alert `sum(load) > 140`, group_wait 0s":
        one({"policy": {"per_replica": 70}}, "sum(load) > 140", "0s", AT_ONCE),
    "ratio: 70 on the utilisation, alert at 80 %, group_wait 0s, group_interval 15s":
        one({"policy": {"ratio": 70}, "query": "avg(utilization)"}, "avg(utilization) > 80", "0s",
            SOON),
    "percent: 50, alert at a utilisation of 80 % for 1m":
        one({"policy": {"percent": 50}}, "avg(utilization) > 80", "1m", USUAL),
    "percent: 50, alert at a backlog of 500 for 1m":
        one({"policy": {"percent": 50}}, "sum(backlog) > 500", "1m", USUAL),
    "percent: 50, alert at a latency of 1 s for 1m":
        one({"policy": {"percent": 50}}, "max(latency_seconds) > 1", "1m", USUAL),
}
