"""A start with a storage folder that cannot be written to, or not even be read."""

import pytest

from alert_load import CONFIG
from disks import FailingDisk
from programs.process import wait_until
from programs.scalehook import Scalehook


def start(folder, stand_in, disk=None, wait=True):
    return Scalehook(folder, CONFIG, wait=wait, launcher=disk.launcher if disk else (), env={
        "KUBECONFIG": str(stand_in.kubeconfig), **(disk.environment if disk else {})})


def refusal(scalehook):
    """The log of a daemon that does not start."""
    wait_until(lambda: scalehook.process.returncode is not None, "it ends")
    assert scalehook.process.returncode == 1
    return scalehook.log()


@pytest.mark.parametrize("of", ["read", "truncate", "map"])
def test_what_failed_is_told(stand_in, tmp_path, of):
    disk = FailingDisk(tmp_path, of)
    start(tmp_path, stand_in, disk).stop()
    disk.fail()
    told = refusal(start(tmp_path, stand_in, disk, wait=False))
    assert f"{tmp_path}/storage/{disk.says}" in told
    disk.recover()
    start(tmp_path, stand_in, disk).stop()
