"""Addresses of subscriptions and messages."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request, Response

from core.access.dependencies import allow
from core.access.gate import Caller
from core.access.permissions import Permission
from core.connections.errors import SecretsUnreadable
from core.kernel.errors import NotFound, StaleState
from core.kernel.keyset import Listing
from core.kernel.texts import Language, translate
from core.notifications.errors import (
    MessageNotEnded,
    NothingSigned,
    NotifierUnknown,
    RecipientRefused,
    TopicUnknown,
)
from core.notifications.models import Message, Subscription
from core.notifications.schemas import (
    MessageOut,
    NewSubscriptionOut,
    NotifierOut,
    OptionsOut,
    SubscriptionIn,
    SubscriptionOut,
    SubscriptionPatch,
    TopicOut,
)
from core.notifications.sending import replay
from core.notifications.services import NotificationServices
from core.notifications.subscribing import (
    WantedSubscription,
    change,
    find_subscription,
    renew_secret,
    send_test,
    subscribe,
    unsubscribe,
)
from core.web.conditional import UNCHANGED, IfMatch, etag, fresh
from core.web.context import reader_language
from core.web.errors import BadCursor, PreconditionFailed, PreconditionRequired
from core.web.paging import Page, Paging, paged
from core.web.problems import problem_responses
from core.web.routing import Router

router = Router(prefix="/api/v1", tags=["notifications"])

Manager = Annotated[Caller, Depends(allow(Permission.CONNECTIONS_MANAGE))]


async def notification_services(request: Request) -> NotificationServices:
    """Return what the composition root put at `app.state.notifications`."""
    services: NotificationServices = request.app.state.notifications
    return services


async def language_of(request: Request) -> Language:
    """Return the language the reader asked for."""
    return reader_language(request.scope)


Services = Annotated[NotificationServices, Depends(notification_services)]
ReaderLanguage = Annotated[Language, Depends(language_of)]


@router.get("/subscription-options", summary="Tell what a subscription can be made of")
async def read_subscription_options(_caller: Manager, services: Services, language: ReaderLanguage) -> OptionsOut:
    """The notifiers that are enabled, and the events one can be told of."""
    notifiers = [
        NotifierOut(
            name=each.name, title=translate(each.provider.title, language) or each.name, signs=each.provider.signs
        )
        for each in services.catalog.notifiers
    ]
    return OptionsOut(notifiers=notifiers, topics=TopicOut.every(language))


@router.get("/subscriptions", responses=problem_responses(BadCursor), summary="List subscriptions")
async def list_subscriptions(caller: Manager, services: Services, page: Paging) -> Page[SubscriptionOut]:
    """The newest first."""
    async with services.database.work(caller.scope) as work:
        shown = await paged(Listing(Subscription.all(), ("-id",)), page, SubscriptionOut.of)
        work.record("subscription.listed", "subscription", "", {"shown": len(shown.items)})
    return shown


@router.post(
    "/subscriptions",
    status_code=201,
    responses=problem_responses(NotifierUnknown, RecipientRefused, TopicUnknown, SecretsUnreadable),
    summary="Subscribe to events",
)
async def make_subscription(
    response: Response, wanted: SubscriptionIn, caller: Manager, services: Services
) -> NewSubscriptionOut:
    """Have a program or a person told of events from now on. The answer shows the secret of signatures, this once."""
    async with services.database.work(caller.scope) as work:
        asked = WantedSubscription(**{**wanted.model_dump(), "topics": frozenset(wanted.topics)})
        made = await subscribe(services, work, asked)
    response.headers["Location"] = f"/api/v1/subscriptions/{made.subscription.id}"
    response.headers["ETag"] = etag(made.subscription.revision)
    return NewSubscriptionOut.with_secret(made)


@router.get(
    "/subscriptions/{subscription_id}", responses=UNCHANGED | problem_responses(NotFound), summary="Read a subscription"
)
async def read_subscription(
    request: Request, response: Response, subscription_id: UUID, caller: Manager, services: Services
) -> SubscriptionOut:
    """Who is told of what, and whether the messages arrive."""
    async with services.database.work(caller.scope) as work:
        found = await find_subscription(subscription_id)
        fresh(request, response, found.revision)
        work.record("subscription.read", "subscription", found.id)
    return SubscriptionOut.of(found)


@router.patch(
    "/subscriptions/{subscription_id}",
    responses=problem_responses(
        NotFound, RecipientRefused, TopicUnknown, NotifierUnknown, StaleState, PreconditionFailed, PreconditionRequired
    ),
    summary="Change a subscription",
)
async def change_subscription(
    response: Response,
    subscription_id: UUID,
    changes: SubscriptionPatch,
    expected: IfMatch,
    caller: Manager,
    services: Services,
) -> SubscriptionOut:
    """Change the members that are sent; `state` pauses it or lets it go on, and what waits is then sent."""
    async with services.database.work(caller.scope) as work:
        found = await find_subscription(subscription_id)
        expected.require(found.revision)
        found = await change(services, work, found, changes.changes())
    response.headers["ETag"] = etag(found.revision)
    return SubscriptionOut.of(found)


@router.delete(
    "/subscriptions/{subscription_id}",
    status_code=204,
    responses=problem_responses(NotFound),
    summary="End a subscription",
)
async def end_subscription(subscription_id: UUID, caller: Manager, services: Services) -> None:
    """Nothing more is sent; the messages of the past go with it."""
    async with services.database.work(caller.scope) as work:
        await unsubscribe(work, await find_subscription(subscription_id))


@router.post(
    "/subscriptions/{subscription_id}/secrets",
    status_code=201,
    responses=problem_responses(NotFound, NothingSigned, SecretsUnreadable),
    summary="Give a subscription another secret",
)
async def renew_subscription_secret(subscription_id: UUID, caller: Manager, services: Services) -> NewSubscriptionOut:
    """From now on messages are signed with the secret in the answer, which is shown this once."""
    async with services.database.work(caller.scope) as work:
        return NewSubscriptionOut.with_secret(
            await renew_secret(services, work, await find_subscription(subscription_id))
        )


@router.post(
    "/subscriptions/{subscription_id}/tests",
    status_code=202,
    responses=problem_responses(NotFound),
    summary="Send a test message",
)
async def test_subscription(subscription_id: UUID, caller: Manager, services: Services) -> MessageOut:
    """Send a message that only shows that messages arrive, even where the subscription is paused."""
    async with services.database.work(caller.scope) as work:
        return MessageOut.of(await send_test(work, await find_subscription(subscription_id)))


@router.get(
    "/subscriptions/{subscription_id}/messages",
    responses=problem_responses(NotFound, BadCursor),
    summary="List a subscription's messages",
)
async def list_messages(subscription_id: UUID, caller: Manager, services: Services, page: Paging) -> Page[MessageOut]:
    """What was sent, what waits and what was given up, the newest first."""
    async with services.database.work(caller.scope) as work:
        await find_subscription(subscription_id)
        messages = Message.filter(subscription_id=subscription_id)
        shown = await paged(Listing(messages, ("-id",)), page, MessageOut.of)
        work.record("message.listed", "subscription", subscription_id, {"shown": len(shown.items)})
    return shown


@router.post(
    "/messages/{message_id}/replays",
    status_code=202,
    responses=problem_responses(NotFound, MessageNotEnded, StaleState),
    summary="Send a message again",
)
async def replay_message(message_id: UUID, caller: Manager, services: Services) -> MessageOut:
    """Send a message that was sent or given up once more, under the same identifier."""
    async with services.database.work(caller.scope) as work:
        return MessageOut.of(await replay(work, message_id))
