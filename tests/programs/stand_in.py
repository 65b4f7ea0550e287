"""A small stand-in for kube-apiserver: what scalehook's plugins ask of one, and faults on demand.

It keeps workloads (of the group apps, and Rollouts as a custom resource), HPAs and Events in memory,
and makes every replica ready at once. test_contract.py holds its answers against the real server's.
From the command line it runs until SIGTERM or SIGINT:

    /usr/bin/python3 tests/programs/stand_in.py --kubeconfig FILE

Beside the API: GET /requests lists what was asked: method, path, body, connection, the status that
was answered, the code with which it took effect (0: not yet, or never), and the fault that it met;
`?after=N` leaves out the first N. DELETE forgets it. POST /faults adds a fault, DELETE removes all.
A fault is a JSON object:
    method, path  which requests: exact method (default any), prefix of the path (default any)
    times         how many of them (default 1; 0 for all)
    and one of    status, headers, body: this answer (without body: the real server's Status)
                  delay: seconds to wait before the ordinary answer
                  reset: true to reset the connection in mid-response, "early" before its first byte
                  hang: true to answer never
    processed     whether the request takes effect all the same (default no; with delay and reset,
                  which need an answer, always)
"""

import argparse
import http.server
import json
import os
import pathlib
import signal
import socket
import socketserver
import ssl
import struct
import sys
import threading

if __name__ == "__main__":
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from programs.certificates import Authority
from programs.kube_api import Api, write_kubeconfig
from programs.process import Process, free_port
from programs.stand_in_objects import Objects, Refused
from programs.stand_in_requests import Request, perform


