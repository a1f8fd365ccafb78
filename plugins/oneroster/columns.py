"""The columns of CSV files, 1.1 and 1.2, and what they are in the shape of the REST answers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from plugins.oneroster.values import user_ids

Convert = Callable[[str], Any]


def _one(cell: str) -> dict[str, str]:
    return {"sourcedId": cell}


def _many(cell: str) -> list[dict[str, str]]:
    return [{"sourcedId": part.strip()} for part in cell.split(",") if part.strip()]


def _list(cell: str) -> list[str]:
    return [part.strip() for part in cell.split(",") if part.strip()]


@dataclass(frozen=True, slots=True)
class Column:
    """What becomes of a column: its name in the object, and how its cells are read."""

    field: str
    convert: Convert = str


@dataclass(frozen=True, slots=True)
class CsvFile:
    """A file that is read: its columns by their lower-case names, and those that must be there."""

    columns: Mapping[str, Column]
    required: frozenset[str]
    known: frozenset[str] = frozenset()
    """Further columns of the specification, which are not read."""


def _plain(*names: str) -> dict[str, Column]:
    return {name.lower(): Column(name) for name in names}


def _lower(names: str) -> frozenset[str]:
    return frozenset(names.lower().split())


_BASE = _plain("sourcedId", "status", "dateLastModified")


def _file(columns: Mapping[str, Column], required: str, known: str = "") -> CsvFile:
    return CsvFile(
        {**_BASE, **columns},
        _lower(f"sourcedId {required}"),
        _lower(known),
    )


FILES: Mapping[str, CsvFile] = {
    "orgs": _file(_plain("name", "type", "identifier") | {"parentsourcedid": Column("parent", _one)}, "name"),
    "academicSessions": _file(
        _plain("title", "type", "startDate", "endDate", "schoolYear") | {"parentsourcedid": Column("parent", _one)},
        "title type startDate endDate",
    ),
    "courses": _file(
        _plain("title", "courseCode")
        | {
            "grades": Column("grades", _list),
            "subjects": Column("subjects", _list),
            "orgsourcedid": Column("org", _one),
        },
        "title",
        "schoolYearSourcedId subjectCodes",
    ),
    "classes": _file(
        _plain("title", "classCode", "classType")
        | {
            "grades": Column("grades", _list),
            "coursesourcedid": Column("course", _one),
            "schoolsourcedid": Column("school", _one),
            "termsourcedids": Column("terms", _many),
        },
        "title classType",
        "location subjects subjectCodes periods",
    ),
    "users": _file(
        _plain("role", "username", "givenName", "familyName", "middleName", "identifier", "email", "sms", "phone")
        | {
            "orgsourcedids": Column("orgs", _many),
            "agentsourcedids": Column("agents", _many),
            "userids": Column("userIds", user_ids),
        },
        "givenName familyName",
        "enabledUser grades password userMasterIdentifier resourceSourcedIds preferredGivenName preferredMiddleName "
        "preferredFamilyName primaryOrgSourcedId pronouns",
    ),
    "roles": _file(
        _plain("roleType", "role", "beginDate", "endDate")
        | {"usersourcedid": Column("user", _one), "orgsourcedid": Column("org", _one)},
        "userSourcedId role",
        "userProfileSourcedId",
    ),
    "demographics": CsvFile(
        _BASE
        | {
            "usersourcedid": Column("sourcedId"),
            "birthdate": Column("birthDate"),
            "sex": Column("sex"),
        },
        frozenset(),
        _lower(
            "americanindianoralaskanative asian blackorafricanamerican nativehawaiianorotherpacificislander white "
            "demographicracetwoormoreraces hispanicorlatinoethnicity countryofbirthcode stateofbirthabbreviation "
            "cityofbirth publicschoolresidencestatus"
        ),
    ),
    "enrollments": _file(
        _plain("role", "primary", "beginDate", "endDate")
        | {
            "classsourcedid": Column("class", _one),
            "schoolsourcedid": Column("school", _one),
            "usersourcedid": Column("user", _one),
        },
        "classSourcedId userSourcedId role",
    ),
    "categories": _file(_plain("title"), "title"),
    "lineItems": _file(
        _plain("title", "assignDate", "dueDate", "resultValueMin", "resultValueMax")
        | {
            "classsourcedid": Column("class", _one),
            "categorysourcedid": Column("category", _one),
            "gradingperiodsourcedid": Column("gradingPeriod", _one),
            "academicsessionsourcedid": Column("academicSession", _one),
            "scorescalesourcedid": Column("scoreScale", _one),
        },
        "title classSourcedId",
        "description schoolSourcedId",
    ),
    "results": _file(
        _plain("scoreStatus", "score", "textScore", "scoreDate", "comment")
        | {"lineitemsourcedid": Column("lineItem", _one), "studentsourcedid": Column("student", _one)},
        "lineItemSourcedId studentSourcedId score",
        "classSourcedId scoreScaleSourcedId inProgress incomplete late missing",
    ),
}
"""The files that are read, by their names without `.csv`; the others of a bundle are not opened."""

NEVER_STORED = frozenset({"password"})
"""Columns whose cells are dropped as the row is read."""
ONLY_WHAT_IS_READ = frozenset({"demographics"})
"""Files of which nothing else is stored either."""
EXTENSION = "metadata."
"""Beginning of columns that a system adds."""
