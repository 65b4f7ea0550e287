"""A real rsyslogd, which parses what it is sent and writes what it understood as JSON."""

import json
import socket

from programs.process import Process, free_port

_CONFIG = """
global(workDirectory="{folder}" maxMessageSize="64k" localHostname="receiver")
module(load="imudp")
module(load="imtcp")
module(load="imuxsock" SysSock.Use="off")
module(load="mmpstrucdata")
template(name="parsed" type="list") {{
  constant(value="{{")
  property(outname="raw" name="rawmsg" format="jsonf") constant(value=",")
  property(outname="facility" name="syslogfacility-text" format="jsonf") constant(value=",")
  property(outname="severity" name="syslogseverity" format="jsonf") constant(value=",")
  property(outname="version" name="protocol-version" format="jsonf") constant(value=",")
  property(outname="time" name="timereported" dateFormat="rfc3339" format="jsonf") constant(value=",")
  property(outname="host" name="hostname" format="jsonf") constant(value=",")
  property(outname="app" name="app-name" format="jsonf") constant(value=",")
  property(outname="process" name="procid" format="jsonf") constant(value=",")
  property(outname="id" name="msgid" format="jsonf") constant(value=",")
  property(outname="message" name="msg" format="jsonf") constant(value=",\\"data\\":")
  property(name="$!rfc5424-sd") constant(value="}}\\n")
}}
ruleset(name="write") {{
  action(type="mmpstrucdata" sd_name.lowercase="off")
  action(type="omfile" file="{output}" template="parsed")
}}
input(type="imudp" address="127.0.0.1" port="{port}" ruleset="write")
input(type="imtcp" address="127.0.0.1" port="{port}" ruleset="write"
      supportOctetCountedFraming="on")
input(type="imuxsock" socket="{socket}" useSpecialParser="off" ignoreTimestamp="off"
      ruleset="write")
"""


_TLS = """
input(type="imtcp" address="127.0.0.1" port="{port}" ruleset="write"
      streamDriver.name="ossl" streamDriver.mode="1" streamDriver.authMode="{mode}"
      streamDriver.caFile="{ca}" streamDriver.certFile="{certificate}" streamDriver.keyFile="{key}")
"""


class Rsyslog:
    """UDP and TCP at the same `port` of 127.0.0.1, and datagrams at the path `socket`.

    `tls` is the authority and the hosts of a certificate, for TLS at `tls_port`; with `mutual` only
    clients with a certificate of the authority are served there.
    """

    def __init__(self, folder, launcher=(), tls=None, mutual=False):
        folder.mkdir(parents=True, exist_ok=True)
        self.port, self.tls_port = free_port(), None
        self.socket = folder / "log.sock"
        self._folder, self._output, self._launcher = folder, folder / "parsed.jsonl", launcher
        self._process = None
        config = _CONFIG.format(folder=folder, output=self._output, port=self.port,
                                socket=self.socket)
        if tls:
            authority, hosts = tls
            self.tls_port = free_port()
            certificate, key = authority.server("rsyslog", hosts)
            config += _TLS.format(port=self.tls_port, ca=authority.certificate, key=key,
                                  certificate=certificate,
                                  mode="x509/certvalid" if mutual else "anon")
        (folder / "rsyslog.conf").write_text(config, encoding="utf-8")
        self.start()

    def start(self):
        pid_file = self._folder / "rsyslog.pid"
        pid_file.unlink(missing_ok=True)
        self.socket.unlink(missing_ok=True)
        self._process = Process([*self._launcher, "/usr/sbin/rsyslogd", "-n", "-i", pid_file,
                                 "-f", self._folder / "rsyslog.conf"],
                                self._folder / "rsyslog.log")
        self._process.await_ready(lambda: self.socket.exists() and (
            self._launcher or self._connects()))

    def _connects(self):
        for port in filter(None, (self.port, self.tls_port)):
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
        return True

    def stop(self):
        self._process.stop()

    def messages(self):
        """What it took so far, oldest first."""
        if not self._output.exists():
            return []
        text = self._output.read_bytes()  # it may end in the midst of a character
        return [json.loads(line) for line in text[:text.rfind(b"\n") + 1].splitlines()]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._process.returncode is None:
            self.stop()
