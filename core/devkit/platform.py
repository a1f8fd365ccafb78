"""What the conformance suite needs of a simulated platform: good data, and everything that can happen to them."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from core.devkit.faults import CutBody, Fault, Faults, HtmlPage, LimitReached, NewField, ServerError
from core.devkit.keeping import Key
from core.devkit.middleware import Application
from core.sdk.connectors import Connector, GivenFile, Place, Tables


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """Where something was done to the platform's data."""

    stream: str
    external_id: str
    nameless: bool = False
    """Whether the object has lost its identifier."""
    also: frozenset[Key] = frozenset()
    """Further records that this touches: stream and external id of each."""

    @property
    def keys(self) -> frozenset[Key]:
        """Every record that is touched."""
        return self.also | {(self.stream, self.external_id)}


class SimulatedPlatform(ABC):
    """One simulator with its data. Each statement gets a fresh one; fresh ones must be alike.

    What a platform cannot do stays as it is here, and the suite names it in `not_applicable` with the reason.
    """

    file_hosts: ClassVar[Collection[str]] = ()
    """Hosts of files that an operator has confirmed."""
    empty_streams: ClassVar[Collection[str]] = ()
    """Streams that bring nothing here, although they can be read."""
    may_repeat: ClassVar[Collection[str]] = ()
    """Patterns of `fnmatch` for requests (`METHOD address body`) that may be sent twice in a run."""

    def __init__(self) -> None:
        self.faults = Faults()

    @abstractmethod
    def hosts(self) -> Mapping[str, Application]:
        """Return the application behind each host (`host` or `host:port`); empty for connectors of files."""

    @abstractmethod
    def configuration(self) -> Mapping[str, Any]:
        """Return a configuration that works, secrets as plain text."""

    @abstractmethod
    def repair(self) -> None:
        """Undo everything below and turn every fault off; the data are good again."""

    def files(self) -> Sequence[GivenFile]:
        """Return the files that a clerk has given; asked before every run."""
        return ()

    def tables(self) -> Tables | None:
        """Return what opens given files as tables, for connectors that read such files."""
        return None

    def place(self) -> Place | None:
        """Return the watched place."""
        return None

    async def sign_in(self, connector: Connector) -> None:
        """Sign in as an operator would in the browser, where the connector needs it (`complete_sign_in`)."""
        del connector

    def troubles(self) -> Sequence[Fault]:
        """Return faults after which everything is found again; add what only this platform has.

        One for every path (`*`) strikes from the middle of a run on, one for a path of its own as it says.
        """
        return (
            LimitReached(),
            LimitReached(retry_after=120),
            ServerError(status=500),
            ServerError(status=503),
            HtmlPage(status=200),
            HtmlPage(status=503),
            CutBody(),
        )

    def rights(self) -> Mapping[str, frozenset[str]]:
        """Return each right that can be missing, and the streams that need it."""
        raise NotImplementedError

    def take_right(self, right: str) -> None:
        """Take a right away from the account."""
        raise NotImplementedError

    def revoke(self, after: int = 0) -> None:
        """Let the credentials die after so many requests; signing in with them fails too."""
        raise NotImplementedError

    def renewed(self) -> Mapping[str, Any]:
        """Return a configuration with new credentials of the same account; they work."""
        raise NotImplementedError

    def other_account(self) -> Mapping[str, Any]:
        """Return a configuration with good credentials of another account."""
        raise NotImplementedError

    def poison(self) -> Spot:
        """Spoil one object on which no other depends, so that it cannot be mapped; it keeps its identifier."""
        raise NotImplementedError

    def leave_out_key(self) -> Spot:
        """Take the identifier from one object on which no other depends."""
        raise NotImplementedError

    def add_fields(self) -> None:
        """Say more than any documentation knows."""
        self.faults.on(NewField())

    def oddities(self) -> Iterator[str]:
        """Make the answers odd in one way after the other, and yield what is odd: optional fields missing or null.

        Everything is repaired between two of them. Each must be taken without a dead letter.
        """
        raise NotImplementedError

    def remove(self) -> Spot:
        """Remove an object at the source."""
        raise NotImplementedError

    def change_old_result(self) -> Spot:
        """Change a result of an old lesson, as far back as the connector promises to look."""
        raise NotImplementedError

    def misplace_files(self) -> Iterator[tuple[str, Spot]]:
        """Let one file's address lead astray in one way after the other: to another host, by a redirect, inside.

        Everything is repaired between two of them.
        """
        raise NotImplementedError
