"""Sending a mail by the site's relay."""

import smtplib
import ssl
from contextlib import ExitStack
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Final

from sptjobs.messaging.webhook import DeliveryError
from sptjobs.settings.mail_relay import MailSettings

_TIMEOUT_S: Final = 20.0


def send_mail(settings: MailSettings, to: str, subject: str, text: str) -> None:
    """Send a mail of plain text; blocks. A password goes over TLS only.

    Raises
    ------
    DeliveryError
        The relay does not respond, or does not take it.
    """
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = settings.sender, to, subject
    message["Date"], message["Message-ID"] = formatdate(), make_msgid(domain="spt3g.invalid")
    # No out-of-office notes in return (RFC 3834).
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    try:
        with ExitStack() as opened:
            relay = opened.enter_context(_connected(settings))
            relay.send_message(message)
    except (OSError, smtplib.SMTPException) as error:
        raise DeliveryError(f"the mail relay did not take it: {type(error).__name__}") from error


def _connected(settings: MailSettings) -> smtplib.SMTP:
    context = ssl.create_default_context()
    host, port = settings.host, settings.port
    if settings.tls:
        relay: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=_TIMEOUT_S, context=context)
    else:
        relay = smtplib.SMTP(host, port, timeout=_TIMEOUT_S)
    try:
        relay.ehlo_or_helo_if_needed()
        if not settings.tls and (settings.user or relay.has_extn("starttls")):
            relay.starttls(context=context)
        if settings.user:
            relay.login(settings.user, settings.password)
    except BaseException:
        relay.close()
        raise
    return relay
