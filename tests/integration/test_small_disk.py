"""A disk of 2 MiB is enough for what is little: the journal's log does not fill it."""

import contextlib

import pytest

from alert_load import CONFIG
from disks import SmallDisk
from programs.kube_api import workload
from programs.process import wait_until
from programs.scalehook import Scalehook

NOTIFICATIONS = 200  # some MiB of log, and less than one of file


@pytest.fixture(name="disk")
def _disk(tmp_path):
    with contextlib.closing(SmallDisk(tmp_path)) as disk:
        yield disk


@pytest.fixture(name="scalehook")
def _scalehook(stand_in, tmp_path, disk):
    stand_in.api.create(workload("Deployment", "shop", replicas=1), "default")
    with Scalehook(tmp_path, CONFIG, launcher=disk.launcher,
                   env={"KUBECONFIG": str(stand_in.kubeconfig)}) as scalehook:
        yield scalehook


def scale_to(scalehook, replicas):
    return scalehook.post("/hpa", {"version": "4", "status": "firing", "alerts": [{
        "status": "firing", "labels": {"alertname": "set", "deployment": "shop"},
        "annotations": {"value": str(replicas)}, "startsAt": "2026-11-23T16:06:10.585Z",
        "endsAt": "0001-01-01T00:00:00Z"}]})


def assert_all_is_stored(scalehook):
    wait_until(lambda: scalehook.metric("scalehook_notifications_undecided") == 0 and
               scalehook.metric("scalehook_journal_queue_length") == 0, "all is decided")
    assert scalehook.metric("scalehook_journal_commit_failures_total") == 0
    assert scalehook.get("/-/ready").status == 200


def test_the_log_leaves_room_for_the_file(stand_in, scalehook):
    for number in range(1, NOTIFICATIONS + 1):
        assert scale_to(scalehook, number).status == 200
    assert_all_is_stored(scalehook)
    assert stand_in.api.replicas("Deployment", "default", "shop") == NOTIFICATIONS


def test_when_others_fill_the_disk_the_log_gives_back_its_space(scalehook, disk):
    assert scale_to(scalehook, 2).status == 200
    assert_all_is_stored(scalehook)
    disk.fill()
    assert scale_to(scalehook, 3).status == 200
