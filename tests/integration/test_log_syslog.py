"""The notifier `log` with syslog receivers: what rsyslog understands of RFC 5424."""

import json
import socket
import struct
import threading

import pytest
from events import event
from programs.namespace import Namespace
from programs.plugin_drive import PluginDrive, refusal
from programs.process import free_port, wait_until
from programs.rsyslog import Rsyslog
from programs.scalehook import preloading
from test_log_notifier import NASTY, fields

SENTENCE = ("deployment shop/checkout: 2 -> 3 (applied): CheckoutQueue fires with value 37; the "
            "rule adds 1 replica")
PARAMETERS = {"target": "deployment shop/checkout", "from": "2", "to": "3", "direction": "out",
              "reason": "applied", "rule": "checkout-queue", "action": "scale-out",
              "dry_run": "false", "firing": "CheckoutQueue", "id": "decision-1"}


@pytest.fixture
def rsyslog(tmp_path):
    with Rsyslog(tmp_path / "rsyslog") as running:
        yield running


def settings(address, **more):
    return {"output": "syslog", "syslog": {"address": str(address), **more}}


def addresses(rsyslog):
    return {"udp": f"udp://127.0.0.1:{rsyslog.port}", "tcp": f"tcp://127.0.0.1:{rsyslog.port}",
            "name": f"tcp://localhost:{rsyslog.port}", "unix": f"unix://{rsyslog.socket}",
            "path": str(rsyslog.socket)}


def messages(rsyslog, count):
    got = wait_until(lambda: rsyslog.messages()[count - 1:] and rsyslog.messages(),
                     f"rsyslog has {count} messages")
    assert len(got) == count
    return got


def ids(rsyslog):
    return [message["data"]["scalehook@32473"]["id"] for message in rsyslog.messages()]


def failure(answer):
    assert answer["status"] == "retry", answer
    return answer["code"], answer["explanation"]


@pytest.mark.parametrize("way", ["udp", "tcp", "name", "unix", "path"])
def test_every_part_of_a_message_is_understood(rsyslog, way):
    with PluginDrive("log", settings(addresses(rsyslog)[way])) as drive:
        answer = drive.notify(event())
        assert answer["status"] == "ok", answer
        pid = drive.pid
    [message] = messages(rsyslog, 1)
    del message["raw"]
    assert message == {
        "facility": "daemon", "severity": "5", "version": "1", "time": "2026-11-23T16:06:10.585Z",
        "host": socket.gethostname(), "app": "scalehook", "process": str(pid), "id": "scaled",
        "message": SENTENCE, "data": {"scalehook@32473": PARAMETERS}}


def test_what_a_message_says_of_itself_is_a_setting(rsyslog):
    given = settings(f"udp://127.0.0.1:{rsyslog.port}", facility="local3", app_name="autoscaler",
                     hostname="web-1.example.org", enterprise_number=18060)
    kinds = {"scaled": "5", "refused": "4", "failed": "3", "unchanged": "6"}
    with PluginDrive("log", given) as drive:
        for kind in kinds:
            assert drive.notify(event(kind=kind))["status"] == "ok"
    got = messages(rsyslog, len(kinds))
    assert {message["id"]: message["severity"] for message in got} == kinds
    for message in got:
        assert (message["facility"], message["app"]) == ("local3", "autoscaler")
        assert message["host"] == "web-1.example.org"
        assert message["data"] == {"scalehook@18060": PARAMETERS}


@pytest.mark.parametrize("form", ["logfmt", "json"])
def test_the_message_may_be_the_whole_line(rsyslog, form):
    given = {**settings(f"tcp://127.0.0.1:{rsyslog.port}"), "format": form}
    with PluginDrive("log", given) as drive:
        assert drive.notify(event(episode="e-1"))["status"] == "ok"
    [message] = messages(rsyslog, 1)
    assert message["data"]["scalehook@32473"]["episode"] == "e-1"
    if form == "logfmt":
        assert fields(message["message"])["episode"] == "e-1"
    else:
        assert json.loads(message["message"]) == event(episode="e-1")


@pytest.mark.parametrize("way", ["udp", "tcp", "unix"])
def test_whatever_an_event_holds_is_one_message(rsyslog, way):
    one = event(rule=NASTY + "]", explanation=NASTY, id='a"]\\b', action="äöü 😀")
    with PluginDrive("log", settings(addresses(rsyslog)[way])) as drive:
        assert drive.notify(one)["status"] == "ok"
        assert drive.notify(event(id="next"))["status"] == "ok"
    first, second = messages(rsyslog, 2)
    data = first["data"]["scalehook@32473"]
    assert (data["id"], data["action"]) == ('a"]\\b', "äöü 😀")
    assert data["rule"].endswith("é 😀 end]")
    assert first["message"].endswith("é 😀 end")
    assert second["data"]["scalehook@32473"]["id"] == "next"


