"""The notifier `log`: events as lines."""

import concurrent.futures
import contextlib
import json
import os
import select
import shlex
import socket
import stat

import pytest
from events import event
from programs.namespace import Namespace
from programs.plugin_drive import PluginDrive, refusal
from programs.scalehook import preloading

PIPE_BUF = select.PIPE_BUF
NASTY = 'a "b" \\ = \n\r\t\x00\x1b[31m\x7f\u0085\u2028\u2029 é 😀 end'


def write(given, *events, **options):
    with PluginDrive("log", given, **options) as drive:
        return [drive.notify(one) for one in events]


def lines(path):
    text = path.read_bytes().decode("utf-8")
    assert text.endswith("\n")
    return text[:-1].split("\n")


def fields(line):
    """A logfmt line read as a shell would, which splits and unquotes alike."""
    return dict(word.split("=", 1) for word in shlex.split(line))


def test_logfmt_is_for_people(tmp_path):
    path = tmp_path / "events.log"
    [answer] = write({"output": str(path)}, event())
    assert answer["status"] == "ok", answer
    [line] = lines(path)
    assert line.startswith('time=2026-11-23T16:06:10.585Z kind=scaled '
                           'target="deployment shop/checkout" from=2 to=3 direction=out '
                           'reason=applied explanation="CheckoutQueue fires')
    assert fields(line) == {
        "time": "2026-11-23T16:06:10.585Z", "kind": "scaled", "target": "deployment shop/checkout",
        "from": "2", "to": "3", "direction": "out", "reason": "applied",
        "explanation": "CheckoutQueue fires with value 37; the rule adds 1 replica",
        "rule": "checkout-queue", "action": "scale-out", "dry_run": "false",
        "firing": "CheckoutQueue", "id": "decision-1"}


def test_logfmt_has_the_episode_before_the_id(tmp_path):
    path = tmp_path / "events.log"
    write({"output": str(path)}, event(episode="e-7"))
    assert lines(path)[0].endswith(" firing=CheckoutQueue episode=e-7 id=decision-1")


def test_logfmt_names_each_alert_once(tmp_path):
    path = tmp_path / "events.log"
    alerts = [{"status": status, "labels": {"alertname": name}}
              for status, name in [("firing", "B"), ("resolved", "C"), ("firing", "B"),
                                   ("firing", "A"), ("firing", "x y")]]
    write({"output": str(path)}, event(alerts=alerts + [{"status": "firing"}, {}]))
    read = fields(lines(path)[0])
    assert (read["firing"], read["resolved"]) == ("B,A,x y", "C")


def test_json_is_the_whole_event(tmp_path):
    path = tmp_path / "events.log"
    write({"output": str(path), "format": "json"}, event(), event(id="2", explanation=NASTY))
    assert [json.loads(line) for line in lines(path)] == [event(),
                                                          event(id="2", explanation=NASTY)]


@pytest.mark.parametrize("form", ["logfmt", "json"])
def test_one_event_is_one_line_whatever_it_holds(tmp_path, form):
    path = tmp_path / "events.log"
    one = event(target_text=NASTY, explanation=NASTY, rule=NASTY, id=NASTY,
                alerts=[{"status": "firing", "labels": {"alertname": NASTY, NASTY: NASTY}}])
    write({"output": str(path), "format": form}, one)
    text = path.read_bytes().decode("utf-8")
    assert len(text.splitlines()) == 1  # by every line end that Unicode knows
    assert all(character.isprintable() for character in text[:-1])
    assert "é 😀 end" in text


def test_stderr_is_the_default(tmp_path):
    path = tmp_path / "stderr"
    [answer] = write({}, event(), stderr=path)
    assert answer["status"] == "ok", answer
    assert fields(lines(path)[0])["to"] == "3"


def test_a_file_is_appended_to_made_with_0640_and_may_be_rotated(tmp_path):
    path, rotated = tmp_path / "events.log", tmp_path / "events.log.1"
    old = os.umask(0)
    try:
        with PluginDrive("log", {"output": str(path)}) as drive:
            drive.notify(event(id="1"))
            assert stat.S_IMODE(path.stat().st_mode) == 0o640
            path.rename(rotated)
            drive.notify(event(id="2"))
            path.write_text("in between\n" + path.read_text())
            drive.notify(event(id="3"))
    finally:
        os.umask(old)
    assert [fields(line)["id"] for line in lines(rotated)] == ["1"]
    assert lines(path)[0] == "in between"
    assert [fields(line)["id"] for line in lines(path)[1:]] == ["2", "3"]


