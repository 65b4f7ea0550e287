"""The notifier `email` against a real SMTP server, its mails read by Python's own parser."""

import datetime
import email.utils
import html.parser
import socket

import pytest
from events import event
from programs.certificates import Authority
from programs.plugin_drive import PluginDrive, refusal
from programs.process import free_port
from programs.smtp_server import SmtpServer

USER, PASSWORD = "scalehook", "pä ss\\word="


def settings(server, **more):
    return {"smarthost": server.address, "from": "Scalehook <scalehook@example.org>",
            "to": ["ops@example.org"], **more}


def clear(server, **more):
    """Settings for a server without TLS."""
    return settings(server, require_tls=False, **more)


def trusting(server, authority, **more):
    return settings(server, tls_config={"ca_file": str(authority.certificate)}, **more)


def deliver(given, one=None, **options):
    with PluginDrive("email", given) as drive:
        return drive.notify(one or event(), **options)


def assert_status(answer, status, code, *words):
    assert (answer["status"], answer["code"]) == (status, code), answer
    for word in words:
        assert word in answer["explanation"], answer


def part(message, kind="plain"):
    """The content of the part that is text/`kind`."""
    return message.get_body((kind,)).get_content().replace("\r\n", "\n")


def sound(mail):
    """The mail's message, after a look at what no mail may have."""
    message = mail.message
    assert message.defects == []
    for name, header in message.items():
        assert header.defects == (), f"{name}: {header}"
    assert not mail.raw.replace(b"\r\n", b"").count(b"\r")
    assert not mail.raw.replace(b"\r\n", b"").count(b"\n")
    lines = mail.raw.split(b"\r\n")
    one_word = (b"Message-ID:", b"In-Reply-To:", b"References:")
    assert all(len(line) <= (998 if line.startswith(one_word) else 78) for line in lines)
    assert message.get_content_type() == "multipart/alternative"
    kinds = [each.get_content_type() for each in message.iter_parts()]
    assert kinds == ["text/plain", "text/html"]  # the best is last (RFC 2046, section 5.1.4)
    for each in message.iter_parts():
        assert each.defects == []
        assert each.get_content_charset() == "utf-8"
    return message


@pytest.fixture
def password_file(tmp_path):
    path = tmp_path / "password"
    path.write_text(PASSWORD + "\n", encoding="utf-8")
    return path


# What is said.

def test_mail_says_which_workload_went_from_how_many_to_how_many_and_why(smtp_server):
    with PluginDrive("email", clear(smtp_server), env={"TZ": "CET-1"}) as drive:
        assert_status(drive.notify(event()), "ok", "", smtp_server.address)
    [mail] = smtp_server.await_mails()
    assert mail.sender == "scalehook@example.org"
    assert mail.recipients == ["ops@example.org"]

    message = sound(mail)
    assert message["Subject"] == "[scalehook] deployment shop/checkout: 2 -> 3 (applied)"
    assert message["From"].addresses[0].display_name == "Scalehook"
    assert message["To"].addresses[0].addr_spec == "ops@example.org"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["MIME-Version"] == "1.0"
    assert message["Date"].endswith(" 17:06:10 +0100")
    date = email.utils.parsedate_to_datetime(message["Date"])
    assert date == datetime.datetime.fromisoformat("2026-11-23T16:06:10+00:00")
    assert message["Message-ID"] == "<decision-1.driven@example.org>"

    body = part(message)
    assert "deployment shop/checkout went from 2 to 3 replicas." in body
    assert "CheckoutQueue fires with value 37; the rule adds 1 replica" in body
    assert "checkout-queue" in body
    assert "firing: CheckoutQueue" in body
    assert "deployment: checkout" in body
    assert "summary: The queue is long" in body
    assert "description: 37 tasks wait" in body
    assert "2026-11-23 17:05:10 CET (+0100)" in body
    assert "http://prometheus.example.org:9090/graph?g0.expr=app_active_task_count" in body
    assert "http://alertmanager.example.org:9093" in body


