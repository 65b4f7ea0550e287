"""An installation in which each load has two Deployments: an HPA scales one, scalehook the other.

Both see the load through the same Prometheus, and the intervals are those of a usual installation.
scalehook's rules, Alertmanager's route and the alert are the first example of the README, but for
the metric: a gauge, where the README has a rate.
"""

import contextlib
import json
import pathlib
import threading
import time
import urllib.request

from programs.alertmanager import Alertmanager
from programs.app import App
from programs.control_plane import ControlPlane
from programs.custom_metrics import CustomMetrics
from programs.kube_api import workload
from programs.node import PENDING, STARTING, Node
from programs.process import free_port
from programs.prometheus import Prometheus
from programs.scalehook import Scalehook

METRIC = "app_active_task_count"
TARGET = 70           # of the metric, for each replica
MINIMUM, MAXIMUM = 2, 40
SYNC = 15             # seconds; the default of kube-controller-manager
SCRAPE = 15           # seconds; Prometheus comes with this for scraping and for evaluating
CALM = 100            # a load that the minimum serves

PROMETHEUS = """
global: {{scrape_interval: {scrape}s, evaluation_interval: {scrape}s}}
rule_files: [rules.yml]
scrape_configs:
  - job_name: app
    static_configs: {targets}
alerting:
  alertmanagers:
    - static_configs: [{{targets: ["{alertmanager}"]}}]
"""

ALERTMANAGER = """
route:
  receiver: nobody
  routes:
    - receiver: auto-hpa
      matchers: ['trigger="hpa"']
      group_by: ['...']
      group_wait: 0s
      group_interval: 1m
receivers:
  - name: nobody
  - name: auto-hpa
    webhook_configs:
      - {{url: '{scalehook}/hpa', send_resolved: true}}
"""

SCALEHOOK = """
prometheus: {{url: "{prometheus}"}}
# All of these workloads come back within minutes, which looks like a dead Prometheus.
budget: {{scale_in_share: 1}}
rules:
  - name: tasks
    matchers: ['alertname="TooManyTasks"']
    target: {{scaler: deployment, namespace: "${{namespace}}", name: "${{deployment}}"}}
    action: "${{action}}"
    policy: {{per_replica: {target}}}
    limits: {{min: {minimum}, max: {maximum}}}
"""

GROUP = """
  - name: {group}
    interval: {evaluation}s
    rules:
      - alert: TooManyTasks
        expr: sum({metric}{{load="{load}"}}) > {threshold}
        labels: {{trigger: hpa, action: scale-out, namespace: {namespace},
                  deployment: hook-{load}}}
        annotations: {{value: "{{{{ $value }}}}"}}
"""


class Counts:
    """spec.replicas of a namespace's Deployments, and when each changed, from a watch."""

    def __init__(self, api, namespace):
        self._api, self._path = api, f"/apis/apps/v1/namespaces/{namespace}/deployments"
        self._changed = threading.Condition()
        self._changes = {}  # name: [(Unix seconds, replicas)]
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for _, deployment in self._api.watch(self._path):
            now, name = time.time(), deployment["metadata"]["name"]
            with self._changed:
                changes = self._changes.setdefault(name, [])
                if not changes or changes[-1][1] != deployment["spec"]["replicas"]:
                    changes.append((now, deployment["spec"]["replicas"]))
                    self._changed.notify_all()

    def at(self, name, when):
        """The count at that time."""
        with self._changed:
            return [count for time_, count in self._changes[name] if time_ <= when][-1]

    def first(self, name, since, condition, timeout):
        """(time, count) of the first count since then that fulfils the condition."""
        def found():
            return next((change for change in self._changes.get(name, ())
                         if change[0] >= since and condition(change[1])), None)

        with self._changed:
            assert self._changed.wait_for(found, timeout), (
                f"{name} has changed so far: {self._changes.get(name)}")
            return found()


