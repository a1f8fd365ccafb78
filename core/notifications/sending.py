"""From an event to messages that arrive: queued once a subscription, sent outside of any transaction, tried again."""

import asyncio
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from core.kernel.database.work import Work
from core.kernel.errors import DelotekaError, NotFound, StaleState
from core.kernel.ids import new_id
from core.kernel.scope import Scope
from core.notifications.errors import MessageNotEnded
from core.notifications.models import Message, Subscription
from core.notifications.services import NotificationServices
from core.notifications.subscribing import opened_secret
from core.notifications.topics import is_wanted, sentence
from core.outbound import GuardedClient, Policy, Redactor
from core.sdk import ConnectorMisconfigured, Event, Notification, PluginError
from core.sdk.connectors import AllowedRequest

log = logging.getLogger(__name__)

LISTENER: Final = "notifications"
"""How the outbox calls this feature."""
PAUSES: Final = tuple(
    timedelta(seconds=seconds) for seconds in (5, 300, 1800, 7200, 18_000, 36_000, 36_000, 43_200, 86_400)
)
"""After each failed attempt until the next, as Standard Webhooks advises; nearly three days in all."""
KEPT: Final = timedelta(days=90)
"""How long messages that were sent or given up can be looked at and sent again."""
_LEASE: Final = timedelta(minutes=5)
_BATCH: Final = 20
_AT_ONCE: Final = 4
_WITHIN: Final = 30.0
"""Seconds for one attempt."""
_ERROR_LENGTH: Final = 500
_QUEUE: Final = (
    "INSERT INTO messages (id, institution_id, subscription_id, event_id, topic, object_id, facts, occurred_at,"
    " next_attempt_at) VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb, $8, $9) ON CONFLICT DO NOTHING"
)
_CLAIM: Final = (
    "UPDATE messages SET attempts = attempts + 1, next_attempt_at = $3 WHERE institution_id = $1 AND id IN ("
    " SELECT m.id FROM messages m JOIN subscriptions s ON s.institution_id = m.institution_id"
    "  AND s.id = m.subscription_id WHERE m.institution_id = $1 AND m.state = 'waiting' AND m.next_attempt_at <= $2"
    "  AND (s.state = 'active' OR m.topic = 'notifications.tested') ORDER BY m.next_attempt_at LIMIT $4"
    "  FOR UPDATE OF m SKIP LOCKED) RETURNING id"
)
_PUT_OFF: Final = (
    "UPDATE messages m SET next_attempt_at = $3 FROM subscriptions s WHERE m.institution_id = $1"
    " AND s.institution_id = $1 AND s.id = m.subscription_id AND s.state <> 'active' AND m.state = 'waiting'"
    " AND m.next_attempt_at <= $2"
)
_REST: Final = timedelta(minutes=10)
"""After which the messages of a paused subscription are looked at again."""


@dataclass(frozen=True, slots=True)
class _Outcome:
    message: Message
    reason: str | None = None
    hopeless: bool = False


async def hear(services: NotificationServices, event: Event) -> str | None:
    """Queue what subscriptions want of an event; hearing it again queues nothing twice."""
    if event.institution_id is None:
        return None
    async with services.database.work(Scope(institution_id=event.institution_id, source=LISTENER)) as work:
        for subscription in await Subscription.filter(state="active"):
            if is_wanted(event.name, subscription.topics):
                await work.run(_QUEUE, [new_id(), event.institution_id, subscription.id, *_values(event), work.now])
    return None


def _values(event: Event) -> list[object]:
    return [event.id, event.name, event.object_id, json.dumps(dict(event.facts), default=str), event.occurred_at]


async def send_due(services: NotificationServices) -> int:
    """Send what is due; return how many attempts were made. Any number of workers may call it every few seconds."""
    rows = await services.database.ask("SELECT institutions_with_due_messages($1) AS id", [services.clock()])
    return sum([await _send_of(services, row["id"]) for row in rows])


async def _send_of(services: NotificationServices, institution_id: UUID) -> int:
    made = 0
    scope = Scope(institution_id=institution_id, source=LISTENER)
    turn = asyncio.Semaphore(_AT_ONCE)
    while True:
        async with services.database.work(scope) as work:
            rows = await work.rows(_CLAIM, [institution_id, work.now, work.now + _LEASE, _BATCH])
            messages = await Message.filter(id__in=[row["id"] for row in rows])
            subscriptions = {each.id: each for each in await Subscription.all()}
            if not messages:
                await work.run(_PUT_OFF, [institution_id, work.now, work.now + _REST])
                await Message.filter(state__not="waiting", ended_at__lt=work.now - KEPT).delete()
                return made

        async def attempt(message: Message) -> _Outcome:
            async with turn:
                return await _attempt(services, subscriptions[message.subscription_id], message)  # noqa: B023 (awaited below)

        outcomes = await asyncio.gather(*(attempt(message) for message in messages))
        async with services.database.work(scope) as work:
            await _write_down(work, outcomes)
        made += len(outcomes)


