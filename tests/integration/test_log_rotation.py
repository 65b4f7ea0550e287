"""The notifier `log` of a running daemon whose file the real logrotate takes away."""

import json
import os
import subprocess
import time

import pytest
from programs.process import wait_until
from programs.scalehook import Scalehook
from test_daemon import alert, notification

ROTATIONS = 10
CONFIG = """
notifiers:
  - {{name: lines, plugin: log, settings: {{output: {path}, format: json}}}}
"""


class Rotated:
    """A daemon with a log file; `rotate` is logrotate, which sends it SIGHUP as it is usual."""

    def __init__(self, folder, stand_in, how):
        self._folder = folder / "log"
        self._folder.mkdir(mode=0o700)
        self.path = self._folder / "events.log"
        self._sent = 0
        self.scalehook = Scalehook(folder / "scalehook", CONFIG.format(path=self.path),
                                   env={"KUBECONFIG": str(stand_in.kubeconfig)})
        self._config = folder / "logrotate.conf"
        self._config.write_text(f"""
            {self.path} {{
                {how}
                rotate 1000
                postrotate
                    kill -HUP {self.scalehook.process.pid}
                endscript
            }}
        """, encoding="utf-8")
        self._config.chmod(0o600)

    def send(self, count=5):
        """So many events: alerts that name no workload."""
        alerts = [alert(deployment="", instance=str(self._sent + i)) for i in range(count)]
        self._sent += count
        assert self.scalehook.post("/hpa", notification(*alerts)).status == 200

    def rotate(self):
        subprocess.run(["/usr/sbin/logrotate", "--force", "--state", self._folder / "state",
                        self._config], check=True, capture_output=True, timeout=60)

    def instances(self, path):
        """What the lines of a file are about; one that is no whole line fails the test."""
        text = path.read_text(encoding="utf-8")
        assert text == "" or text.endswith("\n")
        return [int(json.loads(line)["alerts"][0]["labels"]["instance"])
                for line in text.splitlines()]

    def await_all(self):
        """Every event has its line, in whichever file; and only one."""
        def written():
            return sorted(instance for path in self._folder.glob("events.log*")
                          for instance in self.instances(path))
        wait_until(lambda: len(written()) >= self._sent, f"{self._sent} lines are written")
        assert written() == list(range(self._sent))

    def files(self):
        return sorted(self._folder.glob("events.log*"))


@pytest.mark.parametrize("how", ["create 0640", "nocreate"])
def test_no_line_is_lost_or_doubled_while_logrotate_moves_the_file(stand_in, tmp_path, how):
    rotated = Rotated(tmp_path, stand_in, how)
    with rotated.scalehook:
        for _ in range(ROTATIONS):
            rotated.send()
            wait_until(lambda: rotated.path.exists() and rotated.instances(rotated.path),
                       "the new file has a line")
            rotated.send()  # its lines are being written while the file is moved
            rotated.rotate()
        rotated.send()
        rotated.await_all()
        assert len(rotated.files()) == 1 + ROTATIONS
        assert rotated.instances(rotated.path)[-1] >= 10 * ROTATIONS


def test_a_file_moved_away_may_be_created_by_who_moved_it(stand_in, tmp_path):
    """logrotate's `create` opens with O_EXCL, and sets aside what is there already."""
    rotated = Rotated(tmp_path, stand_in, "")
    with rotated.scalehook:
        rotated.send()
        rotated.await_all()
        rotated.path.rename(rotated.path.with_suffix(".log.1"))
        rotated.send()
        rotated.await_all()  # nobody creates it
        assert rotated.instances(rotated.path) == list(range(5, 10))
        assert rotated.path.stat().st_mode & 0o777 == 0o640
        rotated.path.rename(rotated.path.with_suffix(".log.2"))
        rotated.send()
        time.sleep(0.3)  # a logrotate that is slow between its two acts: the lines come first
        os.close(os.open(rotated.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        rotated.await_all()
        assert rotated.instances(rotated.path) == list(range(10, 15))
        assert rotated.path.stat().st_mode & 0o777 == 0o600


def test_copytruncate_leaves_no_hole(stand_in, tmp_path):
    rotated = Rotated(tmp_path, stand_in, "copytruncate")
    with rotated.scalehook:
        for _ in range(ROTATIONS):
            rotated.send()
            rotated.await_all()  # what is written while it copies is lost by its nature
            rotated.rotate()
            assert rotated.path.stat().st_size == 0
        rotated.send()
        rotated.await_all()
        assert len(rotated.files()) == 1 + ROTATIONS
        assert len(rotated.instances(rotated.path)) == 5
