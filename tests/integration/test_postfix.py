"""Mails of the daemon through Debian's Postfix: STARTTLS, a login, and what comes of each refusal."""

import pytest
from programs import postfix
from programs.kube_api import workload
from programs.postfix import Postfix
from programs.process import wait_until
from programs.scalehook import Scalehook
from programs.smtp_server import SmtpServer

pytestmark = pytest.mark.skipif(not postfix.available(),
                                reason="needs root, postfix and sasl2-bin, for Postfix starts as root")

USER, PASSWORD = "scalehook", "pä ss\\word="
OPS, OFFICE = "ops@example.org", "büro@example.org"
LABEL = "läden/" + "kasse-" * 40


@pytest.fixture
def server(authority):
    with Postfix(authority, (USER, PASSWORD), recipients=(OPS, OFFICE)) as started:
        yield started


@pytest.fixture
def password_file(tmp_path):
    path = tmp_path / "password"
    path.write_text(PASSWORD + "\n", encoding="utf-8")
    return path


def notifier(name, address, authority, password_file, to, more="", group_wait="0s"):
    """An entry of `notifiers`; without a password file it does not log in."""
    login = f"""
      username: {USER}
      password_file: {password_file}""" if password_file else ""
    return f"""
  - name: {name}
    plugin: email
    group_wait: {group_wait}
    settings:
      smarthost: "{address}"
      from: Scalehook <scalehook@example.org>
      to: [{", ".join(to)}]
      tls_config: {{ca_file: {authority.certificate}}}{login}{more}"""


RULES = """
defaults: {cooldown: {out: 0s, in: 0s}, scale_in: {stabilization: 0s}}
rules:
  - name: r
    matchers: ['trigger="hpa"']
    target: {scaler: deployment, namespace: default, name: "${deployment}"}
    action: scale-out
"""


def daemon(stand_in, folder, *notifiers):
    return Scalehook(folder, "notifiers:" + "".join(notifiers) + RULES,
                     env={"KUBECONFIG": str(stand_in.kubeconfig)})


def post(scalehook, status, *names):
    alerts = [{"status": status,
               "labels": {"alertname": "Busy", "trigger": "hpa", "deployment": name, "shop": LABEL},
               "annotations": {"summary": "Die Schlange wächst", "description": "von\n37 Aufträgen"},
               "startsAt": "2026-11-23T16:06:10.585Z",
               "endsAt": "2026-11-23T17:06:10Z" if status == "resolved" else "0001-01-01T00:00:00Z",
               "generatorURL": "http://prometheus.example.org/graph?g0.expr=a"} for name in names]
    answer = scalehook.post("/hpa", {"version": "4", "alerts": alerts,
                                     "externalURL": "http://alertmanager.example.org"})
    assert answer.status == 200


def create(stand_in, *names):
    for name in names:
        stand_in.api.create(workload("Deployment", name, replicas=2), "default")


def replicas(stand_in, name):
    return stand_in.api.replicas("Deployment", "default", name)


def test_a_burst_is_one_mail_and_an_episode_a_conversation_in_a_mailbox(stand_in, server, authority,
                                                                        password_file, tmp_path):
    create(stand_in, "one", "two", "three", "four")
    settings = """
      subject: "${headline} ${labels.shop}\""""
    with daemon(stand_in, tmp_path / "scalehook",
                notifier("mail", server.address, authority, password_file,
                         [OPS, f"Das Büro <{OFFICE}>"], settings, "15s")) as scalehook:
        post(scalehook, "firing", "one", "two", "three")
        [first] = server.await_messages(1)
        post(scalehook, "firing", "four")
        second = server.await_messages(2)[1]
        post(scalehook, "resolved", "four")
        third = server.await_messages(3)[2]
        also_first = server.await_messages(3, OFFICE)[0]
    assert "sasl_method=PLAIN" in server.log()

    for message in (first, second, third, also_first):
        assert message.defects == []
        # With SMTPUTF8, TLS and a login (RFC 6531, RFC 3848).
        assert "with UTF8SMTPSA" in message["Received"]
        assert message["From"].addresses[0].addr_spec == "scalehook@example.org"
        assert [each.addr_spec for each in message["To"].addresses] == [OPS, OFFICE]
        assert message["To"].addresses[1].display_name == "Das Büro"
        assert message["Date"].datetime.tzinfo is not None
        assert message["Auto-Submitted"] == "auto-generated"
        for part in message.iter_parts():
            assert part.defects == []
            for words in ("Die Schlange wächst", LABEL, "37 Aufträgen",
                          "http://prometheus.example.org/graph?g0.expr=a",
                          "http://alertmanager.example.org"):
                assert words in part.get_content(), part.get_content_type()
    assert first["Message-ID"] == also_first["Message-ID"]
    text = first.get_body(("plain",)).get_content()
    for name in ("one", "two", "three"):
        assert f"deployment default/{name} went from 2 to 3 replicas." in text
    assert first["Subject"].startswith("3 changes: deployment default/")
    assert third["Subject"].startswith("deployment default/four: 3 -> 2 (Busy resolved) läden/kasse-")
    assert len(third["Subject"].encode()) > 100

    assert first["In-Reply-To"] is None and first["References"] is None  # of three episodes
    assert second["In-Reply-To"] == second["References"]
    assert second["References"].startswith("<episode.")
    assert third["In-Reply-To"] == third["References"] == second["References"]