@pytest.mark.parametrize("way, more, size", [
    ("udp", {}, 2048), ("tcp", {}, 8192), ("unix", {}, 8192), ("tcp", {"max_size": 480}, 480)])
def test_what_is_too_long_is_cut_and_not_lost(rsyslog, way, more, size):
    one = event(explanation="€" * 10_000, rule="ü" * 2000)
    with PluginDrive("log", settings(addresses(rsyslog)[way], **more)) as drive:
        assert drive.notify(one)["status"] == "ok"
    [message] = messages(rsyslog, 1)
    assert size - 3 <= len(message["raw"].encode()) <= size
    assert message["message"].startswith("deployment shop/checkout: 2 -> 3 (applied): €€")
    assert message["message"].endswith("€…")
    if size > 480:
        data = message["data"]["scalehook@32473"]
        assert data["rule"].startswith("üü") and data["rule"].endswith("ü…")
        assert data["id"] == "decision-1"


def test_ipv6():
    port = free_port()
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as receiver:
        try:
            receiver.bind(("::1", port))
        except OSError as error:
            pytest.skip(f"no IPv6 on this machine: {error}")
        receiver.settimeout(30)
        with PluginDrive("log", settings(f"udp://[::1]:{port}")) as drive:
            assert drive.notify(event())["status"] == "ok"
        assert receiver.recv(65536).decode().endswith("] " + SENTENCE)


def test_a_tcp_connection_is_kept_and_frames_are_counted():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(30)
        address = f"tcp://127.0.0.1:{listener.getsockname()[1]}"
        with PluginDrive("log", settings(address)) as drive:
            for number in range(3):
                assert drive.notify(event(id=str(number)))["status"] == "ok"
        connection, _ = listener.accept()
        with connection, connection.makefile("rb") as stream:
            received = stream.read()  # to its end: all came by this one connection
    found = []
    while received:
        size, _, rest = received.partition(b" ")
        message, received = rest[:int(size)], rest[int(size):]
        found.append(message)
    assert len(found) == 3
    assert all(message.startswith(b"<29>1 2026-11-23T16:06:10.585Z ") for message in found)


def test_a_tcp_receiver_that_restarts_misses_nothing(rsyslog):
    sent = []
    with PluginDrive("log", settings(f"tcp://127.0.0.1:{rsyslog.port}")) as drive:
        def send(name):
            answer = drive.notify(event(id=name))
            if answer["status"] == "ok":
                sent.append(name)
            return answer

        for phase in range(3):
            assert send(f"{phase}-first")["status"] == "ok"
            assert send(f"{phase}-second")["status"] == "ok"
            wait_until(lambda: ids(rsyslog) == sent, "rsyslog has all")
            rsyslog.stop()
            assert failure(send("meanwhile")) == (
                "connect", f"cannot reach tcp://127.0.0.1:{rsyslog.port}: Connection refused")
            rsyslog.start()
    assert ids(rsyslog) == sent


def test_a_receiver_that_is_not_there(tmp_path):
    port = free_port()
    for address, code, word in [
            (f"tcp://127.0.0.1:{port}", "connect", "Connection refused"),
            (f"unix://{tmp_path}/none", "connect", "No such file or directory"),
            ("tcp://nowhere.invalid:601", "resolve", "nowhere.invalid")]:
        with PluginDrive("log", settings(address)) as drive:
            given_code, explanation = failure(drive.notify(event()))
            assert (given_code, word in explanation) == (code, True), explanation
    with PluginDrive("log", settings(f"udp://127.0.0.1:{port}")) as drive:
        def refused():
            answer = drive.notify(event())
            return answer["status"] == "retry" and answer
        answer = wait_until(refused, "the system tells that nobody listens")
        assert (answer["code"], "Connection refused" in answer["explanation"]) == ("connect", True)


def test_a_stream_where_datagrams_are_wanted(tmp_path):
    path = str(tmp_path / "stream")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(path)
        listener.listen()
        with PluginDrive("log", settings(path)) as drive:
            code, explanation = failure(drive.notify(event()))
            assert code == "connect"
            assert "datagrams" in explanation