def test_any_language_arrives(smtp_server):
    name = "deployment läden/kasse-😀-" + "東京" * 30
    label = "déjà vu – ¿qué? " + "ж" * 300
    one = event(target_text=name, explanation=label)
    given = clear(smtp_server, to=["Bereitschaft Süd <ops@example.org>", '"Doe, J" <j@example.org>'])
    assert_status(deliver(given, one), "ok", "")
    [mail] = smtp_server.await_mails()
    message = sound(mail)
    assert message["Subject"].startswith("[scalehook] deployment läden/kasse-😀-東京東京")
    assert [a.display_name for a in message["To"].addresses] == ["Bereitschaft Süd", "Doe, J"]
    assert label in part(message)
    mail.raw.decode("ascii")


def test_dots_long_lines_and_equals_signs_arrive_as_they_are(smtp_server):
    explanation = "." * 400 + " = =3D " + "x" * 1500
    one = event(explanation=explanation,
                alerts=[{"status": "firing", "labels": {"alertname": "A"},
                         "annotations": {"d": ".\n..\n.end\nFrom me"}}])
    assert_status(deliver(clear(smtp_server), one), "ok", "")
    [mail] = smtp_server.await_mails()
    body = part(sound(mail))
    assert explanation in body
    assert "    d: .\n        ..\n        .end\n        From me\n" in body
    assert b"\r\n." in mail.raw  # so that libcurl and the server did have dots to stuff


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\u0085", "\u2028", "\x00", "\x0b"])
def test_nothing_in_an_event_becomes_a_header_or_a_command(smtp_server, end):
    attack = f"x{end}Bcc: victim@example.org{end}{end}.{end}RCPT TO:<victim@example.org>{end}"
    one = event(id=attack, kind=attack, episode=attack, target_text=attack, reason=attack, rule=attack,
                action=attack, explanation=attack, external_url=attack,
                alerts=[{"status": attack, "labels": {"alertname": attack, attack: attack},
                         "annotations": {attack: attack}, "starts_at": attack,
                         "generator_url": attack}])
    assert_status(deliver(clear(smtp_server), one), "ok", "")
    [mail] = smtp_server.await_mails()
    assert mail.recipients == ["ops@example.org"]
    message = sound(mail)
    assert sorted(message.keys()) == sorted([
        "Date", "From", "To", "Subject", "Message-ID", "In-Reply-To", "References",
        "Auto-Submitted", "MIME-Version", "Content-Type"])
    assert "victim@example.org" in part(message)


def test_a_huge_event_is_a_small_mail(smtp_server):
    alert = {**event()["alerts"][0], "annotations": {"description": "x" * 5000}}
    assert_status(deliver(clear(smtp_server), event(alerts=[alert] * 2000)), "ok", "")
    [mail] = smtp_server.await_mails()
    assert len(mail.raw) < 500_000
    assert "more alerts" in part(sound(mail))


def test_an_event_without_alerts_or_counts(smtp_server):
    one = event(kind="refused", reason="not-found", to=None, alerts=[],
                explanation="there is no such deployment", **{"from": None})
    assert_status(deliver(clear(smtp_server), one), "ok", "")
    [mail] = smtp_server.await_mails()
    message = sound(mail)
    assert message["Subject"] == "[scalehook] deployment shop/checkout: refused (not-found)"
    assert "there is no such deployment" in part(message)


def test_what_is_no_event_is_no_mail(smtp_server):
    assert_status(deliver(clear(smtp_server), {"id": "1"}), "failed", "bad-event", "/time")
    assert smtp_server.mails() == []


