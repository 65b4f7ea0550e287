"""What the stand-in API server knows of Kubernetes objects: their rules, and none of HTTP.

Shapes and texts follow the real server's answers, which tests/cluster/test_contract.py holds
against this file.
"""

import copy
import datetime
import json
import re
import threading
import uuid

GROUPS = {  # resource: (API root, group, kind)
    "namespaces": ("/api/v1", "", "Namespace"),
    "deployments": ("/apis/apps/v1", "apps", "Deployment"),
    "statefulsets": ("/apis/apps/v1", "apps", "StatefulSet"),
    "replicasets": ("/apis/apps/v1", "apps", "ReplicaSet"),
    "rollouts": ("/apis/argoproj.io/v1alpha1", "argoproj.io", "Rollout"),
    "horizontalpodautoscalers": ("/apis/autoscaling/v1", "autoscaling", "HorizontalPodAutoscaler"),
    "events": ("/apis/events.k8s.io/v1", "events.k8s.io", "Event"),
}
WORKLOADS = ("deployments", "statefulsets", "replicasets", "rollouts")
CUSTOM = ("rollouts",)  # as a CustomResourceDefinition defines them
_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_NAME = re.compile(rf"{_LABEL}(\.{_LABEL})*")
_RFC_1123 = ("a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, "
             "'-' or '.', and must start and end with an alphanumeric character")


class Refused(Exception):
    """A request that the API refuses; `status` is what to answer, as a rule a Status object."""

    def __init__(self, code, reason, message, details=None):
        super().__init__(message)
        self.code = code
        self.status = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
                       "message": message, "code": code}
        if reason:
            self.status["reason"] = reason
        if details is not None:
            self.status["details"] = details


def _qualified(resource):
    """deployments.apps, deployments/scale.apps, namespaces."""
    group = GROUPS[resource.partition("/")[0]][1]
    return f"{resource}.{group}" if group else resource


def _about(resource, name, **more):
    group = GROUPS[resource.partition("/")[0]][1]
    return {"name": name, **({"group": group} if group else {}), "kind": resource, **more}


class NoSuchPath(Refused):
    """What the real server says of a path of no API of its own, and of custom resources."""

    def __init__(self):
        super().__init__(404, "NotFound", "404 page not found")
        self.status = "404 page not found\n"


def not_found(resource, name):
    return Refused(404, "NotFound", f'{_qualified(resource)} "{name}" not found',
                   _about(resource, name))


_MODIFIED = ("the object has been modified; please apply your changes to the latest version and "
             "try again")


def conflict(resource, name, why=_MODIFIED):
    return Refused(409, "Conflict", f'Operation cannot be fulfilled on {_qualified(resource)} '
                                    f'"{name}": {why}', _about(resource, name))


def invalid(group, kind, name, *causes):
    """causes: (reason, field, message) each."""
    lines = [f"{field}: {message}" for _, field, message in causes]
    text = lines[0] if len(lines) == 1 else f"[{', '.join(lines)}]"
    qualified = f"{kind}.{group}" if group else kind
    about = {"name": name, "group": group, "kind": kind}
    return Refused(422, "Invalid", f'{qualified} "{name}" is invalid: {text}', {
        **{key: value for key, value in about.items() if value},
        "causes": [{"reason": reason, "message": message, "field": field}
                   for reason, field, message in causes]})


