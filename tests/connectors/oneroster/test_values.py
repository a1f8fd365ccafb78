"""Fields, objects and what becomes of them: tables."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any

import pytest

from core.sdk.connectors import (
    EnrolmentData,
    GroupData,
    LearnerData,
    Problem,
    Record,
    ResultData,
    StaffData,
    StudyPeriodData,
)
from plugins.oneroster import mapping
from plugins.oneroster.mapping import Item, Lesson, Work
from plugins.oneroster.values import NumberText, Unfit, day, modified, reference, text, texts, user_id, user_ids
from tests.connectors.oneroster.reading import MOSCOW, rules


@pytest.mark.parametrize(
    ("cell", "items"),
    [
        ("{SNILS:000-000-000 00}", [("SNILS", "000-000-000 00")]),
        ("{SNILS:000-000-000 00},{LDAP:ivan}", [("SNILS", "000-000-000 00"), ("LDAP", "ivan")]),
        (" {a:1} , {b:} ", [("a", "1"), ("b", "")]),
        ("{url:https}", [("url", "https")]),
        ("{urn:x:y}", [("urn", "x:y")]),
    ],
)
def test_user_ids_in_a_cell(cell: str, items: list[tuple[str, str]]) -> None:
    assert [(each["type"], each["identifier"]) for each in user_ids(cell)] == items


@pytest.mark.parametrize("cell", ["ivan", "{SNILS}", "{SNILS:1} {LDAP:2}", "{SNILS:1},x", "{:1}"])
def test_user_ids_that_are_none_are_said(cell: str) -> None:
    with pytest.raises(Unfit, match="userIds"):
        user_ids(cell)


def test_a_snils_is_found_in_either_case_and_never_chosen_between_two() -> None:
    one = {"userIds": [{"type": "snils", "identifier": "1"}, {"type": "LDAP", "identifier": "2"}]}
    assert (user_id(one, "SNILS"), user_id(one, "external"), user_id({}, "SNILS")) == ("1", "", "")
    with pytest.raises(Unfit, match="more than one"):
        user_id({"userIds": [{"type": "SNILS", "identifier": "1"}, {"type": "snils", "identifier": "2"}]}, "SNILS")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2025-09-01", date(2025, 9, 1)),
        ("2025-08-31T21:00:00.000Z", date(2025, 9, 1)),
        ("2025-09-01T00:00:00", date(2025, 9, 1)),
        ("", None),
        (None, None),
    ],
)
def test_a_day_is_that_of_the_institution(value: str | None, expected: date | None) -> None:
    assert day({"d": value}, "d", MOSCOW) == expected


@pytest.mark.parametrize(
    "value", ["01.09.2025", "2025-13-01", "20250901", "1756684800", "2025-09-01 soon", 1756684800, []]
)
def test_a_day_that_is_none_is_said(value: object) -> None:
    with pytest.raises(Unfit, match="d:"):
        day({"d": value}, "d", MOSCOW)


def test_moments_are_aware() -> None:
    assert modified({"dateLastModified": "2025-09-01T08:00:00.000Z"}) == datetime(2025, 9, 1, 8, tzinfo=UTC)
    assert modified({"dateLastModified": "2025-09-01"}) == datetime(2025, 9, 1, tzinfo=UTC)
    for odd in ("yesterday", "", None, 1756684800):
        assert modified({"dateLastModified": odd}) is None


def test_texts_are_lists_or_cells() -> None:
    assert texts({"grades": ["08", "09"]}, "grades") == texts({"grades": "08, 09"}, "grades") == ("08", "09")
    assert (text({"score": NumberText("5.0")}, "score"), text({"flag": True}, "flag")) == ("5.0", "true")
    odd: object
    for odd in ({"a": 1}, [{}]):
        with pytest.raises(Unfit):
            texts({"grades": odd}, "grades")


def test_a_reference_is_its_identifier_wherever_its_address_leads() -> None:
    foreign = {"href": "https://elsewhere.example.invalid/users/1", "sourcedId": "S-1", "type": "user"}
    assert reference({"student": foreign}, "student") == "S-1"
    with pytest.raises(Unfit):
        reference({"student": "S-1"}, "student")
    with pytest.raises(Unfit, match="no identifier"):
        reference({"student": {"sourcedId": NumberText("1.0e19")}}, "student")


USER: Mapping[str, Any] = {
    "sourcedId": "S-1",
    "role": "student",
    "givenName": "Альфа",
    "familyName": "Тестов",
    "middleName": "Примерович",
    "identifier": "17",
    "username": "alpha",
    "sms": "+7 000 000-00-00",
    "userIds": [{"type": "SNILS", "identifier": "000-000-001 00"}],
    "orgs": [{"sourcedId": "ORG-1", "type": "org"}],
}


def test_a_learner_has_its_patronymic_and_its_keys() -> None:
    about = {"S-1": {"birthDate": "2011-02-03", "sex": "Female"}}
    fields = mapping.learner(USER, rules(), about)
    assert fields is not None
    assert LearnerData(**fields) == LearnerData(
        family_name="Тестов",
        given_name="Альфа",
        patronymic="Примерович",
        birth_date=date(2011, 2, 3),
        sex="female",
        number="17",
        snils="000-000-001 00",
        phone="+7 000 000-00-00",
        account="alpha",
    )


@pytest.mark.parametrize("sex", ["unspecified", "other", "ext:x", "", "М"])
def test_a_sex_that_the_registry_does_not_know_is_left_open(sex: str) -> None:
    fields = mapping.learner(USER, rules(), {"S-1": {"sex": sex}})
    assert fields is not None
    assert fields["sex"] == ""


def role(name: str, **fields: object) -> dict[str, object]:
    return {"role": name, "roleType": "primary", "org": {"sourcedId": "ORG-1"}, **fields}


@pytest.mark.parametrize(
    ("roles", "learner", "position"),
    [
        ([role("student")], "here", None),
        ([role("student", endDate="2026-01-01")], "archived", None),
        ([role("student", endDate="2026-06-01")], "here", None),
        ([role("student", endDate="2026-01-01"), role("student")], "here", None),
        ([role("teacher"), role("administrator")], None, "teacher, administrator"),
        ([role("student"), role("teacher")], "here", "teacher"),
        ([role("parent")], None, None),
        ([role("student", org={"sourcedId": "ELSEWHERE"})], None, None),
    ],
)
def test_roles_of_1_2_say_who_somebody_is(roles: list[object], learner: str | None, position: str | None) -> None:
    user = {**USER, "roles": roles, "role": None}
    ours = rules(schools=frozenset({"ORG-1"}))
    as_learner = mapping.learner(user, ours, {})
    as_staff = mapping.member_of_staff(user, ours)
    assert (as_learner and ("archived" if as_learner["archived"] else "here")) == learner
    assert (as_staff and as_staff["position"]) == position


def test_an_unknown_role_is_told_once() -> None:
    user = {**USER, "role": "ext:tutor"}
    assert mapping.learner(user, rules(), {}) is None
    with pytest.raises(Unfit, match="add it to the roles"):
        mapping.member_of_staff(user, rules())
    assert mapping.member_of_staff(user, rules(staff_roles=frozenset({"ext:tutor"}))) is not None


def test_a_pupil_of_another_school_is_not_ours() -> None:
    assert mapping.learner(USER, rules(schools=frozenset({"ORG-2"})), {}) is None
    elsewhere = {"title": "8А", "school": {"sourcedId": "ORG-2"}}
    assert mapping.group(elsewhere, rules(schools=frozenset({"ORG-1"})), {}) is None


@pytest.mark.parametrize(("ends", "last"), [(True, date(2025, 10, 31)), (False, date(2025, 11, 1))])
def test_the_end_of_a_period_is_the_day_after_or_the_last_one(*, ends: bool, last: date) -> None:
    session = {
        "title": "1 четверть",
        "type": "term",
        "startDate": "2025-09-01",
        "endDate": "2025-11-01",
        "schoolYear": "2026",
        "parent": {"sourcedId": "Y-1"},
    }
    period = StudyPeriodData(**mapping.study_period(session, rules(exclusive_ends=ends)))
    assert (period.ends_on, period.study_year, period.parent) == (last, "2025/2026", "Y-1")


@pytest.mark.parametrize(("year", "expected"), [("2026", "2025/2026"), ("2025/26", "2025/26"), ("", "")])
def test_a_school_year_is_named_by_its_end(year: str, expected: str) -> None:
    assert mapping.study_year(year) == expected


@pytest.mark.parametrize(
    ("terms", "year"), [(["T-1"], "2025/2026"), (["T-1", "T-2"], "2025/2026"), (["T-1", "T-9"], ""), ([], "")]
)
def test_a_class_has_a_study_year_if_its_terms_agree(terms: list[str], year: str) -> None:
    years = {"T-1": "2025/2026", "T-2": "2025/2026", "T-9": "2024/2025"}
    entry = {"title": "8А", "classType": "homeroom", "terms": [{"sourcedId": term} for term in terms], "grades": ["08"]}
    fields = mapping.group(entry, rules(), years)
    assert fields is not None
    assert GroupData(**fields) == GroupData(name="8А", group_kind="homeroom", study_year=year, level="08")


def test_an_enrolment_is_of_a_learner_or_of_staff() -> None:
    entry = {"class": {"sourcedId": "L-1"}, "user": {"sourcedId": "U-1"}, "beginDate": "2025-09-01"}
    lessons = {"L-1": Lesson("C-1", ours=True)}
    pupil = mapping.enrolment({**entry, "role": "student"}, rules(), lessons)
    teacher = mapping.enrolment({**entry, "role": "teacher"}, rules(), lessons)
    assert pupil is not None
    assert teacher is not None
    assert EnrolmentData(**pupil).learner == EnrolmentData(**teacher).staff == "U-1"
    assert EnrolmentData(**pupil).subject == "C-1"
    assert mapping.enrolment({**entry, "role": "parent"}, rules(), lessons) is None
    with pytest.raises(Unfit, match="role"):
        mapping.enrolment({**entry, "role": "ext:guest"}, rules(), lessons)


@pytest.mark.parametrize(
    ("entry", "value"),
    [
        ({"score": NumberText("5.0"), "scoreStatus": "fully graded"}, "5.0"),
        ({"score": "4", "scoreStatus": "fully graded"}, "4"),
        ({"score": 3}, "3"),
        ({"score": None, "textScore": "зачтено"}, "зачтено"),
        ({"score": "", "scoreStatus": "exempt"}, "exempt"),
        ({"scoreStatus": "not submitted"}, ""),
        ({"scoreStatus": "Submitted"}, ""),
    ],
)
def test_a_mark_is_text_as_it_came(entry: Mapping[str, Any], value: str) -> None:
    assert mapping.value_of(entry) == value


@pytest.mark.parametrize(
    ("fields", "scale"),
    [
        ({"resultValueMin": "2.0", "resultValueMax": "5.0"}, "2..5"),
        ({"resultValueMin": NumberText("0"), "resultValueMax": 100}, "0..100"),
        ({"resultValueMin": "0", "resultValueMax": "12.5"}, "0..12.5"),
        ({"resultValueMax": "5"}, ""),
        ({"scoreScale": {"sourcedId": "pass-fail"}}, "pass-fail"),
    ],
)
def test_the_scale_is_that_of_the_line_item(fields: Mapping[str, Any], scale: str) -> None:
    assert mapping.work(fields, rules()).scale == scale


def mapped(entry: Mapping[str, Any], kind: type[Any], describe: Callable[..., Any]) -> object:
    return mapping.record_of(Item(entry, entry), kind, describe)


def test_a_deleted_object_is_gone_although_nothing_else_is_said_of_it() -> None:
    bare = {"sourcedId": "S-1", "status": "tobedeleted", "dateLastModified": "2025-09-01T08:00:00.000Z"}
    for kind, describe in (
        (LearnerData, lambda entry: mapping.learner(entry, rules(), {})),
        (StaffData, lambda entry: mapping.member_of_staff(entry, rules())),
        (StudyPeriodData, lambda entry: mapping.study_period(entry, rules())),
    ):
        made = mapped(bare, kind, describe)
        assert isinstance(made, Record)
        assert (made.external_id, made.gone) == ("S-1", True)


def test_what_does_not_fit_is_named_without_its_value() -> None:
    work = Work("Работа", "L-1", "", "T-1", "2..5", None)

    def describe(entry: Mapping[str, Any]) -> mapping.Fields:
        return mapping.result(entry, rules(), work, "C-1")

    good = {"sourcedId": "R-1", "student": {"sourcedId": "S-1"}, "score": "5"}
    assert isinstance(mapped(good, ResultData, describe), Record)
    for spoilt, field in (
        ({"scoreDate": "вчера"}, "scoreDate"),
        ({"student": None}, "learner"),
        ({"comment": "я" * 10_001}, "comment"),
        ({"score": {"value": 5}}, "score"),
    ):
        made = mapped({**good, **spoilt}, ResultData, describe)
        assert isinstance(made, Problem)
        assert made.external_id == "R-1"
        assert field in made.message
        assert "вчера" not in made.message
