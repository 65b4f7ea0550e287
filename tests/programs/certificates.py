"""A certificate authority of the tests' own, by the openssl command."""

import ipaddress
import pathlib
import subprocess


def _openssl(*arguments):
    done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True)
    assert done.returncode == 0, f"openssl {arguments[0]}: {done.stderr}"


class Authority:
    """A CA in `folder`: ca.crt, ca.key and the certificates that it signed."""

    def __init__(self, folder, name="scalehook-test-ca"):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.certificate = self.folder / "ca.crt"
        self._key = self.folder / "ca.key"
        # The system's openssl.cnf would add extensions of its own.
        self._config = self.folder / "openssl.cnf"
        self._config.write_text("[req]\ndistinguished_name = dn\n[dn]\n")
        self._request(self.certificate, self._key, f"/CN={name}",
                      "basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign,cRLSign")

    def server(self, name, hosts=("127.0.0.1", "localhost")):
        """A server certificate valid for these names and addresses: (certificate, key) paths."""
        return self._signed(name, f"/CN={name}", "extendedKeyUsage=serverAuth",
                            "subjectAltName=" + ",".join(map(_alternative_name, hosts)))

    def client(self, user, groups=()):
        """A client certificate; Kubernetes reads CN as the user and O as its groups."""
        subject = "".join(f"/O={group}" for group in groups) + f"/CN={user}"
        name = f"client-{user.replace(':', '-')}"
        return self._signed(name, subject, "extendedKeyUsage=clientAuth")

    def _signed(self, name, subject, *extensions):
        certificate, key = self.folder / f"{name}.crt", self.folder / f"{name}.key"
        self._request(certificate, key, subject, "basicConstraints=critical,CA:FALSE", *extensions,
                      more=("-CA", self.certificate, "-CAkey", self._key))
        return certificate, key

    def _request(self, certificate, key, subject, *extensions, more=()):
        added = [word for extension in extensions for word in ("-addext", extension)]
        _openssl("req", "-config", self._config, "-x509", "-newkey", "ec", "-pkeyopt",
                 "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30", "-subj", subject,
                 "-keyout", key, "-out", certificate, *added, *more)


def _alternative_name(host):
    try:
        return f"IP:{ipaddress.ip_address(host)}"
    except ValueError:
        return f"DNS:{host}"


def rsa_key_pair(folder, name):
    """An RSA key for signing tokens: (private, public) paths."""
    private, public = pathlib.Path(folder) / f"{name}.key", pathlib.Path(folder) / f"{name}.pub"
    _openssl("genrsa", "-out", private, "2048")
    _openssl("rsa", "-in", private, "-pubout", "-out", public)
    return private, public
