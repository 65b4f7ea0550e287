"""As little of a Kubernetes API server as k8s-deployment needs, and quick: thousands a second.

Every Deployment is there, with one replica until it is patched, all of them ready; there are no
HPAs, and Events are forgotten. It checks nothing: the tests have a stand-in that does.
"""

import asyncio
import json


class Http(asyncio.Protocol):
    """One HTTP/1.1 connection, of either side: messages with a Content-Length or without a body."""

    def __init__(self):
        self.transport = None
        self._bytes = b""

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self._bytes += data
        while (end := self._bytes.find(b"\r\n\r\n")) >= 0:
            head = self._bytes[:end]
            _, found, length = head.lower().partition(b"content-length:")
            whole = end + 4 + (int(length.split(b"\r\n", 1)[0]) if found else 0)
            if len(self._bytes) < whole:
                return
            body, self._bytes = self._bytes[end + 4:whole], self._bytes[whole:]
            self.received(head, body)

    def received(self, head, body):
        raise NotImplementedError


class QuickApi:
    """`delay` seconds pass before each answer. `patched` is told of each change as it arrives."""

    def __init__(self, delay=0):
        self._delay = delay
        self._replicas = {}
        self.requests = 0
        self.patched = lambda name, replicas: None

    async def listen(self):
        """Answers the port, on 127.0.0.1."""
        server = await asyncio.get_running_loop().create_server(
            lambda: _Connection(self), "127.0.0.1", 0)
        return server.sockets[0].getsockname()[1]

    def answer(self, head, body):
        self.requests += 1
        method, path, _ = head.split(b" ", 2)
        parts = path.decode().partition("?")[0].split("/")
        if method == b"POST":
            return {}
        if parts[-1] == "horizontalpodautoscalers":
            return {"kind": "HorizontalPodAutoscalerList", "apiVersion": "autoscaling/v1",
                    "metadata": {}, "items": []}
        if method == b"PATCH":
            name = parts[-2]
            self._replicas[name] = json.loads(body)["spec"]["replicas"]
            self.patched(name, self._replicas[name])
            return {"kind": "Scale", "apiVersion": "autoscaling/v1", **self._object(name)}
        return {"kind": "Deployment", "apiVersion": "apps/v1", **self._object(parts[-1])}

    def _object(self, name):
        replicas = self._replicas.get(name, 1)
        return {"metadata": {"name": name, "namespace": "default", "uid": f"uid-{name}",
                             "resourceVersion": str(replicas), "generation": replicas},
                "spec": {"replicas": replicas},
                "status": {"observedGeneration": replicas, "replicas": replicas,
                           "readyReplicas": replicas, "updatedReplicas": replicas,
                           "availableReplicas": replicas}}

    def send(self, transport, answer):
        body = json.dumps(answer).encode()
        message = (b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                   b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        if self._delay:
            asyncio.get_running_loop().call_later(self._delay, transport.write, message)
        else:
            transport.write(message)


class _Connection(Http):
    def __init__(self, api):
        super().__init__()
        self._api = api

    def received(self, head, body):
        self._api.send(self.transport, self._api.answer(head, body))
