"""The suite is content with a good connector, and each statement turns red for the connector that breaks it."""

import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import Any

import pytest
from pydantic import BaseModel, Field, SecretStr

from core.devkit.conformance import ConnectorConformance
from core.devkit.statements import excuses, statements
from core.sdk.connectors import (
    Answer,
    CheckResult,
    Connection,
    Connector,
    FileData,
    LearnerData,
    Message,
    OpenAnswer,
    Partition,
    ReadRequest,
    Record,
    RemoteIdentity,
    ResultData,
    State,
    Stream,
    StreamCheck,
    SyncMode,
)
from core.sdk.errors import ConnectorAuthFailed, ConnectorMisconfigured, ConnectorTransient
from tests.connectors.devkit.shelf import Good, GoodSuite


def red(suite: type[ConnectorConformance]) -> dict[str, str]:
    """Run every statement; return what those that failed say."""
    found = {}
    for statement in statements():
        try:
            getattr(suite(), f"test_{statement.key}")()
        except AssertionError as error:
            found[statement.key] = str(error)
    return found


class OpenForm(BaseModel):
    key: str = Field(title="Key")


class UntitledForm(BaseModel):
    key: SecretStr


class HasNoTitles(Good):
    form = UntitledForm


class ShowsItsSecret(Good):
    form = OpenForm

    def __init__(self, connection: Connection) -> None:
        Connector.__init__(self, connection)
        self.key = connection.configuration.model_dump()["key"]


class ForgetsItsOldForms(Good):
    version = 2


class ComesBeforeItsParents(Good):
    async def discover(self) -> Sequence[Stream]:
        return tuple(reversed(await super().discover()))


class LeavesAStreamOut(Good):
    async def check(self) -> CheckResult:
        result = await super().check()
        return replace(result, streams=result.streams[:-1])


class SeesNoMissingRight(Good):
    def line(self, stream: str, without: Sequence[str]) -> StreamCheck:
        return super().line(stream, ())


class MapsNoise(Good):
    def mapped(self, stream: str, item: dict[str, Any]) -> Message:
        message = super().mapped(stream, item)
        if item.get("id") == "n1" and isinstance(message, Record):
            return Record("n1", LearnerData(full_name="Ученик", account=str(self.connection.clock().hour)))
        return message


class StatesTooEarly(Good):
    async def read(self, request: ReadRequest) -> AsyncIterator[Message]:
        latest = request.cursor or ""
        async for item in self.items(request.stream, latest):
            latest = max(latest, item.get("changed", ""))
            yield State(latest)
            yield self.mapped(request.stream, item)


class LosesBadRecords(Good):
    async def items(self, stream: str, since: str) -> AsyncIterator[dict[str, Any]]:
        async for item in super().items(stream, since):
            if item.get("held_on") != "in spring":
                yield item


class TriesDeadCredentialsAgain(Good):
    def judge(self, answer: Answer) -> None:
        if answer.status == 401:
            raise ConnectorTransient("later")
        super().judge(answer)


class KnowsNoAccount(Good):
    async def check(self) -> CheckResult:
        return replace(await super().check(), identity=RemoteIdentity(unique_id="shelf", title="Shelf"))


class TakesEveryField(Good):
    def mapped(self, stream: str, item: dict[str, Any]) -> Message:
        if stream == "names" and len(item) > 3:
            raise ConnectorTransient("unknown")
        return super().mapped(stream, item)


class NeedsEveryField(Good):
    def mapped(self, stream: str, item: dict[str, Any]) -> Message:
        if stream == "names":
            item["number"].strip()
        return super().mapped(stream, item)


class NamesTheNameless(Good):
    def mapped(self, stream: str, item: dict[str, Any]) -> Message:
        return super().mapped(stream, {**item, "id": str(item.get("id"))})


class MissesWhatIsGone(Good):
    files_are = SyncMode.INCREMENTAL


class LooksNeverBack(Good):
    def mapped(self, stream: str, item: dict[str, Any]) -> Message:
        if stream == "marks" and item["value"] == "5":
            return Record(item["id"], ResultData(learner=item["learner"], value="4", held_on=item["held_on"]))
        return super().mapped(stream, item)


class LogsItsKey(Good):
    async def check(self) -> CheckResult:
        logging.getLogger("shelf").info("checking with the key %s", self.key)
        return await super().check()


class PutsItsKeyIntoAddresses(Good):
    def mapped(self, stream: str, item: dict[str, Any]) -> Message:
        if stream == "files":
            return super().mapped(stream, {**item, "address": f"{item['address']}?key={self.key}"})
        return super().mapped(stream, item)


class ReadsEverythingFirst(Good):
    async def items(self, stream: str, since: str) -> AsyncIterator[dict[str, Any]]:
        for item in [item async for item in super().items(stream, since)]:
            yield item


class FollowsAnyAddress(Good):
    def download(self, file: FileData) -> AbstractAsyncContextManager[OpenAnswer]:
        address = file.address.replace("elsewhere.example", "files.shelf.example")
        return self.connection.http.stream(address)


