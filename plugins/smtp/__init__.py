"""E-mail by SMTP, through the server that whoever runs the installation names."""

from collections.abc import Sequence

from pydantic import BaseModel

from core.sdk import Notifier, hookimpl
from plugins.smtp.notifier import SmtpNotifier
from plugins.smtp.settings import SmtpSettings


@hookimpl
def register_settings() -> type[BaseModel]:
    """The server and the sender: the table `[plugins.smtp]`."""
    return SmtpSettings


@hookimpl
def register_notifiers(settings: BaseModel | None) -> Sequence[Notifier]:
    """The sender."""
    return [SmtpNotifier(settings if isinstance(settings, SmtpSettings) else SmtpSettings())]
