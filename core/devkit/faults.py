"""Fault switches of simulators: what a platform does wrong, turned on and off by a test.

    faults = Faults()
    app = FaultMiddleware(platform, faults)  # core.devkit.middleware
    faults.on(LimitReached(times=2, retry_after=7))
    faults.on(ShortPage(path="*/users"))  # this one the simulator asks for: faults.strikes(ShortPage, path)
    faults.off(LimitReached)

Each switch is a frozen object of a class of its own. The middleware acts on most of them by itself; `ShortPage`,
`RepeatedPage` and `ForeignFileHost` only the simulator can act on.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from json import dumps
from typing import TypeVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request, as a fault looks at it."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Names in lower case."""

    def carries(self, token: str) -> bool:
        """Whether the token stands in a header or in the query."""
        return token in self.query or any(token in value for value in self.headers.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultAnswer:
    """What is answered instead of the platform's good answer."""

    status: int
    body: bytes = b""
    media_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, status: int, value: object, **headers: str) -> "FaultAnswer":
        """Return a JSON answer; `retry_after=…` becomes the header `retry-after`."""
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        return cls(status=status, body=dumps(value, ensure_ascii=False).encode(), headers=named)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Base of every switch: which requests it strikes."""

    path: str = "*"
    """A pattern of `fnmatch` for the path."""
    after: int = 0
    """Matching requests that pass unharmed first."""
    times: int | None = None
    """Matching requests that are struck then; `None`: all until it is turned off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal(Fault):
    """Base of what is answered instead of data. `Shape` gives the platform's own words for it."""

    def answer(self, asked: Asked) -> FaultAnswer:
        """Return a plain answer, for platforms that have no shape of their own."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadToken(Refusal):
    """The token is dead; with `after`, it dies in the middle of a run."""

    token: str | None = None
    """Only requests that carry this text; `None`: every request but those of signing in."""

    def answer(self, asked: Asked) -> FaultAnswer:
        """Return 401."""
        del asked
        return FaultAnswer.of(401, {"error": "invalid_token"})


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingScope(Refusal):
    """A right is missing."""

    scope: str = ""

    def answer(self, asked: Asked) -> FaultAnswer:
        """Return 403."""
        del asked
        return FaultAnswer.of(403, {"error": "insufficient_scope", "scope": self.scope})


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitReached(Refusal):
    """The limit of requests is reached."""

    retry_after: int | None = None
    """Seconds of `Retry-After`; `None`: the header is missing."""

    def answer(self, asked: Asked) -> FaultAnswer:
        """Return 429."""
        del asked
        return FaultAnswer.of(429, {"error": "limit"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerError(Refusal):
    """The platform's own trouble."""

    status: int = 500

    def answer(self, asked: Asked) -> FaultAnswer:
        """Return the status with a line of text."""
        del asked
        return FaultAnswer(status=self.status, body=b"trouble", media_type="text/plain")


@dataclass(frozen=True, slots=True, kw_only=True)
class HtmlPage(Refusal):
    """A page where data were asked for: maintenance, a proxy, a wall."""

    status: int = 200

    def answer(self, asked: Asked) -> FaultAnswer:
        """Return the page."""
        del asked
        page = b"<!DOCTYPE html><html><body><h1>Works on the server</h1></body></html>"
        return FaultAnswer(status=self.status, body=page, media_type="text/html; charset=utf-8")


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorObject(Refusal):
    """An error object with status 200, in the platform's shape."""

    code: str = "error"

    def answer(self, asked: Asked) -> FaultAnswer:
        """Return 200 with the code."""
        del asked
        return FaultAnswer.of(200, {"error": self.code})


@dataclass(frozen=True, slots=True, kw_only=True)
class EchoedRequest(Refusal):
    """An error that repeats the request with its secrets, as talkative servers do."""

    status: int = 500

    def answer(self, asked: Asked) -> FaultAnswer:
        """Return address and headers."""
        headers = "\n".join(f"{name}: {value}" for name, value in asked.headers.items())
        text = f"{asked.method} {asked.path}?{asked.query}\n{headers}"
        return FaultAnswer(status=self.status, body=text.encode(), media_type="text/plain")


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivateRedirect(Refusal):
    """A redirect into the inner network, or to any other address that must not be followed."""

    address: str = "http://127.0.0.1:9/inside"

    def answer(self, asked: Asked) -> FaultAnswer:
        """Return 302."""
        del asked
        return FaultAnswer(status=302, headers={"location": self.address})


@dataclass(frozen=True, slots=True, kw_only=True)
class SlowAnswer(Fault):
    """The answer comes late."""

    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CutBody(Fault):
    """The connection breaks in the middle of a body."""

    after_bytes: int = 20
    """Bytes of the body that still arrive; at least one is always missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LargerFile(Fault):
    """More bytes come than were announced, and no length is announced beside the body."""

    extra_bytes: int = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewriting(Fault):
    """Base of what changes every object of a JSON answer; simulators of other formats ask for it themselves."""

    def rewrite(self, value: dict[str, object]) -> dict[str, object]:
        """Return the object as the faulty platform says it; nested objects have been rewritten."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True, kw_only=True)
