"""Fixtures of the tests against a real control plane."""

import pytest

from kubernetes_plugins import RBAC, define, kubectl, with_optional_rights


@pytest.fixture(scope="session")
def rbac(control_plane):
    """packaging/config/rbac.yml is applied; answers a token of its service account."""
    kubectl(control_plane, "apply", "-f", RBAC)
    control_plane.await_rights("system:serviceaccount:scalehook:scalehook", "default", "scalehook")
    return control_plane.token("scalehook", "scalehook")


@pytest.fixture
def kubeconfig(request, control_plane, rbac, tmp_path):
    """A kubeconfig with exactly the rights of rbac.yml that the test's plugin asks for."""
    parameters = request.node.callspec.params if hasattr(request.node, "callspec") else {}
    any_kind = parameters.get("plugin", "").startswith("k8s-scale")
    token = request.getfixturevalue("any_kind_rights") if any_kind else rbac
    return control_plane.kubeconfig(tmp_path / "kubeconfig", token=token)


def account(control_plane, name, role):
    """A token of a new account with this ClusterRole."""
    file = control_plane.folder / f"{name}.yml"
    file.write_text(role)
    kubectl(control_plane, "apply", "-f", file)
    control_plane.service_account("scalehook", name, name, everywhere=True)
    return control_plane.token("scalehook", name)


@pytest.fixture(scope="session")
def any_kind_rights(control_plane, rbac):
    """A token of an account with the rights of rbac.yml and those for k8s-scale in it."""
    return account(control_plane, "any-kind",
                   with_optional_rights("any-kind", "apps", "argoproj.io"))


@pytest.fixture(scope="session")
def raise_min_rights(control_plane, rbac):
    """A token of an account with the rights of rbac.yml and all its optional ones."""
    return account(control_plane, "raise-min", with_optional_rights(
        "raise-min", "apps", "argoproj.io", "autoscaling"))


@pytest.fixture(scope="session")
def rollouts(control_plane):
    """The API server has Argo's Rollouts: the kind, and nobody who makes anything of them."""
    define(control_plane, "Rollout", "argoproj.io", "v1alpha1")


@pytest.fixture
def raising(control_plane, raise_min_rights, tmp_path):
    """The settings of a scaler that raises minReplicas, with no more rights than that needs."""
    return {"hpa": "raise-min", "kubeconfig": control_plane.kubeconfig(
        tmp_path / "raising.kubeconfig", token=raise_min_rights)}
