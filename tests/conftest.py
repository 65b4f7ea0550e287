"""Fixtures: the real programs, each stopped at the end of its scope."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from programs.app import App
from programs.certificates import Authority
from programs.control_plane import ControlPlane
from programs.smtp_server import SmtpServer
from programs.stand_in import StandIn


@pytest.fixture(scope="session")
def control_plane(tmp_path_factory):
    """etcd, kube-apiserver and kube-controller-manager."""
    with ControlPlane(tmp_path_factory.mktemp("control-plane")) as plane:
        yield plane


@pytest.fixture
def namespace(control_plane):
    """A namespace of the test's own in the real control plane; its name."""
    return control_plane.create_namespace()


@pytest.fixture
def stand_in(tmp_path):
    """The stand-in API server, in plain HTTP and without a token."""
    with StandIn(tmp_path / "stand-in") as server:
        yield server


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    """A certificate authority for the servers of the tests."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def smtp_server(tmp_path):
    """An SMTP server without TLS or login."""
    with SmtpServer(tmp_path / "mails") as server:
        yield server


@pytest.fixture
def app(tmp_path):
    """An application with app_active_task_count at 0."""
    with App(tmp_path / "app") as application:
        yield application
