"""The notifier `log` with syslog receivers under TLS (RFC 5425)."""

import concurrent.futures
import contextlib
import socket
import ssl
import subprocess
import threading

import pytest
from events import event
from programs.certificates import Authority
from programs.plugin_drive import PluginDrive, refusal
from programs.process import wait_until
from programs.rsyslog import Rsyslog
from test_log_syslog import failure, ids, messages, settings, two_addresses  # noqa: F401


class Receiver:
    """Takes one connection under TLS and reads it to its end: a close_notify, not a mere FIN."""

    def __init__(self, authority, address, host):
        certificate, key = authority.server("receiver", [host])
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.options &= ~ssl.OP_IGNORE_UNEXPECTED_EOF  # which Python sets
        self._context.load_cert_chain(certificate, key)
        self._listener = socket.create_server((address, 0))
        self._listener.settimeout(30)
        self.tls_port = self._listener.getsockname()[1]
        self._result = concurrent.futures.ThreadPoolExecutor(1).submit(self._serve)

    def _serve(self):
        with self._listener, self._listener.accept()[0] as connection:
            connection.settimeout(30)
            with self._context.wrap_socket(connection, server_side=True,
                                           suppress_ragged_eofs=False) as stream:
                return b"".join(iter(lambda: stream.recv(65536), b""))

    def read_to_its_end(self):
        return self._result.result(timeout=60)


def tls_settings(rsyslog, authority, host="127.0.0.1", **more):
    return settings(f"tls://{host}:{rsyslog.tls_port}",
                    tls_config={"ca_file": str(authority.certificate), **more})


def test_tls_and_a_receiver_that_restarts(authority, tmp_path):
    hosts = ("127.0.0.1", "localhost")
    with Rsyslog(tmp_path / "rsyslog", tls=(authority, hosts)) as rsyslog:
        for host in hosts:
            with PluginDrive("log", tls_settings(rsyslog, authority, host)) as drive:
                long = event(id=f"{host}-1", explanation="x" * 5000)
                assert drive.notify(long)["status"] == "ok"
                assert drive.notify(event(id=f"{host}-2"))["status"] == "ok"
                wait_until(lambda: f"{host}-2" in ids(rsyslog), "rsyslog has both")
                rsyslog.stop()
                assert failure(drive.notify(event()))[0] == "connect"
                rsyslog.start()
                assert drive.notify(event(id=f"{host}-3"))["status"] == "ok"
        got = messages(rsyslog, 6)
    assert [message["data"]["scalehook@32473"]["id"] for message in got] == [
        f"{host}-{number}" for host in hosts for number in (1, 2, 3)]
    assert got[0]["message"].endswith("x" * 5000)


def test_a_certificate_that_is_not_to_be_trusted(authority, tmp_path):
    with Rsyslog(tmp_path / "rsyslog", tls=(authority, ["loghost.example.org"])) as rsyslog:
        other = Authority(tmp_path / "other")
        for given, said in [
                (tls_settings(rsyslog, other), "is not trusted: "),
                (settings(f"tls://127.0.0.1:{rsyslog.tls_port}"), "is not trusted: "),
                (tls_settings(rsyslog, authority), "is not trusted: IP address mismatch"),
                (tls_settings(rsyslog, authority, "localhost"), "is not trusted: hostname mismatch")]:
            with PluginDrive("log", given) as drive:
                code, explanation = failure(drive.notify(event()))
                assert (code, said in explanation) == ("tls", True), explanation
        assert rsyslog.messages() == []
        given = tls_settings(rsyslog, other, insecure_skip_verify=True)
        with PluginDrive("log", given) as drive:
            assert drive.notify(event())["status"] == "ok"
        messages(rsyslog, 1)


def test_a_receiver_that_asks_for_a_certificate(authority, tmp_path):
    tls = (authority, ["127.0.0.1"])
    with Rsyslog(tmp_path / "rsyslog", tls=tls, mutual=True) as rsyslog:
        def own(whose):
            certificate, key = whose.client("scalehook")
            return {"cert_file": str(certificate), "key_file": str(key)}

        other = own(Authority(tmp_path / "other"))
        for files, said in [({}, "refused us: "), (other, "refused us: ")]:
            with PluginDrive("log", tls_settings(rsyslog, authority, **files)) as drive:
                code, explanation = failure(drive.notify(event()))
                assert (code, said in explanation) == ("tls", True), explanation
        with PluginDrive("log", tls_settings(rsyslog, authority, **own(authority))) as drive:
            assert drive.notify(event(id="1"))["status"] == "ok"
        messages(rsyslog, 1)


def test_the_end_of_the_stream_is_told(authority):
    receiver = Receiver(authority, "127.0.0.1", "127.0.0.1")
    with PluginDrive("log", tls_settings(receiver, authority)) as drive:
        assert drive.notify(event())["status"] == "ok"
    assert b"CheckoutQueue fires" in receiver.read_to_its_end()


