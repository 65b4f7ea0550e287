"""The daemon on a real API server: against writers that never rest, and with tokens that end."""

import contextlib
import http.client
import itertools
import json
import ssl
import threading

import pytest

from kubernetes_plugins import write_config
from programs.kube_api import MERGE_PATCH, Api, workload, workload_path
from programs.process import wait_until
from programs.scalehook import AT_ONCE, Scalehook

CONFIG = AT_ONCE + "budget: {scale_in_share: 1}\n"  # all of them may go in at once
DEPLOYMENTS = [f"web-{number}" for number in range(12)]  # the even ones are stormed


class Writers:
    """Others that change Deployments as fast as the server takes it, each on a connection of its
    own. `patch` makes the merge patch of a number that is another each time."""

    def __init__(self, plane, namespace, names, patch):
        self._api = plane.api
        self._context = ssl.create_default_context(cafile=plane.ca_file)
        self._patch = patch
        self._stopping = threading.Event()
        self._failure = None
        self.made = {name: 0 for name in names}
        self._threads = [threading.Thread(target=self._run, args=(namespace, name))
                         for name in names]

    def _run(self, namespace, name):
        address = self._api.url.removeprefix("https://")
        connection = http.client.HTTPSConnection(address, context=self._context)
        with contextlib.closing(connection):
            for number in itertools.count():
                if self._stopping.is_set():
                    return
                connection.request(
                    "PATCH", workload_path("Deployment", namespace, name),
                    json.dumps(self._patch(number)),
                    {"Content-Type": MERGE_PATCH, "Authorization": f"Bearer {self._api.token}"})
                answer = connection.getresponse()
                body = answer.read()
                if answer.status not in (200, 409):  # it too may come second
                    self._failure = body
                    return
                self.made[name] += 1

    def await_more(self, count):
        """They still write, all of them."""
        aim = {name: made + count for name, made in self.made.items()}
        wait_until(lambda: self._failure or all(self.made[name] >= aim[name] for name in aim),
                   "the others write on")
        assert not self._failure

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        self.await_more(20)
        return self

    def __exit__(self, *_):
        self._stopping.set()
        for thread in self._threads:
            thread.join()


def notification(namespace, names, status="firing", episode=0):
    time = f"2026-11-23T16:06:{episode:02}"
    return {"version": "4", "alerts": [{
        "status": status,
        "labels": {"alertname": "Busy", "trigger": "hpa", "action": "scale-out",
                   "deployment": name, "namespace": namespace},
        "startsAt": f"{time}Z",
        "endsAt": f"{time}.5Z" if status == "resolved" else "0001-01-01T00:00:00Z"}
        for name in names]}


@pytest.fixture
def deployments(control_plane, namespace):
    for name in DEPLOYMENTS:
        control_plane.api.create(workload("Deployment", name, replicas=2), namespace)
    return namespace


@pytest.fixture
def replicas(control_plane, deployments):
    return lambda: [control_plane.api.replicas("Deployment", deployments, name)
                    for name in DEPLOYMENTS]


def calls(scalehook, **labels):
    return scalehook.metric("scalehook_plugin_calls_total", instance="deployment", **labels)


@pytest.mark.parametrize("patch", [
    # What moves the resourceVersion only, and what has a controller write as well.
    lambda number: {"metadata": {"annotations": {"example.org/number": str(number)}}},
    lambda number: {"spec": {"paused": number % 2 == 0, "minReadySeconds": number % 100,
                             "template": {"metadata": {"labels": {"number": str(number % 7)}}}}},
], ids=["metadata", "spec"])
def test_others_that_never_rest_hold_up_nothing(control_plane, deployments, replicas, kubeconfig,
                                                tmp_path, patch):
    with Scalehook(tmp_path / "scalehook", CONFIG, {"KUBECONFIG": str(kubeconfig)}) as scalehook, \
            Writers(control_plane, deployments, DEPLOYMENTS[::2], patch) as others:
        def post(*arguments):
            answer = scalehook.post("/hpa", notification(deployments, DEPLOYMENTS, *arguments))
            assert answer.status == 200, answer.text

        for _ in range(5):  # one alert, told of five times
            post()
        wait_until(lambda: replicas() == [3] * 12, "all are scaled out under the storm")
        post("resolved")
        wait_until(lambda: replicas() == [2] * 12, "all are back under the storm")
        for _ in range(5):
            post("firing", 7)
        wait_until(lambda: replicas() == [3] * 12, "all are scaled out again under the storm")
        others.await_more(20)

        wait_until(lambda: scalehook.metric("scalehook_notifications_undecided") == 0,
                   "all is decided")
        assert replicas() == [3] * 12
        assert scalehook.metric("scalehook_decisions_total", reason="applied") == 3 * 12
        assert calls(scalehook, call="write", status="ok") == 3 * 12
        stormy = (calls(scalehook, call="write", code="after-conflict") +
                  calls(scalehook, call="write", status="conflict", code="http-409"))
        assert stormy > 0
        assert calls(scalehook) == (calls(scalehook, status="ok") +
                                    calls(scalehook, status="conflict", code="http-409"))