class Faults:
    """The faults still to come. Any thread; one lock."""

    def __init__(self):
        self._lock = threading.Lock()
        self._faults = []

    def add(self, fault):
        with self._lock:
            self._faults.append({"times": 1, **fault})

    def clear(self):
        with self._lock:
            self._faults.clear()

    def take(self, request):
        """The first fault that this request meets, counted down; an empty one if none."""
        with self._lock:
            for fault in self._faults:
                if (request.path.startswith(fault.get("path", "/")) and
                        fault.get("method", request.method) == request.method):
                    fault["times"] -= 1
                    if fault["times"] == 0:
                        self._faults.remove(fault)
                    return fault
        return {}


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def setup(self):
        if self.server.tls:  # here, in the connection's own thread, lest a client stall the others
            self.request = self.server.tls.wrap_socket(self.request, server_side=True)
        self.connection_number = self.server.next_connection()
        super().setup()

    def _serve(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        request = Request(self.command, self.path)
        if request.path in ("/faults", "/requests"):
            return self._control(request, body)
        fault = self.server.faults.take(request)
        seen = {"method": request.method, "path": self.path, "connection": self.connection_number,
                "status": 0, "performed": 0, "fault": fault,
                "body": body.decode("utf-8", "replace")}
        with self.server.lock:
            self.server.seen.append(seen)
        if fault.get("hang") and not fault.get("processed"):
            return self._hang()
        if "status" not in fault or fault.get("processed"):
            code, answer = self._perform(request, body)
            seen["performed"] = code
        if fault.get("hang"):
            return self._hang()
        headers = fault.get("headers", {})
        if "status" in fault:
            code = fault["status"]
            answer = fault.get("body", request.refused(code).status)
        if self.server.stopping.wait(fault.get("delay", 0)):
            return self._hang()
        if fault.get("reset"):
            return self._reset(answer, early=fault["reset"] == "early")
        seen["status"] = code
        if isinstance(answer, str):
            headers = {"Content-Type": "text/plain; charset=utf-8", **headers}
        self._send(code, answer, headers)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = _serve

    def _perform(self, request, body):
        token = self.server.token
        try:
            if token and self.headers.get("Authorization") != f"Bearer {token}":
                raise request.refused(401)
            content_type = (self.headers.get("Content-Type") or "application/json").split(";")[0]
            return perform(self.server.objects, request, body, content_type.strip())
        except Refused as refusal:
            return refusal.code, refusal.status

    def _control(self, request, body):
        match request.method, request.path:
            case "POST", "/faults":
                self.server.faults.add(json.loads(body))
            case "DELETE", "/faults":
                self.server.faults.clear()
            case "GET", "/requests":
                after = int(request.query.get("after", ["0"])[0])
                with self.server.lock:
                    return self._send(200, self.server.seen[after:])
            case "DELETE", "/requests":
                with self.server.lock:
                    self.server.seen.clear()
            case _:
                return self._send(405, {})
        self._send(200, {})

    def _send(self, code, answer, headers=()):
        body = (answer if isinstance(answer, str) else json.dumps(answer)).encode("utf-8")
        self.send_response(code)
        headers = {"Content-Type": "application/json", **dict(headers)}
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _reset(self, answer, early):
        body = json.dumps(answer).encode("utf-8")
        if not early:
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                             b"Content-Length: " + str(len(body)).encode() + b"\r\n\r\n" +
                             body[:len(body) // 2])
            self.wfile.flush()
        # Closing with a linger of zero sends RST rather than FIN; detached, lest Python send a FIN.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.close(self.connection.detach())
        self.close_connection = True

    def _hang(self):
        """Until the client goes away or the stand-in stops."""
        self.close_connection = True
        self.connection.settimeout(0.1)
        while not self.server.stopping.is_set():
            try:
                if not self.connection.recv(1024):
                    return
            except TimeoutError:
                continue
            except OSError:
                return

    def finish(self):
        try:
            super().finish()
        finally:
            if self.server.tls:  # the server itself closes only the plain socket, now detached
                self.request.close()

    def log_message(self, form, *arguments):
        print(f"{self.connection_number} {form % arguments}", file=sys.stderr)


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port, token, tls):
        self.objects, self.faults, self.token, self.tls = Objects(), Faults(), token, tls
        self.lock = threading.Lock()  # guards seen and the count of connections
        self.seen = []
        self._connections = 0
        self.stopping = threading.Event()
        super().__init__(("127.0.0.1", port), _Handler)

    def next_connection(self):
        with self.lock:
            self._connections += 1
            return self._connections

    def handle_error(self, request, address):
        error = sys.exc_info()[1]
        if isinstance(error, OSError):  # the client went away, or shook no hands
            print(f"{address[1]} {error}", file=sys.stderr)
        else:
            super().handle_error(request, address)


class StandIn:
    """The stand-in as a child process, ready when the constructor returns.

    api         a client with every right
    kubeconfig  the path of a kubeconfig for it
    tls, token  whether it speaks TLS, and the token it asks for, if any
    """

    def __init__(self, folder, tls=False, token=None, port=None):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.kubeconfig = self.folder / "kubeconfig"
        self.port = port or free_port()
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        self.ca_file = self.folder / "pki" / "ca.crt" if tls else None
        self.api = Api(self.url, self.ca_file, token)
        argv = ["/usr/bin/python3", __file__, "--kubeconfig", self.kubeconfig, "--port", self.port]
        argv += ["--tls-folder", self.folder / "pki"] if tls else []
        argv += ["--token", token] if token else []
        self.process = Process(argv, self.folder / "stand-in.log")
        self.process.await_ready(lambda: Api(self.url, self.ca_file).request("GET", "/requests"))

    def create_namespace(self, prefix="test"):
        """A new namespace; answers its name."""
        name = f"{prefix}-{os.urandom(4).hex()}"
        self.api.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
        return name

    def fault(self, **fault):
        """Adds a fault; the module says what it may be."""
        self.api.ask("POST", "/faults", fault)

    def clear_faults(self):
        self.api.ask("DELETE", "/faults")

    def requests(self, method=None, path="", after=0):
        """What was asked so far, of this method and prefix of the path, oldest first; of all but
        the first `after` requests."""
        return [seen for seen in self.api.get(f"/requests?after={after}")
                if method in (None, seen["method"]) and seen["path"].startswith(path)]

    def forget_requests(self):
        self.api.ask("DELETE", "/requests")

    def stop(self):
        self.process.kill()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--kubeconfig", required=True, help="where to write a kubeconfig for it")
    parser.add_argument("--port", type=int, default=0, help="default: a free one")
    parser.add_argument("--token", help="refuse requests without this bearer token")
    parser.add_argument("--tls-folder", help="speak TLS; keys and certificates are made there")
    arguments = parser.parse_args()
    signals = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    tls = authority = None
    if arguments.tls_folder:
        authority = Authority(arguments.tls_folder)
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(*authority.server("stand-in"))
    server = _Server(arguments.port, arguments.token, tls)
    url = f"{'https' if tls else 'http'}://127.0.0.1:{server.server_address[1]}"
    write_kubeconfig(arguments.kubeconfig, url, authority and authority.certificate,
                     arguments.token)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"ready: {url}, kubeconfig {arguments.kubeconfig}", flush=True)
    signal.sigwait(signals)
    server.stopping.set()
    server.shutdown()


if __name__ == "__main__":
    main()
