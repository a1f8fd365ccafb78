"""Webhooks as Standard Webhooks has them: a signed POST of JSON to an address of the receiving program."""

from collections.abc import Sequence

from pydantic import BaseModel

from core.sdk import Notifier, hookimpl
from plugins.webhooks.notifier import WebhookNotifier


@hookimpl
def register_notifiers(settings: BaseModel | None) -> Sequence[Notifier]:
    """The sender."""
    del settings
    return [WebhookNotifier()]