def test_a_message_that_is_larger_than_the_send_buffer_is_given_up(rsyslog):
    small = {**preloading("resource-faults.so"), "RESOURCE_FAULTS_SEND_BUFFER": "1"}
    with PluginDrive("log", settings(rsyslog.socket), env=small) as drive:
        answer = drive.notify(event(explanation="x" * 10_000))
        assert (answer["status"], answer["code"]) == ("failed", "too-large")
        assert str(rsyslog.socket) in answer["explanation"]
        assert "lower /syslog/max_size, which is 8192" in answer["explanation"]
    with PluginDrive("log", settings(rsyslog.socket, max_size=2048), env=small) as drive:
        assert drive.notify(event(explanation="x" * 10_000))["status"] == "ok"
    messages(rsyslog, 1)


@pytest.fixture
def two_addresses(tmp_path):
    """What sees the name two.example as 127.0.0.1 and 127.0.0.2."""
    hosts = tmp_path / "hosts"
    hosts.write_text("127.0.0.1 two.example\n127.0.0.2 two.example\n", encoding="utf-8")
    with Namespace(tmp_path / "names", f"mount --bind {hosts} /etc/hosts") as names:
        yield names


# One of them is the first that is tried.
@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.2"])
def test_udp_to_the_address_where_somebody_listens(two_addresses, address):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind((address, 0))
        receiver.settimeout(30)
        given = settings(f"udp://two.example:{receiver.getsockname()[1]}")
        with PluginDrive("log", given, launcher=two_addresses.enter) as drive:
            assert drive.notify(event())["status"] == "ok"
        assert receiver.recv(65536).decode().endswith("] " + SENTENCE)


def test_a_local_receiver_that_hangs_costs_no_more_than_the_deadline(tmp_path):
    path = str(tmp_path / "log")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(path)
        receiver.settimeout(30)
        with PluginDrive("log", settings(path)) as drive:
            taken = 0
            while (answer := drive.notify(event(), timeout_ms=1000))["status"] == "ok":
                taken += 1
                assert taken < 100_000
            assert failure(answer)[0] == "timeout"
            for _ in range(taken):
                receiver.recv(65536)
            assert drive.notify(event())["status"] == "ok"


def test_a_tcp_receiver_that_does_not_read_costs_no_more_than_the_deadline():
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.settimeout(30)
        address = f"tcp://127.0.0.1:{listener.getsockname()[1]}"
        long = event(explanation="x" * 60_000)
        with PluginDrive("log", settings(address, max_size=60_000)) as drive:
            taken = 0
            while (answer := drive.notify(long, timeout_ms=1000))["status"] == "ok":
                taken += 1
                assert taken < 10_000
            assert failure(answer)[0] == "timeout"
            with listener.accept()[0]:
                assert drive.notify(event())["status"] == "ok"  # by another connection


def test_a_network_that_goes_away_loses_nothing(tmp_path):
    with Namespace(tmp_path / "network", network=True) as network, \
            Rsyslog(tmp_path / "rsyslog", launcher=network.enter) as rsyslog:
        given = settings(f"tcp://127.0.0.1:{rsyslog.port}")
        with PluginDrive("log", given, launcher=network.enter) as drive:
            wait_until(lambda: drive.notify(event(id="1"))["status"] == "ok", "rsyslog listens")
            network.run("ip", "link", "set", "lo", "down")
            code, explanation = failure(drive.notify(event(id="2"), timeout_ms=1000))
            assert (code, "did not acknowledge" in explanation) == ("timeout", True), explanation
            network.run("ip", "link", "set", "lo", "up")
            assert drive.notify(event(id="2"))["status"] == "ok"
        # What the system had kept of the first attempt may come too.
        wait_until(lambda: set(ids(rsyslog)) == {"1", "2"}, "both have come")


class SlowNameServer:
    """Knows that every name is 127.0.0.1, and tells it once it is `told` to."""

    def __init__(self, address):
        self.asked = 0  # so often for an IPv4 address
        self.told = threading.Event()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((address, 53))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self):
        while True:
            query, peer = self._socket.recvfrom(512)
            if not query:  # close
                return
            question = query[12:query.index(b"\0", 12) + 5]
            known = question[-4:] == b"\0\1\0\1"  # A, IN
            self.asked += known
            self.told.wait()
            header = query[:2] + struct.pack(">HHHHH", 0x8180, 1, int(known), 0, 0)
            answer = b"\xc0\x0c" + struct.pack(">HHIH4B", 1, 1, 60, 4, 127, 0, 0, 1)
            self._socket.sendto(header + question + (answer if known else b""), peer)

    def close(self):
        self.told.set()
        self._socket.sendto(b"", self._socket.getsockname())
        self._thread.join()
        self._socket.close()


