"""The objects of the platform as JSON says them."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from plugins.dnevnik.simulator.calendar import Period
from plugins.dnevnik.simulator.journal import (
    EXAM_TYPE,
    ORDINARY_TYPE,
    PERIOD_TYPE,
    TEST_TYPE,
    YEAR_TYPE,
    Absence,
    Lesson,
    Mark,
    Work,
)
from plugins.dnevnik.simulator.world import Group, Human, Member, School, Subject

Json = dict[str, Any]

TIMETABLE = 1_300_000_000_000_000_001
MARK5 = [f"{value}{sign}" for value in range(1, 6) for sign in ("-", "", "+")]
SCALES: dict[str, list[str]] = {
    "mark5": MARK5,
    "mark100": [str(value) for value in range(101)],
    "markabcdf": ["A", "B", "C", "D", "F"],
    "test": ["зач", "незач"],
    "markna": ["Н/А"],
    "markdismiss": ["Осв"],
    "notset": [],
}
_WORK_TYPES = (
    (ORDINARY_TYPE, 1, "CommonWork", "Работа на уроке", "РНУ", False),
    (TEST_TYPE, 2, "LessonTestWork", "Контрольная работа", "КР", False),
    (PERIOD_TYPE, 9, "PeriodMark", "Отметка за период", "ОП", True),
    (YEAR_TYPE, 10, "YearMark", "Отметка за год", "ОГ", True),
    (EXAM_TYPE, 11, "ExamMark", "Экзаменационная отметка", "ЭО", True),
)
_MOODS = {"5": "Good", "4": "Good", "4-": "Good", "3": "Average", "2": "Bad"}


def twin(name: str, value: int | None) -> Json:
    """Return a long number with its text twin."""
    return {name: value, f"{name}_str": None if value is None else str(value)}


def moment(value: date) -> str:
    """Return local wall time; a fraction only where there is one."""
    if not isinstance(value, datetime):
        return f"{value.isoformat()}T00:00:00"
    return value.isoformat(timespec="milliseconds" if value.microsecond else "seconds")


def school_short(school: School) -> Json:
    """A school in a list."""
    return {
        **twin("id", school.id),
        "name": school.name,
        "educationType": "Regular",
        "tsoCityId": 0,
        "tsoRegionTreePath": "00.",
    }


def school_full(school: School) -> Json:
    """A school."""
    return {
        "fullName": f"МБОУ «{school.name}»",
        "avatarSmall": None,
        "city": "Примерск",
        "municipality": "Образцовый район",
        "regionid": 0,
        "markType": "mark5",
        "timeZone": 3,
        "uses_avg": True,
        "uses_weighted_avg": True,
        **school_short(school),
    }


def group(one: Group, *, empty_parents: bool = False) -> Json:
    """A class or a subgroup; the same class has no parents here and an empty list of them there."""
    parents = [one.parent.id] if one.parent else ([] if empty_parents else None)
    return {
        **twin("id", one.id),
        "parentIds": parents,
        "parentIds_str": None if parents is None else [str(parent) for parent in parents],
        "type": "Subgroup" if one.parent else "Group",
        "name": one.name,
        "fullName": "",
        "parallel": one.parallel,
        **twin("timetable", TIMETABLE),
        "status": one.status,
        "studyyear": one.year,
        "educationType": "Regular",
        "subjects": [],
        "journaltype": "Normal",
    }


def person(human: Human) -> Json:
    """A person: no birth date, no address."""
    names: Json = {"shortName": human.short}
    if not human.only_short:
        names = {"firstName": human.given, "lastName": human.family, "middleName": human.patronymic, **names}
    sex = "Female" if human.female else "Male"
    return {**twin("id", human.id), **twin("userId", human.user), **names, "sex": sex}


def user(human: Human, roles: Iterable[str]) -> Json:
    """An account."""
    return {
        **twin("id", human.user),
        **twin("personId", human.id),
        "name": f"{human.given} {human.family}",
        "login": f"user{human.id}",
        "fullName": f"{human.given} {human.patronymic} {human.family}",
        "firstName": human.given,
        "middleName": human.patronymic,
        "lastName": human.family,
        "shortName": human.short,
        "locale": "ru-RU",
        "timezone": "+3:00",
        "sex": "Female" if human.female else "Male",
        "birthday": "1980-01-01T00:00:00",
        "roles": list(roles),
        "phone": "",
    }


def students(one: Group, members: Iterable[Member]) -> Json:
    """A group with its pupils."""
    people = [{"person": person(member.human), "membershipstatus": member.status} for member in members]
    return {"group": group(one), "students": people}


def teacher(human: Human, subject: Subject, *, head: bool) -> Json:
    """A member of the staff, with keys in Pascal case."""
    return {
        "Id": human.id,
        "IdStr": str(human.id),
        "UserId": human.user,
        "UserIdStr": str(human.user),
        "FirstName": human.given,
        "LastName": human.family,
        "MiddleName": human.patronymic,
        "ShortName": human.short,
        "Sex": "Female" if human.female else "Male",
        "DateBirth": "1980-01-01T00:00:00",
        "Email": f"user{human.id}@example.invalid",
        "Subjects": subject.name,
        "HouseMaster": head,
        "Education": "Высшее",
        "ScientificDegree": "",
        "StartDate": "2010-09-01T00:00:00",
        "PedagogicalActivityDate": "2005-09-01T00:00:00",
        "ManagingEmployee": False,
        "NameManagingPosition": "",
        "TeachingStaff": True,
        "NameTeacherPosition": "Учитель",
        "TrainingAndSupportStaff": False,
        "ServicePersonnel": False,
        "MedicalWorker": False,
        "NameMedicalPosition": "",
        "ExternalPartTime": False,
    }


def subject_full(one: Subject) -> Json:
    """A subject."""
    return {**twin("id", one.id), "name": one.name, "knowledgeArea": one.area, "fgosSubjectId": None}


def subject_bare(one: Subject) -> Json:
    """A subject in a bundle, without the text twin."""
    return {"id": one.id, "name": one.name, "knowledgeArea": one.area}


def work_types(school: School) -> list[Json]:
    """The types of works of a school."""
    return [
        {
            **twin("id", type_id),
            "schoolId": school.id,
            "kindId": kind_id,
            "kind": kind,
            "title": title,
            "abbr": short,
            "weight": 1,
        }
        for type_id, kind_id, kind, title, short, _ in _WORK_TYPES
    ]


def work_types_short(school: School) -> list[Json]:
    """The types of works as bundles have them."""
    return [
        {
            "id": type_id,
            "schoolId": school.id,
            "abbreviation": short,
            "name": title,
            "isFinal": final,
            "isImportant": False,
            "kindId": kind_id,
            "kind": kind,
        }
        for type_id, kind_id, kind, title, short, final in _WORK_TYPES
    ]


def period(one: Period) -> Json:
    """A reporting period."""
    return {
        **twin("id", one.id),
        "start": moment(one.start),
        "finish": moment(one.finish),
        "number": one.number,
        "type": one.kind,
        "name": one.name,
        "year": one.year,
    }


def lesson(one: Lesson, works: Iterable[Work]) -> Json:
    """A lesson with its works."""
    return {
        **twin("id", one.id),
        "title": one.title,
        "date": moment(one.day),
        "number": one.number,
        "subject": subject_full(one.subject),
        "group": one.group.id,
        "status": "InPlan",
        "resultPlaceId": 0,
        "works": [work(each) for each in works],
        "teachers": [one.teacher],
        "teachers_str": [str(one.teacher)],
    }


def lesson_short(one: Lesson, works: Iterable[Work]) -> Json:
    """A lesson in a bundle or a schedule, without text twins."""
    return {
        "id": one.id,
        "title": one.title,
        "date": moment(one.day),
        "number": one.number,
        "subjectId": one.subject.id,
        "status": "InPlan",
        "resultPlaceId": 0,
        "building": "",
        "place": "каб. 1",
        "floor": "1",
        "hours": "09:25 - 10:10",
        "works": [each.id for each in works],
        "teachers": [one.teacher],
    }


def work(one: Work) -> Json:
    """A work."""
    return {
        **twin("id", one.id),
        "type": one.kind,
        "workType": one.type,
        "markType": "mark5",
        "markCount": 1,
        **twin("lesson", one.lesson.id if one.lesson else None),
        "displayInJournal": True,
        "status": "New",
        **twin("eduGroup", one.group.id),
        "tasks": [],
        "text": one.text,
        "periodNumber": one.period.number if one.period else None,
        "periodType": one.period.kind if one.period else None,
        "subjectId": one.subject.id,
        "isImportant": False,
        "targetDate": moment(one.day),
        "sentDate": None,
        "createdBy": one.creator,
        "files": [] if one.file is None else [one.file],
        "oneDriveLinks": [],
    }


def mark(one: Mark) -> Json:
    """A mark."""
    return {
        **twin("id", one.id),
        "type": one.scale,
        "value": one.value,
        "textValue": one.value,
        **twin("person", one.person),
        **twin("work", one.work.id),
        **twin("lesson", one.work.lesson.id if one.work.lesson else None),
        "number": one.number,
        "date": moment(one.moment),
        "workType": one.work.type,
        "mood": mood(one.value),
        "use_avg_calc": one.scale == "mark5",
    }


def mood(value: str) -> str:
    """What the platform thinks of a mark."""
    return _MOODS.get(value, "NotSet")


def absence(one: Absence) -> Json:
    """A line of the register; it has no id."""
    return {
        **twin("person", one.person),
        **twin("lesson", one.lesson.id),
        "comment": "",
        "status": one.status,
        "createdDate": f"{one.lesson.day.isoformat()}T09:40:00",
    }


def file(one: Work, owner: Human, host: str) -> Json:
    """A file of a homework."""
    name = f"zadanie-{one.file}.txt"
    return {
        **twin("id", one.file),
        "name": name,
        "typeGroup": "Document",
        "type": "Text",
        "pageUrl": f"{host}/file/{one.file}",
        "downloadUrl": f"{host}/files/{one.file}/{name}",
        "user": {**twin("id", owner.user), **twin("personId", owner.id)},
        "size": len(file_content(one)),
        "vote": 0,
        "uploadedDate": f"{one.lesson.day.isoformat()}T11:00:00" if one.lesson else "",
        "storageType": "Native",
    }


def file_content(one: Work) -> bytes:
    """The bytes of the file."""
    return f"Домашнее задание: {one.text}\n".encode()
