"""Which results somebody sees: diagnostics are for the staff, restricted kinds for who may read special needs."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Self
from uuid import UUID

from core.access.gate import Caller
from core.access.permissions import Permission
from core.kernel.errors import Forbidden
from core.results.models import ResultKind

_NEEDED: Final = {"staff": Permission.RESULTS_STAFF, "restricted": Permission.SPECIAL_NEEDS_READ}
_TO_ENTER: Final = {"staff": Permission.RESULTS_STAFF, "restricted": Permission.SPECIAL_NEEDS_WRITE}


@dataclass(frozen=True, slots=True)
class Sight:
    """Beside usual kinds, those with this access are seen, and entered."""

    seen: frozenset[str] = frozenset()
    entered: frozenset[str] = frozenset()

    @classmethod
    def of(cls, caller: Caller) -> Self:
        """Return what `caller` may see and enter."""
        return cls(
            seen=frozenset(access for access, needed in _NEEDED.items() if caller.may(needed)),
            entered=frozenset(access for access, needed in _TO_ENTER.items() if caller.may(needed)),
        )

    def without(self, *access: str) -> "Sight":
        """Return the same without kinds of this access."""
        return Sight(self.seen - set(access), self.entered)

    def require_entering(self, access: str) -> None:
        """Raise `Forbidden` (fact: `needed`) unless results of kinds with this access may be entered."""
        if access != "usual" and access not in self.entered:
            raise Forbidden(needed=[_TO_ENTER[access].value])


async def hidden_kinds(sight: Sight) -> list[UUID]:
    """Return the kinds whose results are not seen."""
    return hidden_of(sight, await ResultKind.exclude(access="usual"))


def hidden_of(sight: Sight, kinds: Iterable[ResultKind]) -> list[UUID]:
    """Return those of `kinds` whose results are not seen."""
    return [kind.id for kind in kinds if kind.access != "usual" and kind.access not in sight.seen]
