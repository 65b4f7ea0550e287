"""A small custom metrics API (custom.metrics.k8s.io/v1beta1), as an adapter for Prometheus has it.

It answers for pods only. Prometheus is asked at each request for the sum of the metric's
series with the labels of the metric's selector; of that each ready pod has the same share, as
behind a load balancer. Pods that are not ready have no value.
"""

import base64
import dataclasses
import datetime
import http.server
import json
import pathlib
import re
import ssl
import threading
import time
import urllib.parse

from programs.node import is_ready
from programs.process import free_port, wait_until

_ROOT = "/apis/custom.metrics.k8s.io/v1beta1"


@dataclasses.dataclass
class Sample:
    """An answer, and the pods of that moment. Values are in thousandths, as the HPA counts."""
    time: float     # Unix seconds
    selector: dict  # the pods' labels
    total: float    # Prometheus's answer
    values: list    # of each ready pod
    pending: int    # pods in phase Pending
    missing: int    # pods that run, without a value


class CustomMetrics:
    """Serves on 127.0.0.1 and is registered with the plane when the constructor returns.

    plane       a ControlPlane with aggregation
    node        the Node of the namespace whose pods are asked for
    prometheus  a Prometheus
    metric      the metric that there is
    samples     all answers so far, in order
    """

    def __init__(self, plane, namespace, node, prometheus, metric):
        self.samples = []
        self._namespace, self._node = namespace, node
        self._prometheus, self.metric = prometheus, metric
        name = "custom-metrics"
        certificate = plane.server_certificate(name, (f"{name}.{namespace}.svc", "localhost"))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        port = free_port()
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", port), _Handler)
        # Each connection's own thread shakes hands, so that none waits for another.
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True,
                                                  do_handshake_on_connect=False)
        self._server.metrics = self
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self._register(plane, name, port)

    def _register(self, plane, name, port):
        # Endpoints may not hold 127.0.0.1, so that the Service is a name for this machine.
        plane.api.create({"apiVersion": "v1", "kind": "Service", "metadata": {"name": name},
                          "spec": {"type": "ExternalName", "externalName": "localhost"}},
                         self._namespace)
        authority = base64.b64encode(pathlib.Path(plane.ca_file).read_bytes())
        service = {"apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService",
                   "metadata": {"name": "v1beta1.custom.metrics.k8s.io"},
                   "spec": {"group": "custom.metrics.k8s.io", "version": "v1beta1",
                            "groupPriorityMinimum": 100, "versionPriority": 100,
                            "caBundle": authority.decode("ascii"),
                            "service": {"name": name, "namespace": self._namespace,
                                        "port": port}}}
        plane.api.create(service)
        wait_until(lambda: plane.api.get(_ROOT)["resources"], "the custom metrics API is served")

    def answer(self, path, query):
        """The object at this path, or None."""
        if path == _ROOT:
            return {"kind": "APIResourceList", "apiVersion": "v1",
                    "groupVersion": "custom.metrics.k8s.io/v1beta1", "resources": [
                        {"name": f"pods/{self.metric}", "singularName": "", "namespaced": True,
                         "kind": "MetricValueList", "verbs": ["get"]}]}
        if path != f"{_ROOT}/namespaces/{self._namespace}/pods/*/{self.metric}":
            return None
        return self._values(_labels(query.get("labelSelector")),
                            _labels(query.get("metricLabelSelector")))

    def _values(self, selector, labels):
        matchers = ",".join(f'{name}="{value}"' for name, value in labels.items())
        found = self._prometheus.query(f"sum({self.metric}{{{matchers}}})")
        pods = self._node.pods(selector)
        ready = [pod for pod in pods if is_ready(pod)] if found else []
        pending = sum(pod["status"]["phase"] == "Pending" for pod in pods)
        total = float(found[0]["value"][1]) if found else float("nan")
        share = round(1000 * total / len(ready)) if ready else 0
        self.samples.append(Sample(time.time(), selector, total, [share] * len(ready), pending,
                                   len(pods) - pending - len(ready)))
        now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        return {"kind": "MetricValueList", "apiVersion": "custom.metrics.k8s.io/v1beta1",
                "metadata": {}, "items": [
                    {"describedObject": {"kind": "Pod", "apiVersion": "/v1",
                                         "namespace": self._namespace,
                                         "name": pod["metadata"]["name"]},
                     "metricName": self.metric, "timestamp": now, "value": f"{share}m"}
                    for pod in ready]}

    def stop(self):
        self._server.shutdown()
        self._server.server_close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def _labels(selector):
    """An equality-based selector, such as `app=web,tier=front`; anything else is not asked."""
    pairs = [re.fullmatch(r"([^=!,]+)==?([^=!,]*)", term)
             for texts in selector or () for term in texts.split(",") if term]
    assert all(pairs), f"not a selector of equalities: {selector}"
    return dict(pair.groups() for pair in pairs)


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        path, _, query = self.path.partition("?")
        answer = self.server.metrics.answer(urllib.parse.unquote(path),
                                            urllib.parse.parse_qs(query))
        body = json.dumps(answer or {"kind": "Status", "apiVersion": "v1", "code": 404}).encode()
        self.send_response(200 if answer else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass
