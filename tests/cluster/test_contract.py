"""The stand-in API server keeps the real one's contract.

The same requests go to both; what a client may build on has to agree: status, Status.reason and
details, whether spec.replicas is written, and what becomes of resourceVersion. Texts may differ.
"""

import http.client
import ssl
import types
import urllib.parse

import pytest

from kubernetes_plugins import define
from programs.control_plane import ControlPlane
from programs.kube_api import (JSON, MERGE_PATCH, Api, autoscaler, custom, workload,
                               workload_path)
from programs.stand_in import StandIn

TOKEN = "let-me-in"
ROLLOUTS = "argoproj.io/v1alpha1"


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    """Without controllers, which would change objects between the steps."""
    with ControlPlane(tmp_path_factory.mktemp("bare"), controllers=False) as plane:
        define(plane, "Rollout", *ROLLOUTS.split("/"))
        yield plane


@pytest.fixture(scope="module")
def ours(tmp_path_factory):
    with StandIn(tmp_path_factory.mktemp("stand-in"), tls=True, token=TOKEN) as server:
        yield server


def scale_to(replicas, **metadata):
    return {"metadata": metadata, "spec": {"replicas": replicas}}


def whole_scale(seen, replicas, **metadata):
    """A Scale object for PUT; a metadata field given as None is left out."""
    metadata = {"name": "test", "namespace": seen.namespace,
                "resourceVersion": seen.version} | metadata
    return {"kind": "Scale", "apiVersion": "autoscaling/v1", "spec": {"replicas": replicas},
            "metadata": {key: value for key, value in metadata.items() if value is not None}}


def object_path(kind, namespace, name):
    if kind == "Rollout":
        return f"/apis/{ROLLOUTS}/namespaces/{namespace}/rollouts/{name}"
    return workload_path(kind, namespace, name)


def manifest(seen, name="test", replicas=2, **metadata):
    value = (custom(ROLLOUTS, "Rollout", name, replicas) if seen.kind == "Rollout"
             else workload(seen.kind, name, replicas))
    value["metadata"].update(metadata)
    return value


