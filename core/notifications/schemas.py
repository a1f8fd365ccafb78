"""What the API says and hears of subscriptions and messages."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field

from core.kernel.texts import Language, translate
from core.notifications.models import Message, Subscription
from core.notifications.subscribing import Subscribed
from core.notifications.topics import TOPICS
from core.web.fields import FilledLine, MergePatch, RequestBody

Topic = Annotated[str, Field(min_length=1, max_length=100, examples=["import.ended"])]
Topics = Annotated[
    list[Topic],
    Field(min_length=1, max_length=50, description="Names of events, a first part with `.*`, or `*` for every one."),
]
Recipient = Annotated[
    FilledLine, Field(max_length=2000, description="URL or e-mail address.", examples=["https://example.org/hook"])
]

Told = Annotated[Language, Field(description="Language of the messages.")]


class TopicOut(BaseModel):
    """An event that one can be told of."""

    name: str
    title: str = Field(description="What a person reads of it.")

    @classmethod
    def every(cls, language: Language) -> list[Self]:
        """Return all of them in their order."""
        return [cls(name=name, title=translate(title, language)) for name, title in TOPICS.items()]


class NotifierOut(BaseModel):
    """A way to send messages."""

    name: str
    title: str
    signs: bool = Field(description="Whether its messages are signed with a secret of the subscription.")


class OptionsOut(BaseModel):
    """What a subscription can be made of."""

    notifiers: list[NotifierOut] = Field(description="Those that are enabled.")
    topics: list[TopicOut] = Field(description="Events, in an order for people.")


class SubscriptionIn(RequestBody):
    """A subscription to be made."""

    notifier: Annotated[FilledLine, Field(max_length=63, description="One of the notifiers.", examples=["webhooks"])]
    recipient: Recipient
    title: Annotated[FilledLine, Field(max_length=200, description="What it is for.", examples=["Школьный сервер"])]
    topics: Topics
    language: Told = "ru"


class SubscriptionPatch(MergePatch):
    """What is to change; members that are not sent stay."""

    recipient: Recipient | None = None
    title: Annotated[FilledLine, Field(max_length=200)] | None = None
    topics: Topics | None = None
    language: Told | None = None
    state: (
        Annotated[Literal["active", "paused"], Field(description="`active` lets a paused or failing one go on.")] | None
    ) = None

    def changes(self) -> dict[str, Any]:
        """Return the members that were sent."""
        sent = super().changes()
        return {**sent, "topics": sorted(set(sent["topics"]))} if "topics" in sent else sent


class SubscriptionOut(BaseModel):
    """A subscription, without its secret."""

    id: UUID
    notifier: str = Field(description="Name of the notifier that sends.")
    recipient: str = Field(description="URL or e-mail address.")
    title: str
    topics: list[str] = Field(description="Names of events, a first part with `.*`, or `*` for every one.")
    language: Told
    state: Literal["active", "paused", "failing"]
    state_reason: str = Field(description="Why it fails; empty otherwise.")
    signed: bool = Field(description="Whether its messages are signed with its secret.")
    created_by: UUID | None
    created_at: datetime
    revision: int

    @classmethod
    def of(cls, row: Subscription) -> Self:
        """Return what is shown of a subscription."""
        return cls.model_validate(
            {name: getattr(row, name) for name in cls.model_fields if name != "signed"}
            | {"signed": row.secret_key_id is not None}
        )


class NewSubscriptionOut(SubscriptionOut):
    """A subscription with its secret, which is shown this once."""

    secret: str | None = Field(description="Give it to the receiving program; it is not shown again.")

    @classmethod
    def with_secret(cls, made: Subscribed) -> Self:
        """Return a subscription and its secret."""
        secret = None if made.secret is None else made.secret.get_secret_value()
        return cls(**SubscriptionOut.of(made.subscription).model_dump(), secret=secret)


class MessageOut(BaseModel):
    """One message, and what became of it."""

    id: UUID
    subscription_id: UUID
    event_id: UUID
    topic: str = Field(description="Name of the event.")
    object_id: UUID | None = Field(description="What the event is about; null: nothing that has an id.")
    occurred_at: datetime = Field(description="When the event happened.")
    state: Literal["waiting", "sent", "given_up"]
    attempts: int = Field(description="How often it was tried.")
    next_attempt_at: datetime | None = Field(description="When it is tried next; null: not any more.")
    last_error: str = Field(description="What went wrong the last time; empty if nothing did.")
    ended_at: datetime | None

    @classmethod
    def of(cls, row: Message) -> Self:
        """Return what is shown of a message."""
        shown = {name: getattr(row, name) for name in cls.model_fields}
        return cls.model_validate(shown | {"next_attempt_at": row.next_attempt_at if row.state == "waiting" else None})
