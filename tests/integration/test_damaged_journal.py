"""A journal that is damaged under the running daemon is mended by it, and nothing is lost."""

import contextlib
import sqlite3

from alert_load import CONFIG
from programs.kube_api import workload
from programs.process import wait_until
from programs.scalehook import Scalehook

PAGE = 4096


def post(scalehook, status="firing"):
    ends = "0001-01-01T00:00:00Z" if status == "firing" else "2026-11-23T17:06:10.585Z"
    return scalehook.post("/hpa", {"version": "4", "status": status, "alerts": [{
        "status": status, "labels": {"alertname": "step-back", "deployment": "shop"},
        "annotations": {"value": "45"}, "startsAt": "2026-11-23T16:06:10.585Z", "endsAt": ends}]})


def damage(scalehook, table):
    """Its first page, which every write to it goes through."""
    file = scalehook.storage / "journal.db"
    with contextlib.closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as journal:
        (root,), = journal.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", [table])
    with file.open("r+b") as opened:
        opened.seek((root - 1) * PAGE)
        opened.write(b"\x7f" * PAGE)


def test_it_is_mended_and_the_baseline_is_remembered(stand_in, tmp_path):
    stand_in.api.create(workload("Deployment", "shop", replicas=2), "default")

    def start():
        return Scalehook(tmp_path / "scalehook", CONFIG,
                         env={"KUBECONFIG": str(stand_in.kubeconfig)})

    def await_replicas(count):
        wait_until(lambda: stand_in.api.replicas("Deployment", "default", "shop") == count,
                   f"there are {count}")

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
