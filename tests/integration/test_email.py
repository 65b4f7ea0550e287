"""The notifier `email` against a real SMTP server: whether and how its mails are handed over."""

import socket

import pytest
from events import event
from mails import assert_status, clear, deliver, settings, sound, trusting
from programs.certificates import Authority
from programs.plugin_drive import PluginDrive, refusal
from programs.process import free_port
from programs.smtp_server import SmtpServer

USER, PASSWORD = "scalehook", "pä ss\\word="


@pytest.fixture
def password_file(tmp_path):
    path = tmp_path / "password"
    path.write_text(PASSWORD + "\n", encoding="utf-8")
    return path


# Addresses of any script.

def test_a_domain_of_any_script_needs_nothing_of_the_server(tmp_path):
    with SmtpServer(tmp_path, smtputf8=False) as server:
        given = clear(server, to=["Bücher <ops@bücher.example>"])
        assert_status(deliver(given), "ok", "")
        [mail] = server.await_mails()
        assert mail.recipients == ["ops@xn--bcher-kva.example"]
        assert sound(mail)["To"].addresses[0].addr_spec == "ops@xn--bcher-kva.example"


def test_a_local_part_of_any_script_needs_smtputf8(tmp_path):
    for who in ({"to": ["büro@example.org"]}, {"from": "büro@example.org"}):
        with SmtpServer(tmp_path, smtputf8=False) as server:
            assert_status(deliver({**clear(server), **who}), "failed", "smtputf8-not-offered",
                          server.address, "SMTPUTF8", "'@'")
            assert server.mails() == []


def test_a_retry_without_smtputf8_names_no_address_that_needs_it(smtp_server):
    smtp_server.refuse = {"ops@example.org": "451 4.7.1 greylisted"}
    given = clear(smtp_server, to=["ops@example.org", "jürgen@example.org"])
    with PluginDrive("email", given) as drive:
        assert_status(drive.notify(event()), "retry", "recipients-deferred")
        smtp_server.refuse = {}
        assert_status(drive.notify(event()), "ok", "")
    first, second = smtp_server.await_mails(2)
    assert (first.recipients, second.recipients) == (["jürgen@example.org"], ["ops@example.org"])
    assert "jürgen@example.org" in first.raw.decode("utf-8")
    second.raw.decode("ascii")
    assert [each.addr_spec for each in sound(second)["To"].addresses] == ["ops@example.org"]


# TLS.

def test_starttls(tmp_path, authority):
    with SmtpServer(tmp_path, "starttls", authority) as server:
        assert_status(deliver(trusting(server, authority)), "ok", "")
        [mail] = server.await_mails()
        assert mail.tls
        sound(mail)


def test_starttls_is_used_where_it_is_offered_even_if_not_required(tmp_path, authority):
    with SmtpServer(tmp_path, "starttls", authority) as server:
        assert_status(deliver(trusting(server, authority, require_tls=False)), "ok", "")
        assert server.await_mails()[0].tls


def test_implicit_tls(tmp_path, authority):
    with SmtpServer(tmp_path, "implicit", authority) as server:
        assert_status(deliver(trusting(server, authority, force_implicit_tls=True)), "ok", "")
        [mail] = server.await_mails()
        assert mail.tls
        sound(mail)


def test_tls_is_required_unless_said_otherwise(smtp_server):
    assert_status(deliver(settings(smtp_server)), "failed", "tls-not-offered",
                  smtp_server.address, "STARTTLS", "require_tls")
    assert smtp_server.mails() == []


def test_a_certificate_of_another_ca(tmp_path, authority):
    other = Authority(tmp_path / "other")
    for tls in ("starttls", "implicit"):
        with SmtpServer(tmp_path / tls, tls, other) as server:
            given = trusting(server, authority, force_implicit_tls=tls == "implicit")
            assert_status(deliver(given), "failed", "tls-certificate", server.address, "ca_file")
            assert server.mails() == []
            given["tls_config"]["insecure_skip_verify"] = True
            assert_status(deliver(given), "ok", "")


def test_a_certificate_of_another_host(tmp_path, authority):
    class Elsewhere:
        @staticmethod
        def server(name):
            return authority.server(name, hosts=["mail.example.org"])

    with SmtpServer(tmp_path, "starttls", Elsewhere) as server:
        assert_status(deliver(trusting(server, authority)), "failed", "tls-certificate", "127.0.0.1")


