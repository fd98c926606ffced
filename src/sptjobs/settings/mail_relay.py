"""Settings of the site's mail relay."""

from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote, urlsplit

from sptjobs.settings.variables import Variables

_PORTS: Final = {"smtp": 25, "smtps": 465}


@dataclass(frozen=True, slots=True)
class MailSettings:
    """Where mails are handed in, and from whom they come; ``tls`` from the first byte on."""

    host: str
    port: int
    tls: bool
    user: str
    password: str = field(repr=False)
    sender: str


def read_mail(variables: Variables) -> MailSettings | None:
    """Read ``SPT_SMTP_URL`` and ``SPT_MAIL_FROM``; None in a process that sends no mail."""
    url, sender = variables.text("SPT_SMTP_URL", ""), variables.text("SPT_MAIL_FROM", "")
    if not url:
        return None
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        parts, host, port = urlsplit(""), None, None
    if parts.scheme not in _PORTS or not host:
        # The value may hold a password.
        variables.problems.append("SPT_SMTP_URL: must be like smtps://USER:PASSWORD@HOST:PORT")
        return None
    if sender.count("@") != 1 or not sender.isprintable():
        variables.problems.append(f"SPT_MAIL_FROM: must be a mail address, not {sender!r}")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    port = port or _PORTS[parts.scheme]
    return MailSettings(host, port, parts.scheme == "smtps", user, password, sender)