def test_a_fault_is_a_retry_that_names_path_and_reason(tmp_path):
    path = tmp_path / "later" / "events.log"
    with PluginDrive("log", {"output": str(path)}) as drive:
        answer = drive.notify(event())
        assert (answer["status"], answer["code"]) == ("retry", "write")
        assert str(path) in answer["explanation"]
        assert "No such file or directory; make its folder" in answer["explanation"]
        path.parent.mkdir()
        assert drive.notify(event())["status"] == "ok"
    assert len(lines(path)) == 1


def test_a_full_disk():
    [answer] = write({"output": "/dev/full"}, event())
    assert (answer["status"], answer["code"]) == ("retry", "write")
    assert "No space left on device" in answer["explanation"]


@pytest.mark.parametrize("meanwhile", ["nothing", "a restart", "a rotation"])
def test_a_line_that_broke_on_a_full_disk_is_written_again(tmp_path, meanwhile):
    disk = "mkdir /run/disk && mount -t tmpfs -o size=64k tmpfs /run/disk"
    given = {"output": "/run/disk/events.log", "format": "json"}
    with Namespace(tmp_path / "disk", disk) as namespace, contextlib.ExitStack() as drives:
        def started():
            return drives.enter_context(PluginDrive("log", given, launcher=namespace.enter))

        drive = started()
        namespace.run("dd", "if=/dev/zero", "of=/run/disk/ballast", "bs=4096", "count=4")
        written = []
        for number in range(1000):
            one = event(id=str(number), explanation="x" * 500)
            answer = drive.notify(one)
            if answer["status"] != "ok":
                break
            written.append(one)
        assert (answer["status"], answer["code"]) == ("retry", "write"), answer
        assert "No space left on device" in answer["explanation"]
        assert drive.notify(one)["status"] == "retry"
        namespace.run("rm", "/run/disk/ballast")
        rotated = ""
        if meanwhile == "a restart":
            drive = started()
        if meanwhile == "a rotation":
            namespace.run("mv", "/run/disk/events.log", "/run/disk/events.log.1")
            rotated = namespace.run("cat", "/run/disk/events.log.1") + "\n"
        assert drive.notify(one)["status"] == "ok"
        text = rotated + namespace.run("cat", "/run/disk/events.log")
    found = text[:-1].split("\n")
    assert [json.loads(line) for line in found[:len(written)]] == written
    assert len(found) > len(written) + 1, "no line broke"
    assert json.loads(found[-1]) == one
    for part in found[len(written):-1]:  # what there was room for
        assert part and part != found[-1] and found[-1].startswith(part)


