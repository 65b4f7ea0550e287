"""Disks that fail, for a daemon's folder; what they say is what the daemon is to say of them."""

import errno
import pathlib

import pytest

from programs.process import Process
from programs.scalehook import preloading

# Of each operation that io_faults.c lets fail. The daemon truncates the index when it starts.
SAID = {"read": "reading", "write": "writing", "sync": "syncing to the disk (fsync)",
        "truncate": "opening the index of its log (-shm)", "map": "mapping into memory (mmap)"}


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
        self._ballast = pathlib.Path(f"/proc/{self._holder.pid}/root{self._folder}/ballast")

    def fail(self, left=0):
        """All but so many bytes are taken."""
        with self._ballast.open("wb", buffering=0) as ballast:
            with pytest.raises(OSError) as full:
                while True:
                    ballast.write(bytes(4096))
            assert full.value.errno == errno.ENOSPC
            ballast.truncate(ballast.tell() - left)

    def recover(self):
        self._ballast.unlink()

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
