"""Subscriptions: made, changed, resumed, ended; secrets are shown once."""

import base64
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from pydantic import SecretStr

from core.connections.keyring import Keyring, Sealed
from core.kernel.database.work import Work
from core.kernel.errors import NotFound, StaleState
from core.kernel.ids import new_id
from core.kernel.texts import Language
from core.notifications.errors import NothingSigned, RecipientRefused, TopicUnknown
from core.notifications.models import Message, Subscription
from core.notifications.services import NotificationServices
from core.notifications.topics import TEST, selectable
from core.sdk.errors import PluginError

SPELLED: Final = "whsec_"
"""How secrets of Standard Webhooks begin; the rest is base64."""
_SECRET_BYTES: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedSubscription:
    """A subscription to be made."""

    notifier: str
    recipient: str
    title: str
    topics: frozenset[str]
    language: Language


@dataclass(frozen=True, slots=True)
class Subscribed:
    """A subscription and its secret, which nobody is shown again."""

    subscription: Subscription
    secret: SecretStr | None = field(repr=False)


async def find_subscription(subscription_id: UUID) -> Subscription:
    """Return a subscription of the current institution; raise `NotFound`."""
    found = await Subscription.get_or_none(id=subscription_id)
    if found is None:
        raise NotFound
    return found


async def subscribe(services: NotificationServices, work: Work, wanted: WantedSubscription) -> Subscribed:
    """Make a subscription; raise `NotifierUnknown`, `RecipientRefused` or `TopicUnknown`."""
    _check(services, wanted.notifier, wanted.recipient, wanted.topics)
    made = Subscription(
        id=new_id(),
        institution_id=work.scope.institution_id,
        notifier=wanted.notifier,
        recipient=wanted.recipient,
        title=wanted.title,
        topics=sorted(wanted.topics),
        language=wanted.language,
        created_by=work.scope.actor_id,
        created_at=work.now,
    )
    secret = None
    if services.notifier(wanted.notifier).signs:
        secret, sealed = _new_secret(services.keyring, made)
        made.secret_key_id, made.secret_envelope = sealed.key_id, sealed.envelope
    await made.save(force_create=True)
    work.record("subscription.made", "subscription", made.id, _told(made))
    return Subscribed(made, secret)


async def change(
    services: NotificationServices, work: Work, subscription: Subscription, changes: Mapping[str, Any]
) -> Subscription:
    """Write `changes` over the revision that `subscription` shows; a failing one that is set active is tried again.

    Raises `RecipientRefused`, `TopicUnknown` or `StaleState`.
    """
    wanted = {name: value for name, value in changes.items() if getattr(subscription, name) != value}
    if not wanted:
        return subscription
    topics = wanted.get("topics", subscription.topics)
    _check(services, subscription.notifier, wanted.get("recipient", subscription.recipient), topics)
    if "state" in wanted:
        wanted["state_reason"] = ""
    changed = await Subscription.filter(id=subscription.id, revision=subscription.revision).update(
        **wanted, revision=subscription.revision + 1
    )
    if changed != 1:
        raise StaleState
    after = await find_subscription(subscription.id)
    told = {"before": _told(subscription), "after": _told(after)}
    work.record("subscription.changed", "subscription", after.id, told)
    return after


async def renew_secret(services: NotificationServices, work: Work, subscription: Subscription) -> Subscribed:
    """Give a subscription another secret; messages are signed with it from now on. Raises `NothingSigned`."""
    if subscription.secret_envelope is None:
        raise NothingSigned
    secret, sealed = _new_secret(services.keyring, subscription)
    await Subscription.filter(id=subscription.id).update(
        secret_key_id=sealed.key_id, secret_envelope=sealed.envelope, revision=subscription.revision + 1
    )
    work.record("subscription.secret_renewed", "subscription", subscription.id)
    return Subscribed(await find_subscription(subscription.id), secret)


async def unsubscribe(work: Work, subscription: Subscription) -> None:
    """End a subscription; its messages go with it, the audit trail stays."""
    await Subscription.filter(id=subscription.id).delete()
    work.record("subscription.ended", "subscription", subscription.id, _told(subscription))


async def send_test(work: Work, subscription: Subscription) -> Message:
    """Have a message sent that only shows that messages arrive."""
    made = await Message.create(
        subscription_id=subscription.id,
        event_id=new_id(),
        topic=TEST,
        facts={},
        occurred_at=work.now,
        next_attempt_at=work.now,
    )
    work.record("subscription.tested", "subscription", subscription.id)
    return made


def opened_secret(keyring: Keyring, subscription: Subscription) -> SecretStr | None:
    """Return the secret of a subscription; raise `SecretsUnreadable` when its key is lost."""
    if subscription.secret_key_id is None or subscription.secret_envelope is None:
        return None
    sealed = Sealed(subscription.secret_key_id, subscription.secret_envelope)
    return SecretStr(keyring.open(sealed, _place(subscription)).decode())


def _new_secret(keyring: Keyring, subscription: Subscription) -> tuple[SecretStr, Sealed]:
    text = SPELLED + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()
    return SecretStr(text), keyring.seal(text.encode(), _place(subscription))


def _place(subscription: Subscription) -> str:
    return f"{subscription.institution_id}/{subscription.id}/subscription"


def _check(services: NotificationServices, notifier: str, recipient: str, topics: Collection[str]) -> None:
    unknown = sorted(set(topics) - selectable())
    if unknown:
        raise TopicUnknown(topics=", ".join(unknown))
    try:
        services.notifier(notifier).admit(recipient)
    except PluginError as error:
        raise RecipientRefused(detail=error.detail) from error


def _told(subscription: Subscription) -> dict[str, Any]:
    names = ("notifier", "recipient", "title", "topics", "language", "state")
    return {name: getattr(subscription, name) for name in names}