def test_a_ca_file_that_is_none(smtp_server, tmp_path, authority):
    with SmtpServer(tmp_path / "mails-tls", "starttls", authority) as server:
        given = settings(server, tls_config={"ca_file": str(tmp_path / "absent.pem")})
        assert_status(deliver(given), "failed", "tls-ca-file", "absent.pem")


def test_tls_with_a_server_that_speaks_none(smtp_server):
    answer = deliver(settings(smtp_server, force_implicit_tls=True))
    assert_status(answer, "retry", "tls-handshake", smtp_server.address)


# Authentication.

@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
@pytest.mark.parametrize("tls", ["starttls", "implicit", "none"])
def test_login(tmp_path, authority, password_file, tls, mechanism):
    with SmtpServer(tmp_path / "mails", tls, authority, (USER, PASSWORD), [mechanism]) as server:
        answer = deliver(trusting(server, authority, username=USER, require_tls=tls != "none",
                                  force_implicit_tls=tls == "implicit",
                                  password_file=str(password_file)))
        assert_status(answer, "ok", "")
        [mail] = server.await_mails()
        assert (mail.login, mail.mechanism) == (USER, mechanism)


def test_the_password_is_read_at_every_delivery(tmp_path, password_file):
    with SmtpServer(tmp_path / "mails", credentials=(USER, "new")) as server:
        given = clear(server, username=USER, password_file=str(password_file))
        with PluginDrive("email", given) as drive:
            answer = drive.notify(event())
            assert_status(answer, "denied", "smtp-535", "password_file")
            assert PASSWORD not in str(answer)
            assert server.mails() == []
            password_file.write_bytes(b"new\r\n")
            assert_status(drive.notify(event()), "ok", "")
            password_file.unlink()
            another = event(id="decision-2")
            assert_status(drive.notify(another), "denied", "password-file", str(password_file))
            for none in ("\n", "new\nnewer\n", "x" * 5000):
                password_file.write_text(none)
                assert_status(drive.notify(another), "denied", "password-file", str(password_file))
            password_file.unlink()
            password_file.mkdir()
            assert_status(drive.notify(another), "denied", "password-file", "directory")
            assert len(server.mails()) == 1


def test_a_server_that_wants_a_login(tmp_path):
    with SmtpServer(tmp_path, credentials=(USER, PASSWORD)) as server:
        assert_status(deliver(clear(server)), "denied", "smtp-530", "username")


def test_a_server_without_plain_and_login(tmp_path, password_file):
    with SmtpServer(tmp_path / "mails", credentials=(USER, PASSWORD), mechanisms=[]) as server:
        answer = deliver(clear(server, username=USER, password_file=str(password_file)))
        assert_status(answer, "denied", "auth", "AUTH PLAIN or LOGIN")
        assert "password" not in answer["explanation"]  # it was not even tried


# Recipients.

def test_every_recipient_gets_it(smtp_server):
    to = ["a@example.org", "B <b@example.org>", "c@example.org"]
    assert_status(deliver(clear(smtp_server, to=to)), "ok", "")
    [mail] = smtp_server.await_mails()
    assert mail.recipients == ["a@example.org", "b@example.org", "c@example.org"]
    assert len(sound(mail)["To"].addresses) == 3


def test_the_only_recipient_refused(smtp_server):
    smtp_server.refuse = {"ops@example.org": "550 5.1.1 no such user"}
    assert_status(deliver(clear(smtp_server)), "failed", "smtp-550",
                  "ops@example.org: 550 5.1.1 no such user")
    assert smtp_server.mails() == []


def test_one_recipient_refused_for_good(smtp_server):
    smtp_server.refuse = {"b@example.org": "550 5.1.1 no such user"}
    to = ["a@example.org", "b@example.org", "c@example.org"]
    assert_status(deliver(clear(smtp_server, to=to)), "failed", "recipients-refused",
                  "took the mail for a@example.org, c@example.org",
                  "not for b@example.org: 550 5.1.1 no such user")
    assert smtp_server.await_mails()[0].recipients == ["a@example.org", "c@example.org"]


def test_one_recipient_refused_for_now_gets_it_later_and_the_others_not_twice(smtp_server):
    smtp_server.refuse = {"b@example.org": "451 4.7.1 greylisted"}
    with PluginDrive("email", clear(smtp_server, to=["a@example.org", "b@example.org"])) as drive:
        assert_status(drive.notify(event()), "retry", "recipients-deferred",
                      "for a@example.org", "b@example.org: 451 4.7.1 greylisted")
        smtp_server.refuse = {}
        assert_status(drive.notify(event()), "ok", "")
        first, second = smtp_server.await_mails(2)
        assert (first.recipients, second.recipients) == (["a@example.org"], ["b@example.org"])
        assert first.message["Message-ID"] == second.message["Message-ID"]
        assert_status(drive.notify(event(id="decision-2")), "ok", "")
        assert smtp_server.await_mails(3)[2].recipients == ["a@example.org", "b@example.org"]


