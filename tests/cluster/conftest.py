"""Fixtures of the tests against a real control plane."""

import pytest

from kubernetes_plugins import RBAC, kubectl, with_optional_rights


@pytest.fixture(scope="session")
def rbac(control_plane):
    """packaging/config/rbac.yml is applied; answers a token of its service account."""
    kubectl(control_plane, "apply", "-f", RBAC)
    control_plane.await_rights("system:serviceaccount:scalehook:scalehook", "default", "scalehook")
    return control_plane.token("scalehook", "scalehook")


@pytest.fixture
def kubeconfig(control_plane, rbac, tmp_path):
    """A kubeconfig with exactly the rights of rbac.yml."""
    return control_plane.kubeconfig(tmp_path / "kubeconfig", token=rbac)


@pytest.fixture(scope="session")
def raise_min_rights(control_plane, rbac, tmp_path_factory):
    """A token of an account with the rights of rbac.yml and its optional ones."""
    role = with_optional_rights("raise-min")
    file = tmp_path_factory.mktemp("rbac") / "raise-min.yml"
    file.write_text(role)
    kubectl(control_plane, "apply", "-f", file)
    control_plane.service_account("scalehook", "raise-min", "raise-min", everywhere=True)
    return control_plane.token("scalehook", "raise-min")


@pytest.fixture
def raising(control_plane, raise_min_rights, tmp_path):
    """The settings of a scaler that raises minReplicas, with no more rights than that needs."""
    return {"hpa": "raise-min", "kubeconfig": control_plane.kubeconfig(
        tmp_path / "raising.kubeconfig", token=raise_min_rights)}
