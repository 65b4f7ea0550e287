"""Questions to Alertmanager and Prometheus, asked as the engine asks them, without the engine."""

import json
import subprocess

from programs.scalehook import root


class UpstreamAsk:
    """Connects to nothing before the first question. As a context manager it asserts that it ends
    well."""

    def __init__(self, alertmanagers=(), prometheus=""):
        argv = [root() / "bin" / "upstream-ask"]
        for url in alertmanagers:
            argv += ["--alertmanager", url]
        if prometheus:
            argv += ["--prometheus", prometheus]
        self._child = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                       text=True, encoding="utf-8")

    def alerts(self, series, settled_s=300):
        """What every instance said, and the standing of the series."""
        return self._ask(ask="alerts", series=series, settled_s=settled_s)

    def query(self, expression, alert=None):
        """The samples, and which of them is the alert's."""
        return self._ask(ask="query", expression=expression, alert=alert or {})

    def expression(self, expression):
        """It without its comparison, and the query for the age of that."""
        answer = self._ask(ask="expression", expression=expression)
        return answer["value"], answer["age"]

    def send(self, url):
        return self._ask(ask="send", url=url)

    def _ask(self, **question):
        self._child.stdin.write(json.dumps(question) + "\n")
        self._child.stdin.flush()
        answer = self._child.stdout.readline()
        assert answer, f"upstream-ask ended with {self._child.wait()}"
        return json.loads(answer)

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
        if kind is None:
            assert code == 0, f"upstream-ask ended with {code}"
