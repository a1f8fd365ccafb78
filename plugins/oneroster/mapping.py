"""From objects of OneRoster to records of the registry: pure, the same for bundles and servers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from core.sdk.connectors import Mapped, Problem, ProblemClass, Record, make_record
from plugins.oneroster.values import (
    OneRosterObject,
    Unfit,
    day,
    identifier,
    is_deleted,
    modified,
    reference,
    references,
    text,
    texts,
    user_id,
)

Fields = Mapping[str, Any]
Describe = Callable[[OneRosterObject], Fields | None]
STUDENT = "student"
GUARDIAN_ROLES = frozenset({"guardian", "parent", "relative"})
UNGRADED = frozenset({"not submitted", "submitted", "partially graded", "fully graded", ""})
"""Statuses that say nothing without a score; `exempt` does."""


class Item(NamedTuple):
    """An object, and what the source said, without what must not be stored."""

    entry: OneRosterObject
    raw: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What the operator decided, and the institution's day."""

    schools: frozenset[str]
    snils_type: str
    demographics: bool
    final_categories: frozenset[str]
    """Folded."""
    staff_roles: frozenset[str]
    exclusive_ends: bool
    zone: ZoneInfo
    today: date

    def last_day(self, entry: OneRosterObject, field: str) -> date | None:
        """Return the last day that a period has; the specification writes the day after it."""
        found = day(entry, field, self.zone)
        return found - timedelta(days=1) if found and self.exclusive_ends else found

    def is_ours(self, organisations: tuple[str, ...]) -> bool:
        """Whether one of the organisations is this institution."""
        return not self.schools or not self.schools.isdisjoint(organisations)


class Role(NamedTuple):
    """A role that a user has, or had."""

    name: str
    ended: bool


class Lesson(NamedTuple):
    """What a class says of those who are in it."""

    course: str | None
    ours: bool


class Work(NamedTuple):
    """What a line item says of its results."""

    title: str
    group: str | None
    category: str
    """Its title; until that is looked up, its identifier."""
    period: str | None
    scale: str
    held_on: date | None


def record_of(item: Item, mapped: type[Mapped], fields: Describe, *, part: str = "") -> Record | Problem | None:
    """Return the record that `fields` describes, or why it is none; `None` if it is not for this stream.

    An object that is deleted at the source is a record although most of its fields are missing: its data are then as
    far as they are known. `part` makes one object several records.
    """
    key: str | None = None
    try:
        key = identifier(item.entry) or None
        gone = is_deleted(item.entry)
        updated = modified(item.entry)
        found = _described(item.entry, fields, gone=gone)
    except Unfit as error:
        return Problem(ProblemClass.RECORD, f"fields that do not fit: {error}", external_id=key, raw=item.raw)
    if found is None:
        return None
    external_id = f"{key}{part}" if key else None
    made = make_record(external_id, mapped, found, raw=item.raw, source_updated_at=updated, gone=gone)
    if gone and external_id and isinstance(made, Problem):
        return Record(external_id, mapped.model_construct(), source_updated_at=updated, raw=item.raw, gone=True)
    return made


def _described(entry: OneRosterObject, fields: Describe, *, gone: bool) -> Fields | None:
    try:
        return fields(entry)
    except Unfit:
        if gone:
            return {}
        raise


def study_period(entry: OneRosterObject, rules: Rules) -> Fields:
    """Fields of a study period; `schoolYear` is the year in which the study year ends."""
    ends_in = text(entry, "schoolYear")
    return {
        "name": text(entry, "title"),
        "period_kind": text(entry, "type"),
        "starts_on": day(entry, "startDate", rules.zone),
        "ends_on": rules.last_day(entry, "endDate"),
        "study_year": study_year(ends_in),
        "parent": reference(entry, "parent"),
    }


def study_year(ends_in: str) -> str:
    """Return «2025/2026» for `2026`; anything else as it came."""
    return f"{int(ends_in) - 1}/{ends_in}" if len(ends_in) == len("2026") and ends_in.isdecimal() else ends_in


def subject(entry: OneRosterObject, rules: Rules) -> Fields | None:
    """Fields of a course."""
    organisation = reference(entry, "org")
    if organisation and not rules.is_ours((organisation,)):
        return None
    return {
        "name": text(entry, "title"),
        "code": text(entry, "courseCode"),
        "area": ", ".join(texts(entry, "subjects")),
    }


