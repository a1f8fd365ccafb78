"""The bench keeps the rules of the host."""

from datetime import UTC, date, datetime, timedelta

import pytest
from pydantic import BaseModel, SecretStr

from core.devkit.bench import Bench, OtherAccount, secrets_of
from core.devkit.faults import CutBody, DeadToken, LargerFile, ServerError, SlowAnswer
from core.devkit.keeping import Bookmark, Kept, MemoryTokens, references
from core.devkit.running import Outcome
from core.outbound import Limits
from core.sdk.connectors import (
    EntityKind,
    GuardianData,
    LearnerData,
    Partition,
    Problem,
    ProblemClass,
    Record,
    Stream,
    SyncMode,
    Tokens,
)
from tests.connectors.devkit.shelf import Good, Shelf

TODAY = date(2026, 3, 2)
NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
MARKS = Stream(name="marks", kind=EntityKind.RESULTS, title="Marks", sync=SyncMode.INCREMENTAL)
FIRST = Record("1", LearnerData(full_name="Ученик Первый"))
SECOND = Record("2", LearnerData(full_name="Ученик Второй"))
BAD = Problem(ProblemClass.RECORD, "no date", external_id="2")
NAMELESS = Problem(ProblemClass.RECORD, "no identifier")


def kept(*messages: Record | Problem) -> Kept:
    """What is kept of one part of one stream."""
    found = Kept()
    found.commit("names", "", messages, None)
    return found


def test_what_was_not_seen_in_a_whole_read_is_gone_and_may_come_back() -> None:
    found = kept(FIRST, SECOND)
    assert found.finish("names", "", {"1"}, whole=True, today=TODAY).gone == 1
    assert found.said()["names", "2"][1]
    assert found.finish("names", "", {"1"}, whole=True, today=TODAY).written == 0
    assert found.commit("names", "", [SECOND], None).returned == 1


@pytest.mark.parametrize(
    ("seen", "read", "partition"),
    [({"1"}, "in part", ""), ({"1", "without an identifier in ''"}, "whole", ""), ({"1"}, "whole", "8А")],
)
def test_nothing_is_gone_unless_a_part_was_read_whole_and_every_object_had_a_name(
    seen: set[str], read: str, partition: str
) -> None:
    found = kept(FIRST, SECOND)
    assert found.finish("names", partition, seen, whole=read == "whole", today=TODAY).gone == 0


def test_a_letter_is_written_once_and_closed_by_a_good_read() -> None:
    found = kept(FIRST, SECOND)
    assert found.commit("names", "", [BAD], None).letters_opened == 1
    again = found.commit("names", "", [BAD], None)
    assert (again.letters, again.letters_opened, again.written) == (1, 0, 0)
    assert found.letters["names", "2"].attempts == 2
    assert found.commit("names", "", [SECOND], None).letters_closed == 1
    assert found.open_letters() == {}


def test_a_letter_about_what_is_gone_is_closed() -> None:
    found = kept(FIRST, BAD)
    assert found.finish("names", "", {"1"}, whole=True, today=TODAY).letters_closed == 1


def test_an_explicit_mark_of_absence_counts_at_once() -> None:
    found = kept(FIRST)
    assert found.commit("names", "", [Record("1", FIRST.data, gone=True)], None).gone == 1
    assert found.commit("names", "", [Record("9", FIRST.data, gone=True)], None).written == 0


def test_equal_contents_are_the_same_whatever_the_raw_object_says() -> None:
    found = kept(FIRST)
    noisy = Record("1", LearnerData(full_name="Ученик Первый", email=""), source_updated_at=NOW, raw={"seen": 7})
    assert found.commit("names", "", [noisy], None).same == 1


MOVES = [
    (None, "2026-03-01T00:00:00+00:00", "2026-03-01T00:00:00+00:00"),
    ("2026-03-01T00:00:00+00:00", "2026-02-01T00:00:00+00:00", "2026-03-01T00:00:00+00:00"),
    ("2026-03-01T00:00:00+00:00", "2026-04-01T00:00:00+00:00", "2026-03-02T06:00:00+00:00"),
    ("page-9", "page-7", "page-7"),
    (None, "2026-09-01", "2026-09-01"),
]


@pytest.mark.parametrize(("before", "said", "after"), MOVES)
def test_a_bookmark_passes_no_beginning_of_a_run_and_never_goes_back(before: str | None, said: str, after: str) -> None:
    bookmark = Bookmark(cursor=before)
    bookmark.move(said, NOW)
    assert bookmark.cursor == after


