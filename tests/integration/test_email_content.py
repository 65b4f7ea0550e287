"""What the mails of the notifier `email` say, read by Python's own parsers."""

import datetime
import email.utils
import html.parser

import pytest
from events import event
from mails import assert_status, clear, deliver, part, sound
from programs.plugin_drive import PluginDrive

UNSUBSCRIBE = f"<https://example.org/{'u' * 80}>"


def test_mail_says_which_workload_went_from_how_many_to_how_many_and_why(smtp_server):
    with PluginDrive("email", clear(smtp_server), env={"TZ": "CET-1"}) as drive:
        assert_status(drive.notify(event()), "ok", "", smtp_server.address)
    [mail] = smtp_server.await_mails()
    assert mail.sender == "scalehook@example.org"
    assert mail.recipients == ["ops@example.org"]

    message = sound(mail)
    assert message["Subject"] == ("[scalehook] deployment shop/checkout: 2 -> 3 "
                                  "(CheckoutQueue firing)")
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
    assert len(mail.raw) < 200 * 1024
    assert "more alerts" in part(sound(mail))


def test_an_event_without_alerts_or_counts(smtp_server):
    one = event(kind="refused", reason="not-found", to=None, alerts=[],
                explanation="there is no such deployment", **{"from": None})
    assert_status(deliver(clear(smtp_server), one), "ok", "")
    [mail] = smtp_server.await_mails()
    message = sound(mail)
    assert message["Subject"] == ("[scalehook] deployment shop/checkout: refused: "
                                  "there is no such deployment")
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
                           "List-Id": "Scaling <scaling.example.org>",
                           "List-Unsubscribe": UNSUBSCRIBE})
    assert_status(deliver(given, event(episode="a")), "ok", "")
    [mail] = smtp_server.await_mails()
    message = sound(mail)
    assert message["Subject"] == "scaled: deployment shop/checkout hpa $ ü"
    assert message["Reply-To"].addresses[0].display_name == "Büro"
    assert message["Reply-To"].addresses[0].addr_spec == "office@example.org"
    assert message["X-Team"] == "zahlungü"
    assert message["List-Id"] == "Scaling <scaling.example.org>"
    assert f"List-Unsubscribe: {UNSUBSCRIBE}\r\n".encode() in mail.raw
    assert message["References"] is None


# Several events.

def burst():
    return [event(id="1", target_text="deployment shop/checkout", episode="a"),
            event(id="2", target_text="deployment shop/cart", to=5, episode="b"),
            event(id="3", target_text="deployment shop/pay", kind="failed", reason="failed",
                  episode="b", time="2026-11-23T16:07:10Z")]


def test_a_burst_is_one_mail(smtp_server):
    with PluginDrive("email", clear(smtp_server)) as drive:
        assert_status(drive.notify_group(burst()), "ok", "")
    [mail] = smtp_server.await_mails()
    message = sound(mail)
    assert message["Subject"] == ("[scalehook] 3 decisions, 1 failed: deployment shop/pay failed, "
                                  "deployment shop/checkout 2 -> 3, deployment shop/cart 2 -> 5")
    date = email.utils.parsedate_to_datetime(message["Date"])
    assert date == datetime.datetime.fromisoformat("2026-11-23T16:07:10+00:00")
    assert message["In-Reply-To"] is None and message["References"] is None  # of two episodes
    plain, rich = part(message), part(message, "html")
    assert plain.startswith("3 decisions, 1 failed:\n\n"
                            "  deployment shop/checkout: 2 -> 3\n"
                            "  deployment shop/cart: 2 -> 5\n"
                            "  deployment shop/pay: failed, not scaled 2 -> 3\n")
    for words in ("deployment shop/checkout went from 2 to 3 replicas.",
                  "deployment shop/cart went from 2 to 5 replicas.",
                  "Scaling deployment shop/pay from 2 to 3 replicas failed."):
        assert words in plain
        assert words in rich
    assert rich.index("2 → 5") < rich.index("went from 2 to 3 replicas.")


def test_a_burst_goes_once_to_each_recipient(smtp_server):
    smtp_server.refuse = {"b@example.org": "451 4.7.1 greylisted"}
    with PluginDrive("email", clear(smtp_server, to=["a@example.org", "b@example.org"])) as drive:
        assert_status(drive.notify_group(burst()), "retry", "recipients-deferred", "a@example.org")
        smtp_server.refuse = {}
        for _ in range(2):
            assert_status(drive.notify_group(burst()), "ok", "")
        first, second = smtp_server.await_mails(2)
        assert (first.recipients, second.recipients) == (["a@example.org"], ["b@example.org"])
        assert first.raw == second.raw
        assert_status(drive.notify_group(burst()[:2]), "ok", "")  # as after a restart
        assert smtp_server.await_mails(3)[2].recipients == ["a@example.org", "b@example.org"]


def test_a_burst_with_what_is_no_event_is_to_come_one_by_one(smtp_server):
    with PluginDrive("email", clear(smtp_server)) as drive:
        assert_status(drive.notify_group([event(), {"id": "1"}]), "invalid", "bad-event", "/time")
    assert not smtp_server.mails()


def test_a_hundred_huge_events_are_a_small_mail(smtp_server):
    alert = {**event()["alerts"][0], "annotations": {"description": "ü" * 2000}}
    many = [event(id=str(number), alerts=[alert] * 10, episode=str(number),
                  target_text=f"deployment shop/{number}-{'x' * 1000}") for number in range(100)]
    with PluginDrive("email", clear(smtp_server)) as drive:
        assert_status(drive.notify_group(many), "ok", "")
    [mail] = smtp_server.await_mails()
    assert len(mail.raw) < 200 * 1024
    message = sound(mail)
    assert "shop/99-" in part(message)
    assert "shop/99-" in part(message, "html")
