"""What the tests of the Kubernetes plugins share."""

import pathlib
import re
import subprocess

import yaml

from programs.kube_api import definition
from programs.plugin_drive import PluginDrive
from programs.process import wait_until

RBAC = pathlib.Path(__file__).resolve().parents[2] / "packaging" / "config" / "rbac.yml"
# The plugin, as drive() takes it, and the kind that it scales.
KINDS = [("k8s-deployment", "Deployment"), ("k8s-statefulset", "StatefulSet")]
ALL_KINDS = [*KINDS, ("k8s-scale apps/v1 ReplicaSet", "ReplicaSet")]


def drive(plugin, settings, **more):
    """The plugin, told by its settings alone where the cluster is. Behind its name stand what its
    targets have in common, if anything: apiVersion and kind."""
    name, *words = plugin.split()
    driven = PluginDrive(name, {key: str(value) if isinstance(value, pathlib.Path) else value
                                for key, value in settings.items()}, **more)
    driven.common = dict(zip(("apiVersion", "kind"), words))
    return driven


def read(plugin, name, namespace=None, timeout_ms=30_000):
    return plugin.call({"call": "read", "target": _target(plugin, name, namespace),
                        "timeout_ms": timeout_ms})


def write(plugin, name, namespace, replicas, version="", timeout_ms=30_000, **more):
    return plugin.call({"call": "write", "target": _target(plugin, name, namespace),
                        "replicas": replicas, "version": version, "timeout_ms": timeout_ms, **more})


def scale(plugin, name, namespace, replicas, **more):
    """Reads and writes as the core does: again when someone else was faster (a controller, say)."""
    for _ in range(20):
        found = read(plugin, name, namespace)
        assert found["status"] == "ok", found
        decision = {"from": found["replicas"], "explanation": "a test asked for it"}
        done = write(plugin, name, namespace, replicas, found["version"],
                     input={"decision": decision}, **more)
        if done["status"] != "conflict":
            return done
    raise AssertionError("20 conflicts in a row")


def write_config(path, cluster, user, namespace="default"):
    """A kubeconfig of one context with these members of its cluster and its user."""
    plain = [{key: str(value) if isinstance(value, pathlib.Path) else value
              for key, value in members.items()} for members in (cluster, user)]
    path.write_text(yaml.safe_dump({
        "apiVersion": "v1", "kind": "Config", "current-context": "test",
        "clusters": [{"name": "test", "cluster": plain[0]}],
        "users": [{"name": "test", "user": plain[1]}],
        "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test",
                                                  "namespace": namespace}}]}))
    return path


def with_optional_rights(name, *groups):
    """The ClusterRole of rbac.yml under this name, with the rules for these groups of the API that
    are commented out."""
    text = RBAC.read_text()
    role, whole = ([document for document in yaml.safe_load_all(each)
                    if document["kind"] == "ClusterRole"][0]
                   for each in (text, re.sub(r"(?m)^  #(- |  )", r"  \1", text)))
    role["metadata"]["name"] = name
    role["rules"] += [rule for rule in whole["rules"]
                      if rule not in role["rules"] and set(rule["apiGroups"]) <= set(groups)]
    return yaml.safe_dump(role)


def define(control_plane, kind, group, version="v1", **more):
    """Defines a kind, as definition() does, and returns once the API server has it."""
    manifest = definition(kind, group, version, **more)
    control_plane.api.create(manifest)
    plural = manifest["spec"]["names"]["plural"]
    wait_until(lambda: plural in [resource["name"] for resource in control_plane.api.get(
        f"/apis/{group}/{version}")["resources"]], f"{group}/{version} has {plural}")


def kubectl(control_plane, *arguments):
    """What kubectl prints, as a cluster's administrator."""
    done = subprocess.run(
        ["kubectl", f"--kubeconfig={control_plane.admin_kubeconfig}",
         f"--cache-dir={control_plane.folder / 'kubectl-cache'}", *map(str, arguments)],
        capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, f"kubectl {arguments[0]}: {done.stderr}"
    return done.stdout


def _target(plugin, name, namespace):
    return {"name": name, **({"namespace": namespace} if namespace else {}), **plugin.common}
