"""A real Alertmanager, alone or gossiping with others."""

import json
import pathlib
import urllib.request

from programs.process import Process, free_port, http_ok


class Alertmanager:
    """Ready when the constructor returns. `config` is the text of its configuration file.

    With `gossip`, an address for it, it forms a cluster with the `peers`, their gossip addresses.
    """

    def __init__(self, folder, config, arguments=(), gossip="", peers=()):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.address = f"127.0.0.1:{free_port()}"
        self.url = f"http://{self.address}"
        self.config_file = self.folder / "alertmanager.yml"
        self.config_file.write_text(config, encoding="utf-8")
        self._arguments = [f"--cluster.listen-address={gossip}",
                           *(f"--cluster.peer={peer}" for peer in peers), *arguments]
        self.start()

    def start(self):
        """Starts it, at the same address again if it was stopped."""
        self.process = Process(
            ["prometheus-alertmanager", f"--config.file={self.config_file}",
             f"--storage.path={self.folder / 'data'}", f"--web.listen-address={self.address}",
             *self._arguments], self.folder / "alertmanager.log")
        try:
            self.process.await_ready(lambda: http_ok(self.url + "/-/ready"))
        except AssertionError:
            self.process.kill()
            raise

    def post_alerts(self, alerts):
        """Alerts as Prometheus sends them: objects with labels, annotations, startsAt, endsAt."""
        self._ask("POST", "/api/v2/alerts", alerts)

    def metric(self, name):
        """The sum of a metric over its labels."""
        with urllib.request.urlopen(self.url + "/metrics", timeout=30) as answer:
            lines = answer.read().decode().splitlines()
        return sum(float(line.split()[-1]) for line in lines
                   if line.startswith((name + " ", name + "{")))

    def alerts(self):
        return self._ask("GET", "/api/v2/alerts")

    def silence(self, matchers, starts_at, ends_at):
        """Silences alerts with these labels; times in RFC 3339. Answers the silence's id."""
        return self._ask("POST", "/api/v2/silences", {
            "matchers": [{"name": name, "value": value, "isRegex": False, "isEqual": True}
                         for name, value in matchers.items()],
            "startsAt": starts_at, "endsAt": ends_at, "createdBy": "test", "comment": "test",
        })["silenceID"]

    def expire(self, silence):
        self._ask("DELETE", f"/api/v2/silence/{silence}")

    def _ask(self, method, path, body=None):
        request = urllib.request.Request(
            self.url + path, None if body is None else json.dumps(body).encode(),
            {"Content-Type": "application/json"}, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            text = answer.read()
            return json.loads(text) if text else None

    def stop(self):
        self.process.kill()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
