"""Mounts (and a network) that the rest of the machine does not see."""

import signal
import subprocess

import pytest

from programs.process import Process

_SETUP = """
set -e
mount -t tmpfs tmpfs /run
%s
touch "$1"
exec sleep infinity
"""


class Namespace:
    """Processes started behind `enter` see an empty /run of their own, and what `setup` (shell) did
    to other mounts. With `network` they have a loopback of their own too and nothing else."""

    def __init__(self, folder, setup="", network=False):
        kinds = ["--mount", "--propagation", "private", *(["--net"] if network else [])]
        tried = subprocess.run(["unshare", *kinds, "true"], capture_output=True, text=True,
                               timeout=60)
        if tried.returncode != 0:  # not as root, and not in every container or chroot
            pytest.skip(f"no mount namespaces here: {tried.stderr.strip()}")
        folder.mkdir(parents=True, exist_ok=True)
        ready = folder / "ready"
        if network:
            setup += "\nip link set lo up"
        self._holder = Process(["unshare", *kinds, "sh", "-c", _SETUP % setup, "sh", ready],
                               folder / "namespace.log")
        self.enter = ["nsenter", "--mount", *(["--net"] if network else []),
                      "--target", str(self._holder.pid), "--wd=/"]
        self._holder.await_ready(ready.exists)

    def run(self, *argv):
        """The stdout of a program that must succeed."""
        return subprocess.run([*self.enter, *argv], check=True, capture_output=True, text=True,
                              timeout=60).stdout

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._holder.stop(signal.SIGKILL)