def test_reading_begins_before_a_moment_and_anew_for_whole_parts() -> None:
    moment = "2026-03-02T06:00:00+00:00"
    assert Bookmark(cursor=moment).asked(MARKS) == "2026-03-01T06:00:00+00:00"
    own = Stream(name="marks", kind=EntityKind.RESULTS, title="Marks", sync=SyncMode.INCREMENTAL, overlap_days=0)
    assert Bookmark(cursor=moment).asked(own) == moment
    whole = Stream(name="marks", kind=EntityKind.RESULTS, title="Marks")
    assert Bookmark(cursor=moment, complete=True).asked(whole) is None
    assert Bookmark(cursor=moment).asked(whole) == moment


def test_a_part_that_has_ended_is_left_alone_once_it_was_read_after_its_last_day() -> None:
    stream = Stream(name="marks", kind=EntityKind.RESULTS, title="Marks", reread_days=14)
    quarter = Partition(key="q3", ends_on=TODAY - timedelta(days=20))
    assert not Bookmark(completed_on=None).over(stream, quarter, TODAY)
    assert not Bookmark(completed_on=TODAY - timedelta(days=10)).over(stream, quarter, TODAY)
    assert Bookmark(completed_on=TODAY - timedelta(days=5)).over(stream, quarter, TODAY)
    assert not Bookmark(completed_on=TODAY).over(stream, Partition(key="q4"), TODAY)


def test_references_go_by_kind() -> None:
    data = GuardianData(full_name="Мать", learner="1")
    assert list(references(data)) == [("learner", EntityKind.LEARNERS, "1")]
    found = Kept()
    found.commit("guardians", "", [Record("1", data)], None)
    assert found.dangling() == ["guardians 1: learner '1'"]


async def test_a_spent_token_is_exchanged_once() -> None:
    store, exchanged = MemoryTokens(), []

    async def exchange() -> Tokens:
        exchanged.append(1)
        return Tokens(access=SecretStr(f"access-{len(exchanged)}"), refresh=SecretStr("refresh"))

    spent = await store.renew(None, exchange)
    assert (await store.renew(spent, exchange)) == (await store.renew(spent, exchange)) == await store.load()
    assert len(exchanged) == 2
    assert store.secrets == {"access-1", "access-2", "refresh"}


def test_every_secret_of_a_configuration_is_found() -> None:
    class Inner(BaseModel):
        token: SecretStr

    class Outer(BaseModel):
        inner: Inner
        more: list[SecretStr]
        plain: str = "open"

    configuration = Outer(inner=Inner(token=SecretStr("one")), more=[SecretStr("two")])
    assert list(secrets_of(configuration)) == ["one", "two"]


def bench_of(shelf: Shelf) -> Bench:
    """A connection to the shelf."""
    return Bench(Good, shelf.configuration(), hosts=shelf.hosts(), file_hosts=shelf.file_hosts)


async def test_one_broken_stream_holds_no_other_back() -> None:
    shelf = Shelf()
    bench = bench_of(shelf)
    shelf.faults.on(ServerError(path="/marks"))
    report = await bench.run()
    assert report.outcome is Outcome.PARTIAL
    assert {stream for stream, _ in report.complete} == {"names", "files"}


async def test_dead_credentials_stop_the_run_and_the_old_ones_stay_when_the_new_are_refused() -> None:
    shelf = Shelf()
    bench = bench_of(shelf)
    await bench.check()
    shelf.faults.on(DeadToken(token=shelf.key, after=2))
    assert (await bench.run()).outcome is Outcome.FAILED
    assert bench.needs_sign_in
    with pytest.raises(OtherAccount):
        await bench.reconnect(shelf.other_account())
    assert bench.configuration == {"key": "the-key-of-shelf-one"}
    assert bench.needs_sign_in
    await bench.reconnect(shelf.renewed())
    assert (await bench.run()).outcome is Outcome.COMPLETE


async def test_a_file_larger_than_allowed_or_cut_off_is_a_letter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.devkit.running.LARGEST_FILE", 100_000)
    shelf = Shelf()
    bench = bench_of(shelf)
    shelf.faults.on(LargerFile(path="/files/1", extra_bytes=200_000), CutBody(path="/files/2", after_bytes=3))
    assert (await bench.run()).outcome is Outcome.PARTIAL
    assert bench.kept.open_letters().keys() == {("files", "f1"), ("files", "f2")}
    assert bench.kept.files == {}
    shelf.repair()
    assert (await bench.run()).counts.letters_closed == 2
    assert [file.size for file in bench.kept.files.values()] == [8, 8]
    assert (await bench.run()).requests == 4, "two pages of names, one of marks, one of files: no bytes again"


async def test_a_platform_that_is_slow_for_ever_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    shelf = Shelf()
    bench = bench_of(shelf)
    shelf.faults.on(SlowAnswer(path="/names", seconds=60, times=1))
    monkeypatch.setattr("core.devkit.bench.LIMITS", Limits(attempts=1, answer_seconds=2))
    report = await bench.run()
    assert report.outcome is Outcome.PARTIAL
    assert [each.problem for each in report.troubles] == ["transient"]