def group(entry: OneRosterObject, rules: Rules, years: Mapping[str, str]) -> Fields | None:
    """Fields of a class; `years` gives the study year of each of its terms."""
    school = reference(entry, "school")
    if school and not rules.is_ours((school,)):
        return None
    of_terms = {year for term in references(entry, "terms") if (year := years.get(term, ""))}
    return {
        "name": text(entry, "title"),
        "group_kind": text(entry, "classType"),
        "study_year": of_terms.pop() if len(of_terms) == 1 else "",
        "level": ", ".join(texts(entry, "grades")),
    }


def roles_of(user: OneRosterObject, rules: Rules) -> tuple[Role, ...]:
    """Return the roles that a user has here: `roles` of 1.2, or the one `role` of 1.1, which some 1.2 servers send."""
    listed = user.get("roles")
    if not listed:
        name = text(user, "role")
        return (Role(name, ended=False),) if name and rules.is_ours(references(user, "orgs")) else ()
    if not isinstance(listed, list) or not all(isinstance(each, Mapping) for each in listed):
        raise Unfit("roles", "a list of roles is expected")
    found = []
    for each in listed:
        organisation = reference(each, "org")
        if organisation is None or rules.is_ours((organisation,)):
            last = rules.last_day(each, "endDate")
            found.append(Role(text(each, "role"), ended=last is not None and last < rules.today))
    return tuple(found)


def person(user: OneRosterObject, rules: Rules, about: OneRosterObject | None) -> dict[str, Any]:
    """Fields of any person; `about` are its demographics."""
    sex = text(about, "sex").casefold() if about else ""
    return {
        "family_name": text(user, "familyName"),
        "given_name": text(user, "givenName"),
        "patronymic": text(user, "middleName"),
        "birth_date": day(about, "birthDate", rules.zone) if about else None,
        "sex": sex if sex in {"male", "female"} else "",
        "number": text(user, "identifier"),
        "snils": user_id(user, rules.snils_type),
        "email": text(user, "email"),
        "phone": text(user, "phone") or text(user, "sms"),
        "account": text(user, "username"),
    }


def learner(user: OneRosterObject, rules: Rules, demographics: Mapping[str, OneRosterObject]) -> Fields | None:
    """Fields of a learner, `None` for others. A user whose only news is its deletion is told to every stream."""
    roles = [role for role in roles_of(user, rules) if role.name == STUDENT]
    if not roles and not _is_only_deleted(user):
        return None
    about = demographics.get(identifier(user))
    return {**person(user, rules, about), "archived": bool(roles) and all(role.ended for role in roles)}


def member_of_staff(user: OneRosterObject, rules: Rules) -> Fields | None:
    """Fields of a member of the staff, `None` for others. A role that nobody knows is unfit, so that it is seen."""
    found = roles_of(user, rules)
    if not is_deleted(user):
        for role in found:
            if role.name != STUDENT and role.name not in GUARDIAN_ROLES and role.name not in rules.staff_roles:
                raise Unfit("role", "unknown; if it is one of the staff, add it to the roles of the staff")
    roles = [role for role in found if role.name in rules.staff_roles]
    if not roles and not _is_only_deleted(user):
        return None
    return {
        **person(user, rules, None),
        "position": ", ".join(dict.fromkeys(role.name for role in roles)),
        "archived": bool(roles) and all(role.ended for role in roles),
    }


def _is_only_deleted(user: OneRosterObject) -> bool:
    return is_deleted(user) and not user.get("roles") and not user.get("role")


def guardian(user: OneRosterObject, rules: Rules, learner_id: str) -> Fields:
    """Fields of a legal representative of one learner."""
    roles = [each.name for each in roles_of_anywhere(user) if each.name in GUARDIAN_ROLES]
    fields = person(user, rules, None)
    return {**fields, "learner": learner_id, "relation": roles[0] if roles else ""}


def roles_of_anywhere(user: OneRosterObject) -> tuple[Role, ...]:
    """Return the roles whatever the organisation: parents often belong to none."""
    listed = user.get("roles")
    if isinstance(listed, list) and listed:
        return tuple(Role(text(each, "role"), ended=False) for each in listed if isinstance(each, Mapping))
    return (Role(text(user, "role"), ended=False),)