def test_who_always_sets_the_count_is_let_have_it(control_plane, deployments, replicas, kubeconfig,
                                                  tmp_path):
    def patch(number):
        return {"spec": {"replicas": 2},
                "metadata": {"annotations": {"example.org/number": str(number)}}}

    with Scalehook(tmp_path / "scalehook", CONFIG, {"KUBECONFIG": str(kubeconfig)}) as scalehook, \
            Writers(control_plane, deployments, DEPLOYMENTS[::2], patch) as others:
        def reasons(name):
            found = scalehook.get(f"/api/v1/decisions?target=deployment%20{deployments}/{name}")
            return [one["reason"] for one in found.json()["decisions"]]

        def contested():
            answer = scalehook.post("/hpa", notification(deployments, DEPLOYMENTS))
            assert answer.status == 200, answer.text
            return all("contested" in reasons(name) for name in others.made)
        wait_until(contested, "it is told that another sets the count", timeout=60)
        written = calls(scalehook, call="write", status="ok")
        for _ in range(5):
            contested()
        others.await_more(20)
        wait_until(lambda: scalehook.metric("scalehook_notifications_undecided") == 0,
                   "all is decided")
        assert calls(scalehook, call="write", status="ok") == written, "it writes no more"
        assert replicas() == [2, 3] * 6
        assert [reasons(name).count("applied") for name in DEPLOYMENTS[1::2]] == [1] * 6


def test_a_token_that_ends_and_is_replaced(control_plane, deployments, replicas, rbac, tmp_path):
    """Two scalers of one server; the token of one is bound to a Secret, and ends with it."""
    control_plane.service_account(deployments, "ending", "scalehook")
    api = control_plane.api

    def new_token(secret):
        api.create({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": secret}},
                   deployments)
        path = f"/api/v1/namespaces/{deployments}/serviceaccounts/ending/token"
        return api.ask("POST", path, {
            "apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest",
            "spec": {"expirationSeconds": 3600, "boundObjectRef": {
                "apiVersion": "v1", "kind": "Secret", "name": secret}}})["status"]["token"]

    file = tmp_path / "token"
    file.write_text(new_token("first"))
    cluster = {"server": control_plane.url, "certificate-authority": control_plane.ca_file}
    ending = write_config(tmp_path / "ending", cluster, {"tokenFile": file})
    lasting = write_config(tmp_path / "lasting", cluster, {"token": rbac})
    config = CONFIG + f"""
scalers:
  - {{name: deployment, plugin: k8s-deployment, settings: {{kubeconfig: {ending}}}}}
  - {{name: other, plugin: k8s-deployment, settings: {{kubeconfig: {lasting}}}}}
rules:
""" + "".join(f"""
  - name: {scaler}
    matchers: ['deployment=~"{"|".join(names)}"']
    target: {{scaler: {scaler}, namespace: "${{namespace}}", name: "${{deployment}}"}}
    action: scale-out
    policy: {{step: 1}}
""" for scaler, names in (("deployment", DEPLOYMENTS[::2]), ("other", DEPLOYMENTS[1::2])))

    with Scalehook(tmp_path / "scalehook", config) as scalehook:
        def post(*arguments):
            answer = scalehook.post("/hpa", notification(deployments, DEPLOYMENTS, *arguments))
            assert answer.status == 200, answer.text
        post()
        wait_until(lambda: replicas() == [3] * 12, "all are scaled out")

        api.ask("DELETE", f"/api/v1/namespaces/{deployments}/secrets/first")
        old = Api(control_plane.url, control_plane.ca_file, file.read_text())
        # The server takes it for good for some seconds more.
        wait_until(lambda: old.request("GET", "/version").status == 401, "the token has ended")
        post("resolved")
        wait_until(lambda: replicas() == [3, 2] * 6, "the other scaler takes back what it did")
        wait_until(lambda: scalehook.metric("scalehook_decisions_total",
                                            reason="refused-by-cluster") == 6, "it is told")
        assert calls(scalehook, status="denied", code="http-401") == 6
        assert calls(scalehook, status="denied") == 6

        file.write_text(new_token("second"))
        post("resolved")  # as an Alertmanager's peer would; else it is looked at again in a minute
        wait_until(lambda: replicas() == [2] * 12, "those that were refused are back, too")
        post("firing", 7)
        wait_until(lambda: replicas() == [3] * 12, "all are scaled out again")
        assert calls(scalehook, status="denied") == 6
