"""What the tests of the two Kubernetes plugins share."""

import pathlib
import re
import subprocess

import yaml

from programs.plugin_drive import PluginDrive

RBAC = pathlib.Path(__file__).resolve().parents[2] / "packaging" / "config" / "rbac.yml"
# The plugin and the kind that it scales.
KINDS = [("k8s-deployment", "Deployment"), ("k8s-statefulset", "StatefulSet")]


def drive(plugin, settings, **more):
    """The plugin, told by its settings alone where the cluster is."""
    return PluginDrive(plugin, {key: str(value) if isinstance(value, pathlib.Path) else value
                                for key, value in settings.items()}, **more)


def read(plugin, name, namespace=None, timeout_ms=30_000):
    return plugin.call({"call": "read", "target": _target(name, namespace),
                        "timeout_ms": timeout_ms})


def write(plugin, name, namespace, replicas, version="", timeout_ms=30_000, **more):
    return plugin.call({"call": "write", "target": _target(name, namespace), "replicas": replicas,
                        "version": version, "timeout_ms": timeout_ms, **more})


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


def with_optional_rights(name):
    """The ClusterRole of rbac.yml under this name, with the rules that are commented out."""
    documents = yaml.safe_load_all(re.sub(r"(?m)^  #(- |  )", r"  \1", RBAC.read_text()))
    [role] = [each for each in documents if each["kind"] == "ClusterRole"]
    role["metadata"]["name"] = name
    return yaml.safe_dump(role)


def kubectl(control_plane, *arguments):
    """What kubectl prints, as a cluster's administrator."""
    done = subprocess.run(
        ["kubectl", f"--kubeconfig={control_plane.admin_kubeconfig}",
         f"--cache-dir={control_plane.folder / 'kubectl-cache'}", *map(str, arguments)],
        capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, f"kubectl {arguments[0]}: {done.stderr}"
    return done.stdout


def _target(name, namespace):
    return {"name": name, **({"namespace": namespace} if namespace else {})}