def test_the_same_event_again_is_no_second_mail(smtp_server):
    with PluginDrive("email", clear(smtp_server)) as drive:
        for _ in range(3):
            assert_status(drive.notify(event()), "ok", "")
        assert len(smtp_server.mails()) == 1


def test_each_of_many_events_is_one_mail(smtp_server):
    with PluginDrive("email", clear(smtp_server)) as drive:
        for number in range(66):  # more than it remembers
            assert_status(drive.notify(event(id=str(number))), "ok", "")
        for number in (63, 64, 65):
            assert_status(drive.notify(event(id=str(number))), "ok", "")
    assert len(smtp_server.mails()) == 66


def test_the_same_event_after_a_restart_is_the_same_mail(smtp_server):
    for _ in range(2):  # two processes, as after a restart
        assert_status(deliver(clear(smtp_server)), "ok", "")
    first, second = smtp_server.await_mails(2)
    assert first.raw == second.raw


# A server that will not, or cannot.

@pytest.mark.parametrize("reply, of_data, of_recipient",
                         [("451 4.3.0 try again later", "retry", "retry"),
                          ("554 5.7.1 looks like spam", "invalid", "failed")])
def test_a_refused_message(smtp_server, reply, of_data, of_recipient):
    smtp_server.refuse_data = reply
    assert_status(deliver(clear(smtp_server)), of_data, f"smtp-{reply[:3]}", reply, "DATA")
    smtp_server.refuse_data = None
    smtp_server.refuse = {"ops@example.org": reply}
    assert_status(deliver(clear(smtp_server)), of_recipient, f"smtp-{reply[:3]}", reply)


def test_a_burst_that_is_too_large_for_the_server_is_to_come_one_by_one(tmp_path):
    alert = {**event()["alerts"][0], "annotations": {"description": "x" * 5000}}
    many = [event(id=str(number), alerts=[alert]) for number in range(10)]
    with SmtpServer(tmp_path, size_limit=40_000) as server, \
            PluginDrive("email", clear(server)) as drive:
        assert_status(drive.notify_group(many), "invalid", "smtp-552", server.address)
        assert server.mails() == []
        assert_status(drive.notify(many[0]), "ok", "")


def test_a_mail_that_is_taken_without_a_word_comes_again_as_the_same(smtp_server):
    smtp_server.breaks = True
    with PluginDrive("email", clear(smtp_server)) as drive:
        assert_status(drive.notify(event()), "retry", "smtp-protocol", "after DATA")
        assert_status(drive.notify(event()), "ok", "")
    first, second = smtp_server.await_mails(2)
    assert first.raw == second.raw


@pytest.mark.parametrize("command", ["EHLO", "MAIL", "RCPT", "DATA"])
def test_a_server_that_hangs_costs_no_more_than_the_deadline(smtp_server, command):
    smtp_server.hang_at = command
    for timeout_ms in (500, 2000, 8000, 32000):  # a busy machine may not even come so far
        answer = deliver(clear(smtp_server), timeout_ms=timeout_ms)
        if command in answer["explanation"] and smtp_server.hung.is_set():
            break
    assert smtp_server.hung.is_set()
    assert_status(answer, "retry", "timeout", smtp_server.address, command)
    assert smtp_server.mails() == []


def test_the_settings_own_timeout(smtp_server):
    smtp_server.hang_at = "MAIL"
    assert_status(deliver(clear(smtp_server, timeout="1s"), timeout_ms=600_000), "retry", "timeout")


def test_a_server_that_does_not_answer_the_farewell(smtp_server):
    smtp_server.hang_at = "QUIT"
    assert_status(deliver(clear(smtp_server), timeout_ms=600_000), "ok", "")
    assert smtp_server.hung.wait(30)
    smtp_server.refuse = {"ops@example.org": "550 no"}
    assert_status(deliver(clear(smtp_server), timeout_ms=600_000), "failed", "smtp-550")


def test_a_peer_that_accepts_and_says_nothing():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        given = {"smarthost": f"127.0.0.1:{silent.getsockname()[1]}", "from": "a@example.org",
                 "to": ["b@example.org"]}
        assert_status(deliver(given, timeout_ms=2000), "retry", "timeout")