def test_the_html_part_is_well_formed_and_says_the_same(smtp_server):
    class Reader(html.parser.HTMLParser):
        """Its text, its links, and whether what is opened is closed."""

        def __init__(self):
            super().__init__()
            self.open, self.links, self.words = [], [], ""

        def handle_starttag(self, tag, attributes):
            assert tag not in ("script", "img", "link", "iframe", "form"), tag
            if tag not in ("meta", "br"):
                self.open.append(tag)
            if tag == "a":
                self.links.append(dict(attributes)["href"])

        def handle_endtag(self, tag):
            assert self.open.pop() == tag

        def handle_data(self, data):
            self.words += data

    attack = "</td></table><script>alert('x')</script><a href='http://evil.example'>&amp;"
    one = event(explanation=attack)
    one["alerts"][0]["annotations"].update(
        description=attack, runbook_url="https://runbooks.example.org/queue?a=1&b=2")
    one["alerts"][0]["labels"][attack] = attack
    assert_status(deliver(clear(smtp_server), one), "ok", "")
    [mail] = smtp_server.await_mails()
    reader = Reader()
    reader.feed(part(sound(mail), "html"))
    reader.close()
    assert reader.open == []
    assert reader.links == [
        one["external_url"], one["alerts"][0]["generator_url"],
        "https://runbooks.example.org/queue?a=1&b=2"]
    for words in ("deployment shop/checkout went from 2 to 3 replicas.", "The queue is long",
                  "checkout-queue", "scale-out"):
        assert words in reader.words
    assert reader.words.count(attack) == 4


def test_the_mails_of_an_episode_are_one_conversation(smtp_server):
    with PluginDrive("email", clear(smtp_server)) as drive:
        for name, episode in (("1", "a"), ("2", "a"), ("3", "b"), ("4", None)):
            assert_status(drive.notify(event(id=name, episode=episode)), "ok", "")
    first, second, other, none = [sound(mail) for mail in smtp_server.await_mails(4)]
    assert first["References"] == first["In-Reply-To"] == "<episode.a.driven@example.org>"
    assert second["References"] == second["In-Reply-To"] == first["References"]
    assert other["References"] == "<episode.b.driven@example.org>"
    assert none["References"] is None and none["In-Reply-To"] is None
    assert len({mail["Message-ID"] for mail in (first, second, other, none)}) == 4


def test_the_settings_subject_headers_and_threading(smtp_server):
    given = clear(smtp_server, threading=False, subject="${kind}: ${target} ${labels.trigger} $$ ü",
                  headers={"Reply-To": "Büro <office@example.org>", "X-Team": "zahlung\u00fc",
                           "List-Id": "Scaling <scaling.example.org>"})
    assert_status(deliver(given, event(episode="a")), "ok", "")
    [mail] = smtp_server.await_mails()
    message = sound(mail)
    assert message["Subject"] == "scaled: deployment shop/checkout hpa $ ü"
    assert message["Reply-To"].addresses[0].display_name == "Büro"
    assert message["Reply-To"].addresses[0].addr_spec == "office@example.org"
    assert message["X-Team"] == "zahlungü"
    assert message["List-Id"] == "Scaling <scaling.example.org>"
    assert message["References"] is None


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
            password_file.write_text("\n")
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
        assert answer["status"] == "denied", answer


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


def test_the_same_event_after_a_restart_is_the_same_mail(smtp_server):
    for _ in range(2):  # two processes, as after a restart
        assert_status(deliver(clear(smtp_server)), "ok", "")
    first, second = smtp_server.await_mails(2)
    assert first.raw == second.raw


# A server that will not, or cannot.

@pytest.mark.parametrize("reply, status", [("451 4.3.0 try again later", "retry"),
                                           ("554 5.7.1 looks like spam", "failed")])
def test_a_refused_message(smtp_server, reply, status):
    smtp_server.refuse_data = reply
    assert_status(deliver(clear(smtp_server)), status, f"smtp-{reply[:3]}", reply, "DATA")
    smtp_server.refuse_data = None
    smtp_server.refuse = {"ops@example.org": reply}
    assert_status(deliver(clear(smtp_server)), status, f"smtp-{reply[:3]}", reply)


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