class TakesALimitForTheEnd(Good):
    def judge(self, answer: Answer) -> None:
        if answer.status == 429:
            raise ConnectorAuthFailed("often")
        super().judge(answer)


class SwallowsTrouble(Good):
    async def items(self, stream: str, since: str) -> AsyncIterator[dict[str, Any]]:
        try:
            async for item in super().items(stream, since):
                yield item
        except ConnectorTransient:
            return


class AsksTwice(Good):
    async def partitions(self, stream: str) -> Sequence[Partition]:
        await self.ask("me")
        return await super().partitions(stream)


SPOILT: list[tuple[type[Good], set[str]]] = [
    (HasNoTitles, {"manifest"}),
    (ShowsItsSecret, {"manifest", "secrets"}),
    (ForgetsItsOldForms, {"migration"}),
    (ComesBeforeItsParents, {"streams"}),
    (LeavesAStreamOut, {"identity"}),
    (SeesNoMissingRight, {"rights"}),
    (MapsNoise, {"second_run"}),
    (StatesTooEarly, {"kill", "cancel", "revoked_token", "troubles"}),
    (LosesBadRecords, {"bad_record"}),
    (TriesDeadCredentialsAgain, {"revoked_token"}),
    (KnowsNoAccount, {"other_account"}),
    (TakesEveryField, {"new_field"}),
    (NeedsEveryField, {"missing_optional"}),
    (NamesTheNameless, {"missing_key"}),
    (MissesWhatIsGone, {"gone"}),
    (LooksNeverBack, {"old_result"}),
    (LogsItsKey, {"secrets"}),
    (PutsItsKeyIntoAddresses, {"secrets", "revoked_token"}),
    (ReadsEverythingFirst, {"cancel"}),
    (FollowsAnyAddress, {"file_address"}),
    (TakesALimitForTheEnd, {"troubles"}),
    (SwallowsTrouble, {"gone", "troubles"}),
    (AsksTwice, {"requests"}),
]


def test_a_good_connector_passes() -> None:
    assert red(GoodSuite) == {}


@pytest.mark.parametrize(("connector", "expected"), SPOILT, ids=[each.__name__ for each, _ in SPOILT])
def test_a_spoilt_connector_turns_its_statement_red(connector: type[Good], expected: set[str]) -> None:
    suite = type("Suite", (GoodSuite,), {"connector": connector})
    assert set(red(suite)) == expected


def test_every_statement_has_a_connector_that_breaks_it() -> None:
    assert {key for _, keys in SPOILT for key in keys} == {each.key for each in statements()}


def test_the_twelve_tests_of_connectors_are_all_there() -> None:
    assert {each.number for each in statements()} - {None} == set(range(1, 13))


def test_what_is_not_applicable_has_a_reason_and_is_not_tried() -> None:
    names = {"not_applicable": {"old_result": "marks never change"}, "connector": LooksNeverBack}
    suite = type("Suite", (GoodSuite,), names)
    assert red(suite) == {}
    assert excuses(suite) == {"old_result": "marks never change"}


@pytest.mark.parametrize("key", ["revoked_token", "troubles", "requests", "secrets", "file_address"])
def test_what_a_connector_has_is_not_called_not_applicable(key: str) -> None:
    suite = type("Suite", (GoodSuite,), {"not_applicable": {key: "it has none"}})
    with pytest.raises(AssertionError, match=f"{key!r} applies"):
        suite().test_manifest()


@pytest.mark.parametrize("excused", [{"kill": "it would take long"}, {"trouble": "a word too few"}, {"troubles": "no"}])
def test_no_one_is_excused_without_reason(excused: dict[str, str]) -> None:
    with pytest.raises(AssertionError):
        excuses(type("Suite", (GoodSuite,), {"not_applicable": excused}))


def test_a_statement_tells_what_should_hold_and_what_came_instead() -> None:
    said = red(type("Suite", (GoodSuite,), {"connector": KnowsNoAccount}))["other_account"]
    assert said == "Reconnecting with another account is refused. But both accounts have the same unique_id"


def test_what_a_connector_repeats_of_an_answer_is_redacted_by_the_host() -> None:
    class RepeatsWhatItHeard(Good):
        def judge(self, answer: Answer) -> None:
            if answer.status == 500:
                detail = f"trouble: {answer.body!r}"
                raise ConnectorTransient(detail)
            super().judge(answer)

    type("Suite", (GoodSuite,), {"connector": RepeatsWhatItHeard})().test_secrets()


def test_a_missing_right_is_no_dead_credential() -> None:
    class TakesOneForAll(Good):
        def judge(self, answer: Answer) -> None:
            try:
                super().judge(answer)
            except ConnectorMisconfigured as error:
                raise ConnectorAuthFailed(str(error)) from error

    suite = type("Suite", (GoodSuite,), {"connector": TakesOneForAll})
    with pytest.raises(AssertionError, match="asks for a new sign-in"):
        suite().test_rights()