@pytest.fixture
def slow_names(tmp_path):
    """A name server, and what asks it alone, for 25 seconds."""
    address = "127.53.53.53"
    resolv = tmp_path / "resolv.conf"
    resolv.write_text(f"nameserver {address}\noptions timeout:25 attempts:1\n", encoding="utf-8")
    nsswitch = tmp_path / "nsswitch.conf"
    nsswitch.write_text("hosts: files dns\n", encoding="utf-8")
    setup = f"""
        used="$(readlink -f /etc/resolv.conf)"  # perhaps in /run, which is empty now
        mkdir -p "${{used%/*}}" && touch "$used"
        mount --bind {resolv} "$used"
        mount --bind {nsswitch} /etc/nsswitch.conf
    """
    with Namespace(tmp_path / "names", setup) as names:
        server = SlowNameServer(address)
        yield server, names.enter
        server.close()


def test_a_slow_name_server_costs_no_more_than_the_deadline(rsyslog, slow_names):
    server, launcher = slow_names
    given = settings(f"tcp://receiver.example:{rsyslog.port}")
    with PluginDrive("log", given, launcher=launcher) as drive:
        for _ in range(2):  # the second waits for the first one's lookup
            code, explanation = failure(drive.notify(event(), timeout_ms=1000))
            assert code == "timeout"
            assert "receiver.example" in explanation
        server.told.set()
        assert drive.notify(event())["status"] == "ok"
        assert server.asked == 1
    messages(rsyslog, 1)


def test_a_lookup_that_cannot_be_started_is_tried_again(rsyslog, tmp_path):
    flag = tmp_path / "no-threads"
    environment = {**preloading("resource-faults.so"), "RESOURCE_FAULTS_NO_THREADS": str(flag)}
    given = settings(f"udp://localhost:{rsyslog.port}")  # looked up for each event
    with PluginDrive("log", given, env=environment) as drive:
        assert drive.notify(event())["status"] == "ok"
        flag.touch()
        assert failure(drive.notify(event())) == (
            "resolve", 'the name "localhost" cannot be looked up: Resource temporarily unavailable')
        flag.unlink()
        assert drive.notify(event())["status"] == "ok"
    messages(rsyslog, 2)


def test_an_end_does_not_wait_for_a_name_server(slow_names):
    server, launcher = slow_names
    with PluginDrive("log", settings("tcp://receiver.example:601"), launcher=launcher) as drive:
        assert failure(drive.notify(event(), timeout_ms=1000))[0] == "timeout"
    # It ended well, which it does not if it takes ten seconds.
    assert server.asked == 1 and not server.told.is_set()


@pytest.mark.parametrize("given, said", [
    ({"output": "journal", "format": "json"}, "/format is not for the journal"),
    ({"output": "journald", "format": "logfmt"}, "/format is not for the journal"),
    ({"output": "stdout", "format": "text"}, "/format: text is for output: syslog"),
    ({"output": "stderr", "syslog": {}}, "/syslog is for output: syslog"),
    ({"syslog": {"facility": "daemon"}}, "/syslog is for output: syslog"),
    (settings("/dev/log", facility="local8"), "/syslog/facility"),
    (settings("/dev/log", facility="kern"), "/syslog/facility"),
    (settings("/dev/log", app_name="a b"), "/syslog/app_name"),
    (settings("/dev/log", hostname=""), "/syslog/hostname"),
    (settings("/dev/log", max_size=479), "/syslog/max_size"),
    (settings("/dev/log", enterprise_number=0), "/syslog/enterprise_number"),
    (settings("/dev/log", transport="udp"), "transport"),
    (settings("loghost"), '/syslog/address: "loghost" is no address: write /dev/log'),
    (settings("udp://loghost"), "has no port"), (settings("tcp://[::1]"), "has no port"),
    (settings("tls://loghost"), "has no port"),
    (settings("tcp://loghost:1", tls_config={}), "/syslog/tls_config is for an address tls://"),
    (settings("tls://loghost:1", tls_config={"cert_file": "/x"}), "go together"),
    (settings("tls://loghost:1", tls_config={"ca_file": "x"}), "/syslog/tls_config/ca_file"),
    (settings("udp://::1:514"), "write [::1]:514"),
    (settings("unix://relative"), "no absolute path"),
    (settings("/" + "x" * 107), "107 bytes")])
def test_wrong_settings_are_refused(given, said):
    assert said in refusal("log", given)
