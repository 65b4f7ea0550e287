"""Debian's Postfix: an instance of its own, with STARTTLS, a login and mailboxes in a folder.

It needs root, as Postfix does. What must be refused is refused by Postfix itself; for faults that it
does not have, there is smtp_server.py.
"""

import email
import email.policy
import os
import pathlib
import pwd
import shutil
import subprocess
import tempfile

from programs.process import Process, free_port, wait_until

_MASTER = "/usr/lib/postfix/sbin/master"
_REALM = "example.org"

_MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = /dev/stdout
myhostname = mail.example.org
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks =
mydestination =
alias_maps =
local_recipient_maps =
default_transport = error:this server relays nothing
virtual_mailbox_domains = example.org, xn--bcher-kva.example
virtual_mailbox_base = {folder}/mailboxes
virtual_mailbox_maps = texthash:{folder}/recipients
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
smtputf8_enable = {smtputf8}
smtpd_tls_security_level = may
smtpd_tls_auth_only = yes
smtpd_tls_cert_file = {certificate}
smtpd_tls_key_file = {key}
smtpd_sasl_auth_enable = yes
smtpd_sasl_local_domain = {realm}
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_recipient_restrictions = reject_unlisted_recipient
"""

# Nothing is chrooted, and nothing delivers to elsewhere.
_SERVICES = """
127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""


def available():
    """Whether it can be started here."""
    return os.geteuid() == 0 and os.path.exists(_MASTER) and bool(shutil.which("saslpasswd2"))


class Postfix:
    """Takes mail on `address` for `recipients`, from who logs in with the credentials over TLS.

    hosts     the names in its certificate, which `authority` signs
    smtputf8  whether it does SMTPUTF8
    As a context manager it stops at the end and leaves nothing.
    """

    def __init__(self, authority, credentials, recipients=("ops@example.org",),
                 hosts=("127.0.0.1", "localhost"), smtputf8=True):
        # Its daemons leave root: no folder on the way may be root's alone, as pytest's are.
        self._folder = pathlib.Path(tempfile.mkdtemp(prefix="scalehook-postfix-"))
        self._folder.chmod(0o755)
        self.port = free_port()
        self.address = f"127.0.0.1:{self.port}"
        self.smarthost = self.address
        self._recipients = {recipient: f"{number}/" for number, recipient in enumerate(recipients)}
        self._configure(authority, credentials, hosts, smtputf8)
        self._process = Process([_MASTER, "-c", self._folder / "etc", "-d"],
                                self._folder / "log", env={"MAIL_CONFIG": str(self._folder / "etc")})
        try:
            self._process.await_ready(lambda: "daemon started" in self.log())
        except AssertionError:
            self.stop()
            raise

    def mails(self, recipient="ops@example.org"):
        """What lies in the recipient's mailbox, oldest first, as text."""
        paths = (self._mailbox(recipient) / "new").glob("*")
        return [path.read_text("utf-8")
                for path in sorted(paths, key=lambda path: path.stat().st_mtime_ns)]

    def await_messages(self, count=1, recipient="ops@example.org", timeout=60.0):
        """Waits until that many lie in the mailbox; answers all, as Python's own parser reads them."""
        wait_until(lambda: len(self.mails(recipient)) >= count, f"{recipient} has {count} mails",
                   timeout)
        # As text, for of bytes it takes none but ASCII for header fields (RFC 6532 has UTF-8).
        return [email.message_from_string(text, policy=email.policy.default)
                for text in self.mails(recipient)]

    def log(self):
        return self._process.output()

    def stop(self):
        if self._process.returncode is None:
            self._process.stop()
        shutil.rmtree(self._folder)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def _mailbox(self, recipient):
        return self._folder / "mailboxes" / self._recipients[recipient]

    def _configure(self, authority, credentials, hosts, smtputf8):
        folder, owner = self._folder, pwd.getpwnam("postfix")
        for name in ("etc", "etc/sasl", "queue", "data", "mailboxes"):
            (folder / name).mkdir()
        for name in ("data", "mailboxes"):
            os.chown(folder / name, owner.pw_uid, owner.pw_gid)
        certificate, key = authority.server(f"postfix-{self.port}", hosts=hosts)
        (folder / "etc" / "main.cf").write_text(_MAIN.format(
            folder=folder, uid=owner.pw_uid, gid=owner.pw_gid, certificate=certificate, key=key,
            realm=_REALM, smtputf8="yes" if smtputf8 else "no"))
        (folder / "etc" / "master.cf").write_text(_SERVICES.format(port=self.port))
        (folder / "recipients").write_text(
            "".join(f"{name} {path}\n" for name, path in self._recipients.items()), encoding="utf-8")
        self._add_user(*credentials)
        done = subprocess.run(["postfix", "-c", folder / "etc", "check"], capture_output=True,
                              text=True, timeout=60)
        assert done.returncode == 0, done.stderr

    def _add_user(self, user, password):
        database = self._folder / "etc" / "sasl" / "users"
        subprocess.run(["saslpasswd2", "-p", "-c", "-f", database, "-u", _REALM, user],
                       input=password.encode(), check=True, timeout=60)
        shutil.chown(database, "postfix")
        (self._folder / "etc" / "sasl" / "smtpd.conf").write_text(
            "pwcheck_method: auxprop\nauxprop_plugin: sasldb\nmech_list: PLAIN LOGIN\n"
            f"sasldb_path: {database}\n")
