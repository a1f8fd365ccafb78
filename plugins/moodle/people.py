"""Learners, teachers, groups and who belongs to them."""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from core.sdk.connectors import (
    EnrolmentData,
    GroupData,
    LearnerData,
    Message,
    PersonData,
    ProblemClass,
    Progress,
    State,
    SubjectData,
    make_record,
)
from plugins.moodle.catalogue import Catalogue, Course
from plugins.moodle.configuration import MoodleConfiguration
from plugins.moodle.rosters import Member, Rosters
from plugins.moodle.texts import identifier, line, plain, whole
from plugins.moodle.webservice import WebService, objects_of

GROUPS: Final = "core_group_get_course_groups"
COHORT_MEMBERS: Final = "core_cohort_get_cohort_members"
PARTIAL: Final = "partial"
"""A cursor that says no more than that what came before it is kept."""
BLOCK: Final = 100
"""Accounts or cohorts asked for at once."""
_SECRET: Final = frozenset({"enrolmentkey"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What every reader of a site needs; what was asked once is not asked again."""

    service: WebService
    configuration: MoodleConfiguration
    catalogue: Catalogue
    rosters: Rosters
    zone: ZoneInfo
    clock: Callable[[], datetime]


async def subjects(site: Site) -> AsyncIterator[Message]:
    """Courses as subjects."""
    for course in await site.catalogue.courses():
        fields = {"name": course.name, "code": course.code, "area": course.area}
        yield make_record(course.subject, SubjectData, fields, raw=course.raw)
    for raw in await site.catalogue.nameless():
        yield make_record(None, SubjectData, {}, raw=raw)


async def groups(site: Site, course: Course) -> AsyncIterator[Message]:
    """A course as a group of its own, and the groups inside it."""
    whole_course = {"name": course.name, "group_kind": "course"}
    yield make_record(course.group, GroupData, whole_course, raw={"id": course.id, "fullname": course.name})
    for raw in objects_of(await site.service.call(GROUPS, courseid=course.id), GROUPS):
        number = identifier(raw.get("id"))
        fields = {"name": line(raw.get("name")), "group_kind": "group", "parent": course.group}
        shown = {name: value for name, value in raw.items() if name not in _SECRET}
        yield make_record(number and f"group-{number}", GroupData, fields, raw=shown)


async def cohorts(site: Site) -> AsyncIterator[Message]:
    """Cohorts as groups."""
    for raw in await site.catalogue.cohorts():
        number = identifier(raw.get("id"))
        fields = {"name": line(raw.get("name")), "group_kind": "cohort"}
        yield make_record(number and f"cohort-{number}", GroupData, fields, raw=raw)


async def persons(site: Site, mapped: type[PersonData]) -> AsyncIterator[Message]:
    """Learners, or teachers: everybody who has one of their roles in a course that is read."""
    async for message in site.rosters.read_all():
        yield message
    roles = _roles(site.configuration, mapped)
    everybody = await site.rosters.everybody(roles)
    for start in range(0, len(everybody), BLOCK):
        block = everybody[start : start + BLOCK]
        await site.rosters.learn_accounts(block)
        for user in block:
            raw = site.rosters.people[user]
            yield make_record(str(user), mapped, person_fields(raw, site.configuration), raw=raw)
        yield Progress(start + len(block), len(everybody))
    if mapped is LearnerData:
        for raw in site.rosters.nameless():
            yield make_record(None, mapped, {}, raw=raw)
    for rest in incomplete(site, ProblemClass.CONFIG):
        yield rest


def incomplete(site: Site, problem: ProblemClass) -> Iterator[Message]:
    """Say that people are missing because of closed courses; what came before is kept."""
    closed = site.rosters.closed(problem)
    if closed is not None:
        yield State(PARTIAL)
        yield closed


def _roles(configuration: MoodleConfiguration, mapped: type[PersonData]) -> tuple[str, ...]:
    return configuration.learner_roles if mapped is LearnerData else configuration.teacher_roles


def person_fields(raw: Mapping[str, Any], configuration: MoodleConfiguration) -> dict[str, Any]:
    """Return what an account says of a person; what the site leaves out says nothing."""
    family, given = _text(raw.get("lastname")), _text(raw.get("firstname"))
    return {
        "family_name": family,
        "given_name": given,
        "full_name": "" if family or given else _text(raw.get("fullname")),
        "patronymic": _custom(raw, configuration.patronymic_field),
        "number": _text(raw.get("idnumber")),
        "email": _text(raw.get("email")),
        "phone": _text(raw.get("phone1")),
        "account": _text(raw.get("username")),
        "archived": raw.get("suspended") is True,
    }


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


def _custom(raw: Mapping[str, Any], shortname: str) -> str:
    """The value of a custom profile field; areas of text are HTML."""
    for each in raw.get("customfields") or ():
        if isinstance(each, Mapping) and shortname and each.get("shortname") == shortname:
            return plain(each.get("value"), 1 if each.get("type") == "textarea" else 2)
    return ""


async def enrolments(site: Site, course: Course) -> AsyncIterator[Message]:
    """Who is in a course and in its groups, as a learner or as a teacher."""
    async for progress in site.rosters.read(course):
        yield progress
    roster = await site.rosters.of(course)
    for member in roster.members.values():
        for group in (course.group, *(f"group-{each}" for each in member.groups)):
            for message in _membership(site.configuration, member, group, course.subject):
                yield message


def _membership(
    configuration: MoodleConfiguration, member: Member, group: str, subject: str | None
) -> Iterator[Message]:
    both = (("learner", configuration.learner_roles), ("staff", configuration.teacher_roles))
    for whose, roles in both:
        role = next((each for each in roles if each in member.roles), None)
        if role is not None:
            fields = {
                "group": group,
                whose: str(member.user),
                "role": role,
                "subject": subject,
                "archived": member.suspended,
            }
            raw = {"group": group, "userid": member.user, "roles": list(member.roles), "suspended": member.suspended}
            yield make_record(f"{group}:{member.user}:{whose}", EnrolmentData, fields, raw=raw)


async def cohort_members(site: Site) -> AsyncIterator[Message]:
    """Who is in a cohort; people who are in no course that is read are not known and are left out."""
    async for message in site.rosters.read_all():
        yield message
    learners = set(await site.rosters.everybody(site.configuration.learner_roles))
    teachers = set(await site.rosters.everybody(site.configuration.teacher_roles))
    listed = await site.catalogue.cohorts()
    yield Progress(0, len(listed))
    ids = sorted(number for each in listed if (number := whole(each.get("id"))) is not None)
    for start in range(0, len(ids), BLOCK):
        value = await site.service.call(COHORT_MEMBERS, cohortids=ids[start : start + BLOCK])
        for cohort in objects_of(value, COHORT_MEMBERS):
            for user in sorted(each for each in cohort.get("userids") or () if isinstance(each, int)):
                for whose, known in (("learner", learners), ("staff", teachers)):
                    if user in known:
                        yield _in_cohort(cohort.get("cohortid"), user, whose)
    for rest in incomplete(site, ProblemClass.CONFIG):
        yield rest


def _in_cohort(cohort: object, user: int, whose: str) -> Message:
    group = f"cohort-{cohort}"
    fields = {"group": group, whose: str(user), "role": "cohort"}
    return make_record(f"{group}:{user}:{whose}", EnrolmentData, fields, raw={"cohortid": cohort, "userid": user})