def enrolment(entry: OneRosterObject, rules: Rules, lessons: Mapping[str, Lesson]) -> Fields | None:
    """Fields of an enrolment; its subject is the course of its class. Those of parents are left out."""
    group_id = reference(entry, "class")
    of = lessons.get(group_id or "", Lesson(None, ours=True))
    school = reference(entry, "school")
    if not of.ours or (school and not rules.is_ours((school,))):
        return None
    role = text(entry, "role")
    if role in GUARDIAN_ROLES:
        return None
    if role != STUDENT and role not in rules.staff_roles:
        raise Unfit("role", "unknown; if it is one of the staff, add it to the roles of the staff")
    user = reference(entry, "user")
    if user is None:
        raise Unfit("user", "nobody is named")
    return {
        "group": group_id,
        "learner": user if role == STUDENT else None,
        "staff": None if role == STUDENT else user,
        "role": role,
        "subject": of.course,
        "starts_on": day(entry, "beginDate", rules.zone),
        "ends_on": rules.last_day(entry, "endDate"),
    }


def lesson(entry: OneRosterObject, rules: Rules) -> Lesson:
    """What a class says."""
    school = reference(entry, "school")
    return Lesson(reference(entry, "course"), ours=school is None or rules.is_ours((school,)))


def work(entry: OneRosterObject, rules: Rules) -> Work:
    """What a line item says; its scale is `0..100`, or the name of its scale of scores (1.2)."""
    lowest, highest = text(entry, "resultValueMin"), text(entry, "resultValueMax")
    scale = f"{_plain(lowest)}..{_plain(highest)}" if lowest and highest else reference(entry, "scoreScale") or ""
    return Work(
        title=text(entry, "title"),
        group=reference(entry, "class"),
        category=reference(entry, "category") or "",
        period=reference(entry, "gradingPeriod") or reference(entry, "academicSession"),
        scale=scale,
        held_on=day(entry, "dueDate", rules.zone) or day(entry, "assignDate", rules.zone),
    )


def _plain(number: str) -> str:
    """`5.0` and `5` are the same end of a scale."""
    whole, dot, rest = number.partition(".")
    return whole if dot and not rest.strip("0") else number


def value_of(entry: OneRosterObject) -> str:
    """Return the mark as text: the score as it was written, the text score of 1.2, or that the learner is exempt."""
    score = text(entry, "score") or text(entry, "textScore")
    status = text(entry, "scoreStatus")
    return score or ("" if status.casefold() in UNGRADED else status)


def result(entry: OneRosterObject, rules: Rules, about: Work, course: str | None) -> Fields:
    """Fields of a result of a work."""
    return {
        "learner": reference(entry, "student"),
        "subject": course,
        "group": about.group,
        "period": about.period,
        "value": value_of(entry),
        "scale": about.scale,
        "result_kind": about.category,
        "title": about.title,
        "held_on": about.held_on,
        "graded_on": day(entry, "scoreDate", rules.zone),
        "comment": text(entry, "comment"),
    }


def final_result(entry: OneRosterObject, rules: Rules, about: Work, course: str | None) -> Fields:
    """Fields of a final result."""
    return {
        "learner": reference(entry, "student"),
        "subject": course,
        "group": about.group,
        "period": about.period,
        "final_kind": about.category,
        "value": value_of(entry),
        "scale": about.scale,
        "decided_on": day(entry, "scoreDate", rules.zone),
        "comment": text(entry, "comment"),
    }


def birth_date_and_sex(entry: OneRosterObject) -> OneRosterObject:
    """All that is ever read of demographics."""
    return {"birthDate": text(entry, "birthDate"), "sex": text(entry, "sex")}


def memories(rules: Rules) -> Mapping[str, Callable[[OneRosterObject], Any]]:
    """Return what is remembered of the objects to which others refer, by collection."""
    return {
        "academicSessions": lambda entry: study_year(text(entry, "schoolYear")),
        "categories": lambda entry: text(entry, "title"),
        "classes": lambda entry: lesson(entry, rules),
        "demographics": birth_date_and_sex,
        "lineItems": lambda entry: work(entry, rules),
    }
