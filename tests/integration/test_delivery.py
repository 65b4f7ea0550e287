"""kill -9 at any moment, and a mail server that hangs or refuses: each event arrives all the same."""

import collections
import json
import re
import urllib.parse

import kills
from alert_load import CONFIG, DEPLOYMENTS, Load, create_deployments
from programs.process import wait_until
from programs.scalehook import Scalehook, reduced

KILLS = reduced(200, 40)
NAMES = DEPLOYMENTS[::4]  # of each kind
DOMAIN = "example.org"
# Of a mail about so many events, or of one.
BURST = re.compile(rf"<(?P<first>[0-9-]+)(\.(?P<count>\d+)\.[0-9a-f]+)?\.bursts@{DOMAIN}>")


class Moments(kills.Moments):
    """Some make the mail server behave in some way before."""

    def __init__(self, load, server, lines, chance):
        super().__init__(load, chance)
        self._server, self._lines = server, lines
        self._known = {}  # which mails are of bursts

    def mailed(self):
        aim = len(self._mails()) + self._chance.randint(1, 10)
        wait_until(lambda: len(self._mails()) >= aim, "more mails have come", interval=0.001)

    def burst_mailed(self):
        aim = self._bursts() + 1
        wait_until(lambda: self._bursts() >= aim, "a burst's mail has come", interval=0.001)

    def written(self):
        begun = self._size()
        wait_until(lambda: self._size() > begun, "another line is written", interval=0.001)

    def refused(self):
        self._server.refuse_data = "451 4.3.0 try again later"
        self.decided()

    def unwelcome(self):
        self._server.refuse = {f"ops@{DOMAIN}": "450 4.2.1 mailbox busy"}
        self.decided()

    def hung(self):
        self._hang(self._chance.choice(["EHLO", "MAIL", "RCPT", "DATA"]))
        self.decided()  # that hangs nobody else

    def mailed_unheard(self):
        self._hang("QUIT")  # the mail has been accepted, and the daemon has not noted it yet

    def _hang(self, command):
        self._server.hung.clear()
        self._server.hang_at = command
        assert self._server.hung.wait(30)

    def _mails(self):
        return list(self._server.folder.glob("*.json"))

    def _bursts(self):
        for mail in set(self._mails()) - self._known.keys():
            self._known[mail] = f"all@{DOMAIN}" in mail.read_text(encoding="utf-8")
        return sum(self._known.values())

    def _size(self):
        return self._lines.stat().st_size if self._lines.exists() else 0


def config(server, lines):
    notified = CONFIG.replace("defaults:", "defaults:\n  notify: [mail, bursts, lines]")
    assert notified != CONFIG
    return notified + f"""
notifiers:
  - name: mail
    plugin: email
    group_wait: 0s
    settings: {{smarthost: "{server.address}", from: scalehook@{DOMAIN}, to: [ops@{DOMAIN}],
               require_tls: false}}
  - name: bursts
    plugin: email
    group_wait: 1s
    settings: {{smarthost: "{server.address}", from: scalehook@{DOMAIN}, to: [all@{DOMAIN}],
               require_tls: false}}
  - {{name: lines, plugin: log, settings: {{output: {lines}, format: json}}}}
"""


def decisions(scalehook):
    """The records that are told of, by their event's id."""
    found = {}
    for name in NAMES:
        target = urllib.parse.quote(f"deployment default/{name}")
        answer = scalehook.get(f"/api/v1/decisions?target={target}&limit=10000").json()["decisions"]
        assert len(answer) < 10_000
        found.update({one["id"]: one for one in answer if one["reason"] != "coalesced"})
    return found


def test_each_decisions_event_arrives_whenever_the_daemon_is_killed(stand_in, smtp_server, tmp_path):
    chance = kills.seeded(KILLS)
    create_deployments(stand_in, NAMES)
    lines = tmp_path / "events.jsonl"
    environment = {"KUBECONFIG": str(stand_in.kubeconfig)}
    given = config(smtp_server, lines)
    # Each equally often, in any order.
    plan = (kills.names(Moments) * KILLS)[:KILLS]
    chance.shuffle(plan)
    with Load(dict.fromkeys(NAMES)) as load:
        moments = Moments(load, smtp_server, lines, chance)
        for moment in plan:
            kills.kill_at(moment, moments, load, tmp_path / "scalehook", given, environment)
            smtp_server.refuse, smtp_server.refuse_data, smtp_server.hang_at = {}, None, None
        with Scalehook(tmp_path / "scalehook", given, environment) as scalehook:
            load.turn_to(scalehook)
            load.end()
            for notifier in ("mail", "bursts", "lines"):
                def nothing_waits():
                    waiting = scalehook.metric("scalehook_notifier_queue_length", notifier=notifier)
                    assert waiting == 0, waiting
                    return True

                wait_until(nothing_waits, f"nothing waits for {notifier}", timeout=300)
            told = decisions(scalehook)
            assert scalehook.get("/api/v1/dead-letters").json()["dead_letters"] == []

    # A kill may end a write in the midst of a line, which is written again then, on a line of its own.
    whole, torn = {}, []
    for line in lines.read_bytes().split(b"\n")[:-1]:
        try:
            whole[line] = json.loads(line)
        except ValueError:
            torn.append(line)
    assert all(any(line.startswith(part) for line in whole) for part in torn)
    assert len(torn) <= KILLS
    written = whole.values()
    assert {one["id"] for one in written} == told.keys()
    assert all(one["explanation"] == told[one["id"]]["explanation"] for one in written)

    mails = collections.defaultdict(set)
    count = 0
    for mail in smtp_server.mails():
        mails[mail.message["Message-ID"]].add(mail.raw)
        count += 1
    assert all(len(texts) == 1 for texts in mails.values()), "a repeat is the same mail"
    repeats = count - len(mails)
    assert repeats >= plan.count("mailed_unheard"), "those were accepted, and sent once more"
    bursts = [found for each in mails if (found := BURST.fullmatch(each))]
    assert mails.keys() == ({f"<{each}.mail@{DOMAIN}>" for each in told} |
                            {found[0] for found in bursts})
    # No event is in two of them.
    assert {found["first"] for found in bursts} <= told.keys()
    assert sum(int(found["count"] or 1) for found in bursts) == len(told)
    assert len(bursts) < len(told)
