"""A real systemd-journald with a journal of its own, read by the real journalctl."""

import json
import signal

from programs.namespace import Namespace
from programs.process import Process

_SETUP = """
mkdir -p /run/systemd/journal /run/systemd/journald.conf.d /run/log/journal
printf '[Journal]\\nStorage=volatile\\nReadKMsg=no\\nAudit=no\\nForwardToWall=no\\n' \
  >/run/systemd/journald.conf.d/test.conf
"""


class Journald:
    """Only processes started behind `enter` reach it. As a context manager it is stopped."""

    def __init__(self, folder, start=True):
        self._folder = folder
        self._namespace = Namespace(folder, _SETUP)
        self.enter = self._namespace.enter
        self._process = None
        if start:
            self.start()

    def start(self):
        own = "_TRANSPORT=driver"  # what it says of itself
        before = len(self.entries(own))
        self._process = Process([*self.enter, "/lib/systemd/systemd-journald"],
                                self._folder / "journald.log")
        self._process.await_ready(lambda: len(self.entries(own)) > before)

    def stop(self):
        self._process.stop()

    def freeze(self):
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self):
        self._process.send_signal(signal.SIGCONT)

    def entries(self, *matches):
        """The entries that match, oldest first, as journalctl writes them in JSON."""
        lines = self._namespace.run("journalctl", "-D", "/run/log/journal", "-o", "json", "--all",
                                    "--no-pager", "-q", *matches)
        return [json.loads(line) for line in lines.splitlines()]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._process and self._process.returncode is None:
            self.thaw()
            self._process.kill()
        self._namespace.__exit__()
