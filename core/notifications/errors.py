"""Why a subscription or a message is refused."""

from core.kernel.errors import Conflict, Invalid
from core.kernel.texts import mark


class NotifierUnknown(Invalid):
    """No enabled plugin offers the notifier; facts: `notifier`, `available`."""

    code = "notifier_unknown"
    title = mark("There is no way to send messages called {notifier}")
    remedy = mark("Use one of those in “available”, or have the plugin enabled.")


class RecipientRefused(Invalid):
    """The notifier cannot send to this address; facts: `detail`."""

    code = "recipient_refused"
    title = mark("Messages cannot be sent to this address")
    remedy = mark("Correct the address as “detail” says.")


class TopicUnknown(Invalid):
    """A topic that no event has; facts: `topics`, the unknown ones."""

    code = "topic_unknown"
    title = mark("There are no events called {topics}")
    remedy = mark("Choose from the list of topics.")


class NothingSigned(Conflict):
    """The notifier of this subscription signs nothing, so there is no secret to change."""

    code = "nothing_signed"
    title = mark("Messages of this kind carry no signature")
    remedy = mark("Leave the secret alone; only signed messages have one.")


class MessageNotEnded(Conflict):
    """The message still waits for its next attempt."""

    code = "message_not_ended"
    title = mark("The message is still being sent")
    remedy = mark("Wait until it has been sent or given up; then it can be sent again.")
