"""For whom and on whose behalf something is done: carried by a context variable through one unit of work."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from core.kernel.ids import INSTALLATION


class ActorKind(StrEnum):
    """What kind of actor does something."""

    PERSON = "person"
    SERVICE = "service"
    SYSTEM = "system"
    UNKNOWN = "unknown"
    """Somebody who has not signed in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """One institution, one actor, and where the wish came from."""

    institution_id: UUID
    actor_kind: ActorKind = ActorKind.SYSTEM
    actor_id: UUID | None = None
    """Account; None for the system and for strangers."""
    source: str = ""
    """Network address or name of the job."""
    request_id: str = ""
    purpose: str = ""
    """Why personal data are read or changed, in the actor's words or as a code."""
    own_groups_on: date | None = None
    """Narrows what is seen to the groups that the account teaches on this day; `None`: the whole institution."""


class NoScope(RuntimeError):
    """A row of an institution was asked for outside any unit of work."""


_scope: ContextVar[Scope | None] = ContextVar("deloteka_scope", default=None)


def current_scope() -> Scope:
    """Return the scope of the running unit of work; raise `NoScope` outside one."""
    scope = _scope.get()
    if scope is None:
        message = "rows of an institution are reached inside `Database.work(scope)` only"
        raise NoScope(message)
    return scope


def current_institution() -> UUID:
    """Return the institution of the running unit of work; raise `NoScope` outside one."""
    return current_scope().institution_id


@contextmanager
def scoped(scope: Scope) -> Iterator[None]:
    """Make `scope` the current one for the block."""
    token = _scope.set(scope)
    try:
        yield
    finally:
        _scope.reset(token)


def installation_scope(*, source: str, actor_kind: ActorKind = ActorKind.SYSTEM, actor_id: UUID | None = None) -> Scope:
    """Return a scope for what concerns no single institution."""
    return Scope(institution_id=INSTALLATION, source=source, actor_kind=actor_kind, actor_id=actor_id)
