"""An admission webhook: what a policy engine of a cluster says to a change, or makes of it."""

import base64
import http.server
import json
import pathlib
import ssl
import threading

from programs.process import free_port, wait_until

_ROOT = "/apis/admissionregistration.k8s.io/v1"


class Webhook:
    """One that is asked of every change of a Deployment's scale in `namespace`, from the return of
    the constructor until the end of the `with` block.

    mutating    whether it may change what it is asked about
    decide      answers an AdmissionReview's request (a dict) with the response but for its uid
    """

    def __init__(self, control_plane, namespace, decide, mutating=False):
        self._api, self._path = control_plane.api, None
        self._asked = threading.Event()
        certificate, key = control_plane.server_certificate(f"webhook-{namespace}")
        port = free_port()
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", port), self._handler(decide))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        try:
            self._register(control_plane, namespace, port, mutating)
        except BaseException:
            self.stop()
            raise

    def _register(self, control_plane, namespace, port, mutating):
        kind = f"{'Mutating' if mutating else 'Validating'}WebhookConfiguration"
        authority = base64.b64encode(pathlib.Path(control_plane.ca_file).read_bytes()).decode()
        self._api.ask("PATCH", f"/api/v1/namespaces/{namespace}",
                      {"metadata": {"labels": {"admitted-in": namespace}}},
                      "application/merge-patch+json")
        folder = f"{_ROOT}/{kind.lower()}s"
        self._api.ask("POST", folder, {
            "apiVersion": "admissionregistration.k8s.io/v1", "kind": kind,
            "metadata": {"name": namespace},
            "webhooks": [{
                "name": "replicas.example.org", "sideEffects": "None", "failurePolicy": "Fail",
                "admissionReviewVersions": ["v1"],
                "clientConfig": {"url": f"https://127.0.0.1:{port}/", "caBundle": authority},
                "namespaceSelector": {"matchLabels": {"admitted-in": namespace}},
                "rules": [{"apiGroups": ["apps"], "apiVersions": ["v1"], "operations": ["UPDATE"],
                           "resources": ["deployments/scale"]}]}]})
        self._path = f"{folder}/{namespace}"

    def await_registered(self, ask):
        """Asks until the API server asks us: it hears of a webhook a moment after it is made."""
        def asked():
            ask()
            return self._asked.is_set()
        wait_until(asked, "the webhook is asked")

    def _handler(self, decide):
        asked = self._asked

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                asked.set()
                body = self.rfile.read(int(self.headers["Content-Length"]))
                request = json.loads(body)["request"]
                answer = json.dumps({
                    "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
                    "response": {"uid": request["uid"], **decide(request)}}).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass

        return Handler

    def stop(self):
        if self._path:
            self._api.ask("DELETE", self._path)
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def denied(message, code=None):
    """A response that denies, with the code that webhooks leave to the API server, or their own."""
    return {"allowed": False, "status": {"message": message, **({"code": code} if code else {})}}
