"""core/promql as a program."""

import json
import struct
import subprocess

from programs.scalehook import root


def bits_of(value):
    return struct.unpack("<Q", struct.pack("<d", value))[0]


def value_of(bits):
    return struct.unpack("<d", struct.pack("<Q", bits))[0]


class PromqlAsk:
    """As a context manager it asserts that it ends well."""

    def __init__(self, series=()):
        self._child = subprocess.Popen([root() / "bin" / "promql-ask"], stdin=subprocess.PIPE,
                                       stdout=subprocess.PIPE, text=True, encoding="utf-8")
        self._ask(series=list(series))

    def evaluate(self, expression, milliseconds):
        """{"fault": sentence}, {"scalar": value} or {"vector": [[labels, value], ...]}."""
        answer = self._ask(expression=expression, at=milliseconds)
        if "scalar" in answer:
            answer["scalar"] = value_of(answer["scalar"])
        if "vector" in answer:
            answer["vector"] = [[labels, value_of(bits)] for labels, bits in answer["vector"]]
        return answer

    def read(self, expression):
        """The canonical text (None: it is no PromQL), and why it is not evaluated, or nothing."""
        answer = self._ask(read=expression)
        return answer.get("text"), answer["fault"]

    def _ask(self, **question):
        self._child.stdin.write(json.dumps(question) + "\n")
        self._child.stdin.flush()
        answer = self._child.stdout.readline()
        assert answer, f"promql-ask ended with {self._child.wait()}"
        return json.loads(answer)

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self._child.stdin.close()
        code = self._child.wait(timeout=60)
        self._child.stdout.close()
        if kind is None:
            assert code == 0, f"promql-ask ended with {code}"