# (what, method, path, body, content type). A path's {object} is the workload's own; a body is given
# what was seen so far: the versions before and after the last change, the kind, the namespace.
STEPS = [
    ("missing object", "GET", "{object}", None, None),
    ("missing scale", "GET", "{object}/scale", None, None),
    ("patch missing scale", "PATCH", "{object}/scale", lambda seen: scale_to(1), MERGE_PATCH),
    ("put missing scale", "PUT", "{object}/scale",
     lambda seen: whole_scale(seen, 1, resourceVersion=None), JSON),
    ("delete missing", "DELETE", "{object}", None, None),
    ("empty list", "GET", "{collection}", None, None),
    ("create, dry run", "POST", "{collection}?dryRun=All", manifest, JSON),
    ("create", "POST", "{collection}", manifest, JSON),
    ("create again", "POST", "{collection}", manifest, JSON),
    ("create in a missing namespace", "POST", "{elsewhere}", manifest, JSON),
    ("create for another namespace", "POST", "{collection}",
     lambda seen: manifest(seen, "other", namespace="default"), JSON),
    ("create with a bad name", "POST", "{collection}",
     lambda seen: manifest(seen, "No_Name"), JSON),
    ("create with bad replicas", "POST", "{collection}",
     lambda seen: manifest(seen, "bad", -1), JSON),
    ("list", "GET", "{collection}", None, None),
    ("get", "GET", "{object}", None, None),
    ("get scale", "GET", "{object}/scale", None, None),
    ("unknown subresource", "GET", "{object}/nothing", None, None),
    ("unknown resource", "GET", "{collection}x", None, None),
    ("post to an object", "POST", "{object}", lambda seen: {}, JSON),
    ("patch to the same", "PATCH", "{object}/scale",
     lambda seen: scale_to(2, resourceVersion=seen.version), MERGE_PATCH),
    ("patch, dry run", "PATCH", "{object}/scale?dryRun=All",
     lambda seen: scale_to(7, resourceVersion=seen.version), MERGE_PATCH),
    ("patch, unknown dry run", "PATCH", "{object}/scale?dryRun=Some", lambda seen: scale_to(7),
     MERGE_PATCH),
    ("patch", "PATCH", "{object}/scale", lambda seen: scale_to(3, resourceVersion=seen.version),
     MERGE_PATCH),
    ("stale patch", "PATCH", "{object}/scale",
     lambda seen: scale_to(4, resourceVersion=seen.stale_version), MERGE_PATCH),
    ("stale patch to the same", "PATCH", "{object}/scale",
     lambda seen: scale_to(3, resourceVersion=seen.stale_version), MERGE_PATCH),
    ("stale patch, dry run", "PATCH", "{object}/scale?dryRun=All",
     lambda seen: scale_to(4, resourceVersion=seen.stale_version), MERGE_PATCH),
    ("patch of another uid", "PATCH", "{object}/scale",
     lambda seen: scale_to(4, uid="00000000-0000-0000-0000-000000000000"), MERGE_PATCH),
    ("patch of any version", "PATCH", "{object}/scale",
     lambda seen: scale_to(4, resourceVersion="0"), MERGE_PATCH),
    ("patch of no version at all", "PATCH", "{object}/scale",
     lambda seen: scale_to(5, resourceVersion="latest"), MERGE_PATCH),
    ("patch without version", "PATCH", "{object}/scale", lambda seen: scale_to(5), MERGE_PATCH),
    ("patch below zero", "PATCH", "{object}/scale", lambda seen: scale_to(-1), MERGE_PATCH),
    ("patch to a text", "PATCH", "{object}/scale", lambda seen: scale_to("3"), MERGE_PATCH),
    ("malformed patch", "PATCH", "{object}/scale", lambda seen: "{", MERGE_PATCH),
    ("patch that is an array", "PATCH", "{object}/scale", lambda seen: "[]", MERGE_PATCH),
    ("patch of an unknown type", "PATCH", "{object}/scale", lambda seen: scale_to(3), JSON),
    ("patch to zero", "PATCH", "{object}/scale", lambda seen: scale_to(0), MERGE_PATCH),
    ("scale at zero", "GET", "{object}/scale", None, None),
    ("object at zero", "GET", "{object}", None, None),
    ("put", "PUT", "{object}/scale", lambda seen: whole_scale(seen, 4), JSON),
    ("stale put", "PUT", "{object}/scale",
     lambda seen: whole_scale(seen, 5, resourceVersion=seen.stale_version), JSON),
    ("put without version overwrites", "PUT", "{object}/scale",
     lambda seen: whole_scale(seen, 6, resourceVersion=None), JSON),
    ("put, dry run", "PUT", "{object}/scale?dryRun=All", lambda seen: whole_scale(seen, 9), JSON),
    ("put of another name", "PUT", "{object}/scale",
     lambda seen: whole_scale(seen, 9, name="other"), JSON),
    ("malformed put", "PUT", "{object}/scale", lambda seen: "{", JSON),
    ("put of an unknown type", "PUT", "{object}/scale", lambda seen: "9", "text/plain"),
    ("annotate", "PATCH", "{object}",
     lambda seen: {"metadata": {"annotations": {"scalehook.io/paused": "in"}}}, MERGE_PATCH),
    ("annotate again", "PATCH", "{object}",
     lambda seen: {"metadata": {"annotations": {"scalehook.io/paused": "in"}}}, MERGE_PATCH),
    ("patch the object's replicas", "PATCH", "{object}", lambda seen: scale_to(2), MERGE_PATCH),
    ("delete, dry run", "DELETE", "{object}?dryRun=All", None, None),
    ("delete", "DELETE", "{object}", None, None),
    ("deleted", "GET", "{object}", None, None),
]


def json_of(answer):
    """Nothing where there is no such resource and the real server says so in a line of text."""
    return answer.json if answer.headers.get_content_type() == JSON else {}


def refusal(answer):
    """What a client may build on in a Status; texts and ids left out."""
    if json_of(answer).get("kind") != "Status":
        return None
    details = dict(answer.json.get("details") or {})
    details.pop("uid", None)
    details["causes"] = [(cause["reason"], cause["field"]) for cause in details.get("causes", [])]
    return answer.json.get("status"), answer.json.get("code"), answer.reason, details


