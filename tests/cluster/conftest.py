"""Fixtures of the tests against a real control plane."""

import pytest

from kubernetes_plugins import RBAC, kubectl


@pytest.fixture(scope="session")
def rbac(control_plane):
    """packaging/config/rbac.yml is applied; answers a token of its service account."""
    kubectl(control_plane, "apply", "-f", RBAC)
    return control_plane.token("scalehook", "scalehook")


@pytest.fixture
def kubeconfig(control_plane, rbac, tmp_path):
    """A kubeconfig with exactly the rights of rbac.yml."""
    return control_plane.kubeconfig(tmp_path / "kubeconfig", token=rbac)
