"""A real SMTP server (aiosmtpd) that keeps what it is given on disk, and can misbehave."""

import asyncio
import dataclasses
import email
import email.policy
import json
import pathlib
import ssl
import threading

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from programs.process import free_port, wait_until


@dataclasses.dataclass
class Mail:
    sender: str
    recipients: list
    tls: bool            # whether it came over an encrypted connection
    login: str           # who had logged in; empty for nobody
    mechanism: str       # how: PLAIN or LOGIN
    raw: bytes           # the message as it was sent

    @property
    def message(self):
        """The message as Python's own parser reads it."""
        return email.message_from_bytes(self.raw, policy=email.policy.default)


class SmtpServer:
    """Listens from the constructor on until stop(); `address` is its host:port.

    tls          "none", "starttls" or "implicit"; the latter two need an Authority
    credentials  (user, password): asks for a login
    mechanisms   the login mechanisms that it offers
    smtputf8     whether it offers SMTPUTF8
    size_limit   of a mail in bytes, as its SIZE says (RFC 1870)
    Faults, to be set at any time:
    refuse       {recipient: "550 no such user"}: answers to RCPT TO
    refuse_data  an answer such as "451 try again later" to a whole message
    dislikes     text that a message must not hold, else "554 looks like spam"
    breaks       it takes a mail and closes the connection without an answer, once
    hang_at      "EHLO", "MAIL", "RCPT", "DATA" or "QUIT": it answers that never
    """

    def __init__(self, folder, tls="none", authority=None, credentials=None,
                 mechanisms=("PLAIN", "LOGIN"), smtputf8=True, size_limit=33554432):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.refuse, self.refuse_data, self.dislikes, self.hang_at = {}, None, None, None
        self.breaks = False
        self.hung = threading.Event()  # set once a client waits for an answer that never comes
        self._credentials = credentials
        self._count = 0
        context = None
        if tls != "none":
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*authority.server("smtp"))
        unwanted = [name for name in ("PLAIN", "LOGIN") if name not in mechanisms]
        self.port = free_port()
        self.address = f"127.0.0.1:{self.port}"
        self._controller = Controller(
            # Without a name it looks its own up, by DNS, for each connection.
            self, hostname="127.0.0.1", server_hostname="smtp.example.org", port=self.port,
            enable_SMTPUTF8=smtputf8, data_size_limit=size_limit,
            ssl_context=context if tls == "implicit" else None,
            tls_context=context if tls == "starttls" else None,
            auth_required=credentials is not None, auth_require_tls=tls == "starttls",
            authenticator=self._authenticate if credentials else None,
            auth_exclude_mechanism=unwanted)
        self._controller.start()

    def mails(self):
        """What was accepted so far, oldest first."""
        return [Mail(**json.loads(path.read_text()), raw=path.with_suffix(".eml").read_bytes())
                for path in sorted(self.folder.glob("*.json"))]

    def await_mails(self, count=1, timeout=30.0):
        """Waits until that many mails were accepted; answers all."""
        wait_until(lambda: len(self.mails()) >= count, f"{count} mails were accepted", timeout)
        return self.mails()

    def stop(self):
        self._controller.stop(no_assert=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def _authenticate(self, server, session, envelope, mechanism, data):
        given = (data.login.decode(), data.password.decode())
        session.mechanism = mechanism
        return AuthResult(success=given == self._credentials, auth_data=given[0], handled=False)

    async def _pass(self, command):
        if self.hang_at == command:
            self.hung.set()
            await asyncio.Event().wait()

    # The hooks of aiosmtpd, called in its own thread.

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        await self._pass("EHLO")
        session.host_name = hostname
        return responses

    async def handle_MAIL(self, server, session, envelope, address, options):
        await self._pass("MAIL")
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        await self._pass("RCPT")
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_QUIT(self, server, session, envelope):
        await self._pass("QUIT")
        return "221 Bye"

    async def handle_DATA(self, server, session, envelope):
        await self._pass("DATA")
        if self.refuse_data:
            return self.refuse_data
        if self.dislikes and self.dislikes in envelope.original_content:
            return "554 looks like spam"
        self._count += 1
        path = self.folder / f"{self._count:04}.json"
        tls = session.ssl is not None or server.transport.get_extra_info("sslcontext") is not None
        path.with_suffix(".eml").write_bytes(envelope.original_content)
        part = path.with_suffix(".part")  # renamed when whole, for mails() reads at any time
        part.write_text(json.dumps({
            "sender": envelope.mail_from, "recipients": envelope.rcpt_tos,
            "tls": tls, "login": session.auth_data or "",
            "mechanism": getattr(session, "mechanism", "")}))
        part.rename(path)
        if self.breaks:
            self.breaks = False
            server.transport.abort()
        return "250 accepted"