def test_a_pipe_that_nobody_reads(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    with PluginDrive("log", {"output": str(path)}) as drive:
        answer = drive.notify(event())
        assert (answer["status"], answer["code"]) == ("retry", "write"), answer
        assert "a pipe that nobody reads?" in answer["explanation"]
        reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        filler = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
        while True:
            try:
                os.write(filler, b"x" * 4096)
            except BlockingIOError:
                break
        answer = drive.notify(event(), timeout_ms=1000)
        assert (answer["status"], answer["code"]) == ("retry", "timeout"), answer
        while True:
            try:
                os.read(reader, 65536)
            except BlockingIOError:
                break
        assert drive.notify(event())["status"] == "ok"
        assert fields(os.read(reader, 65536).decode().rstrip("\n"))["id"] == "decision-1"
        os.close(filler)
        os.close(reader)


def drain(descriptor, enough):
    """What comes out of it until there is `enough`."""
    text = b""
    while not enough(text):
        assert select.select([descriptor], [], [], 30)[0], f"nothing more came after {text[-80:]}"
        text += os.read(descriptor, 65536)
    return text


@pytest.mark.parametrize("kind", ["pipe", "socket", "pty"])
def test_a_standard_stream_that_nobody_reads(kind):
    if kind == "pipe":
        reader, writer = os.pipe()
    elif kind == "pty":
        reader, writer = os.openpty()
    else:  # what systemd gives to services
        reader, writer = (end.detach() for end in socket.socketpair())
    large = event(id="1", explanation="y" * 1_000_000)
    with PluginDrive("log", {"format": "json"}, stderr=writer) as drive:
        answer = drive.notify(large, timeout_ms=1000)
        assert (answer["status"], answer["code"]) == ("retry", "timeout"), answer
        # A part of the line was written: what comes next does not continue it.
        with concurrent.futures.ThreadPoolExecutor() as pool:
            told = pool.submit(drain, reader, lambda text: text.count(b"\n") == 3)
            assert drive.notify(large)["status"] == "ok"
            assert drive.notify(event(id="2"))["status"] == "ok"
            said = told.result(timeout=60).replace(b"\r\n", b"\n")  # a terminal adds the \r
            part, first, second, end = said.split(b"\n")
    os.close(reader)
    assert part and end == b""
    assert (json.loads(first), json.loads(second)) == (large, event(id="2"))


def test_a_pipe_into_which_others_write_too():
    """Whoever takes the room between poll and write costs no more than the deadline."""
    reader, writer = os.pipe()
    robbed = {**preloading("resource-faults.so"), "RESOURCE_FAULTS_FULL_PIPE": "1"}
    with PluginDrive("log", {"format": "json"}, stderr=writer, env=robbed) as drive:
        answer = drive.notify(event(), timeout_ms=1000)
        assert (answer["status"], answer["code"]) == ("retry", "timeout"), answer
        assert "nobody reads stderr" in answer["explanation"]
    assert drain(reader, lambda text: len(text) >= 65536) == bytes(65536)
    os.close(reader)


def test_lines_of_several_writers_into_one_pipe_stay_whole(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    kept_open = os.open(path, os.O_WRONLY)  # else each line would be followed by an end
    given = {"output": str(path), "format": "json"}
    longest = PIPE_BUF - 1 - len(json.dumps(event(id="0-000", explanation=""), ensure_ascii=False,
                                            separators=(",", ":")))

    def send(who):
        with PluginDrive("log", given) as drive:
            return [drive.notify(event(id=f"{who}-{number:03}", explanation="x" * longest))["status"]
                    for number in range(100)]

    with concurrent.futures.ThreadPoolExecutor() as pool:
        sent = [pool.submit(send, who) for who in range(3)]
        text = drain(reader, lambda text: text.count(b"\n") == 300)
        assert all(set(one.result(timeout=60)) == {"ok"} for one in sent)
    os.close(kept_open)
    os.close(reader)
    found = text.decode().splitlines()
    assert {len(line) + 1 for line in found} == {PIPE_BUF}
    ids = [json.loads(line)["id"] for line in found]
    for who in range(3):
        assert [one for one in ids if one.startswith(f"{who}-")] == [
            f"{who}-{number:03}" for number in range(100)]


def test_long_lines_of_several_writers_to_one_file_stay_whole(tmp_path):
    path = tmp_path / "events.log"

    def send(who):
        with PluginDrive("log", {"output": str(path), "format": "json"}) as drive:
            return [drive.notify(event(id=f"{who}-{number}", explanation=who * 100_000))["status"]
                    for number in range(50)]

    with concurrent.futures.ThreadPoolExecutor() as pool:
        assert {status for sent in pool.map(send, "abc") for status in sent} == {"ok"}
    found = [json.loads(line) for line in lines(path)]
    assert all(set(one["explanation"]) == {one["id"][0]} for one in found)
    for who in "abc":
        assert [one["id"] for one in found if one["id"].startswith(who)] == [
            f"{who}-{number}" for number in range(50)]


def test_what_is_no_event(tmp_path):
    with PluginDrive("log", {"output": str(tmp_path / "events.log")}) as drive:
        answer = drive.notify([])
        assert (answer["status"], answer["code"]) == ("failed", "bad-event")


@pytest.mark.parametrize("given, word", [
    ({"format": "xml"}, "format"), ({"output": "relative.log"}, "output"),
    ({"path": "/x"}, "path")])
def test_wrong_settings_are_refused(given, word):
    assert word in refusal("log", given)
