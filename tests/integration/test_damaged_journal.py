"""A journal that is damaged under the running daemon is mended by it, and nothing is lost."""

import contextlib
import sqlite3

import pytest

from alert_load import CONFIG
from programs.kube_api import workload
from programs.process import wait_until
from programs.scalehook import Scalehook

PAGE = 4096


def post(scalehook, status="firing", alertname="step-back"):
    ends = "0001-01-01T00:00:00Z" if status == "firing" else "2026-11-23T17:06:10.585Z"
    return scalehook.post("/hpa", {"version": "4", "status": status, "alerts": [{
        "status": status, "labels": {"alertname": alertname, "deployment": "shop"},
        "annotations": {"value": "45"}, "startsAt": "2026-11-23T16:06:10.585Z", "endsAt": ends}]})


def query(scalehook, statement, *values):
    file = scalehook.storage / "journal.db"
    with contextlib.closing(sqlite3.connect(f"file:{file}?mode=rw", uri=True)) as journal:
        return journal.execute(statement, values).fetchall()


def damage(scalehook, table):
    """Its first page, which every write to it goes through."""
    (root,), = query(scalehook, "SELECT rootpage FROM sqlite_schema WHERE name = ?", table)
    with (scalehook.storage / "journal.db").open("r+b") as opened:
        opened.seek((root - 1) * PAGE)
        opened.write(b"\x7f" * PAGE)


@pytest.fixture(name="await_replicas")
def _await_replicas(stand_in):
    return lambda count: wait_until(
        lambda: stand_in.api.replicas("Deployment", "default", "shop") == count,
        f"there are {count}")


@pytest.fixture(name="start")
def _start(stand_in, tmp_path):
    """Starts the daemon, over a workload of 2; again on the same folder."""
    stand_in.api.create(workload("Deployment", "shop", replicas=2), "default")
    return lambda: Scalehook(tmp_path / "scalehook", CONFIG,
                             env={"KUBECONFIG": str(stand_in.kubeconfig)})


def test_it_is_mended_and_the_baseline_is_remembered(start, await_replicas):
    with start() as scalehook:
        assert post(scalehook).status == 200
        await_replicas(5)
    with start() as scalehook:  # its log is part of the file now
        damage(scalehook, "record")
        damage(scalehook, "notification")
        assert post(scalehook).status == 200
        wait_until(lambda: scalehook.metric("scalehook_notifications_undecided") == 0, "decided")
        assert scalehook.metric("scalehook_journal_salvages_total") == 1
        assert scalehook.metric("scalehook_journal_commit_failures_total") == 1
        assert scalehook.get("/-/ready").status == 200
        assert "the journal was damaged: it is set aside" in scalehook.log()
        assert list(scalehook.storage.glob("journal.db.damaged-*"))
        wait_until(lambda: scalehook.get("/api/v1/decisions").json()["decisions"], "it is recorded")
    with start() as scalehook:
        assert post(scalehook, "resolved").status == 200
        await_replicas(2)
        assert scalehook.metric("scalehook_journal_salvages_total") == 0


def test_claims_that_could_not_be_read_are_stored_anew_at_once(start, await_replicas):
    with start() as scalehook:
        assert post(scalehook).status == 200
        await_replicas(5)
        wait_until(lambda: scalehook.get("/api/v1/decisions").json()["decisions"], "it is recorded")
        # Else the claim's page is in the log.
        query(scalehook, "PRAGMA wal_checkpoint(TRUNCATE)")
        damage(scalehook, "state")
        damage(scalehook, "record")  # which what no rule matches is written to, and no state
        assert post(scalehook, alertname="of-no-rule").status == 200
        wait_until(lambda: scalehook.metric("scalehook_journal_salvages_total") == 1, "it is mended")
        assert " states=0 " in scalehook.log()
        wait_until(lambda: query(scalehook, "SELECT 1 FROM state WHERE kind = 'target'"),
                   "the claim is stored")
        scalehook.kill()
    with start() as scalehook:
        assert post(scalehook, "resolved").status == 200
        await_replicas(2)
