"""What can happen to the simulated library: the conformance suite asks for it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from core.devkit.faults import (
    Asked,
    DeadToken,
    ErrorObject,
    Fault,
    FaultAnswer,
    MissingFields,
    NullFields,
    PrivateRedirect,
    Refusal,
    RepeatedPage,
    ShortPage,
    UnknownValue,
)
from core.devkit.middleware import Application, FaultMiddleware
from core.devkit.platform import SimulatedPlatform, Spot
from deloteka_library_cards.simulator import Library, application, good_data


def in_its_words(refusal: Refusal, asked: Asked) -> FaultAnswer | None:
    """Say refusals as this library does."""
    del asked
    if isinstance(refusal, DeadToken):
        return FaultAnswer.of(401, {"error": "unknown_key"})
    if isinstance(refusal, ErrorObject):
        return FaultAnswer.of(200, {"error": refusal.code})
    return None


class SimulatedLibrary(SimulatedPlatform):
    """A library with two classes and five readers."""

    file_hosts = ("files.library.example",)

    def __init__(self) -> None:
        super().__init__()
        self.library = Library(self.faults)
        self.key = "key-of-the-school-library"
        self._changes = 0
        self._application = FaultMiddleware(
            application(self.library), self.faults, shape=in_its_words, files=("/files/*",)
        )

    def hosts(self) -> Mapping[str, Application]:
        return {"library.example": self._application, "files.library.example": self._application}

    def configuration(self) -> Mapping[str, Any]:
        return {"address": "https://library.example", "key": self.key}

    def repair(self) -> None:
        self.faults.off()
        self.library.rights = {"readers", "awards", "files"}
        spoilt, self.library.data = self.library.data, good_data()
        for was, award in zip(spoilt["awards"], self.library.data["awards"], strict=True):
            if was != award:
                self._touch(award)

    def _touch(self, award: dict[str, Any]) -> None:
        """Note that the award has changed now: on the morning of the bench's first day."""
        self._changes += 1
        award["changed_at"] = f"2026-03-02T05:{self._changes:02}:00+00:00"

    def troubles(self) -> Sequence[Fault]:
        pages = (ShortPage(path="/api/readers", records=1), RepeatedPage(path="/api/readers", after=1))
        return (*super().troubles(), *pages, ErrorObject(code="limit"))

    def rights(self) -> Mapping[str, frozenset[str]]:
        return {"awards": frozenset({"awards"}), "files": frozenset({"certificates"})}

    def take_right(self, right: str) -> None:
        self.library.rights.remove(right)

    def revoke(self, after: int = 0) -> None:
        self.faults.on(DeadToken(after=after, token=self.key))

    def renewed(self) -> Mapping[str, Any]:
        self.key = "fresh-key-of-the-library-7"
        self.library.keys[self.key] = "library-7"
        return self.configuration()

    def other_account(self) -> Mapping[str, Any]:
        return {**self.configuration(), "key": "key-of-another-library"}

    def poison(self) -> Spot:
        award = self.library.data["awards"][1]
        award["title"] = ""
        self._touch(award)
        return Spot(stream="awards", external_id=award["id"])

    def leave_out_key(self) -> Spot:
        award = self.library.data["awards"][1]
        spot = Spot(stream="awards", external_id=award.pop("id"), nameless=True)
        self._touch(award)
        return spot

    def oddities(self) -> Iterator[str]:
        self.faults.on(MissingFields(fields=("patronymic", "born", "kind", "year")))
        yield "optional fields are missing"
        self.faults.on(NullFields(fields=("patronymic", "born", "kind", "year", "size")))
        yield "optional fields are null"
        self.faults.on(UnknownValue(name="kind", value="seldom"))
        yield "an unknown kind of award"

    def remove(self) -> Spot:
        award = self.library.data["awards"][2]
        award["deleted"] = True
        self._touch(award)
        return Spot(stream="awards", external_id=award["id"])

    def change_old_result(self) -> Spot:
        award = self.library.data["awards"][0]
        award["title"] = "Читатель года (исправлено)"
        self._touch(award)
        return Spot(stream="awards", external_id=award["id"])

    def misplace_files(self) -> Iterator[tuple[str, Spot]]:
        spot = Spot(stream="certificates", external_id="c-1")
        self.library.data["certificates"][0]["url"] = "https://elsewhere.example/files/c-1.pdf"
        yield "a file at another host", spot
        for address in ("https://elsewhere.example/c-1.pdf", "http://127.0.0.1:9/inside", "https://10.0.0.1/inside"):
            self.faults.on(PrivateRedirect(path="/files/c-1.pdf", address=address))
            yield f"a redirect to {address}", spot
