"""A small client of the Kubernetes API, and the files and objects that tests hand to others.

The tests look at the cluster with this rather than with the code under test.
"""

import dataclasses
import functools
import http.client
import json
import ssl
import urllib.parse

JSON = "application/json"
MERGE_PATCH = "application/merge-patch+json"
_CLUSTER_SCOPED = {"Namespace", "ClusterRole", "ClusterRoleBinding", "CustomResourceDefinition",
                   "APIService"}


@dataclasses.dataclass
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def reason(self):
        """Status.reason of a refusal; empty for any other object."""
        value = self.json
        return value.get("reason", "") if value.get("kind") == "Status" else ""


class Api:
    """Requests to one server, each on a connection of its own."""

    def __init__(self, url, ca_file=None, token=None, certificate=None):
        self.url = url
        self.token = token
        self._address = urllib.parse.urlsplit(url)
        self._ca_file = ca_file
        self._certificate = certificate

    @functools.cached_property
    def _context(self):  # at the first request: the CA's file may be made by the server's start
        if self._address.scheme != "https":
            return None
        context = ssl.create_default_context(cafile=self._ca_file)
        if self._certificate:
            context.load_cert_chain(*self._certificate)
        return context

    def request(self, method, path, body=None, content_type=JSON):
        headers = {"Accept": JSON}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if body is not None:
            headers["Content-Type"] = content_type
            body = body if isinstance(body, (bytes, str)) else json.dumps(body)
        connection = self._connection(timeout=30)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    def _connection(self, timeout):
        if self._context:
            return http.client.HTTPSConnection(self._address.netloc, context=self._context,
                                               timeout=timeout)
        return http.client.HTTPConnection(self._address.netloc, timeout=timeout)

    def watch(self, path, seconds=3600):
        """The objects of a collection, each as ADDED, then the events there: (type, object).

        Blocks between events. Ends after so many seconds, or when the server ends.
        """
        listed = self.get(path)
        yield from (("ADDED", item) for item in listed["items"])
        connection = self._connection(timeout=seconds + 30)
        try:
            connection.request(
                "GET", f"{path}?watch=1&timeoutSeconds={seconds}"
                f"&resourceVersion={listed['metadata']['resourceVersion']}",
                headers={"Accept": JSON, "Authorization": f"Bearer {self.token}"})
            for line in connection.getresponse():
                event = json.loads(line)
                yield event["type"], event["object"]
        finally:
            connection.close()

    def ask(self, method, path, body=None, content_type=JSON):
        """A request that must succeed; answers the object."""
        answer = self.request(method, path, body, content_type)
        assert 200 <= answer.status < 300, f"{method} {path}: {answer.status} {answer.body!r}"
        return answer.json

    def get(self, path):
        return self.ask("GET", path)

    def create(self, manifest, namespace=None):
        return self.ask("POST", collection(manifest, namespace), manifest)

    def replicas(self, kind, namespace, name):
        """spec.replicas of a workload of the group apps; kind in either spelling."""
        return self.get(workload_path(kind, namespace, name))["spec"].get("replicas", 0)

    def scale(self, kind, namespace, name, replicas):
        """Sets the replicas as a person with kubectl would."""
        self.ask("PATCH", workload_path(kind, namespace, name) + "/scale",
                 {"spec": {"replicas": replicas}}, MERGE_PATCH)

    def annotate(self, kind, namespace, name, **annotations):
        """Sets annotations, or removes those that are None. Give names with / by **{}."""
        self.ask("PATCH", workload_path(kind, namespace, name),
                 {"metadata": {"annotations": annotations}}, MERGE_PATCH)

    def autoscaler(self, namespace, name):
        return self.get(autoscaler_path(namespace, name))

    def change_autoscaler(self, namespace, name, **spec):
        """Sets fields of the HPA's spec as a person with kubectl would."""
        self.ask("PATCH", autoscaler_path(namespace, name), {"spec": spec}, MERGE_PATCH)

    def events(self, namespace):
        return self.get(f"/apis/events.k8s.io/v1/namespaces/{namespace}/events")["items"]


def collection(manifest, namespace=None):
    """The path where such an object is created."""
    version, kind = manifest["apiVersion"], manifest["kind"]
    root = f"/apis/{version}" if "/" in version else f"/api/{version}"
    if kind not in _CLUSTER_SCOPED:
        root += f"/namespaces/{namespace or manifest['metadata']['namespace']}"
    return f"{root}/{kind.lower()}s"


def workload_path(kind, namespace, name):
    return f"/apis/apps/v1/namespaces/{namespace}/{kind.lower().rstrip('s')}s/{name}"


def autoscaler_path(namespace, name):
    return f"/apis/autoscaling/v1/namespaces/{namespace}/horizontalpodautoscalers/{name}"


def workload(kind, name, replicas=1):
    """The manifest of a small workload of the group apps."""
    labels = {"app": name}
    spec = {"replicas": replicas, "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels},
                         "spec": {"containers": [{"name": "app", "image": "registry.k8s.io/pause:3.9"}]}}}
    if kind == "StatefulSet":
        spec["serviceName"] = name
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name}, "spec": spec}


def definition(kind, group, version="v1", plural=None, namespaced=True, scale=True):
    """The CustomResourceDefinition of a kind with any fields and, if wanted, a scale subresource."""
    plural = plural or f"{kind.lower()}s"
    subresources = {"status": {}}
    if scale:
        subresources["scale"] = {"specReplicasPath": ".spec.replicas",
                                 "statusReplicasPath": ".status.replicas"}
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    return {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": {"name": f"{plural}.{group}"},
            "spec": {"group": group, "scope": "Namespaced" if namespaced else "Cluster",
                     "names": {"plural": plural, "singular": kind.lower(), "kind": kind},
                     "versions": [{"name": version, "served": True, "storage": True,
                                   "schema": schema, "subresources": subresources}]}}


def custom(api_version, kind, name, replicas=1):
    """The manifest of a custom resource."""
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": name},
            "spec": {"replicas": replicas}}


def autoscaler(name, kind, target, minimum=1, maximum=10, api_version="apps/v1"):
    """The manifest of an HPA."""
    return {"apiVersion": "autoscaling/v1", "kind": "HorizontalPodAutoscaler",
            "metadata": {"name": name},
            "spec": {"scaleTargetRef": {"apiVersion": api_version, "kind": kind, "name": target},
                     "minReplicas": minimum, "maxReplicas": maximum,
                     "targetCPUUtilizationPercentage": 80}}


def write_kubeconfig(path, url, ca_file=None, token=None, certificate=None, namespace="default"):
    """A kubeconfig with one context; `certificate` is a (certificate, key) pair of paths."""
    cluster = [f"server: {url}"]
    if ca_file:
        cluster.append(f"certificate-authority: {ca_file}")
    user = []
    if token:
        user.append(f"token: {token}")
    if certificate:
        user += [f"client-certificate: {certificate[0]}", f"client-key: {certificate[1]}"]
    indent = "\n      "
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"""apiVersion: v1
kind: Config
current-context: test
clusters:
  - name: test
    cluster:
      {indent.join(cluster)}
users:
  - name: test
    user:{indent + indent.join(user) if user else " {}"}
contexts:
  - name: test
    context:
      cluster: test
      user: test
      namespace: {namespace}
""")
    return path
