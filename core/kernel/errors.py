"""The error family of the core: one class a reason, a stable code, facts as attributes, a remedy.

Titles and remedies are English message ids; `core.kernel.texts` turns them into the reader's language. The
web layer maps the whole family to `application/problem+json` (RFC 9457) in one place.
"""

from collections.abc import Mapping
from typing import ClassVar

Fact = str | int | float | bool | None | list[str] | list[dict[str, str]]


class DelotekaError(Exception):
    """Base of everything the core raises on purpose."""

    code: ClassVar[str] = "internal_error"
    """Stable, lower snake case; clients branch on it."""
    status: ClassVar[int] = 500
    """The HTTP status that fits, when the error reaches a client."""
    title: ClassVar[str] = "The service made a mistake"
    remedy: ClassVar[str] = "Try again; if it happens again, give the request id to the administrator."
    retry_after: int | None = None
    """Seconds after which the same request may succeed."""

    def __init__(self, detail: str = "", **facts: Fact) -> None:
        super().__init__(detail or self.title)
        self.detail = detail
        self.facts: Mapping[str, Fact] = facts


class Invalid(DelotekaError):
    """The request says something that cannot be."""

    code = "invalid_request"
    status = 422
    title = "The request contains invalid values"
    remedy = "Correct the fields named in `errors` and send the request again."


class NotFound(DelotekaError):
    """The thing does not exist, or is not the asker's to know of."""

    code = "not_found"
    status = 404
    title = "Nothing was found at this address"
    remedy = "Check the identifier and the institution you are working in."


class Conflict(DelotekaError):
    """The request contradicts the present state."""

    code = "conflict"
    status = 409
    title = "The request contradicts the present state"
    remedy = "Read the present state and decide again."


class StaleState(Conflict):
    """Somebody else changed the state first."""

    code = "stale_state"
    title = "The state has changed in the meantime"


class AlreadyExists(Conflict):
    """A unique value is taken."""

    code = "already_exists"
    title = "Such an entry exists already"
    remedy = "Use the existing entry or choose another value."


class TransitionRefused(Conflict):
    """A guarded transition said no; `reasons` names every guard."""

    code = "transition_refused"
    title = "This step is not allowed in the present state"
    remedy = "The reasons are listed in `reasons`."


class Forbidden(DelotekaError):
    """The asker is known but may not do this."""

    code = "forbidden"
    status = 403
    title = "Your role does not allow this"
    remedy = "Ask the administrator of your institution for the role named in `needed`."


class Unavailable(DelotekaError):
    """A part the service depends on does not answer; nothing was half-kept."""

    code = "unavailable"
    status = 503
    title = "The service is temporarily unavailable"
    remedy = "Nothing was changed. Repeat the request a little later."
    retry_after = 5


class DatabaseUnavailable(Unavailable):
    """PostgreSQL does not answer."""

    code = "database_unavailable"
    title = "The database does not answer"


class StorageUnavailable(Unavailable):
    """The object storage does not answer."""

    code = "storage_unavailable"
    title = "The object storage does not answer"


class NoSpace(DelotekaError):
    """There is not enough room on a disk to keep what was sent."""

    code = "no_space"
    status = 507
    title = "There is no room left to keep files"
    remedy = "Nothing was kept of this file. Tell the administrator to free space, then send it again."
    retry_after = 600
