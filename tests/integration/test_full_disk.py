"""A storage folder that cannot be written to: nothing acknowledged is lost, nothing is done that
could not be stored, and it goes on by itself."""

import contextlib

import pytest

from alert_load import CONFIG
from disks import FailingDisk, SmallDisk
from programs.kube_api import workload
from programs.process import http_ok, wait_until
from programs.scalehook import Scalehook


@pytest.fixture(params=["full", "failing-writes", "failing-syncs"])
def disk(request, tmp_path):
    folder = tmp_path / "scalehook"
    made = (SmallDisk(folder) if request.param == "full" else
            FailingDisk(folder, request.param.removeprefix("failing-").removesuffix("s")))
    with contextlib.closing(made):
        yield made


@pytest.fixture
def start(disk, stand_in, tmp_path):
    """Starts the daemon, or starts it again."""
    for name in ("early", "waiting", "late"):
        stand_in.api.create(workload("Deployment", name, replicas=1), "default")
    return lambda: Scalehook(tmp_path / "scalehook", CONFIG, launcher=disk.launcher, env={
        "KUBECONFIG": str(stand_in.kubeconfig), **disk.environment})


def post(scalehook, name):
    alert = {"status": "firing", "labels": {"alertname": "step", "deployment": name},
             "annotations": {"value": "45"}, "startsAt": "2026-11-23T16:06:10.585Z",
             "endsAt": "0001-01-01T00:00:00Z"}
    return scalehook.post("/hpa", {"version": "4", "status": "firing", "alerts": [alert]})


def deployment(name):
    return f"/apis/apps/v1/namespaces/default/deployments/{name}"


def failures(scalehook):
    return scalehook.metric("scalehook_journal_commit_failures_total")


def await_replicas(stand_in, name):
    wait_until(lambda: stand_in.api.replicas("Deployment", "default", name) == 2,
               f"{name} is scaled out")


def accept_early_and_waiting(scalehook, stand_in):
    """Of two notifications one is dealt with; the other's workload cannot be read yet."""
    assert post(scalehook, "early").status == 200
    await_replicas(stand_in, "early")
    stand_in.fault(method="GET", path=deployment("waiting"), status=503, times=0)
    assert post(scalehook, "waiting").status == 200
    wait_until(lambda: stand_in.requests("GET", deployment("waiting")), "it was to be read")


def assert_it_is_told(scalehook, disk):
    refused = post(scalehook, "late")
    assert refused.status == 503
    assert int(refused.headers["Retry-After"]) > 0
    assert disk.says in refused.json()["error"]
    not_ready = scalehook.get("/-/ready")
    assert not_ready.status == 503
    assert disk.says in not_ready.text
    assert scalehook.get("/-/healthy").status == 200
    assert failures(scalehook) > 0


def assert_all_is_done_once(scalehook, stand_in):
    """What was accepted, and what is accepted now."""
    for name in ("early", "waiting"):
        await_replicas(stand_in, name)
    assert post(scalehook, "late").status == 200
    await_replicas(stand_in, "late")
    wait_until(lambda: scalehook.metric("scalehook_journal_queue_length") == 0 and sorted(
        record["target"]["name"]
        for record in scalehook.get("/api/v1/decisions?limit=1000").json()["decisions"]
        if record["reason"] == "applied") == ["early", "late", "waiting"],
        "all that was accepted has its record")
    # A crash may leave in the journal what was written in vain, so `late` need not be the last.
    assert sorted(seen["path"].partition("?")[0] for seen in stand_in.requests("PATCH")) == sorted(
        deployment(name) + "/scale" for name in ("early", "waiting", "late"))


def test_it_tells_waits_and_goes_on_by_itself(disk, start, stand_in):
    with start() as scalehook:
        accept_early_and_waiting(scalehook, stand_in)
        disk.fail()
        assert_it_is_told(scalehook, disk)

        # The workload can be read now. Its intent is in every further try to write.
        stand_in.clear_faults()
        wait_until(lambda: [seen for seen in stand_in.requests("GET", deployment("waiting"))
                            if seen["status"] == 200], "it is read")
        before = failures(scalehook)
        wait_until(lambda: failures(scalehook) >= before + 3, "its intent was tried to be stored")
        assert not stand_in.requests("PATCH", deployment("waiting"))

        disk.recover()
        wait_until(lambda: http_ok(scalehook.url + "/-/ready"), "it is ready without being asked")
        assert_all_is_done_once(scalehook, stand_in)


def test_it_stops_meanwhile_and_goes_on_at_the_next_start(disk, start, stand_in):
    with start() as scalehook:
        accept_early_and_waiting(scalehook, stand_in)
        disk.fail()
        assert_it_is_told(scalehook, disk)
        stand_in.clear_faults()
        wait_until(lambda: [seen for seen in stand_in.requests("GET", deployment("waiting"))
                            if seen["status"] == 200], "it is read")
    assert not stand_in.requests("PATCH", deployment("waiting"))
    disk.recover()
    with start() as scalehook:
        assert_all_is_done_once(scalehook, stand_in)


def test_a_crash_meanwhile_loses_nothing(disk, start, stand_in):
    with start() as scalehook:
        accept_early_and_waiting(scalehook, stand_in)
        disk.fail()
        assert_it_is_told(scalehook, disk)
        scalehook.kill()
    stand_in.clear_faults()
    disk.recover()
    with start() as scalehook:
        assert_all_is_done_once(scalehook, stand_in)