def test_nobody_there():
    given = {"smarthost": f"127.0.0.1:{free_port()}", "from": "a@example.org", "to": ["b@c.org"]}
    assert_status(deliver(given), "retry", "connect", given["smarthost"])
    given["smarthost"] = "no-such-host.invalid:25"
    assert_status(deliver(given), "retry", "resolve", "no-such-host.invalid")


def test_it_goes_on_after_faults(smtp_server):
    with PluginDrive("email", clear(smtp_server)) as drive:
        smtp_server.hang_at = "RCPT"
        assert_status(drive.notify(event(), timeout_ms=2000), "retry", "timeout")
        smtp_server.hang_at = None
        assert_status(drive.notify(event()), "ok", "")
        assert len(smtp_server.await_mails()) == 1


def test_the_webs_proxy_is_not_the_mails(smtp_server):
    env = {"ALL_PROXY": "http://127.0.0.1:1", "all_proxy": "http://127.0.0.1:1"}
    with PluginDrive("email", clear(smtp_server), env=env) as drive:
        assert_status(drive.notify(event()), "ok", "")


# Settings.

GOOD = {"smarthost": "smtp.example.org:587", "from": "a@example.org", "to": ["b@example.org"]}


@pytest.mark.parametrize("change, words", [
    ({"password": "secret"}, ["password"]),
    ({"smarthost": "smtp.example.org"}, ["smarthost"]),
    ({"smarthost": "smtp.example.org:25/../x:25"}, ["smarthost"]),
    ({"smarthost": "user@smtp.example.org:25"}, ["smarthost"]),
    ({"smarthost": "smtp.example.org:70000"}, ["smarthost", "65535"]),
    ({"smarthost": None}, ["smarthost"]),
    ({"from": "nobody"}, ["/from", "local@domain"]),
    ({"to": "b@example.org"}, ["to"]),
    ({"to": []}, ["/to", "at least one"]),
    ({"to": ["b@example.org", "c@example.org\r\nRCPT TO:<d@example.org>"]}, ["/to/1"]),
    ({"username": "u"}, ["password_file"]),
    ({"subject": "${nonsense}"}, ["/subject", "${nonsense}", "${headline}, ${count}"]),
    ({"subject": "x\r\nBcc: y@example.org"}, ["/subject", "control characters"]),
    ({"headers": {"Subject": "x"}}, ["/headers/Subject"]),
    ({"headers": {"X-A": "x\r\nBcc: y@example.org"}}, ["/headers/X-A", "one line"]),
    ({"headers": {"X A": "x"}}, ["/headers/X A", "ASCII"]),
    ({"headers": {"X-Priority": 1}}, ["/headers", "in quotes"]),
    ({"headers": {"reply-to": "a@example.org", "Reply-To": "b@example.org"}},
     ["/headers/reply-to", "the same header as Reply-To"]),
    ({"headers": {"bcc": "a@example.org"}}, ["/headers/bcc", "add recipients to /to"]),
    ({"headers": {"Cc": "a@example.org"}}, ["/headers/Cc", "add recipients to /to"]),
    ({"headers": {"Delivered-To": "a@example.org"}}, ["/headers/Delivered-To"]),
    ({"headers": {"List-Id": "Läden <shops.example.org>"}}, ["/headers/List-Id", "ASCII"]),
    ({"headers": {"X-Long": "x" * 991}}, ["/headers/X-Long", "998 bytes"]),
    ({"headers": {"Reply-To": "nobody"}}, ["/headers/Reply-To", "local@domain"]),
    ({"password_file": "/p"}, ["username"]),
    ({"hello": "x\r\nRSET"}, ["hello"]),
    ({"timeout": "soon"}, ["timeout"]),
    ({"timeout": "31s"}, ["timeout", "at most 30s"]),
    ({"timeout": "1m"}, ["timeout", "at most 30s"]),
    ({"tls_config": {"ca_file": "relative.pem"}}, ["ca_file"]),
])
def test_wrong_settings_are_refused(change, words):
    given = {key: value for key, value in {**GOOD, **change}.items() if value is not None}
    said = refusal("email", given)
    for word in words:
        assert word in said
    assert "secret" not in said


def test_good_settings_need_nobody_there():
    for host in ("smtp.example.org:465", "[::1]:25", "mail_relay:25"):
        with PluginDrive("email", {**GOOD, "smarthost": host}):
            pass
