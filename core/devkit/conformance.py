"""The conformance suite of connectors: subclass it, say how the simulated platform is made, run it.

    class TestCards(ConnectorConformance):
        connector = CardsConnector
        platform = SimulatedCards  # a SimulatedPlatform: core.devkit.platform

It needs no test framework: every `test_…` method raises `AssertionError` with what should hold and what came instead.
A connector is run on a bench (`core.devkit.bench`) with a fresh platform for each statement.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from fnmatch import fnmatchcase
from typing import Any, ClassVar

from core.devkit.bench import Bench, OtherAccount, secrets_of
from core.devkit.declarations import check_excuses, check_form, check_manifest, check_streams, migrated
from core.devkit.faults import EchoedRequest, Fault, ServerError
from core.devkit.keeping import Key
from core.devkit.platform import SimulatedPlatform, Spot
from core.devkit.running import Outcome, Report
from core.devkit.statements import excuses, expect, statement
from core.devkit.trial import Clean, Trial
from core.sdk.connectors import StreamState
from core.sdk.errors import ConnectorAuthFailed


class ConnectorConformance(Trial):
    """What holds for every connector."""

    older_configurations: ClassVar[Mapping[int, Mapping[str, Any]]] = {}
    """A stored configuration of each version before today's."""
    kills: ClassVar[int] = 4
    """Points at which a run is killed besides those around its states and its ends."""
    most_silence: ClassVar[int] = 10
    """Requests between two messages: a host cancels between messages, and takes silence for death."""

    # --- what it declares ---------------------------------------------------------------------------------------------

    @statement("Manifest and form of the configuration are complete; secrets are secrets", always=True)
    async def test_manifest(self) -> None:
        """An operator fills the form without seeing the code."""
        spec = await self.connector.spec()
        check_manifest(self.connector, spec.manifest)
        check_form(spec.configuration)
        configuration = spec.configuration.model_validate(dict(self._platform().configuration()))
        hosts = self.connector.hosts(configuration)
        network = bool(hosts.api)
        given = spec.manifest.takes_files or spec.manifest.takes_folders
        expect(network or given, "it names no host and takes no files: it has nothing to read")
        secrets = any(True for _ in secrets_of(configuration))
        check_excuses(excuses(type(self)), spec.manifest, network=network, secrets=secrets)

    @statement("Stored configurations of each older version are led to today's", always=True)
    async def test_migration(self) -> None:
        """What was filled in years ago still works."""
        spec = await self.connector.spec()
        for version in range(1, spec.manifest.config_version):
            expect(version in self.older_configurations, f"older_configurations has none of version {version}")
            stored = migrated(self.connector, self.older_configurations[version], version, spec.manifest)
            spec.configuration.model_validate(dict(stored))

    @statement("Streams are in order, bring what they say, and references lead to records", always=True)
    async def test_streams(self) -> None:
        """A record refers to what came before it."""
        platform, bench = await self._begun()
        streams = await (await bench.open()).discover()
        check_streams(streams, (await self.connector.spec()).manifest)
        kinds = {each.name: each.kind for each in streams}
        for (stream, external_id), record in bench.kept.records.items():
            brought = record.data.kind
            expect(brought is kinds[stream], f"{stream} brought {external_id!r}, which belongs to {brought}")
        silent = set(kinds) - {stream for stream, _ in bench.kept.records} - set(platform.empty_streams)
        expect(not silent, f"the simulator has nothing for {sorted(silent)}: nothing is proven")
        dangling = bench.kept.dangling()
        expect(not dangling, f"these references lead nowhere: {dangling[:5]}")

    # --- 1 ------------------------------------------------------------------------------------------------------------

    @statement("check names whose account it is, and every stream", number=1, always=True)
    async def test_identity(self) -> None:
        """The identity is the same each time: it is what a connection is known by."""
        _, bench = await self._connected()
        result = await bench.check()
        expect(bool(result.identity.unique_id.strip()), "the identity has no unique_id")
        expect(bool(result.identity.title.strip()), "the identity has no title that an operator would recognise")
        told = {each.stream: each for each in result.streams}
        names = {each.name for each in await (await bench.open()).discover()}
        expect(set(told) == names, f"check speaks of {sorted(told)}, discover of {sorted(names)}")
        missing = [each.stream for each in result.streams if each.state is StreamState.MISSING_RIGHT]
        expect(not missing, f"with every right, {missing} should not lack one")

    @statement("check names each missing right; the run stops those streams only", number=1)
    async def test_rights(self) -> None:
        """One refused call is not taken for refused credentials."""
        clean = await self._clean()
        for right, streams in self._platform().rights().items():
            platform, bench = await self._connected()
            platform.take_right(right)
            told = {each.stream: each for each in (await bench.check()).streams}
            lacking = {name for name, each in told.items() if each.state is StreamState.MISSING_RIGHT}
            expect(
                lacking == streams,
                f"without {right!r} check says {sorted(lacking)} cannot be read, not {sorted(streams)}",
            )
            for name in streams:
                expect(right in told[name].missing, f"{name}: check calls the missing right {told[name].missing!r}")
            report = await bench.run()
            expect(not bench.needs_sign_in, f"without {right!r} the run asks for a new sign-in")
            stopped = {each.stream for each in report.troubles if each.problem == "config" and right in each.message}
            expect(streams <= stopped, f"the run names {right!r} for {sorted(stopped)}, not for {sorted(streams)}")
            self._expect_part(bench, {key: each for key, each in clean.said.items() if key[0] not in streams}, right)

    # --- 2, 3 ---------------------------------------------------------------------------------------------------------

    @statement("A second run over unchanged data writes nothing", number=2, always=True)
    async def test_second_run(self) -> None:
        """Noise of the source is not mapped, or not hashed."""
        _, bench = await self._begun()
        bench.now += timedelta(hours=1)
        report = await bench.run()
        expect(report.counts.written == 0, f"the second run wrote: {report.counts}")
        expect(report.outcome is Outcome.COMPLETE, f"the second run is {report.outcome}: {report.troubles}")

    @statement("Killed after any message and run again, it ends like one undisturbed run", number=3, always=True)
    async def test_kill(self) -> None:
        """A state covers the records before it, never those after it."""
        clean = await self._clean()
        chained = (await self._connected())[1]
        for point in _points(clean.report, self.kills):
            bench = (await self._connected())[1]
            report = await bench.run(kill_after=point)
            expect(report.outcome is Outcome.KILLED, f"it has no message {point + 1}: runs over the same data differ")
            await self._expect_clean(bench, f"it was killed after message {point}")
            await chained.run(kill_after=point)
        await self._expect_clean(chained, "it was killed again and again")

    # --- 4 ------------------------------------------------------------------------------------------------------------

    @statement("One bad record is a dead letter, the rest is stored; after repair the letter closes", number=4)
    async def test_bad_record(self) -> None:
        """And an object that is bad is not gone."""
        await self._spoilt(lambda platform: platform.poison())

    # --- 5, 6 ---------------------------------------------------------------------------------------------------------

    @statement("Credentials that die stop the run and ask for a sign-in; then it goes on where it stood", number=5)
    async def test_revoked_token(self) -> None:
        """Dead credentials are not tried again and again."""
        clean = await self._clean()
        for after in sorted({0, clean.report.requests // 3, clean.report.requests // 2}):
            platform, bench = await self._connected()
            platform.revoke(after)
            report = await bench.run()
            expect(bench.needs_sign_in, f"revoked after {after} requests, it is {report.outcome}: {report.troubles}")
            waste = report.requests - after
            expect(waste <= 4, f"{waste} requests were sent with dead credentials")  # noqa: PLR2004 - one, and a sign-in
            self._expect_part(bench, clean.said, f"revoked after {after} requests", complete=False)
            await _expect_refused(bench)
            await bench.reconnect(platform.renewed(), platform.sign_in)
            await self._expect_clean(bench, "the connection was signed in again")

    @statement("Reconnecting with another account is refused", number=6)
    async def test_other_account(self) -> None:
        """External ids and bookmarks belong to one account."""
        platform, bench = await self._begun()
        try:
            await bench.reconnect(platform.other_account(), platform.sign_in)
        except OtherAccount:
            platform.repair()
            await self._expect_clean(bench, "another account was refused")
        else:
            expect(condition=False, message="both accounts have the same unique_id")

    # --- 7 ------------------------------------------------------------------------------------------------------------

    @statement("A new field changes nothing", number=7)
    async def test_new_field(self) -> None:
        """Platforms add fields without saying so."""
        platform, bench = await self._begun()
        platform.add_fields()
        await self._expect_clean(bench, "the platform said more than before", written=0)

    @statement("A missing or odd optional field is no fault", number=7)
    async def test_missing_optional(self) -> None:
        """Missing, null, unknown: the record comes with what it has."""
        clean = await self._clean()
        platform, bench = await self._connected()
        tried = 0
        for odd in platform.oddities():
            bench.kept.records.clear()
            bench.kept.bookmarks.clear()
            report = await bench.run()
            why = f"{odd}: {report.troubles}, letters {bench.kept.open_letters()}"
            expect(report.outcome is Outcome.COMPLETE, f"the run is {report.outcome} because of {why}")
            lost = set(clean.said) - set(bench.kept.said())
            expect(not lost, f"{odd}: {sorted(lost)[:5]} did not come")
            platform.repair()
            tried += 1
        expect(tried > 0, "the platform is never odd: nothing is proven")

    @statement("A missing identifier is a dead letter", number=7)
    async def test_missing_key(self) -> None:
        """And nothing counts as gone, because the nameless one may be any of those not seen."""
        await self._spoilt(lambda platform: platform.leave_out_key())

    # --- 8, 9 ---------------------------------------------------------------------------------------------------------

    @statement("What is gone at the source is marked only after a complete read", number=8)
    async def test_gone(self) -> None:
        """And it comes back when the source has it again."""
        clean = await self._clean()
        platform, bench = await self._begun()
        spot = platform.remove()
        expect(spot.keys <= set(clean.said), f"remove() names {sorted(spot.keys)}, which never came")
        for after in (0, clean.report.requests // 2) if platform.hosts() else ():
            with platform.faults.during(ServerError(after=after)):
                report = await bench.run()
            gone = _gone(bench)
            unread = {key for key in gone if (key[0], clean.partitions[key]) not in report.complete}
            expect(gone <= spot.keys, f"after a broken run {sorted(gone - spot.keys)[:5]} count as gone")
            expect(not unread, f"{sorted(unread)} count as gone although their partition was not read to its end")
        await bench.run()
        expect(_gone(bench) == spot.keys, f"{sorted(_gone(bench))} count as gone, not {sorted(spot.keys)}")
        platform.repair()
        await self._expect_clean(bench, "the record came back")

    @statement("A result of an old lesson that changes is picked up", number=9)
    async def test_old_result(self) -> None:
        """Teachers correct marks weeks later."""
        platform, bench = await self._begun()
        bench.now += timedelta(days=1)
        spot = platform.change_old_result()
        before = bench.kept.said()
        report = await bench.run()
        changed = {key for key, each in bench.kept.said().items() if before.get(key) != each}
        expect(changed == spot.keys, f"{sorted(changed)} changed, not {sorted(spot.keys)}")
        expect(report.counts.written == len(spot.keys), f"more was written than changed: {report.counts}")

    # --- 10, 11 -------------------------------------------------------------------------------------------------------

    @statement("No secret stands in a message, an error, a log line, an answer or a form", number=10)
    async def test_secrets(self) -> None:
        """Nor does one go to another host."""
        platform, bench = await self._begun()
        spec = await self.connector.spec()
        secrets = {*secrets_of(spec.configuration.model_validate(dict(bench.configuration))), *bench.tokens.secrets}
        expect(bool(secrets), "the configuration has no secret, and no token was saved: nothing is proven")
        for status in (200, 400, 403, 500):
            with platform.faults.during(EchoedRequest(status=status, after=2)):
                await bench.run()
        if "revoked_token" not in self.not_applicable:
            platform.revoke()
            await bench.run()
        texts = [*bench.texts, repr(await bench.open()), str(spec.configuration.model_json_schema())]
        for secret in {*secrets, *bench.tokens.secrets}:
            told = next((text for text in texts if secret in text), None)
            expect(told is None, f"a secret can be read here: {(told or '').replace(secret, '‹the secret›')[:300]}")
            leaked = next((each for each in bench.transport.beside if secret in each.text), None)
            expect(leaked is None, f"a secret went to {leaked.host if leaked else ''}")

    @statement("Cancelled, it ends at the next message and asks for nothing more", number=11, always=True)
    async def test_cancel(self) -> None:
        """Between two messages there are few requests."""
        clean = await self._clean()
        silence = clean.report.longest_silence
        expect(silence <= self.most_silence, f"{silence} requests pass between two messages: yield Progress meanwhile")
        for point in sorted({0, clean.report.messages // 2, clean.report.messages - 1}):
            bench = (await self._connected())[1]
            report = await bench.run(cancel_after=point)
            expect(report.outcome is Outcome.CANCELLED, f"cancelled after message {point}, it is {report.outcome}")
            expect(report.after_stop == 0, f"{report.after_stop} requests were sent after the cancellation")
            await self._expect_clean(bench, f"it was cancelled after message {point}")

    # --- 12 -----------------------------------------------------------------------------------------------------------

    @statement("A file at another host is not fetched, nor one behind a redirect to one", number=12)
    async def test_file_address(self) -> None:
        """Addresses of files are remote data."""
        clean = await self._clean()
        platform = self._platform()
        tried = 0
        for title, spot in platform.misplace_files():
            bench = await self._connect(platform)
            await bench.run()
            asked = [f"{each.method} {each.host}" for each in bench.transport.strayed]
            expect(not asked, f"{title}: it asked {asked}")
            letters = set(bench.kept.open_letters())
            expect(letters == set(spot.keys), f"{title}: the letters are {sorted(letters)}, not {sorted(spot.keys)}")
            self._expect_part(bench, {key: each for key, each in clean.said.items() if key not in spot.keys}, title)
            platform.repair()
            await self._expect_clean(bench, f"{title} was repaired")
            tried += 1
        expect(tried > 0, "no file was misplaced: nothing is proven")

    # --- beyond the list ----------------------------------------------------------------------------------------------

    @statement("Under any trouble of the platform nothing false is stored; afterwards everything is found again")
    async def test_troubles(self) -> None:
        """Limits, errors, pages, broken connections, in the middle of a first and of a later run."""
        clean = await self._clean()
        for fault in self._platform().troubles():
            await self._troubled(fault, clean)

    @statement("No request is sent twice in a run")
    async def test_requests(self) -> None:
        """With a limit of two requests a second, each one counts."""
        platform, bench = await self._connected()
        repeated = [
            line
            for line in (await bench.run()).repeated
            if not any(fnmatchcase(line, pattern) for pattern in platform.may_repeat)
        ]
        expect(not repeated, f"sent more than once: {repeated[:5]}")

    # --- how it is done -----------------------------------------------------------------------------------------------

    async def _spoilt(self, spoil: Callable[[SimulatedPlatform], Spot]) -> None:
        """One object is bad: in a first run, and in a run after a good one."""
        clean = await self._clean()
        for later in (False, True):
            platform, bench = await (self._begun() if later else self._connected())
            spot = spoil(platform)
            report = await bench.run()
            letters = bench.kept.open_letters()
            right = [key for key in letters if key[0] == spot.stream and (spot.nameless or key in spot.keys)]
            expect(len(right) == len(letters) > 0, f"the letters are {letters}, one of {spot} was expected")
            expect(report.outcome is Outcome.PARTIAL, f"the run is {report.outcome}: {report.troubles}")
            expect(not _gone(bench), f"{sorted(_gone(bench))[:5]} count as gone because one object is bad")
            expected = {key: each for key, each in clean.said.items() if later or key not in spot.keys}
            self._expect_part(bench, expected, "beside a bad record")
            platform.repair()
            await self._expect_clean(bench, "the bad record was repaired")
            waiting = set(bench.kept.open_letters())
            expect(spot.nameless or not waiting, f"repaired and read, {sorted(waiting)} still have open letters")

    async def _troubled(self, fault: Fault, clean: Clean) -> None:
        platform, bench = await self._connected()
        await self._struck(fault, platform, bench, clean.report.requests // 2)
        await self._expect_clean(bench, f"{fault} was over")
        await self._struck(fault, platform, bench, clean.report.requests // 3)
        self._expect_part(bench, clean.said, f"{fault} in a later run")

    async def _struck(self, fault: Fault, platform: SimulatedPlatform, bench: Bench, after: int) -> None:
        """Run under a fault, and expect that nothing false is kept."""
        clean = await self._clean()
        with platform.faults.during(replace(fault, after=after if fault.path == "*" else fault.after)):
            report = await bench.run()
            struck = platform.faults.struck(type(fault))
        platform.repair()
        expect(struck > 0, f"{fault} struck no request: nothing is proven")
        expect(not bench.needs_sign_in, f"{fault} was taken for dead credentials")
        self._expect_part(bench, clean.said, f"{fault}", complete=report.outcome is Outcome.COMPLETE)
        strange = set(bench.kept.said()) - set(clean.said)
        expect(not strange, f"{fault}: {sorted(strange)[:5]} were stored, which the platform does not have")


def _points(report: Report, kills: int) -> Sequence[int]:
    """After which messages a run is killed: beginning, end, before and after states, and evenly between."""
    near_states = [point for number in _few(report.stated_at, max(1, kills // 2)) for point in (number - 1, number)]
    evenly = _few(range(report.messages), kills)
    return sorted({point for point in (0, *near_states, *evenly, report.messages - 1) if 0 <= point < report.messages})


def _few(numbers: Collection[int], most: int) -> Iterator[int]:
    everything = list(numbers)
    step = max(1, -(-len(everything) // most))
    yield from everything[::step]


def _gone(bench: Bench) -> set[Key]:
    return {key for key, (_, gone) in bench.kept.said().items() if gone}


async def _expect_refused(bench: Bench) -> None:
    try:
        await bench.check()
    except ConnectorAuthFailed:
        return
    expect(condition=False, message="check is content with dead credentials")
