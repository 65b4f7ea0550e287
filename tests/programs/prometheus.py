"""A real Prometheus, scraping and evaluating often enough for a test."""

import json
import pathlib
import urllib.parse
import urllib.request

from programs.process import Process, free_port, http_ok


class Prometheus:
    """Ready when the constructor returns.

    rules          the text of a rule file, taken as it is
    scrape         addresses (host:port) to scrape as job `app`
    alertmanagers  addresses of Alertmanagers
    interval       of scraping and of evaluating
    config         a whole configuration, instead of the three above
    """

    def __init__(self, folder, rules="", scrape=(), alertmanagers=(), interval="1s",
                 config=None, arguments=()):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.address = f"127.0.0.1:{free_port()}"
        self.url = f"http://{self.address}"
        self.config_file = self.folder / "prometheus.yml"
        self.rules_file = self.folder / "rules.yml"
        if rules:
            self.rules_file.write_text(rules, encoding="utf-8")
        self.config_file.write_text(
            config or self._config(bool(rules), scrape, alertmanagers, interval), encoding="utf-8")
        self._arguments = arguments
        self.start()

    def start(self):
        """Starts it, at the same address again if it was stopped."""
        self.process = Process(
            ["prometheus", f"--config.file={self.config_file}",
             f"--storage.tsdb.path={self.folder / 'data'}", f"--web.listen-address={self.address}",
             "--web.enable-lifecycle", *self._arguments], self.folder / "prometheus.log")
        try:
            self.process.await_ready(lambda: http_ok(self.url + "/-/ready"))
        except AssertionError:
            self.process.kill()
            raise

    def _config(self, rules, scrape, alertmanagers, interval):
        return f"""global:
  scrape_interval: {interval}
  scrape_timeout: {interval}
  evaluation_interval: {interval}
rule_files: {json.dumps([str(self.rules_file)] if rules else [])}
scrape_configs:
  - job_name: app
    static_configs:
      - targets: {json.dumps(list(scrape))}
alerting:
  alertmanagers:
    - static_configs:
        - targets: {json.dumps(list(alertmanagers))}
"""

    def reload(self):
        """Takes up changed files of configuration and rules; rule groups that stay go on."""
        urllib.request.urlopen(self.url + "/-/reload", b"", timeout=30).close()

    def rule_groups(self):
        """The rule groups as the HTTP API gives them, with the time of their last evaluation."""
        return self._get("/api/v1/rules")["groups"]

    def query(self, expression):
        """An instant query's result, as the HTTP API gives it."""
        question = urllib.parse.urlencode({"query": expression})
        return self._get(f"/api/v1/query?{question}")["result"]

    def alerts(self):
        """The pending and firing alerts."""
        return self._get("/api/v1/alerts")["alerts"]

    def _get(self, path):
        with urllib.request.urlopen(self.url + path, timeout=30) as answer:
            return json.load(answer)["data"]

    def stop(self):
        self.process.kill()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
