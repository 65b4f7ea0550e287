"""Mails of the notifier `email`: sent without the daemon, and read."""

from events import event
from programs.plugin_drive import PluginDrive


def settings(server, **more):
    return {"smarthost": server.address, "from": "Scalehook <scalehook@example.org>",
            "to": ["ops@example.org"], **more}


def clear(server, **more):
    """Settings for a server without TLS."""
    return settings(server, require_tls=False, **more)


def trusting(server, authority, **more):
    return settings(server, tls_config={"ca_file": str(authority.certificate)}, **more)


def deliver(given, one=None, **options):
    with PluginDrive("email", given) as drive:
        return drive.notify(one or event(), **options)


def assert_status(answer, status, code, *words):
    assert (answer["status"], answer["code"]) == (status, code), answer
    for word in words:
        assert word in answer["explanation"], answer


def part(message, kind="plain"):
    """The content of the part that is text/`kind`."""
    return message.get_body((kind,)).get_content().replace("\r\n", "\n")


def sound(mail):
    """The mail's message, after a look at what no mail may have."""
    message = mail.message
    assert message.defects == []
    for name, header in message.items():
        assert header.defects == (), f"{name}: {header}"
    assert not mail.raw.replace(b"\r\n", b"").count(b"\r")
    assert not mail.raw.replace(b"\r\n", b"").count(b"\n")
    lines = mail.raw.split(b"\r\n")
    one_word = (b"Message-ID:", b"In-Reply-To:", b"References:", b"List-Unsubscribe:")
    assert all(len(line) <= (998 if line.startswith(one_word) else 78) for line in lines)
    assert message.get_content_type() == "multipart/alternative"
    kinds = [each.get_content_type() for each in message.iter_parts()]
    assert kinds == ["text/plain", "text/html"]  # the best is last (RFC 2046, section 5.1.4)
    for each in message.iter_parts():
        assert each.defects == []
        assert each.get_content_charset() == "utf-8"
    return message
