"""Disks that fail, for a daemon's folder; what they say is what the daemon is to say of them."""

import errno
import pathlib
import subprocess
import sys

import pytest

from programs.process import Process
from programs.scalehook import preloading

# Of each operation that io_faults.c lets fail. The daemon truncates the index when it starts.
SAID = {"read": "reading", "write": "writing", "sync": "syncing to the disk (fsync)",
        "truncate": "opening the index of its log (-shm)", "map": "mapping into memory (mmap)"}

# If the file can take what is in its log.
EMPTY_LOG = """
import contextlib, sqlite3, sys
with (contextlib.closing(sqlite3.connect(sys.argv[1])) as journal,
      contextlib.suppress(sqlite3.OperationalError)):
    journal.execute("PRAGMA wal_checkpoint(TRUNCATE)")
"""


class SmallDisk:
    """A tmpfs in a mount namespace of its own, which a process holds."""

    says = "journal.db: the disk is full; free some space, and "

    def __init__(self, folder):
        mount = ["unshare", "--mount", "sh", "-c",
                 'mount -t tmpfs -o size=2m tmpfs "$0" && echo mounted && exec sleep infinity']
        self._folder = folder / "storage"
        self._folder.mkdir(parents=True)
        self._holder = Process([*mount, self._folder], folder / "disk.log")
        try:
            self._holder.await_ready(lambda: "mounted" in self._holder.output())
        except AssertionError as refused:
            pytest.skip(f"NOT TESTED: no tmpfs can be mounted here: {refused}")
        self.launcher = ["nsenter", "--mount", "--target", str(self._holder.pid)]
        self.environment = {}
        self._seen = pathlib.Path(f"/proc/{self._holder.pid}/root{self._folder}")

    def fill(self, left=0):
        """Takes all but so many bytes; answers how many."""
        with (self._seen / "ballast").open("ab", buffering=0) as ballast:
            before = ballast.tell()
            with pytest.raises(OSError) as full:
                while True:
                    ballast.write(bytes(4096))
            assert full.value.errno == errno.ENOSPC
            ballast.truncate(ballast.tell() - left)
            return ballast.tell() - before

    def fail(self):
        """Fills it, and leaves the daemon nothing either that its journal's log could give back."""
        while self.fill():
            if (self._seen / "journal.db").exists():
                subprocess.run([*self.launcher, sys.executable, "-c", EMPTY_LOG,
                                self._folder / "journal.db"], check=True)

    def recover(self):
        (self._seen / "ballast").unlink()

    def close(self):
        self._holder.kill()


class FailingDisk:
    """An operation on the folder's files answers EIO (io_faults.c)."""

    launcher = ()

    def __init__(self, folder, of):
        self.says = f"journal.db: {SAID[of]} failed: Input/output error; see to the disk"
        self._flag = folder / "disk-fails"
        folder.mkdir(parents=True, exist_ok=True)
        self.environment = {
            **preloading("io-faults.so"), "IO_FAULTS_FOLDER": str(folder.resolve() / "storage"),
            "IO_FAULTS_FLAG": str(self._flag), "IO_FAULTS_OF": of}

    def fail(self):
        self._flag.touch()

    def recover(self):
        self._flag.unlink()

    def close(self):
        pass
