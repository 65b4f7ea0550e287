"""The requests that the stand-in API server knows: from a path to what is done with an object."""

import json
import urllib.parse

from programs.stand_in_objects import (CUSTOM, GROUPS, WORKLOADS, NoSuchPath, Refused, conflict,
                                       invalid, list_resources, not_found)

# The groups that are not of custom resources: "/api", "/apis/apps".
_OWN = {root.rpartition("/")[0] for name, (root, _, _) in GROUPS.items() if name not in CUSTOM}
_ROUTES = {(root, name): name for name, (root, _, _) in GROUPS.items()}
_REASONS = {400: "BadRequest", 401: "Unauthorized", 403: "Forbidden", 404: "NotFound",
            405: "MethodNotAllowed", 409: "Conflict", 410: "Expired", 413: "RequestEntityTooLarge",
            415: "UnsupportedMediaType", 422: "Invalid", 429: "TooManyRequests",
            500: "InternalError", 503: "ServiceUnavailable", 504: "Timeout"}
_VERSION = {"major": "1", "minor": "20", "gitVersion": "v1.20.2", "platform": "linux/amd64"}


class Request:
    """One request's path taken apart: /<root>/namespaces/<namespace>/<resource>/<name>/<sub>."""

    def __init__(self, method, target):
        self.method = method
        parts = urllib.parse.urlsplit(target)
        self.path = parts.path
        self.query = urllib.parse.parse_qs(parts.query)
        self.resource = self.namespace = self.name = self.sub = ""
        words = parts.path.strip("/").split("/")
        depth = 2 if words[0] == "api" else 3
        self.root, rest = "/" + "/".join(words[:depth]), words[depth:]
        if len(rest) > 2 and rest[0] == "namespaces":
            self.namespace, rest = rest[1], rest[2:]
        if rest and len(rest) <= 3:
            self.resource = _ROUTES.get((self.root, rest[0]), "")
            self.name, self.sub = (rest[1:] + ["", ""])[:2]

    @property
    def dry_run(self):
        return self.query.get("dryRun") == ["All"]

    def refused(self, code):
        """The Status with which the real server would refuse this request with this code."""
        group = GROUPS[self.resource][1] if self.resource else ""
        what = f"{self.resource}/{self.sub}" if self.sub else self.resource
        about = {"name": self.name, "group": group, "kind": self.resource}
        about = {key: value for key, value in about.items() if value}
        if code == 401:
            return Refused(code, "Unauthorized", "Unauthorized")
        if code == 403:
            verb = {"GET": "get" if self.name else "list", "POST": "create", "PUT": "update",
                    "PATCH": "patch", "DELETE": "delete"}.get(self.method, "get")
            qualified = f"{self.resource}.{group}" if group else self.resource
            subject = f'{qualified} "{self.name}"' if self.name else qualified
            return Refused(code, "Forbidden",
                           f'{subject} is forbidden: User "stand-in" cannot {verb} resource '
                           f'"{what}" in API group "{group}" in the namespace "{self.namespace}"',
                           about)
        if self.resource and self.name and self.sub in ("", "scale") and code in (404, 409):
            return (not_found if code == 404 else conflict)(self.resource, self.name)
        texts = {400: "the server rejected the request",
                 404: "the server could not find the requested resource",
                 405: "the server does not allow this method on the requested resource",
                 415: "415: Unsupported Media Type"}
        if code in texts:
            return Refused(code, _REASONS[code], texts[code], {})
        return Refused(code, _REASONS.get(code, ""), f"{what}: a fault that was asked for", about)


def perform(objects, request, body, content_type):
    """What the API does: answers (code, object), or raises Refused."""
    if request.path in ("/healthz", "/livez", "/readyz"):
        return 200, "ok"
    if request.path == "/version":
        return 200, _VERSION
    if not request.resource:
        if resources := request.method == "GET" and list_resources(request.path.rstrip("/")):
            return 200, resources
        raise request.refused(404) if request.root.rpartition("/")[0] in _OWN else NoSuchPath()
    resource, place = request.resource, (request.resource, request.namespace)
    one = (*place, request.name)
    if request.sub and (request.sub != "scale" or resource not in WORKLOADS):
        raise not_found(resource, request.name) if resource in CUSTOM else request.refused(404)
    if request.query.get("dryRun", ["All"]) != ["All"]:
        raise invalid("meta.k8s.io", f"{request.method.title()}Options", "", (
            "FieldValueNotSupported", "dryRun", 'Unsupported value: supported values: "All"'))
    match request.method, bool(request.name), bool(request.sub):
        case "GET", False, _:
            return 200, objects.list(*place)
        case "POST", False, _:
            return 201, objects.create(*place, _object(body, content_type), request.dry_run)
        case "GET", True, False:
            return 200, objects.get(*one)
        case "GET", True, True:
            return 200, objects.scale(*one)
        case "PUT", True, scale:
            change = objects.replace_scale if scale else objects.replace
            return 200, change(*one, _object(body, content_type), request.dry_run)
        case "PATCH", True, scale:
            if content_type != "application/merge-patch+json":
                raise request.refused(415)
            change = objects.patch_scale if scale else objects.patch
            return 200, change(*one, _patch(body), request.dry_run)
        case "DELETE", True, False:
            return 200, objects.delete(*one, request.dry_run)
    raise request.refused(400 if resource in CUSTOM else 405)


def _object(body, content_type):
    if content_type != "application/json":
        raise Refused(415, "UnsupportedMediaType", "the body of the request was in an unknown "
                      "format - accepted media types include: application/json")
    try:
        value = json.loads(body)
    except ValueError as error:
        raise Refused(400, "BadRequest", f"the object provided is unrecognized: {error}") from None
    if not isinstance(value, dict):
        raise Refused(400, "BadRequest", "the object provided is unrecognized: not an object")
    return value


def _patch(body):
    try:
        value = json.loads(body)
    except ValueError:
        raise Refused(500, "", "Invalid JSON Patch") from None
    if not isinstance(value, dict):
        raise invalid("", "", "", ("FieldValueInvalid", "patch", "Invalid value: not an object"))
    return value
