"""One plugin, called through the real loader without the daemon."""

import json
import os
import subprocess

from programs.scalehook import plugins, root


def argv(plugin, settings, name="driven"):
    return [root() / "bin" / "plugin-drive", plugins() / f"{plugin}.so",
            "--settings", json.dumps(settings), "--name", name]


def refusal(plugin, settings):
    """Why the plugin cannot be made with these settings; fails if it can."""
    done = subprocess.run(argv(plugin, settings), stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=60)
    assert done.returncode == 1, f"ended with {done.returncode}: {done.stderr}"
    return done.stderr


class PluginDrive:
    """An instance of the plugin `plugin` ("email"); calls go to it one after the other.

    Its stderr goes to `stderr` (a path, a descriptor or None). `launcher` is a program that becomes
    it, with its arguments. As a context manager it asserts that the instance ends well.
    """

    def __init__(self, plugin, settings, name="driven", stderr=None, env=None, launcher=()):
        self._stderr = open(stderr, "ab") if stderr else None
        self._child = subprocess.Popen(
            [*launcher, *argv(plugin, settings, name)], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=self._stderr, text=True, encoding="utf-8", env={**os.environ, **(env or {})})

    @property
    def pid(self):
        return self._child.pid

    def call(self, request):
        """The answer to a request, both as plugin-drive describes them."""
        self._child.stdin.write(json.dumps(request) + "\n")
        self._child.stdin.flush()
        answer = self._child.stdout.readline()
        assert answer, f"plugin-drive ended with {self._child.wait()}"
        return json.loads(answer)

    def notify(self, event, timeout_ms=30_000):
        return self.call({"call": "notify", "event": event, "timeout_ms": timeout_ms})

    def notify_group(self, events, timeout_ms=30_000):
        return self.call({"call": "notify", "events": events, "timeout_ms": timeout_ms})

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self._child.stdin.close()
        try:
            code = self._child.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self._child.kill()
            code = self._child.wait()
        self._child.stdout.close()
        if self._stderr:
            self._stderr.close()
        if kind is None:
            assert code == 0, f"plugin-drive ended with {code}"
