"""The quickstart: an application under load, Prometheus, Alertmanager, scalehook and a Kubernetes API
server, and a watcher that shows metric, alert and replicas. packaging/quickstart.sh starts it."""

import argparse
import contextlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests"))
os.environ.setdefault("SCALEHOOK_ROOT", str(TOP / "build" / "release"))

from programs.alertmanager import Alertmanager
from programs.app import App
from programs.control_plane import ControlPlane, assets
from programs.kube_api import workload
from programs.process import wait_until
from programs.prometheus import Prometheus
from programs.scalehook import Scalehook
from programs.stand_in import StandIn

HERE = pathlib.Path(__file__).resolve().parent
FOLDER = TOP / "build" / "quickstart"
NAMESPACE, NAME = "scalehook-quickstart", "test"
# Tasks by seconds since the start: quiet, a rush, quiet again.
LOAD = "0:5,15:5,18:45,45:52,48:5,120:5"
PATIENCE = 180  # seconds for the whole way out and back


class Kubectl:
    """A cluster through kubectl: whatever way of getting in the user has."""

    real = True

    def __init__(self, kubeconfig):
        self.kubeconfig = str(kubeconfig)

    def run(self, *arguments, stdin=None):
        return subprocess.run(["kubectl", f"--kubeconfig={self.kubeconfig}", *arguments],
                              input=stdin, capture_output=True, text=True, check=True).stdout

    def prepare(self):
        manifests = [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}},
                     workload("Deployment", NAME, replicas=2)]
        manifests[1]["metadata"]["namespace"] = NAMESPACE
        for manifest in manifests:
            self.run("apply", "-f", "-", stdin=json.dumps(manifest))

    def replicas(self):
        return int(self.run("-n", NAMESPACE, "get", "deployment", NAME,
                            "-o", "jsonpath={.spec.replicas}") or 0)

    def leave(self):
        self.run("delete", "namespace", NAMESPACE, "--wait=false", "--ignore-not-found")


class Local:
    """An API server on this machine, asked directly."""

    def __init__(self, server):
        self.api = server.api
        self.real = isinstance(server, ControlPlane)  # the stand-in does not speak with kubectl

    def prepare(self):
        self.api.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})
        self.api.create(workload("Deployment", NAME, replicas=2), NAMESPACE)

    def replicas(self):
        return self.api.replicas("Deployment", NAMESPACE, NAME)

    def leave(self):
        pass  # it goes with the server


def cluster(stack, use_users):
    """What to scale in, the path of its kubeconfig, and what to call it."""
    if use_users:
        kubeconfig = os.environ.get("KUBECONFIG")
        if not kubeconfig:
            sys.exit("--cluster needs KUBECONFIG to name the cluster's kubeconfig")
        if os.pathsep in kubeconfig:
            sys.exit(f"--cluster takes one kubeconfig, and KUBECONFIG lists several: {kubeconfig}")
        return Kubectl(kubeconfig), kubeconfig, f"the cluster of {kubeconfig}"
    if assets(build=False):
        plane = stack.enter_context(ControlPlane(FOLDER / "control-plane"))
        return Local(plane), plane.admin_kubeconfig, "a real kube-apiserver on this machine"
    server = stack.enter_context(StandIn(FOLDER / "api-server"))
    return Local(server), server.kubeconfig, "a small stand-in for kube-apiserver on this machine"


def configuration(name, **words):
    text = (HERE / name).read_text(encoding="utf-8")
    for word, value in words.items():
        text = text.replace(word, str(value))
    return text


def alert_state(prometheus):
    states = {alert["state"] for alert in prometheus.alerts()}
    return "firing" if "firing" in states else "pending" if "pending" in states else "quiet"


def watch(prometheus, scene, once):
    """Shows what changes, until interrupted; with `once` until it went out and came back."""
    live = sys.stdout.isatty()
    before, highest, began, done = None, 0, time.monotonic(), False
    print(f"{'time':>8}  {'app_active_task_count':>21}  {'alert':<8}  replicas")
    while True:
        sample = prometheus.query("app_active_task_count")
        tasks = float(sample[0]["value"][1]) if sample else 0.0
        state, replicas = alert_state(prometheus), scene.replicas()
        row = (f"{time.strftime('%H:%M:%S'):>8}  {tasks:>21.0f}  {state:<8}  {replicas} "
               + "█" * replicas)
        note = ""
        if before and replicas != before[1]:
            note = f"   <- scaled {'out' if replicas > before[1] else 'in'}"
        if live:
            print(f"\r\033[K{row}{note}", end="", flush=True)
        if before != (state, replicas):
            print("" if live else f"{row}{note}", flush=True)
        before, highest = (state, replicas), max(highest, replicas)
        if not done and highest > 2 and replicas == 2:
            done = True
            print("\nThe alert fired and the workload was scaled out; it was resolved, and the "
                  "workload is back.", flush=True)
            if once:
                return
        if once and time.monotonic() - began > PATIENCE:
            raise AssertionError(f"after {PATIENCE} s the workload has {replicas} replicas, and "
                                 f"had at most {highest}")
        time.sleep(1)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--once", action="store_true")
    parser.add_argument("--cluster", action="store_true")
    arguments = parser.parse_args()
    # Alertmanager would remember what it told the last time, and not tell it again.
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)

    with contextlib.ExitStack() as stack:
        scene, kubeconfig, where = cluster(stack, arguments.cluster)
        stack.callback(scene.leave)
        scene.prepare()
        scalehook = stack.enter_context(
            Scalehook(FOLDER / "scalehook", configuration("scalehook.yml", KUBECONFIG=kubeconfig)))
        alertmanager = stack.enter_context(Alertmanager(
            FOLDER / "alertmanager", configuration("alertmanager.yml", SCALEHOOK=scalehook.url)))
        app = stack.enter_context(App(FOLDER / "app", curve=LOAD))  # its load begins to rise
        prometheus = stack.enter_context(Prometheus(
            FOLDER / "prometheus", configuration("rules.yml"), scrape=[app.address],
            alertmanagers=[alertmanager.address], interval="1s"))
        hint = "" if not scene.real else (
            f"\n                kubectl --kubeconfig={kubeconfig} -n {NAMESPACE} get deployment,events")
        print(f"""
The loop is running:
  application   {app.url}/metrics
  Prometheus    {prometheus.url}    {prometheus.rules_file}
  Alertmanager  {alertmanager.url}    {alertmanager.config_file}
  scalehook     {scalehook.url}/metrics    {scalehook.config_file}
  Kubernetes    {where}{hint}
  scalehook's log: {scalehook.process.log}
Ctrl-C stops all of it.
""", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            watch(prometheus, scene, arguments.once)
        print(f"\nStopped. The configuration lies in {FOLDER}; start again with "
              "packaging/quickstart.sh.")


if __name__ == "__main__":
    main()
