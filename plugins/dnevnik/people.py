"""Readers of people: learners, the staff, legal representatives, and who is in which class."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any

from core.sdk.connectors import (
    EnrolmentData,
    GuardianData,
    LearnerData,
    Message,
    Partition,
    Problem,
    ProblemClass,
    Progress,
    ReadRequest,
    StaffData,
    make_record,
)
from core.sdk.errors import ConnectorRecordRefused
from plugins.dnevnik.answers import REFUSALS, Patience
from plugins.dnevnik.fields import Loose, Raw, loose_objects
from plugins.dnevnik.reading import Reader, ReaderBySchool, left_out
from plugins.dnevnik.school import Roster, School, unread_groups
from plugins.dnevnik.settings import RELATIVES

_SEXES = {"male": "male", "female": "female"}


def names_of(person: Loose) -> dict[str, Any]:
    """Return the names as the platform has them; the short name only where it has no parts."""
    fields = {
        "family_name": person.text("lastname"),
        "given_name": person.text("firstname"),
        "patronymic": person.text("middlename"),
    }
    if not fields["family_name"] and not fields["given_name"]:
        fields["full_name"] = person.text("shortname")
    return {**fields, "sex": _SEXES.get(person.text("sex").lower(), ""), "account": person.id("userid") or ""}


class Learners(ReaderBySchool):
    """Pupils of the classes that were read, those who left among them."""

    has_past = True

    async def read(self, request: ReadRequest) -> AsyncIterator[Message]:
        """Yield each person once; who has left every class is archived."""
        school, past = await self.asked(request)
        roster = Roster()
        async for done in school.read_roster(roster, past=past):
            yield Progress(done)
        active = roster.active()
        here = (await school.roster()).people if past else {}
        for identifier, raw in roster.people.items():
            if identifier not in here:
                archived = past or identifier not in active
                fields = {**names_of(Loose(raw)), "archived": archived}
                yield make_record(identifier, LearnerData, fields, raw=raw)
        for problem in unread_groups(roster):
            yield problem


class Teachers(ReaderBySchool):
    """The staff."""

    async def read(self, request: ReadRequest) -> AsyncIterator[Message]:
        """Yield them; e-mail addresses only if they are wanted."""
        school, _ = await self.asked(request)
        for person in await school.staff():
            position = person.text("nameteacherposition") or person.text("namemanagingposition")
            fields = {**names_of(person), "position": position, "subjects": person.text("subjects")[:500]}
            if self.run.settings.contacts:
                fields["email"] = person.text("email")
            yield make_record(person.id("id"), StaffData, fields, raw=without_private(person.raw))


_PRIVATE = frozenset({"datebirth", "email", "education", "scientificdegree", "startdate", "pedagogicalactivitydate"})


def without_private(raw: Raw) -> Mapping[str, Any]:
    """Return an object without what nobody asked for."""
    return {key: value for key, value in raw.items() if key.lower() not in _PRIVATE}


class Enrolments(ReaderBySchool):
    """Who is in which class and subgroup, and who is responsible for the class."""

    has_past = True

    async def read(self, request: ReadRequest) -> AsyncIterator[Message]:
        """Yield memberships, archived ones too."""
        school, past = await self.asked(request)
        roster = await school.roster(past=past)
        for each in roster.memberships:
            fields = {"group": each.group, "learner": each.person or None, "role": "student", "archived": each.archived}
            key = f"{each.group}:{each.person}" if each.person else None
            yield make_record(key, EnrolmentData, fields, raw={})
        if self.run.settings.class_teachers and not past:
            async for message in self._class_teachers(school):
                yield message
        for problem in unread_groups(roster):
            yield problem

    async def _class_teachers(self, school: School) -> AsyncIterator[Message]:
        classes = [group for group in await school.groups() if group.parent is None]
        for number, group in enumerate(classes, start=1):
            try:
                answer = await self.run.api.get(f"/edu-groups/{group.id}/classteacher")
            except ConnectorRecordRefused:
                # A class without anybody responsible is refused as a resource that is not there.
                continue
            person = Loose(answer) if isinstance(answer, dict) else None
            identifier = person.id("id") if person else None
            if identifier in await school.staff_ids():
                fields = {"group": group.id, "staff": identifier, "role": "class teacher"}
                yield make_record(f"{group.id}:{identifier}:class-teacher", EnrolmentData, fields, raw={})
            yield Progress(number, len(classes))


class Guardians(Reader):
    """Relatives of learners with an account, a class at a time."""

    async def partitions(self) -> Sequence[Partition]:
        """Return the classes of this year."""
        return [
            Partition(key=group.id, title=group.name)
            for school in await self.run.schools()
            for group in await school.groups()
            if group.parent is None
        ]

    async def read(self, request: ReadRequest) -> AsyncIterator[Message]:
        """Yield the relatives of the class; a learner who is refused is said, and nobody then counts as gone."""
        school, group = await self.run.group(request.partition.key)
        roster = await school.roster()
        learners = [
            (each.person, Loose(roster.people[each.person]).id("userid"))
            for each in roster.memberships
            if each.group == group.id and not each.archived and each.person
        ]
        patience = Patience()
        for number, (learner, account) in enumerate(learners, start=1):
            if account is None:
                continue
            try:
                answer = await self.run.api.get(f"/users/{account}/relatives", scope=RELATIVES)
            except REFUSALS as error:
                patience.bear(error)
                yield Problem(ProblemClass.RECORD, f"relatives: {error.detail}", external_id=learner)
                yield left_out("the relatives of one learner", error)
                continue
            patience.restore()
            for message in _relatives(learner, answer):
                yield message
            yield Progress(number, len(learners))


def _relatives(learner: str, answer: object) -> Iterator[Message]:
    """Read both forms: a list, or an object that holds the first and all of them."""
    if isinstance(answer, dict):
        answer = answer.get("relatives") or [answer]
    for relative in loose_objects(answer, "relatives"):
        person = relative.inner("person")
        identifier = person.id("id")
        key = f"{learner}:{identifier}" if identifier else None
        fields = {**names_of(person), "learner": learner, "relation": relative.text("type")}
        yield make_record(key, GuardianData, fields, raw=relative.raw)
