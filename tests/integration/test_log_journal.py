"""The notifier `log` with the systemd journal, read by the real journalctl."""

import fcntl
import json
import os
import socket

import pytest
from events import event
from programs.journald import Journald
from programs.namespace import Namespace
from programs.plugin_drive import PluginDrive
from programs.process import wait_until
from programs.scalehook import preloading
from test_log_notifier import NASTY

OURS = "SYSLOG_IDENTIFIER=scalehook"


@pytest.fixture
def journald(tmp_path):
    with Journald(tmp_path / "journald") as running:
        yield running


def drive(journald, **options):
    return PluginDrive("log", {"output": "journal"}, launcher=journald.enter, **options)


def entries(journald, count, *matches):
    def found():
        got = journald.entries(*(matches or [OURS]))
        return got if len(got) >= count else None
    got = wait_until(found, f"{count} entries {matches} are in the journal")
    assert len(got) == count
    return got


def test_an_event_is_found_by_its_fields(journald):
    with drive(journald, name="audit") as driven:
        assert driven.notify(event(episode="e-7"))["status"] == "ok"
        assert driven.notify(event(id="2", target_text="deployment shop/cart"))["status"] == "ok"
    entries(journald, 2)
    [entry] = journald.entries("SCALEHOOK_TARGET=deployment shop/checkout")
    ours = {key: value for key, value in entry.items() if key.startswith("SCALEHOOK_")}
    assert json.loads(ours.pop("SCALEHOOK_EVENT")) == event(episode="e-7")
    assert ours == {
        "SCALEHOOK_INSTANCE": "audit", "SCALEHOOK_TIME": "2026-11-23T16:06:10.585Z",
        "SCALEHOOK_KIND": "scaled", "SCALEHOOK_TARGET": "deployment shop/checkout",
        "SCALEHOOK_FROM": "2", "SCALEHOOK_TO": "3", "SCALEHOOK_DIRECTION": "out",
        "SCALEHOOK_REASON": "applied",
        "SCALEHOOK_EXPLANATION": "CheckoutQueue fires with value 37; the rule adds 1 replica",
        "SCALEHOOK_RULE": "checkout-queue", "SCALEHOOK_ACTION": "scale-out",
        "SCALEHOOK_DRY_RUN": "false", "SCALEHOOK_FIRING": "CheckoutQueue",
        "SCALEHOOK_EPISODE": "e-7", "SCALEHOOK_ID": "decision-1"}
    assert entry["MESSAGE"] == ("deployment shop/checkout: 2 -> 3 (applied): CheckoutQueue fires "
                                "with value 37; the rule adds 1 replica")
    assert entry["MESSAGE_ID"] == "331fcec631764f889be34831a32cfa1b"
    assert (entry["PRIORITY"], entry["SYSLOG_IDENTIFIER"]) == ("5", "scalehook")


def test_the_priority_says_how_it_ended(journald):
    kinds = {"scaled": "5", "refused": "4", "failed": "3", "unchanged": "6"}
    with drive(journald) as driven:
        for kind in kinds:
            assert driven.notify(event(kind=kind))["status"] == "ok"
    assert {entry["SCALEHOOK_KIND"]: entry["PRIORITY"]
            for entry in entries(journald, len(kinds))} == kinds


def test_each_alert_is_a_field_of_its_own(journald):
    alerts = [{"status": status, "labels": {"alertname": name}}
              for status, name in [("firing", "A"), ("firing", "B"), ("resolved", "C")]]
    with drive(journald) as driven:
        assert driven.notify(event(alerts=alerts))["status"] == "ok"
    for match in ("SCALEHOOK_FIRING=A", "SCALEHOOK_FIRING=B", "SCALEHOOK_RESOLVED=C"):
        [entry] = entries(journald, 1, match)
        assert entry["SCALEHOOK_FIRING"] == ["A", "B"]


