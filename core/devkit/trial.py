"""How the statements of the suite are tried: fresh platforms, benches, and what one undisturbed run gives."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from core.devkit.bench import Bench
from core.devkit.keeping import Key
from core.devkit.platform import SimulatedPlatform
from core.devkit.running import Outcome, Report
from core.devkit.statements import expect
from core.sdk.connectors import Connector

Said = dict[Key, tuple[str, bool]]


@dataclass(frozen=True, slots=True)
class Clean:
    """What one undisturbed run over good data gives."""

    said: Said
    report: Report
    partitions: dict[Key, str]
    """In which partition each record is."""


_CLEAN: dict[type, Clean] = {}


class Trial:
    """A connector, its simulated platform, and what both are held against."""

    connector: ClassVar[type[Connector]]
    platform: ClassVar[Callable[[], SimulatedPlatform]]
    not_applicable: Mapping[str, str] = {}
    """Statements that cannot hold or fail here, by the name of the test without `test_`, each with the reason."""

    def _platform(self) -> SimulatedPlatform:
        return type(self).platform()

    async def _connect(self, platform: SimulatedPlatform) -> Bench:
        bench = Bench(
            self.connector,
            platform.configuration(),
            hosts=platform.hosts(),
            file_hosts=platform.file_hosts,
            files=platform.files,
            tables=platform.tables(),
            place=platform.place(),
        )
        await platform.sign_in(await bench.open())
        await bench.check()
        return bench

    async def _connected(self) -> tuple[SimulatedPlatform, Bench]:
        platform = self._platform()
        return platform, await self._connect(platform)

    async def _begun(self) -> tuple[SimulatedPlatform, Bench]:
        """A connection after its first, undisturbed run."""
        platform, bench = await self._connected()
        await _first_run(bench)
        return platform, bench

    async def _clean(self) -> Clean:
        """What an undisturbed run gives; found out once for each suite, because fresh platforms are alike."""
        if type(self) not in _CLEAN:
            _, bench = await self._connected()
            report = await _first_run(bench)
            partitions = {key: each.partition for key, each in bench.kept.records.items()}
            _CLEAN[type(self)] = Clean(bench.kept.said(), report, partitions)
        return _CLEAN[type(self)]

    async def _expect_clean(self, bench: Bench, what: str, *, written: int | None = None) -> None:
        """Run, and expect what one undisturbed run would have kept."""
        clean = await self._clean()
        report = await bench.run()
        letters = bench.kept.open_letters()
        expect(
            report.outcome is Outcome.COMPLETE,
            f"{what}, and the next run is {report.outcome}: {report.troubles} {letters}",
        )
        said = bench.kept.said()
        wrong = {key for key in {*said, *clean.said} if said.get(key) != clean.said.get(key)}
        expect(not wrong, f"{what}, and afterwards these are missing, too many or different: {sorted(wrong)[:5]}")
        expect(written in (None, report.counts.written), f"{what}, and {report.counts} was written")

    def _expect_part(self, bench: Bench, all_there_is: Said, what: str, *, complete: bool = True) -> None:
        """Expect that what is kept is true, and with `complete` that it is all there is."""
        said = bench.kept.said()
        wrong = {key for key, each in said.items() if key in all_there_is and all_there_is[key] != each}
        expect(not wrong, f"{what}: {sorted(wrong)[:5]} were stored with other contents, or count as gone")
        lost = set(all_there_is) - set(said) if complete else set()
        expect(not lost, f"{what}: {sorted(lost)[:5]} were not stored although nothing is wrong with them")


async def _first_run(bench: Bench) -> Report:
    report = await bench.run()
    why = f"{report.troubles}, letters {bench.kept.open_letters()}"
    expect(report.outcome is Outcome.COMPLETE, f"a run over good data is {report.outcome}: {why}")
    expect(bool(bench.kept.records), "a run over good data brings no record: nothing is proven")
    return report
