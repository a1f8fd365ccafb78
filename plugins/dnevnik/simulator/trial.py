"""The simulated platform as the conformance suite of the development kit needs it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from core.devkit.faults import (
    DeadToken,
    ErrorObject,
    Fault,
    MissingFields,
    MissingTwins,
    NullFields,
    PrivateRedirect,
    RoundedIds,
    ServerError,
    UnknownValue,
)
from core.devkit.middleware import Application
from core.devkit.platform import SimulatedPlatform, Spot
from core.sdk.connectors import Connector
from plugins.dnevnik.simulator.application import simulate
from plugins.dnevnik.simulator.calendar import Period
from plugins.dnevnik.simulator.journal import Mark, Work
from plugins.dnevnik.simulator.platform import Platform
from plugins.dnevnik.simulator.refusals import WORKS_ON_THE_SERVER
from plugins.dnevnik.simulator.world import Group, Size

HOST = "api.dnevnik.example"
FILE_HOST = "files.dnevnik.example"
NOW = datetime(2026, 3, 2, 9)  # noqa: DTZ001 (the platform's times are local wall time)
SMALL = Size(classes=1, learners=4, subjects=2, lessons=1, subgroups=False)
_ALL_STREAMS = frozenset(
    {
        "groups", "study_periods", "subjects", "teachers", "learners", "guardians", "enrolments", "results", "teaching",
        "final_results", "attendance", "homework_files",
    }
)  # fmt: skip


class SimulatedDnevnik(SimulatedPlatform):
    """A platform with two small schools; the administrator of the first has signed in."""

    file_hosts = (FILE_HOST,)

    def __init__(self) -> None:
        super().__init__()
        self.platform = Platform(size=SMALL, now=NOW, faults=self.faults)
        self.platform.address = f"https://{FILE_HOST}"
        self._account = 0

    def hosts(self) -> Mapping[str, Application]:
        """The API and the host of files are one application."""
        app = simulate(self.platform)
        return {HOST: app, FILE_HOST: app}

    def configuration(self) -> Mapping[str, Any]:
        """Everything that can be wanted is wanted."""
        sign_in = self.platform.sign_in
        return {
            "base_url": f"https://{HOST}",
            "login_url": f"https://{HOST}/oauth2",
            "sign_in": {
                "way": "application",
                "client_id": sign_in.client_id,
                "client_secret": sign_in.client_secret,
            },
            "schools": [str(self.platform.world.schools[self._account].id)],
            "reread_weeks": 12,
            "guardians": True,
            "attendance": True,
            "homework_files": True,
        }

    async def sign_in(self, connector: Connector) -> None:
        """Bring back the code that the browser would get."""
        code = self.platform.sign_in.code(account=self._account)
        await connector.complete_sign_in(code=code, redirect_uri="https://deloteka.example/back")

    def repair(self) -> None:
        """Undo everything."""
        self.faults.off()
        self.platform.undo()
        self.platform.forms.file_host = ""
        self._account = 0

    def troubles(self) -> Sequence[Fault]:
        """Add a status and an error object of this platform."""
        return (*super().troubles(), ServerError(status=WORKS_ON_THE_SERVER), ErrorObject(code="apiServerError"))

    def rights(self) -> Mapping[str, frozenset[str]]:
        """The scopes."""
        return {
            "FriendsAndRelatives": frozenset({"guardians"}),
            "Files": frozenset({"homework_files"}),
            "EducationalInfo": _ALL_STREAMS,
        }

    def take_right(self, right: str) -> None:
        """Take a scope from every token."""
        self.platform.sign_in.denied.add(right)

    def revoke(self, after: int = 0) -> None:
        """Let every token die; nothing can be renewed."""
        self.faults.on(DeadToken(after=after))
        self.platform.sign_in.is_open = False

    def renewed(self) -> Mapping[str, Any]:
        """The same application; the administrator signs in again."""
        self.repair()
        return self.configuration()

    def other_account(self) -> Mapping[str, Any]:
        """The administrator of the second school signs in."""
        self._account = 1
        return self.configuration()

    def poison(self) -> Spot:
        """A mark loses its value."""
        mark = self._mark(-1)
        self.platform.change_mark(mark.id, "")
        return Spot(stream="results", external_id=str(mark.id))

    def leave_out_key(self) -> Spot:
        """A mark loses its id."""
        mark = self._mark(-1)
        self.platform.lose_id(mark.id)
        return Spot(stream="results", external_id=str(mark.id), nameless=True)

    def oddities(self) -> Iterator[str]:
        """Optional fields missing, null or unknown; long numbers rounded; and each form that sources disagree on."""
        faults: Mapping[str, Fault] = {
            "names are missing": MissingFields(
                fields=("middleName", "shortName", "sex", "educationType", "journaltype")
            ),
            "names are null": NullFields(fields=("middleName", "knowledgeArea", "title", "comment", "mood", "text")),
            "no type of work is known": MissingFields(fields=("workType", "kind", "titles")),
            "an unknown mood": UnknownValue(name="mood"),
            "an unknown status": UnknownValue(name="status"),
            "an unknown scale": UnknownValue(name="markType"),
            "long numbers are rounded": RoundedIds(),
            "text twins are missing": MissingTwins(),
        }
        for title, fault in faults.items():
            self.faults.on(fault)
            yield title
        forms: Mapping[str, object] = {
            "error_names": "long",
            "final_marks": "bundle",
            "relatives": "object",
            "interval_end": "exclusive",
            "subgroup_marks_in_class": True,
            "final_marks_among_marks": True,
            "names_of_regions": "regionId",
            "empty_names": True,
        }
        for name, value in forms.items():
            setattr(self.platform.forms, name, value)
            yield f"{name} is {value}"

    def remove(self) -> Spot:
        """A mark disappears."""
        mark = self._mark(-1)
        self.platform.change_mark(mark.id, None)
        return Spot(stream="results", external_id=str(mark.id))

    def change_old_result(self) -> Spot:
        """A mark of the reporting period before is corrected."""
        mark = self._mark(-2)
        self.platform.change_mark(mark.id, "2-")
        return Spot(stream="results", external_id=str(mark.id))

    def misplace_files(self) -> Iterator[tuple[str, Spot]]:
        """A file lies at another host, or behind a redirect into the network."""
        work = max(self._homework(), key=lambda work: work.lesson.day if work.lesson else work.day)
        spot = Spot(stream="homework_files", external_id=f"{work.id}:{work.file}")
        self.platform.misplaced[work.file or 0] = "https://elsewhere.example"
        yield "a file at a host that nobody confirmed", spot
        self.faults.on(PrivateRedirect(path=f"/files/{work.file}/*"))
        yield "a file behind a redirect into the network", spot

    def _mark(self, period: int) -> Mark:
        """The first mark of the class in the last reporting period that has begun, or in one before."""
        group = self._groups()[0]
        return self.platform.journal(group, self._periods(group)[period]).marks[0]

    def _groups(self) -> Sequence[Group]:
        return self.platform.world.schools[0].groups

    def _periods(self, group: Group) -> Sequence[Period]:
        return [period for period in self.platform.periods(group) if period.start <= self.platform.now.date()]

    def _homework(self) -> Iterator[Work]:
        today = self.platform.now.date()
        for group in self._groups():
            for period in self._periods(group):
                for work in self.platform.journal(group, period).homework:
                    if work.lesson and work.lesson.day <= today:
                        yield work