def merge(target, patch):
    """RFC 7396."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merge(result.get(key), value)
    return result


class Objects:
    """Every object of the stand-in. Any thread may call; one lock guards all."""

    def __init__(self):
        self._lock = threading.RLock()
        self._version = 1
        self._objects = {}  # (resource, namespace, name): object
        self.create("namespaces", "", {"metadata": {"name": "default"}})

    def create(self, resource, namespace, manifest, dry_run=False):
        root, group, kind = GROUPS[resource]
        value = copy.deepcopy(manifest)
        metadata = value.setdefault("metadata", {})
        if "name" not in metadata and metadata.get("generateName"):
            metadata["name"] = metadata["generateName"] + uuid.uuid4().hex[:5]
        name = metadata.get("name", "")
        if namespace and metadata.setdefault("namespace", namespace) != namespace:
            raise Refused(400, "BadRequest", "the namespace of the provided object does not match "
                                             "the namespace sent on the request")
        with self._lock:
            if namespace and ("namespaces", "", namespace) not in self._objects:
                raise not_found("namespaces", namespace)
            self._check(resource, value)
            key = (resource, namespace, name)
            if key in self._objects:
                raise Refused(409, "AlreadyExists",
                              f'{_qualified(resource)} "{name}" already exists',
                              _about(resource, name))
            value.update(kind=kind, apiVersion=root.split("/", 2)[2])
            metadata.update(uid=str(uuid.uuid4()), creationTimestamp=_now())
            if resource in WORKLOADS:
                metadata["generation"] = 1
                if resource not in CUSTOM:
                    value["spec"].setdefault("replicas", 1)
                _follow(value)
            if resource == "horizontalpodautoscalers":
                value["status"] = {"currentReplicas": 0, "desiredReplicas": 0}
            return self._store(key, value, dry_run)

    def get(self, resource, namespace, name):
        with self._lock:
            try:
                return copy.deepcopy(self._objects[resource, namespace, name])
            except KeyError:
                raise not_found(resource, name) from None

    def list(self, resource, namespace):
        root, _, kind = GROUPS[resource]
        with self._lock:
            items = [copy.deepcopy(value) for key, value in sorted(self._objects.items())
                     if key[0] == resource and namespace in ("", key[1])]
            version = str(self._version)
        for item in items:  # as the real server lists them
            del item["kind"], item["apiVersion"]
        return {"kind": f"{kind}List", "apiVersion": root.split("/", 2)[2],
                "metadata": {"resourceVersion": version}, "items": items}

    def delete(self, resource, namespace, name, dry_run=False):
        with self._lock:
            value = self.get(resource, namespace, name)
            if not dry_run:
                del self._objects[resource, namespace, name]
                self._version += 1
        return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success",
                "details": _about(resource, name, uid=value["metadata"]["uid"])}

    def replace(self, resource, namespace, name, wanted, dry_run=False):
        """A PUT; without a resourceVersion it overwrites whatever is there."""
        return self._change(resource, namespace, name, lambda old: wanted, dry_run)

    def patch(self, resource, namespace, name, patch, dry_run=False):
        return self._change(resource, namespace, name, lambda old: merge(old, patch), dry_run)

    def scale(self, resource, namespace, name):
        with self._lock:
            if (resource, namespace, name) not in self._objects:
                # The real server's two stores name themselves differently.
                raise not_found(resource + ("/scale" if resource in ("deployments", "replicasets")
                                            else ""), name)
            value = self.get(resource, namespace, name)
            if "replicas" not in value["spec"]:  # of a custom resource
                why = 'the spec replicas field ".spec.replicas" does not exist'
                raise Refused(500, "InternalError", f"Internal error occurred: {why}",
                              {"causes": [{"message": why}]})
            return _scale_of(value)

    def replace_scale(self, resource, namespace, name, wanted, dry_run=False):
        return self._change_scale(resource, namespace, name, lambda old: wanted, dry_run)

    def patch_scale(self, resource, namespace, name, patch, dry_run=False):
        return self._change_scale(resource, namespace, name, lambda old: merge(old, patch), dry_run)

    def _change(self, resource, namespace, name, change, dry_run):
        with self._lock:
            old = self.get(resource, namespace, name)
            new = copy.deepcopy(change(copy.deepcopy(old)))
            self._check_identity(resource, name, old, new)
            new["metadata"].update({key: old["metadata"][key] for key in
                                    ("uid", "creationTimestamp", "resourceVersion")})
            self._check(resource, new)
            if resource in WORKLOADS:
                new["metadata"]["generation"] = old["metadata"]["generation"]
                new["status"] = copy.deepcopy(old["status"])
                if _intent(resource, new) != _intent(resource, old):
                    new["metadata"]["generation"] += 1
                    _follow(new)
            if new == old:
                return old
            return self._store((resource, namespace, name), new, dry_run)

    def _change_scale(self, resource, namespace, name, change, dry_run):
        with self._lock:
            old = self.get(resource, namespace, name)
            new = change(_scale_of(old))
            self._check_identity(f"{resource}/scale", name, old, new)
            replicas = (new.get("spec") or {}).get("replicas") or 0
            if not isinstance(replicas, int) or isinstance(replicas, bool):
                raise invalid("", "", "", ("FieldValueInvalid", "patch", "Invalid value: "
                                           f"v1.ScaleSpec.Replicas: {json.dumps(replicas)}"))
            if replicas < 0 and resource not in CUSTOM:
                raise invalid("autoscaling", "Scale", name, (
                    "FieldValueInvalid", "spec.replicas",
                    f"Invalid value: {replicas}: must be greater than or equal to 0"))
            return _scale_of(self._change(resource, namespace, name, lambda value: merge(
                value, {"spec": {"replicas": replicas}}), dry_run))

    @staticmethod
    def _check_identity(resource, name, old, new):
        metadata = new.get("metadata") or {}
        if metadata.get("name", name) != name:
            raise Refused(400, "BadRequest", f"the name of the object ({metadata['name']}) does "
                                             f"not match the name on the URL ({name})")
        version = metadata.get("resourceVersion", "")
        if version and not version.isdigit():
            raise Refused(500, "", f'strconv.ParseUint: parsing "{version}": invalid syntax')
        custom = resource.removesuffix("/scale") in CUSTOM
        if custom and version == "0":
            raise invalid("argoproj.io", resource.removesuffix("/scale"), name, (
                "FieldValueInvalid", "metadata.resourceVersion", "Invalid value: 0x0: must be "
                "specified for an update"))
        uid = "" if custom else metadata.get("uid", "")
        if uid and uid != old["metadata"]["uid"]:
            raise conflict(resource, name, f"Precondition failed: UID in precondition: {uid}, "
                                           f"UID in object meta: {old['metadata']['uid']}")
        # As absent, "0" means any version.
        if version not in ("", "0", old["metadata"]["resourceVersion"]):
            raise conflict(resource.removesuffix("/scale"), name)

    def _store(self, key, value, dry_run):
        if not dry_run:
            self._version += 1
            value["metadata"]["resourceVersion"] = str(self._version)
            self._objects[key] = value
        return copy.deepcopy(value)

    @staticmethod
    def _check(resource, value):
        _, group, kind = GROUPS[resource]
        metadata, causes = value["metadata"], []
        name = metadata.get("name", "")
        if not name:
            causes.append(("FieldValueRequired", "metadata.name",
                           "Required value: name or generateName is required"))
        for field in ("name", "generateName"):
            text = metadata.get(field, "")
            # The server will put letters behind generateName, so that may end in a dash.
            if text and not _NAME.fullmatch(re.sub("-$", "a", text) if field != "name" else text):
                causes.append(_bad_value(f"metadata.{field}", text, _RFC_1123))
        if resource in WORKLOADS:
            replicas = value.get("spec", {}).get("replicas", 1)
            if replicas < 0:
                field = ".spec.replicas" if resource in CUSTOM else "spec.replicas"
                causes.append(("FieldValueInvalid", field,
                               f"Invalid value: {replicas}: must be greater than or equal to 0"))
        if resource == "events":
            group = ""  # by history: an Event is refused as one of the core group
            causes += _event_faults(value)
        if causes:
            raise invalid(group, kind, name, *causes)


def list_resources(root):
    """What the API tells of a group's version at its root; None if it has none there."""
    resources = []
    for name, (its, _, kind) in GROUPS.items():
        if its != root:
            continue
        namespaced = name != "namespaces"
        resources.append({"name": name, "singularName": "", "namespaced": namespaced, "kind": kind,
                          "verbs": ["create", "delete", "get", "list", "patch", "update"]})
        if name in WORKLOADS:
            resources.append({"name": f"{name}/scale", "singularName": "", "namespaced": namespaced,
                              "group": "autoscaling", "version": "v1", "kind": "Scale",
                              "verbs": ["get", "patch", "update"]})
    if not resources:
        return None
    version = {} if root == "/api/v1" else {"apiVersion": "v1"}  # by history
    return {"kind": "APIResourceList", **version, "groupVersion": root.split("/", 2)[2],
            "resources": resources}