async def _attempt(services: NotificationServices, subscription: Subscription, message: Message) -> _Outcome:
    try:
        async with asyncio.timeout(_WITHIN):
            await _send(services, subscription, message)
    except ConnectorMisconfigured as error:
        return _Outcome(message, error.detail, hopeless=True)
    except PluginError as error:
        return _Outcome(message, error.detail)
    except DelotekaError as error:
        return _Outcome(message, error.code)
    except TimeoutError:
        return _Outcome(message, f"not done within {_WITHIN:g} seconds")
    except Exception as error:  # a plugin may raise anything
        log.exception("notifier %s failed", subscription.notifier)
        return _Outcome(message, type(error).__name__)
    return _Outcome(message)


async def _send(services: NotificationServices, subscription: Subscription, message: Message) -> None:
    notifier = services.notifier(subscription.notifier)
    secret = opened_secret(services.keyring, subscription)
    policy = Policy.of(
        notifier.admit(subscription.recipient),
        private=services.private_hosts,
        requests=(AllowedRequest(method="POST", path="*"),),
        http_allowed=services.allow_http,
    )
    event = Event(
        id=message.event_id,
        name=message.topic,
        occurred_at=message.occurred_at,
        institution_id=message.institution_id,
        object_id=message.object_id,
        facts=message.facts,
    )
    said = sentence(event, "en" if subscription.language == "en" else "ru")
    client = GuardedClient(
        policy,
        clock=services.clock,
        limits=services.limits,
        redactor=Redactor([] if secret is None else [secret.get_secret_value()]),
        transport=services.make_transport(policy),
    )
    async with client as http:
        await notifier.notify(
            Notification(
                id=message.id,
                recipient=subscription.recipient,
                subject=said,
                text=_text(said, event),
                event=event,
                attempted_at=services.clock(),
                secret=secret,
            ),
            http,
        )


def _text(said: str, event: Event) -> str:
    facts = "\n".join(f"{name}: {value}" for name, value in event.facts.items())
    return f"{said}.\n\n{event.occurred_at:%Y-%m-%d %H:%M} UTC\n{facts}".rstrip() + "\n"


async def _write_down(work: Work, outcomes: Sequence[_Outcome]) -> None:
    for outcome in outcomes:
        message = outcome.message
        waiting = Message.filter(id=message.id, state="waiting", attempts=message.attempts)
        if outcome.reason is None:
            await waiting.update(state="sent", ended_at=work.now, last_error="")
            continue
        reason = outcome.reason[:_ERROR_LENGTH]
        if outcome.hopeless or message.attempts > len(PAUSES):
            await waiting.update(state="given_up", ended_at=work.now, last_error=reason)
            await _stop(work, message.subscription_id, reason)
        else:
            await waiting.update(next_attempt_at=work.now + PAUSES[message.attempts - 1], last_error=reason)


async def _stop(work: Work, subscription_id: UUID, reason: str) -> None:
    """Let a subscription rest whose recipient takes nothing; a person resumes it."""
    stopped = await Subscription.filter(id=subscription_id, state="active").update(
        state="failing", state_reason=reason or "unknown"
    )
    if stopped:
        work.record("subscription.failing", "subscription", subscription_id, {"reason": reason})


async def replay(work: Work, message_id: UUID) -> Message:
    """Have a message that was sent or given up sent again, under its own identifier.

    Raises `NotFound`, `MessageNotEnded`, or `StaleState` when somebody was quicker.
    """
    message = await Message.get_or_none(id=message_id)
    if message is None:
        raise NotFound
    if message.state == "waiting":
        raise MessageNotEnded
    again = {"state": "waiting", "attempts": 0, "next_attempt_at": work.now, "last_error": "", "ended_at": None}
    if await Message.filter(id=message_id, state=message.state).update(**again) != 1:
        raise StaleState
    work.record("message.replayed", "message", message_id, {"subscription": str(message.subscription_id)})
    return await Message.get(id=message_id)
