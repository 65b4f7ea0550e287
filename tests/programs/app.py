"""A tiny application with work to do: it exposes app_active_task_count for Prometheus.

POST /value with a number as body sets it; POST /failures with a number has as many of the next
scrapes fail. With --curve "0:5,20:40,60:5" it follows these points
(seconds since the start : tasks), in straight lines between them; after the last one it stays, or
with --repeat begins anew. From the command line it runs until SIGTERM or SIGINT:

    /usr/bin/python3 tests/programs/app.py --port 8000 --curve 0:5,20:40,60:5
"""

import argparse
import http.server
import pathlib
import sys
import time
import urllib.request

if __name__ == "__main__":
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from programs.process import Process, free_port, http_ok


class Curve:
    """Tasks as a function of the seconds since the start."""

    def __init__(self, text, repeat=False):
        self._points = sorted(tuple(map(float, point.split(":"))) for point in text.split(","))
        self._repeat = repeat

    def __call__(self, seconds):
        end, last = self._points[-1]
        if self._repeat and end > 0:
            seconds %= end
        before, value = self._points[0]
        for time_, tasks in self._points:
            if seconds < time_:
                return value + (tasks - value) * (seconds - before) / (time_ - before)
            before, value = time_, tasks
        return last


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path != "/metrics":
            return self._send(404, "see /metrics\n")
        if self.server.failures > 0:
            self.server.failures -= 1
            return self._send(500, "as asked for\n")
        self._send(200, "# HELP app_active_task_count Tasks that are queued or run.\n"
                        "# TYPE app_active_task_count gauge\n"
                        f"app_active_task_count {self.server.tasks():g}\n")

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            value = float(body)
        except ValueError:
            return self._send(400, "the body is not a number\n")
        if self.path == "/failures":
            self.server.failures = int(value)
        else:
            self.server.tasks = lambda: value
        self._send(200, "")

    def _send(self, code, text):
        self.send_response(code)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        pass


class App:
    """The application as a child process, ready when the constructor returns."""

    def __init__(self, folder, curve=None):
        folder = pathlib.Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        port = free_port()
        self.address = f"127.0.0.1:{port}"
        self.url = f"http://{self.address}"
        argv = ["/usr/bin/python3", __file__, "--port", port]
        self.process = Process(argv + (["--curve", curve] if curve else []), folder / "app.log")
        self.process.await_ready(lambda: http_ok(self.url + "/metrics"))

    def set(self, value):
        urllib.request.urlopen(self.url + "/value", str(value).encode(), timeout=30).close()

    def fail(self, times):
        """Has the next scrapes fail."""
        urllib.request.urlopen(self.url + "/failures", str(times).encode(), timeout=30).close()

    def stop(self):
        self.process.kill()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--curve", default="0:0", help="SECONDS:TASKS,...")
    parser.add_argument("--repeat", action="store_true", help="begin the curve anew at its end")
    arguments = parser.parse_args()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", arguments.port), _Handler)
    curve, start = Curve(arguments.curve, arguments.repeat), time.monotonic()
    server.tasks = lambda: curve(time.monotonic() - start)
    server.failures = 0
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