class NewField(Rewriting):
    """A field that no documentation knows."""

    name: str = "added_in_the_next_version"

    def rewrite(self, value: dict[str, object]) -> dict[str, object]:
        """Return the object with one more field."""
        return {**value, self.name: {"anything": [1, None]}}


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingFields(Rewriting):
    """Fields that are left out: optional ones, or a key."""

    fields: tuple[str, ...]

    def rewrite(self, value: dict[str, object]) -> dict[str, object]:
        """Return the object without them."""
        return {name: each for name, each in value.items() if name not in self.fields}


@dataclass(frozen=True, slots=True, kw_only=True)
class NullFields(Rewriting):
    """Optional fields that are null."""

    fields: tuple[str, ...]

    def rewrite(self, value: dict[str, object]) -> dict[str, object]:
        """Return the object with nulls."""
        return {name: None if name in self.fields else each for name, each in value.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownValue(Rewriting):
    """A value of an enumeration that no documentation knows."""

    name: str
    value: str = "AddedInTheNextVersion"

    def rewrite(self, value: dict[str, object]) -> dict[str, object]:
        """Return the object with that value, if it has the field."""
        return {**value, self.name: self.value} if self.name in value else value


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundedIds(Rewriting):
    """Whole numbers above 2^53 went through floating point somewhere."""

    def rewrite(self, value: dict[str, object]) -> dict[str, object]:
        """Return the object with rounded numbers, those in lists too."""
        return {name: _rounded(each) for name, each in value.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingTwins(Rewriting):
    """The text twins of long numbers are missing."""

    suffixes: tuple[str, ...] = ("_str", "Str")

    def rewrite(self, value: dict[str, object]) -> dict[str, object]:
        """Return the object without them."""
        return {name: each for name, each in value.items() if not name.endswith(self.suffixes)}


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortPage(Fault):
    """A page in the middle has fewer records than it should; the simulator asks for it."""

    records: int = 1
    """How many are left of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatedPage(Fault):
    """The server ignores where the page should begin; the simulator asks for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignFileHost(Fault):
    """File addresses lead to another host; the simulator asks for it."""

    host: str = "elsewhere.example"


F = TypeVar("F", bound=Fault)
Shape = Callable[[Refusal, Asked], FaultAnswer | None]
"""How a platform says a refusal; `None`: the plain answer of the switch will do."""


@dataclass(slots=True)
class _Turned:
    fault: Fault
    seen: int = 0


class Faults:
    """The switchboard of one simulator, and the count of its requests."""

    def __init__(self) -> None:
        self._turned: list[_Turned] = []
        self._requests: Counter[str] = Counter()

    def on(self, *faults: Fault) -> None:
        """Turn switches on; counting of `after` and `times` begins now. Of refusals the first that strikes wins."""
        self._turned.extend(_Turned(fault) for fault in faults)

    def off(self, kind: type[Fault] = Fault) -> None:
        """Turn off every switch of this kind; by default all."""
        self._turned = [each for each in self._turned if not isinstance(each.fault, kind)]

    @contextmanager
    def during(self, *faults: Fault) -> Iterator[None]:
        """Turn these switches on for the time of a block."""
        self.on(*faults)
        try:
            yield
        finally:
            self._turned = [each for each in self._turned if all(each.fault is not one for one in faults)]

    def strikes(self, kind: type[F], asked: Asked | str, *, but: tuple[type[Fault], ...] = ()) -> F | None:
        """Return the first switch of this kind that strikes this request (or path); each question is counted."""
        return next(self._striking(kind, asked, but), None)

    def striking(self, kind: type[F], asked: Asked | str) -> list[F]:
        """Return every switch of this kind that strikes this request (or path); each question is counted."""
        return list(self._striking(kind, asked, ()))

    def _striking(self, kind: type[F], asked: Asked | str, but: tuple[type[Fault], ...]) -> Iterator[F]:
        request = Asked(method="GET", path=asked) if isinstance(asked, str) else asked
        for turned in self._turned:
            fault = turned.fault
            if isinstance(fault, kind) and not isinstance(fault, but) and _meant(fault, request):
                turned.seen += 1
                if _due(turned):
                    yield fault

    def struck(self, kind: type[Fault]) -> int:
        """Return how many requests the switches of this kind that are on have struck."""
        return sum(_struck(each) for each in self._turned if isinstance(each.fault, kind))

    def count(self, asked: Asked) -> None:
        """Count a request; the middleware calls it once for each."""
        self._requests[f"{asked.method} {asked.path}"] += 1

    def requests(self, pattern: str = "*") -> int:
        """Return how many requests came whose `METHOD path` fits the pattern."""
        return sum(number for line, number in self._requests.items() if fnmatchcase(line, pattern))

    @property
    def requested(self) -> Mapping[str, int]:
        """How often each `METHOD path` was asked for."""
        return dict(self._requests)

    def forget_requests(self) -> None:
        """Count from zero again."""
        self._requests.clear()


def _meant(fault: Fault, asked: Asked) -> bool:
    if isinstance(fault, DeadToken) and fault.token is not None and not asked.carries(fault.token):
        return False
    return fnmatchcase(asked.path, fault.path)


def _due(turned: _Turned) -> bool:
    number = turned.seen - turned.fault.after
    return number > 0 and (turned.fault.times is None or number <= turned.fault.times)


def _struck(turned: _Turned) -> int:
    number = max(0, turned.seen - turned.fault.after)
    return number if turned.fault.times is None else min(number, turned.fault.times)


def _rounded(value: object) -> object:
    if isinstance(value, list):
        return [_rounded(each) for each in value]
    if isinstance(value, int) and not isinstance(value, bool):
        return int(float(value))
    return value
