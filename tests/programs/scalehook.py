"""The daemon under test."""

import json
import os
import pathlib
import re
import signal
import urllib.error
import urllib.request
import warnings

from programs.process import Process, free_port, http_ok


def root():
    """The folder with bin/scalehook and lib/scalehook/plugins: a build or an installation."""
    folder = os.environ.get("SCALEHOOK_ROOT")
    assert folder, "set SCALEHOOK_ROOT to the build folder, e.g. build/debug"
    return pathlib.Path(folder).resolve()


def binary():
    return root() / "bin" / "scalehook"


def plugins():
    return root() / "lib" / "scalehook" / "plugins"


def sanitized():
    return root().name in ("asan", "tsan")


def reduced(count, fewer, what="rounds"):
    """How many of something a long test does: fewer under a sanitizer, and then it says so."""
    if not sanitized():
        return count
    warnings.warn(f"{fewer} {what} under {root().name}, elsewhere {count}", stacklevel=2)
    return fewer


def preloading(library):
    """The environment in which the daemon loads one of the build's lib/*.so before all else."""
    return {"LD_PRELOAD": str(root() / "lib" / library),
            # It wants to be loaded first; but the libraries take none of its functions' places.
            "ASAN_OPTIONS": ":".join(filter(None, [os.environ.get("ASAN_OPTIONS"),
                                                   "verify_asan_link_order=0"]))}


# The defaults wait for minutes before anything is taken back: a test that is not about waiting says
# so in its configuration, or has nothing else in it.
AT_ONCE = "defaults: {cooldown: {out: 0s, in: 0s}, scale_in: {stabilization: 0s}}\n"


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def text(self):
        return self.body.decode("utf-8")

    def json(self):
        return json.loads(self.body)


class Scalehook:
    """`scalehook serve`, ready when the constructor returns.

    folder    holds its configuration, storage and log; the same folder again is a restart.
    config    the text of its YAML file; None starts it without one.
    launcher  a program that becomes the daemon, with its arguments: what stands before its own.
    As a context manager it stops at the end, and asserts a clean stop unless the block failed.
    """

    def __init__(self, folder, config=None, env=None, arguments=(), wait=True,
                 launcher=()):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.config_file = self.folder / "scalehook.yml"
        self.storage = self.folder / "storage"
        self.address = f"127.0.0.1:{free_port()}"
        self.url = f"http://{self.address}"
        argv = [*launcher, binary(), "serve", "--storage.path", self.storage,
                "--web.listen-address", self.address]
        if config is not None:
            self.config_file.write_text(config, encoding="utf-8")
            argv += ["--config.file", self.config_file]
        self.process = Process([*argv, *arguments], self.folder / "scalehook.log", env=env)
        if wait:
            self.await_ready()

    def await_ready(self, timeout=30.0, interval=0.05):
        try:
            self.process.await_ready(lambda: http_ok(self.url + "/-/ready"), timeout=timeout,
                                     interval=interval)
        except AssertionError:
            self.process.kill()
            raise

    def request(self, method, path, body=None, headers=None):
        """One HTTP request; any status is an Answer. A str body is UTF-8, anything else JSON."""
        headers = dict(headers or {})
        if body is not None and not isinstance(body, bytes):
            body = (body if isinstance(body, str) else json.dumps(body)).encode("utf-8")
            headers.setdefault("Content-Type", "application/json")
        request = urllib.request.Request(self.url + path, body, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return Answer(answer.status, answer.headers, answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, error.headers, error.read())

    def get(self, path):
        return self.request("GET", path)

    def post(self, path, body=None, headers=None):
        return self.request("POST", path, b"" if body is None else body, headers)

    def metric(self, name, **labels):
        """The sum of the samples of that name having these labels; 0 when there is none."""
        total = 0.0
        for line in self.get("/metrics").text.splitlines():
            series, _, value = line.rpartition(" ")
            metric, _, rest = series.partition("{")
            if metric == name and all(f'{key}="{text}"' in rest for key, text in labels.items()):
                total += float(value)
        return total

    def anonymous_memory(self):
        """RssAnon in bytes: resident memory without what is mapped from files."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        return 1024 * int(re.search(r"^RssAnon:\s+(\d+) kB$", status, re.M).group(1))

    def log(self):
        return self.process.output()

    def stop(self, timeout=30.0):
        """SIGTERM; anything but exit code 0 is a failure."""
        code = self.process.stop(signal.SIGTERM, timeout)
        if code != 0:
            raise self.process.failed(f"ended with {code} after SIGTERM, not with 0")

    def kill(self):
        """SIGKILL: a crash."""
        self.process.kill()

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind is not None:
            self.kill()
        elif self.process.returncode is None:
            self.stop()
        elif self.process.returncode not in (0, -signal.SIGKILL):
            raise self.process.failed(f"ended by itself with {self.process.returncode}")
