"""One message a notification, as plain text."""

from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import ClassVar, Final

import aiosmtplib

from core.sdk import ConnectorMisconfigured, ConnectorTransient, Notification, Notifier
from core.sdk.connectors import Hosts, HttpClient
from plugins.smtp.settings import SmtpSettings

_PERMANENT: Final = 500


class SmtpNotifier(Notifier):
    """Sends e-mail."""

    name: ClassVar[str] = "smtp"
    title: ClassVar[str] = "E-mail"

    def __init__(self, settings: SmtpSettings) -> None:
        self._settings = settings

    def admit(self, recipient: str) -> Hosts:
        """Check the shape of an address; mail goes to the server of the settings, nowhere else."""
        local, at, domain = recipient.rpartition("@")
        odd = any(not sign.isprintable() or sign.isspace() or sign in '<>,;"\\' for sign in recipient)
        if not (local and at and "." in domain.strip(".")) or odd or "@" in local:
            detail = "expected one e-mail address, such as director@example.org"
            raise ConnectorMisconfigured(detail)
        return Hosts(api=())

    async def notify(self, notification: Notification, http: HttpClient) -> None:
        """Hand the message to the server; the identifier makes a second copy recognisable."""
        del http
        settings = self._settings
        try:
            await aiosmtplib.send(
                letter(notification, settings.sender),
                hostname=settings.host,
                port=settings.port,
                username=settings.user or None,
                password=settings.password.get_secret_value() if settings.password else None,
                use_tls=settings.security == "tls",
                start_tls=settings.security == "starttls",
                timeout=settings.seconds,
            )
        except aiosmtplib.SMTPRecipientsRefused as error:
            if all(each.code >= _PERMANENT for each in error.recipients):
                detail = "the mail server refuses the recipient for good"
                raise ConnectorMisconfigured(detail) from None
            detail = "the mail server does not take the recipient now"
            raise ConnectorTransient(detail) from None
        except (aiosmtplib.SMTPException, OSError) as error:
            # What the server says may repeat names and passwords.
            detail = f"the mail server did not take the message ({type(error).__name__})"
            raise ConnectorTransient(detail) from None


def letter(notification: Notification, sender: str) -> EmailMessage:
    """Return the message as it is sent."""
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = notification.recipient
    message["Subject"] = notification.subject
    message["Date"] = format_datetime(notification.attempted_at)
    message["Message-ID"] = f"<{notification.id.hex}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(notification.text)
    return message
