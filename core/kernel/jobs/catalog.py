"""Which kinds of jobs there are; filled by the composition root, not by imports."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Final

_LONGEST_DELAY: Final = 600.0


JobHandler = Callable[..., Awaitable[None]]
"""Takes a `JobContext` and, by name, the arguments given to `Work.defer`.

It starts from its beginning each time, so it repeats nothing that is done already.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobKind:
    """One kind of job."""

    name: str
    """`noun.verb` as given to `Work.defer`."""
    handler: JobHandler
    attempts: int
    """How often it may fail before it is given up."""
    first_delay: float
    """Seconds before the second attempt; each further pause is twice as long, ten minutes at most."""

    def delay(self, failures: int) -> float:
        """Return the seconds to wait after so many failures (1 or more)."""
        return float(min(_LONGEST_DELAY, self.first_delay * 2 ** min(failures - 1, 32)))


class JobCatalog:
    """The kinds a worker knows."""

    def __init__(self) -> None:
        self._kinds: dict[str, JobKind] = {}

    def register(self, kind: str, handler: JobHandler, *, attempts: int = 3, first_delay: float = 2.0) -> None:
        """Add a kind; raise `ValueError` when it is known already or may never be tried."""
        if kind in self._kinds:
            message = f"the job kind {kind!r} is registered twice"
            raise ValueError(message)
        if attempts < 1:
            message = f"the job kind {kind!r} needs at least one attempt"
            raise ValueError(message)
        self._kinds[kind] = JobKind(name=kind, handler=handler, attempts=attempts, first_delay=first_delay)

    def __iter__(self) -> Iterator[JobKind]:
        return iter(self._kinds.values())

    def __contains__(self, kind: str) -> bool:
        return kind in self._kinds
