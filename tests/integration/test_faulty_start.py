"""A start with a storage folder that cannot be written to, or not even be read."""

import contextlib
import subprocess

import pytest

from alert_load import CONFIG
from disks import FailingDisk, SmallDisk
from programs.kube_api import workload
from programs.process import http_ok, wait_until
from programs.scalehook import Scalehook, binary


def start(folder, stand_in, disk=None, wait=True):
    return Scalehook(folder, CONFIG, wait=wait, launcher=disk.launcher if disk else (), env={
        "KUBECONFIG": str(stand_in.kubeconfig), **(disk.environment if disk else {})})


def post(scalehook):
    return scalehook.post("/hpa", {"version": "4", "status": "firing", "alerts": [{
        "status": "firing", "labels": {"alertname": "step", "deployment": "shop"},
        "annotations": {"value": "45"}, "startsAt": "2026-11-23T16:06:10.585Z",
        "endsAt": "0001-01-01T00:00:00Z"}]})


def explain(scalehook, disk):
    return subprocess.run([*disk.launcher, binary(), "explain", "--storage.path",
                           scalehook.storage, "shop"], capture_output=True, check=False)


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


@pytest.fixture(name="small_disk")
def _small_disk(tmp_path):
    with contextlib.closing(SmallDisk(tmp_path)) as disk:
        yield disk


@pytest.mark.parametrize("left", [0, 16384, 32768])
def test_a_new_journal_on_a_full_disk_is_refused(stand_in, tmp_path, small_disk, left):
    small_disk.fill(left)
    assert f"{tmp_path}/storage/{small_disk.says}" in refusal(
        start(tmp_path, stand_in, small_disk, wait=False))
    small_disk.recover()
    start(tmp_path, stand_in, small_disk).stop()


@pytest.fixture(name="unfinished")
def _unfinished(stand_in, tmp_path, small_disk):
    """A daemon with a notification that it could not deal with yet."""
    stand_in.api.create(workload("Deployment", "shop", replicas=1), "default")
    path = "/apis/apps/v1/namespaces/default/deployments/shop"
    stand_in.fault(method="GET", path=path, status=503, times=0)
    scalehook = start(tmp_path, stand_in, small_disk)
    assert post(scalehook).status == 200
    wait_until(lambda: stand_in.requests("GET", path), "it was to be read")
    return scalehook


def assert_it_goes_on_by_itself(scalehook, stand_in, small_disk):
    small_disk.recover()
    stand_in.clear_faults()
    wait_until(lambda: http_ok(scalehook.url + "/-/ready"), "it is ready without being asked")
    wait_until(lambda: stand_in.api.replicas("Deployment", "default", "shop") == 2,
               "what was accepted before is done")
    # Others can read the journal beside it again.
    wait_until(lambda: explain(scalehook, small_disk).returncode == 0, "it is readable")


def test_a_journal_that_is_there_is_opened_on_a_full_disk(
        stand_in, tmp_path, small_disk, unfinished):
    unfinished.stop()
    small_disk.fail()
    with start(tmp_path, stand_in, small_disk, wait=False) as scalehook:
        scalehook.process.await_ready(lambda: scalehook.get("/-/healthy").status == 200)
        not_ready = scalehook.get("/-/ready")
        assert not_ready.status == 503
        assert small_disk.says in not_ready.text
        assert post(scalehook).status == 503
        assert not stand_in.requests("PATCH")
        assert_it_goes_on_by_itself(scalehook, stand_in, small_disk)


def test_so_is_one_whose_daemon_was_killed(stand_in, tmp_path, small_disk, unfinished):
    unfinished.kill()
    small_disk.fail()
    # Its log becomes part of the file, so that there may be some space.
    with start(tmp_path, stand_in, small_disk, wait=False) as scalehook:
        scalehook.process.await_ready(lambda: scalehook.get("/-/healthy").status == 200)
        assert_it_goes_on_by_itself(scalehook, stand_in, small_disk)