def test_whatever_a_field_holds(journald):
    forged = "x\nSCALEHOOK_KIND=failed\n"
    with drive(journald) as driven:
        assert driven.notify(event(rule=NASTY, reason=forged))["status"] == "ok"
    [entry] = entries(journald, 1)
    # journalctl writes what is not printable as numbers.
    assert bytes(entry["SCALEHOOK_RULE"]).decode() == NASTY
    assert entry["SCALEHOOK_REASON"] == forged
    assert entry["SCALEHOOK_KIND"] == "scaled"
    assert "\n" not in entry["MESSAGE"]


def test_an_event_larger_than_a_datagram(journald):
    large = event(alerts=[{"status": "firing", "labels": {"alertname": f"alert-{number}"},
                           "annotations": {"text": "x" * 500}} for number in range(3000)])
    with drive(journald) as driven:
        assert driven.notify(large)["status"] == "ok"
    [entry] = entries(journald, 1)
    assert json.loads(entry["SCALEHOOK_EVENT"]) == large
    assert entry["SCALEHOOK_FIRING"] == [f"alert-{number}" for number in range(256)]


def test_a_large_event_is_a_file_that_nobody_can_change(tmp_path):
    folder = tmp_path / "journal"
    folder.mkdir()
    mounted = f"mkdir -p /run/systemd/journal && mount --bind {folder} /run/systemd/journal"
    with Namespace(tmp_path / "run", mounted) as run, \
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(str(folder / "socket"))
        receiver.settimeout(30)
        with PluginDrive("log", {"output": "journal"}, launcher=run.enter) as drive:
            assert drive.notify(event(explanation="x" * 100_000))["status"] == "ok"
        data, [file], _, _ = socket.recv_fds(receiver, 65536, 2)
    assert data == b""
    assert fcntl.fcntl(file, fcntl.F_GET_SEALS) == (
        fcntl.F_SEAL_SEAL | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE)
    entry = os.pread(file, 1_000_000, 0)
    os.close(file)
    assert b"\nSCALEHOOK_EXPLANATION=" + b"x" * 100_000 + b"\n" in entry


def test_an_event_larger_than_the_send_buffer(journald):
    small = {**preloading("resource-faults.so"), "RESOURCE_FAULTS_SEND_BUFFER": "1"}
    with drive(journald, env=small) as driven:
        assert driven.notify(event(explanation="x" * 20_000))["status"] == "ok"
    [entry] = entries(journald, 1)
    assert entry["SCALEHOOK_EXPLANATION"] == "x" * 20_000


def test_a_journald_that_is_not_there_is_waited_for(tmp_path):
    with Journald(tmp_path / "journald", start=False) as journald, drive(journald) as driven:
        answer = driven.notify(event(id="early"))
        assert (answer["status"], answer["code"]) == ("retry", "connect"), answer
        assert "/run/systemd/journal/socket: No such file" in answer["explanation"]
        journald.start()
        assert driven.notify(event(id="1"))["status"] == "ok"
        journald.stop()
        answer = driven.notify(event(id="between"))
        assert (answer["status"], answer["code"]) == ("retry", "connect"), answer
        journald.start()
        assert driven.notify(event(id="2"))["status"] == "ok"
        assert [entry["SCALEHOOK_ID"] for entry in entries(journald, 2, OURS)] == ["1", "2"]


def test_a_journald_that_hangs_costs_no_more_than_the_deadline(journald):
    taken = []
    with drive(journald) as driven:
        journald.freeze()
        for number in range(10_000):
            answer = driven.notify(event(id=str(number)), timeout_ms=1000)
            if answer["status"] != "ok":
                break
            taken.append(str(number))
        assert (answer["status"], answer["code"]) == ("retry", "timeout"), answer
        journald.thaw()
        assert driven.notify(event(id="afterwards"))["status"] == "ok"
    found = entries(journald, len(taken) + 1, OURS)
    assert [entry["SCALEHOOK_ID"] for entry in found] == [*taken, "afterwards"]