class Autoscaled:
    """All programs run while the context is open.

    loads       names; each gets an app with the load CALM, and Deployments hpa-NAME and hook-NAME
    others      names of further apps, without Deployments
    evaluation  the interval of the rules' groups, in seconds
    """

    def __init__(self, folder, loads, others, evaluation):
        self.folder, self.loads = pathlib.Path(folder), loads
        self._others, self._evaluation = others, evaluation
        self._stack = contextlib.ExitStack()

    def __enter__(self):
        with contextlib.ExitStack() as stack:
            self._start(stack)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *failure):
        self._stack.__exit__(*failure)

    def _start(self, stack):
        folder, start = self.folder, stack.enter_context
        self.plane = start(ControlPlane(
            folder / "plane", aggregation=True, controller_arguments=(
                f"--horizontal-pod-autoscaler-sync-period={SYNC}s",
                "--horizontal-pod-autoscaler-use-rest-clients", "--vmodule=horizontal=4")))
        self.api, self.namespace = self.plane.api, self.plane.create_namespace("bench")
        self.counts = Counts(self.api, self.namespace)
        self.apps = {name: start(App(folder / f"app-{name}", curve=f"0:{CALM}"))
                     for name in (*self.loads, *self._others)}
        hook_port = free_port()
        alertmanager = start(Alertmanager(folder / "alertmanager", ALERTMANAGER.format(
            scalehook=f"http://127.0.0.1:{hook_port}")))
        self.prometheus = start(Prometheus(
            folder / "prometheus", rules="groups: []", config=PROMETHEUS.format(
                scrape=SCRAPE, alertmanager=alertmanager.address,
                targets=json.dumps([{"targets": [app.address], "labels": {"load": name}}
                                    for name, app in self.apps.items()]))))
        self.hook = start(Scalehook(
            folder / "scalehook", SCALEHOOK.format(
                prometheus=self.prometheus.url, target=TARGET, minimum=MINIMUM, maximum=MAXIMUM),
            {"KUBECONFIG": str(self.plane.admin_kubeconfig)},
            ["--web.listen-address", f"127.0.0.1:{hook_port}"]))
        self.node = start(Node(self.api, self.namespace))
        self.metrics = start(CustomMetrics(self.plane, self.namespace, self.node, self.prometheus,
                                           METRIC))
        for name in self.loads:
            for autoscaler in ("hpa", "hook"):
                self.deploy(f"{autoscaler}-{name}", pending=0, starting=5)

    def deploy(self, name, pending, starting):
        """A Deployment at the minimum; its pods take so many seconds until they run, are ready."""
        manifest = workload("Deployment", name, MINIMUM)
        manifest["spec"]["template"]["metadata"]["annotations"] = {
            PENDING: str(pending), STARTING: str(starting)}
        self.api.create(manifest, self.namespace)

    def create_hpa(self, name, load, behavior=None):
        """An HPA of the Deployment of that name; its first sync is SYNC seconds from now."""
        spec = {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": name},
                "minReplicas": MINIMUM, "maxReplicas": MAXIMUM,
                "metrics": [{"type": "Pods", "pods": {
                    "metric": {"name": METRIC, "selector": {"matchLabels": {"load": load}}},
                    "target": {"type": "AverageValue", "averageValue": str(TARGET)}}}]}
        if behavior is not None:
            spec["behavior"] = behavior
        self.api.create({"apiVersion": "autoscaling/v2beta2", "kind": "HorizontalPodAutoscaler",
                         "metadata": {"name": name}, "spec": spec}, self.namespace)

    def set_rules(self, groups):
        """One rule group for each load, by the names that `groups` gives them."""
        text = "groups:" + "".join(
            GROUP.format(group=group, evaluation=self._evaluation, load=load, metric=METRIC,
                         threshold=MINIMUM * TARGET, namespace=self.namespace)
            for load, group in groups.items())
        self.prometheus.rules_file.write_text(text, encoding="utf-8")
        self.prometheus.reload()