# One of them is the first that is tried.
@pytest.mark.parametrize("how", ["hangs up", "says nothing"])
@pytest.mark.parametrize("good, bad", [("127.0.0.1", "127.0.0.2"), ("127.0.0.2", "127.0.0.1")])
def test_an_address_where_nobody_speaks_tls_is_not_the_last(
        authority, two_addresses, good, bad, how):  # noqa: F811
    receiver = Receiver(authority, good, "two.example")
    given = tls_settings(receiver, authority, "two.example")
    with socket.create_server((bad, receiver.tls_port)) as listener:
        listener.settimeout(30)

        def hang_up():
            with contextlib.suppress(OSError):
                while True:
                    listener.accept()[0].close()

        if how == "hangs up":
            threading.Thread(target=hang_up, daemon=True).start()
        with PluginDrive("log", given, launcher=two_addresses.enter) as drive:
            answer = drive.notify(event(), timeout_ms=10_000)
            assert answer["status"] == "ok", answer
        listener.shutdown(socket.SHUT_RDWR)
    assert b"CheckoutQueue fires" in receiver.read_to_its_end()


def test_a_passphrase_is_not_asked_for(authority, tmp_path):
    certificate, key = authority.client("protected")
    protected = tmp_path / "protected.key"
    subprocess.run(["openssl", "pkey", "-in", key, "-aes256", "-passout", "pass:secret", "-out",
                    protected], check=True)
    said = f"/syslog/tls_config/key_file {protected} is protected by a passphrase; write it without one"
    files = {"cert_file": str(certificate), "key_file": str(protected)}
    given = settings("tls://127.0.0.1:6514", tls_config=files)
    assert refusal("log", given) == f"driven (plugin log): {said}\n"
    # And where it was renewed so.
    unusable = protected.read_text()
    protected.write_bytes(key.read_bytes())
    stderr = tmp_path / "stderr"
    with socket.create_server(("127.0.0.1", 0)) as listener:
        given["syslog"]["address"] = f"tls://127.0.0.1:{listener.getsockname()[1]}"
        with PluginDrive("log", given, stderr=stderr) as drive:
            assert failure(drive.notify(event(), timeout_ms=1000))[0] == "timeout"
            protected.write_text(unusable)
            assert failure(drive.notify(event())) == ("tls", said)
    assert stderr.read_text() == ""


def test_files_that_cannot_be_used_are_refused_at_the_start(authority, tmp_path):
    certificate, key = map(str, authority.client("start"))
    other_key = str(authority.client("other")[1])
    none, empty = str(tmp_path / "none"), tmp_path / "empty"
    empty.touch()
    for files, said in [
            ({"ca_file": none}, f"ca_file {none} cannot be used: No such file or directory"),
            ({"ca_file": str(empty)}, f"ca_file {empty} cannot be used"),
            ({"cert_file": none, "key_file": key}, f"cert_file {none} cannot be used: No such"),
            ({"cert_file": key, "key_file": key}, f"cert_file {key} cannot be used: no start line"),
            ({"cert_file": certificate, "key_file": none}, f"key_file {none} cannot be used: No such"),
            ({"cert_file": certificate, "key_file": other_key},
             f"key_file {other_key} cannot be used: key values mismatch; expected PEM")]:
        message = refusal("log", settings("tls://127.0.0.1:6514", tls_config=files))
        assert f"/syslog/tls_config/{said}" in message


def test_a_file_that_goes_away_is_waited_for(authority, tmp_path):
    renewed = tmp_path / "ca.crt"
    renewed.write_bytes(authority.certificate.read_bytes())
    with Rsyslog(tmp_path / "rsyslog", tls=(authority, ["127.0.0.1"])) as rsyslog, \
            PluginDrive("log", tls_settings(rsyslog, authority, ca_file=str(renewed))) as drive:
        assert drive.notify(event(id="1"))["status"] == "ok"
        messages(rsyslog, 1)
        rsyslog.stop()
        rsyslog.start()  # so there is another connection to make
        renewed.unlink()
        code, explanation = failure(drive.notify(event()))
        assert (code, f"ca_file {renewed} cannot be used" in explanation) == ("tls", True)
        renewed.write_bytes(authority.certificate.read_bytes())
        assert drive.notify(event(id="2"))["status"] == "ok"
        messages(rsyslog, 2)


def test_a_receiver_that_says_nothing_under_tls_costs_no_more_than_the_deadline():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"tls://127.0.0.1:{listener.getsockname()[1]}"
        with PluginDrive("log", settings(address)) as drive:
            code, explanation = failure(drive.notify(event(), timeout_ms=1000))
            assert (code, "does not answer under TLS" in explanation) == ("timeout", True)
