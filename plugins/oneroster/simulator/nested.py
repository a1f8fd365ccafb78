"""Lists below an object: the classes of a school, the results of a class."""

from collections.abc import Callable, Mapping

from plugins.oneroster.simulator.school import Entry, School

Fits = Callable[[School, Entry, list[str]], bool]


def _named(entry: Entry, field: str) -> str:
    found = entry.get(field)
    return found["sourcedId"] if found else ""


def _of_class(school: School, entry: Entry, keys: list[str], role: str = "") -> bool:
    enrolments = school.collections["enrollments"].values()
    return any(
        _named(each, "class") == keys[-1] and _named(each, "user") == entry["sourcedId"] and each["role"] == role
        for each in enrolments
    )


def _students(school: School, entry: Entry, keys: list[str]) -> bool:
    return _of_class(school, entry, keys, "student")


def _teachers(school: School, entry: Entry, keys: list[str]) -> bool:
    return _of_class(school, entry, keys, "teacher")


def _classes_of_user(school: School, entry: Entry, keys: list[str]) -> bool:
    enrolments = school.collections["enrollments"].values()
    return any(_named(each, "class") == entry["sourcedId"] and _named(each, "user") == keys[0] for each in enrolments)


def _result_of_class(school: School, entry: Entry, keys: list[str]) -> bool:
    work = school.collections["lineItems"].get(_named(entry, "lineItem"), {})
    return _named(work, "class") == keys[0]


def _ref(field: str) -> Fits:
    return lambda _, entry, keys: _named(entry, field) == keys[0]


def _role(role: str) -> Fits:
    return lambda _, entry, keys: entry["role"] == role and keys[0] in [org["sourcedId"] for org in entry["orgs"]]


NESTED: Mapping[tuple[str, ...], tuple[str, Fits]] = {
    ("schools", "classes"): ("classes", _ref("school")),
    ("schools", "courses"): ("courses", _ref("org")),
    ("schools", "enrollments"): ("enrollments", _ref("school")),
    ("schools", "students"): ("users", _role("student")),
    ("schools", "teachers"): ("users", _role("teacher")),
    ("schools", "terms"): ("academicSessions", lambda _, entry, __: entry["type"] == "term"),
    ("schools", "classes", "enrollments"): (
        "enrollments",
        lambda _, entry, keys: _named(entry, "class") == keys[1],
    ),
    ("schools", "classes", "students"): ("users", _students),
    ("schools", "classes", "teachers"): ("users", _teachers),
    ("classes", "students"): ("users", _students),
    ("classes", "teachers"): ("users", _teachers),
    ("classes", "lineItems"): ("lineItems", _ref("class")),
    ("classes", "results"): ("results", _result_of_class),
    ("classes", "lineItems", "results"): ("results", lambda _, entry, keys: _named(entry, "lineItem") == keys[1]),
    ("classes", "students", "results"): (
        "results",
        lambda school, entry, keys: _result_of_class(school, entry, keys) and _named(entry, "student") == keys[1],
    ),
    ("courses", "classes"): ("classes", _ref("course")),
    ("terms", "classes"): (
        "classes",
        lambda _, entry, keys: keys[0] in [term["sourcedId"] for term in entry["terms"]],
    ),
    ("terms", "gradingPeriods"): ("academicSessions", _ref("parent")),
    ("students", "classes"): ("classes", _classes_of_user),
    ("teachers", "classes"): ("classes", _classes_of_user),
    ("users", "classes"): ("classes", _classes_of_user),
}
"""The collection of each path of names, and which of its objects belong there."""


def nested(school: School, parts: list[str]) -> list[Entry]:
    """Return the objects of a path such as `classes/L-1/results`."""
    collection, fits = NESTED[tuple(parts[::2])]
    return [entry for entry in school.entries(collection) if fits(school, entry, parts[1::2])]