def observe(api, kind, namespace):
    """Takes all steps; for each, what was answered and what is stored after it."""
    path = object_path(kind, namespace, "test")
    paths = {"object": path, "collection": path.rpartition("/")[0],
             "elsewhere": object_path(kind, "missing-namespace", "test").rpartition("/")[0]}
    seen = types.SimpleNamespace(kind=kind, namespace=namespace, version=None, stale_version=None)
    generation = None
    for what, method, where, body, content_type in STEPS:
        answer = api.request(method, where.format(**paths), body and body(seen), content_type)
        stored = api.request("GET", path)
        metadata = stored.json["metadata"] if stored.status == 200 else {}
        version = metadata.get("resourceVersion")
        value = json_of(answer)
        result = {
            "status": answer.status, "type": answer.headers.get_content_type(),
            "kind": (value.get("kind"), value.get("apiVersion")), "refusal": refusal(answer),
            "spec.replicas": (value.get("spec") or {}).get("replicas", "absent"),
            "items": len(value["items"]) if "items" in value else None,
            "answered version is the stored": "spec" in value and
                                              value["metadata"].get("resourceVersion") == version,
            "version changed": version != seen.version,
            "generation grew": (metadata.get("generation") or 0) - (generation or 0),
            "stored replicas": stored.json.get("spec", {}).get("replicas", "absent"),
            "stored by name": metadata.get("name"), "in": metadata.get("namespace") == namespace,
        }
        if version != seen.version:
            seen.version, seen.stale_version = version, seen.version
        generation = metadata.get("generation")
        yield what, result


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet", "ReplicaSet", "Rollout"])
def test_workloads(real, ours, kind):
    theirs = list(observe(real.api, kind, real.create_namespace()))
    mine = dict(observe(ours.api, kind, ours.create_namespace()))
    assert len(mine) == len(theirs) == len(STEPS), "two steps have one name"
    different = [f"{what}: {field} is {mine[what][field]!r}, on the real server {value!r}"
                 for what, result in theirs for field, value in result.items()
                 if mine[what][field] != value]
    assert not different, "\n" + "\n".join(different)


@pytest.mark.parametrize("kind", ["Deployment", "Rollout"])
def test_what_the_real_server_does_with_versions(real, kind):
    """The facts that the plugins are built on, said once in words."""
    steps = dict(observe(real.api, kind, real.create_namespace()))
    assert steps["stale patch"]["status"] == 409
    assert steps["stale patch"]["refusal"][2] == "Conflict"
    assert not steps["patch to the same"]["version changed"]
    assert not steps["patch, dry run"]["version changed"]
    assert steps["patch, dry run"]["spec.replicas"] == 7
    assert steps["scale at zero"]["spec.replicas"] == "absent"
    assert steps["object at zero"]["spec.replicas"] == 0
    assert steps["put without version overwrites"]["stored replicas"] == 6


def event(namespace, **fields):
    value = {"apiVersion": "events.k8s.io/v1", "kind": "Event",
             "metadata": {"generateName": "test-", "namespace": namespace},
             "eventTime": "2026-01-01T00:00:00.000000Z", "action": "Scale", "reason": "Scaled",
             "reportingController": "scalehook.io/scalehook", "reportingInstance": "scalehook-1",
             "type": "Normal", "note": "from 2 to 3",
             "regarding": {"kind": "Deployment", "apiVersion": "apps/v1", "name": "test",
                           "namespace": namespace, "uid": "0"}} | fields
    return {key: field for key, field in value.items() if field is not None}


@pytest.mark.parametrize("fields", [
    {}, {"eventTime": None}, {"action": None}, {"reason": None}, {"reportingController": None},
    {"reportingController": "no name"}, {"reportingInstance": None}, {"type": None},
    {"type": "Strange"}, {"note": None}, {"note": "x" * 1025}, {"regarding": None},
    {"metadata": {}}, {"metadata": {"name": "No_Name"}}, {"metadata": {"generateName": "test."}},
], ids=str)
def test_events(real, ours, fields):
    answers = []
    for server in real, ours:
        namespace = server.create_namespace()
        answer = server.api.request("POST", f"/apis/events.k8s.io/v1/namespaces/{namespace}/events",
                                    event(namespace, **fields))
        told = refusal(answer)
        if told:  # the name that was made from generateName
            told[3].pop("name", None)
        answers.append((answer.status, told, len(server.api.events(namespace))))
    assert answers[1] == answers[0]