def test_each_refusal_is_told_apart_and_none_delays_a_scaling(stand_in, server, authority,
                                                              password_file, tmp_path):
    create(stand_in, "one", "two")
    wrong = tmp_path / "wrong"
    wrong.write_text("wrong\n")

    def to(name, address=server.address, given=password_file, recipients=(OPS,), more=""):
        return notifier(name, address, authority, given, recipients, more)

    with Postfix(authority, (USER, PASSWORD), hosts=("mail.example.org",)) as elsewhere, \
            Postfix(authority, (USER, PASSWORD), smtputf8=False) as ascii_only, \
            SmtpServer(tmp_path / "hanging") as hanging, \
            daemon(stand_in, tmp_path / "scalehook",
                   to("good"),
                   to("wrong-password", given=wrong),
                   to("unknown", recipients=["nobody@example.org"]),
                   to("half-unknown", recipients=["nobody@example.org", OPS]),
                   to("no-login", given=None),
                   to("other-host", elsewhere.address),
                   to("no-smtputf8", ascii_only.address, recipients=[OFFICE]),
                   to("hanging", hanging.address, given=None, more="""
      timeout: 1s
      require_tls: false""")) as scalehook:
        hanging.hang_at = "EHLO"
        post(scalehook, "firing", "one")
        assert hanging.hung.wait(60)

        # What is told of by nobody yet does not keep others waiting.
        post(scalehook, "firing", "two")
        wait_until(lambda: replicas(stand_in, "one") == replicas(stand_in, "two") == 3,
                   "both are scaled")

        def calls(name, **labels):
            return scalehook.metric("scalehook_plugin_calls_total", instance=name, call="notify",
                                    **labels)

        refused = {"wrong-password": ("denied", "smtp-535"), "unknown": ("failed", "smtp-550"),
                   "half-unknown": ("failed", "recipients-refused"),
                   "no-login": ("failed", "smtp-554"),
                   "other-host": ("failed", "tls-certificate"),
                   "no-smtputf8": ("failed", "smtputf8-not-offered")}
        for name, (status, code) in refused.items():
            wait_until(lambda: calls(name, status=status, code=code) == 2, f"{name} is {code}")
        wait_until(lambda: calls("good", status="ok") == 2, "the good one is told of both")
        # The same event for the third time: with growing delays, so later than any retry of those.
        wait_until(lambda: calls("hanging", status="retry", code="timeout") >= 3, "it hung again")
        for name in refused:
            assert calls(name) == 2, f"{name}: one call for each of two events, and no other"

        letters = scalehook.get("/api/v1/dead-letters").json()["dead_letters"]
        assert sorted(one["notifier"] for one in letters) == sorted([*refused, *refused])
        words = {"wrong-password": "password_file", "unknown": "nobody@example.org: 550",
                 "half-unknown": f"took the mail for {OPS} but not for nobody@example.org: 550",
                 "no-login": f"{OPS}: 554",
                 "other-host": "does not hold", "no-smtputf8": "SMTPUTF8"}
        for one in letters:
            assert words[one["notifier"]] in one["explanation"]
            assert PASSWORD not in one["explanation"] and "wrong\n" not in one["explanation"]

        hanging.hang_at = None
        # Nothing of it was lost; the delay between two attempts has grown to a minute.
        hanging.await_mails(2, timeout=180)
    assert len(server.await_messages(4)) == 4  # of both events, from the good and the half one
