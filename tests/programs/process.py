"""Child processes: started with their output in a file, awaited by a condition, stopped by id."""

import ctypes
import os
import random
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


class ProcessFailed(AssertionError):
    """A program did not start, died, or did not stop as it should; the text ends with its log."""


def free_port():
    """A TCP port free on 127.0.0.1.

    Taken below the kernel's ephemeral range, so that no outgoing connection takes it before the
    program listens; at random, so that test runs beside each other hardly ever meet.
    """
    for _ in range(1000):
        port = random.SystemRandom().randrange(15000, 32000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
    raise ProcessFailed("no free TCP port between 15000 and 32000 on 127.0.0.1")


def wait_until(condition, what, timeout=30.0, interval=0.05):
    """Polls until condition() is true and returns what it returned; fails after timeout seconds.

    `what` completes the sentence "waited 30 s until ...". An AssertionError, an OSError or an HTTP
    error of the condition means "not yet"; the last of them is quoted in the failure.
    """
    deadline = time.monotonic() + timeout
    last = None
    while True:
        try:
            value = condition()
            if value:
                return value
            last = value
        except ProcessFailed:
            raise
        except (AssertionError, OSError) as error:
            last = error
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {timeout:g} s until {what}; last seen: {last!r}")
        time.sleep(interval)


def http_ok(url):
    """Whether a GET of url answers 200; a condition for wait_until."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status == 200
    except urllib.error.HTTPError:
        return False


class Process:
    """A running child. It gets SIGKILL when the thread that started it ends, so start from the
    main thread. Output of both kinds goes to `log`."""

    def __init__(self, argv, log, env=None, cwd=None):
        self.argv = [str(word) for word in argv]
        self.name = os.path.basename(self.argv[0])
        self.log = str(log)
        parent = os.getpid()

        def die_with_parent():
            _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != parent:  # it died before the call above
                os._exit(1)

        with open(self.log, "ab") as output:
            self._child = subprocess.Popen(
                self.argv, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=cwd,
                env={**os.environ, **env} if env else None, preexec_fn=die_with_parent)

    @property
    def pid(self):
        return self._child.pid

    @property
    def returncode(self):
        """The exit code (negative: the signal that ended it), or None while it runs."""
        return self._child.poll()

    def output(self):
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return file.read()

    def failed(self, what):
        tail = "\n".join(self.output().splitlines()[-40:])
        return ProcessFailed(f"{self.name} {what}\n{' '.join(self.argv)}\n--- {self.log}\n{tail}")

    def await_ready(self, condition, what="is ready", timeout=30.0, interval=0.05):
        """wait_until, but gives up as soon as the child has ended."""
        def ready():
            if self.returncode is not None:
                raise self.failed(f"ended with {self.returncode} before it {what}")
            return condition()
        try:
            return wait_until(ready, f"{self.name} {what}", timeout, interval)
        except ProcessFailed:
            raise
        except AssertionError as error:
            raise self.failed(str(error)) from None

    def send_signal(self, number):
        self._child.send_signal(number)

    def stop(self, number=signal.SIGTERM, timeout=30.0):
        """Sends the signal and returns the exit code; kills and fails when it outlives timeout."""
        if self.returncode is None:
            self.send_signal(number)
        try:
            return self._child.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise self.failed(f"had not ended {timeout:g} s after signal {number}") from None

    def kill(self):
        if self.returncode is None:
            self._child.kill()
        self._child.wait()
