"""Writes samples into a Prometheus by its remote-write receiver, staleness markers too."""

import struct
import urllib.request


def _varint(number):
    number &= (1 << 64) - 1
    result = b""
    while number > 0x7f:
        result += bytes([number & 0x7f | 0x80])
        number >>= 7
    return result + bytes([number])


def _field(number, content):
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _label(name, value):
    return _field(1, name.encode()) + _field(2, value.encode())


def _sample(milliseconds, bits):
    return b"\x09" + struct.pack("<Q", bits) + b"\x10" + _varint(milliseconds)


def _snappy(content):
    """As snappy allows it: not compressed."""
    result = _varint(len(content))
    for begin in range(0, len(content), 1 << 16):
        piece = content[begin:begin + (1 << 16)]
        result += b"\xf4" + struct.pack("<H", len(piece) - 1) + piece
    return result


def remote_write(url, series):
    """`series`: [{"labels": {...}, "samples": [[milliseconds, bits of the double], ...]}, ...].
    The Prometheus runs with --web.enable-remote-write-receiver."""
    body = b"".join(
        _field(1, b"".join(_field(1, _label(*label)) for label in sorted(one["labels"].items())) +
               b"".join(_field(2, _sample(*sample)) for sample in one["samples"]))
        for one in series)
    request = urllib.request.Request(
        url + "/api/v1/write", data=_snappy(body), method="POST",
        headers={"Content-Encoding": "snappy", "Content-Type": "application/x-protobuf",
                 "X-Prometheus-Remote-Write-Version": "0.1.0"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.status in (200, 204)