def _bad_value(field, value, why):
    return "FieldValueInvalid", field, f'Invalid value: "{value}": {why}'


def _event_faults(event):
    """What is wrong with an Event, field by field, named as in the core group."""
    faults = [("FieldValueRequired", field, "Required value") for field in
              ("eventTime", "reportingController", "reportingInstance", "action", "reason")
              if not event.get(field)]
    controller = event.get("reportingController", "")
    if not controller:
        faults.append(_bad_value("reportingController", "", "name part must be non-empty"))
    if not re.fullmatch(r"([a-z0-9.-]+/)?[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?", controller):
        faults.append(_bad_value("reportingController", controller, "not a qualified name"))
    if event.get("type") not in ("Normal", "Warning"):
        faults.append(_bad_value("type", "", f"has invalid value: {event.get('type', '')}"))
    if len(event.get("note", "")) > 1024:
        faults.append(_bad_value("message", "", "can have at most 1024 characters"))
    namespace = event.get("regarding", {}).get("namespace")
    if not namespace and event["metadata"]["namespace"] != "default":
        faults.append(_bad_value("involvedObject.namespace", "", "does not match event.namespace"))
    return faults


def _intent(resource, value):
    """What a workload's generation counts the changes of."""
    copied = value["metadata"].get("annotations") if resource == "deployments" else None
    return value["spec"], copied  # a Deployment hands its annotations on to its ReplicaSets


def _now():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def _follow(value):
    """What the controllers and the nodes would do, at once: every replica is there and ready."""
    replicas = value["spec"].get("replicas", 0)
    value["status"] = {"observedGeneration": value["metadata"]["generation"]}
    if replicas:
        value["status"].update(replicas=replicas, readyReplicas=replicas, updatedReplicas=replicas,
                               availableReplicas=replicas)


def _scale_of(value):
    """The scale subresource, where zero is written as nothing (Go's omitempty)."""
    metadata = value["metadata"]
    replicas = value["spec"].get("replicas", 0)
    labels = value["spec"].get("selector", {}).get("matchLabels", {})
    return {"kind": "Scale", "apiVersion": "autoscaling/v1",
            "metadata": {key: metadata[key] for key in
                         ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
                         if key in metadata},
            "spec": {"replicas": replicas} if replicas else {},
            "status": {"replicas": value["status"].get("replicas", 0),
                       "selector": ",".join(f"{k}={v}" for k, v in sorted(labels.items()))}}