def test_autoscalers(real, ours):
    answers = []
    for server in real, ours:
        namespace = server.create_namespace()
        path = f"/apis/autoscaling/v1/namespaces/{namespace}/horizontalpodautoscalers"
        before = server.api.get(path)
        server.api.create(autoscaler("web", "Deployment", "test", 2, 5), namespace)
        [item] = server.api.get(path)["items"]
        answers.append((before["kind"], before["apiVersion"], before["items"], sorted(item),
                        item["spec"], item["status"], item["metadata"]["name"],
                        server.api.get(path.replace(namespace, "missing-namespace"))["items"]))
    assert answers[1] == answers[0]


def test_a_wrong_token_is_unauthorized(real, ours):
    answers = [Api(server.url, server.ca_file, "wrong").request("GET", workload_path(
        "Deployment", "default", "test")) for server in (real, ours)]
    assert [answer.status for answer in answers] == [401, 401]
    assert refusal(answers[0]) == refusal(answers[1])


@pytest.mark.parametrize("method, sub", [("GET", ""), ("GET", "/scale"), ("PATCH", "/scale")])
def test_forbidden(real, ours, method, sub):
    """On the real server by lack of rights, on the stand-in by a fault."""
    namespace = real.create_namespace()
    real.service_account(namespace, "nobody")
    path = workload_path("Deployment", namespace, "test") + sub
    body = scale_to(1) if method == "PATCH" else None
    theirs = Api(real.url, real.ca_file, real.token(namespace, "nobody")).request(
        method, path, body, MERGE_PATCH)
    ours.fault(method=method, path=path, status=403)
    mine = ours.api.request(method, path, body, MERGE_PATCH)
    assert (mine.status, refusal(mine)) == (theirs.status, refusal(theirs))
    assert theirs.status == 403


def test_one_connection_carries_many_requests(real, ours):
    for server in real, ours:
        context = ssl.create_default_context(cafile=server.ca_file)
        connection = http.client.HTTPSConnection(urllib.parse.urlsplit(server.url).netloc,
                                                 context=context, timeout=30)
        connection.connect()
        socket = connection.sock
        for path in "/version", workload_path("Deployment", "default", "missing"), "/version":
            connection.request("GET", path, headers={"Authorization": f"Bearer {server.api.token}"})
            connection.getresponse().read()
            assert connection.sock is socket
        connection.close()


@pytest.mark.parametrize("root", ["/api/v1", "/apis/apps/v1", "/apis/autoscaling/v1",
                                  "/apis/events.k8s.io/v1", f"/apis/{ROLLOUTS}"])
def test_the_resources_of_a_version_are_listed(real, ours, root):
    theirs, mine = (server.api.get(root) for server in (real, ours))
    assert ({key: mine[key] for key in mine if key != "resources"} ==
            {key: theirs[key] for key in theirs if key != "resources"})
    fields = ("name", "namespaced", "kind", "group", "version")
    theirs = [[each.get(field) for field in fields] for each in theirs["resources"]]
    for each in mine["resources"]:
        assert [each.get(field) for field in fields] in theirs
        assert [f"{each['name']}/scale" in [other["name"] for other in mine["resources"]]] == [
            [f"{each['name']}/scale", each["namespaced"], "Scale", "autoscaling", "v1"] in theirs]


@pytest.mark.parametrize("path", ["/apis/argoproj.io/v9", "/apis/apps/v9", "/api/v9", "/apis/none/v1",
                                  "/apis/none/v1/namespaces/default/rollouts/web",
                                  f"/apis/{ROLLOUTS}/namespaces/default/none/web",
                                  "/apis/apps/v1/namespaces/default/none/web"])
def test_what_is_not_there_at_all_is_told_apart(real, ours, path):
    """From an object that is not there: no Status names it."""
    theirs, mine = (server.api.request("GET", path) for server in (real, ours))
    assert (mine.status, mine.headers.get_content_type(), refusal(mine)) == (
        theirs.status, theirs.headers.get_content_type(), refusal(theirs))
    assert theirs.status == 404 and (refusal(theirs) or [{}])[-1].get("name") is None


def test_a_custom_resource_without_a_count_has_no_scale_to_read(real, ours):
    answers = []
    for server in real, ours:
        manifest = custom(ROLLOUTS, "Rollout", "test")
        del manifest["spec"]["replicas"]
        namespace = server.create_namespace()
        server.api.create(manifest, namespace)
        answer = server.api.request("GET", object_path("Rollout", namespace, "test") + "/scale")
        answers.append((answer.status, answer.reason, answer.json["message"]))
    assert answers[1] == answers[0]
