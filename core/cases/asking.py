"""Who asks for a step, in the terms of `retention`."""

from collections.abc import Iterable
from typing import Final

from core.access.permissions import Role as AccountRole
from core.kernel.database.work import Work
from core.nomenclature.drafting import actor
from retention.transitions import Actor, Asking, Role

_KNOWN: Final = frozenset(role.value for role in Role)


def asking(work: Work, roles: Iterable[AccountRole], *, single_person: bool = False) -> Asking:
    """Return who asks, with the roles that `retention` knows."""
    known = frozenset(Role(role.value) for role in roles if role.value in _KNOWN)
    return Asking(Actor(str(actor(work)), known), single_person=single_person)
