"""Real proxies on 127.0.0.1."""

import os

from programs.process import Process, free_port


class _Proxy:
    """Runs until the end of the `with`."""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()

    def seen(self, line):
        """Whether it has been asked for this, and let it through."""
        return line in self.process.output()


class HttpProxy(_Proxy):
    """tinyproxy, which tunnels what CONNECT asks for, to that port only; `user` is (name, password)."""

    def __init__(self, folder, user=None, connect_port=None):
        self.port = free_port()
        config = folder / "tinyproxy.conf"
        config.write_text(f"Port {self.port}\nListen 127.0.0.1\nAllow 127.0.0.1\nTimeout 60\n"
                          "MaxClients 20\nLogLevel Connect\n"
                          + (f"ConnectPort {connect_port}\n" if connect_port else "")
                          + (f"BasicAuth {user[0]} {user[1]}\n" if user else ""))
        self.process = Process(["tinyproxy", "-d", "-c", config], folder / "tinyproxy.log")
        self.process.await_ready(lambda: _listens(self.port))

    def tunnelled(self, host, port):
        return self.seen(f"CONNECT {host}:{port} HTTP")


class SocksProxy(_Proxy):
    """microsocks, a SOCKS5 server; `user` is (name, password)."""

    def __init__(self, folder, user=None):
        self.port = free_port()
        login = ["-u", user[0], "-P", user[1]] if user else []
        self.process = Process(["microsocks", "-i", "127.0.0.1", "-p", self.port, *login],
                               folder / "microsocks.log")
        self.process.await_ready(lambda: _listens(self.port))

    def tunnelled(self, host, port):
        return self.seen(f"connected to {host}:{port}")


class HttpsProxy(HttpProxy):
    """tinyproxy behind TLS; `certificate` is (certificate, key)."""

    def __init__(self, folder, certificate):
        super().__init__(folder)
        plain, self.port = self.port, free_port()
        self._tls = Process(["socat", f"OPENSSL-LISTEN:{self.port},bind=127.0.0.1,fork,verify=0,"
                             f"cert={certificate[0]},key={certificate[1]}",
                             f"TCP:127.0.0.1:{plain}"], folder / "socat.log")
        self._tls.await_ready(lambda: _listens(self.port))

    def __exit__(self, *_):
        self._tls.kill()
        super().__exit__()


class LoginProxy(_Proxy):
    """nginx before an API server, by TLS on both sides: it asks for the login `user` (name,
    password), and is `token`'s bearer itself. `certificate` is (certificate, key). By another name
    than 127.0.0.1 it serves nothing."""

    def __init__(self, folder, certificate, user, server, ca_file, token):
        self.port = free_port()
        self.url = f"https://127.0.0.1:{self.port}"
        (folder / "logins").write_text(f"{user[0]}:{{PLAIN}}{user[1]}\n")
        config = folder / "nginx.conf"
        temporary = "".join(f"{each}_temp_path {folder / each}; " for each in (
            "client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        # Its workers must read the logins, which are in root's folder of the test.
        config.write_text(f"""daemon off; pid {folder / "nginx.pid"}; error_log stderr;
{"user root;" if os.getuid() == 0 else ""}
events {{}}
http {{
  access_log {folder / "access.log"}; {temporary}
  ssl_certificate {certificate[0]}; ssl_certificate_key {certificate[1]};
  server {{ listen 127.0.0.1:{self.port} ssl default_server; return 421; }}
  server {{
    listen 127.0.0.1:{self.port} ssl; server_name 127.0.0.1;
    auth_basic cluster; auth_basic_user_file {folder / "logins"};
    location / {{
      proxy_pass {server}; proxy_ssl_verify on; proxy_ssl_trusted_certificate {ca_file};
      proxy_ssl_name localhost;  # it looks for no addresses in certificates
      proxy_set_header Authorization "Bearer {token}";
    }}
  }}
}}
""")
        self.process = Process(["/usr/sbin/nginx", "-e", "stderr", "-c", config],
                               folder / "nginx.log")
        self.process.await_ready(lambda: _listens(self.port))

    def __exit__(self, *_):
        self.process.stop()  # its workers with it


def _listens(port):
    """Without a connection, which the proxies would log."""
    wanted = f"0100007F:{port:04X}"
    with open("/proc/net/tcp", encoding="ascii") as table:
        return any(f" {wanted} 00000000:0000 0A" in line for line in table)
