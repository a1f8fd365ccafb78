"""Staff, representatives, study periods, subjects and enrolments as a clerk keeps them."""

import json
from typing import Any
from uuid import UUID

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.access.permissions import Role
from core.people.contacts import snils_digits
from core.people.names import study_year
from tests.registry.studies.school import ANY, V1, School, ids
from tests.registry_house import House, code

NOBODY = "00000000-0000-7000-8000-000000000000"
AUTUMN = {"name": "1 четверть", "kind": "quarter", "starts_on": "2025-09-01", "ends_on": "2025-10-26"}


@pytest.fixture
def school(house_in_memory: House) -> School:
    return School(house_in_memory)


async def refused(school: School, method: str, address: str, **sent: Any) -> tuple[int, str]:  # noqa: ANN401
    answer = await school.house.clerk.request(method, f"{V1}/{address}", json=sent, headers=ANY)
    return code(answer)


def numbered(nine: int) -> str:
    """A СНИЛС with the check digits that follow."""
    digits = f"{nine:09}"
    check = sum(int(digit) * (9 - place) for place, digit in enumerate(digits)) % 101 % 100
    return f"{digits}{check:02}"


@given(st.integers(min_value=1_001_999, max_value=999_999_999), st.integers(min_value=1, max_value=99))
def test_a_snils_is_one_with_its_own_check_digits_only(nine: int, off: int) -> None:
    right = numbered(nine)
    assert snils_digits(f"{right[:3]}-{right[3:6]}-{right[6:9]} {right[9:]}") == right
    wrong = f"{right[:9]}{(int(right[9:]) + off) % 100:02}"
    with pytest.raises(ValueError, match="СНИЛС"):
        snils_digits(wrong)


async def test_the_database_checks_a_snils_as_the_service_does(school: School) -> None:
    tried = [numbered(nine) for nine in (112233445, 87654303, 999999999, 1001999)] + ["00100199899", "11223344596"]
    rows = await school.house.owner.fetch("SELECT s, snils_fits(s) AS fits FROM unnest($1::text[]) s", tried)
    assert [row["fits"] for row in rows] == [True] * 5 + [False]


def test_study_years_are_written_one_way() -> None:
    said = ("2025/2026", "2025-26", "2025–2026", "2025 / 26", "2025-27", "осень")
    assert [study_year(each) for each in said] == ["2025/2026"] * 4 + ["2025-27", "осень"]


async def test_snils_and_contacts_are_read_apart_by_who_may_and_the_trail_does_not_tell_them(school: School) -> None:
    house = school.house
    private = {"snils": "112-233-445 95", "sex": "female", "email": "vera@example.org", "phone": "+7 900 000-00-00"}
    vera = await school.learner("Образцова", **private)
    for address in (f"people/{vera}", "people", "search?q=Образцова", "search?q=11223344595"):
        answer = await house.clerk.get(f"{V1}/{address}")
        assert not [value for value in ("11223344595", "vera@", "+7 900") if value in answer.text], address
    shown = (await house.of(Role.HEAD).get(f"{V1}/people/{vera}/personal-data")).json()
    assert (shown["snils"], shown["sex"], shown["email"]) == ("11223344595", "female", "vera@example.org")
    assert code(await house.of(Role.AUDITOR).get(f"{V1}/people/{vera}/personal-data")) == (403, "forbidden")
    await school.patch(f"people/{vera}", phone="+7 900 111-11-11", note="x")
    trail = await house.owner.fetch(
        "SELECT e.action, p.payload::text FROM audit_entries e JOIN audit_payloads p ON p.entry_id = e.id"
        " WHERE e.action <> 'search.asked' ORDER BY e.id"
    )
    assert not [row for row in trail if "11223344595" in row["payload"] or "900" in row["payload"]]
    assert json.loads(trail[-1]["payload"])["private"] == ["phone"]
    assert "person.personal_data_read" in {row["action"] for row in trail}

    assert await refused(school, "POST", "people", family_name="А", given_name="Б", snils="11223344595") == (
        409,
        "snils_taken",
    )
    assert await refused(school, "POST", "people", family_name="А", given_name="Б", snils="11223344596") == (
        422,
        "invalid_request",
    )
    assert await refused(school, "PATCH", f"people/{vera}", email="вера") == (422, "invalid_request")
    await house.owner.execute(
        "UPDATE api_tokens SET scopes = '{people.write}' WHERE account_id = $1", house.a.accounts[Role.CLERK]
    )
    assert await refused(school, "PATCH", f"people/{vera}", phone="1") == (403, "forbidden")


async def test_what_a_hand_changes_is_noted_for_the_imports(school: School) -> None:
    vera, group = await school.learner("Образцова"), await school.group("8А")
    await school.patch(f"people/{vera}", given_name="Вероника", note="x")
    await school.patch(f"groups/{group}", level="8")
    rows = await school.house.owner.fetch("SELECT entity_id, field, value FROM hand_edits ORDER BY id")
    assert [tuple(row) for row in rows] == [(UUID(vera), "given_name", '"Вероника"'), (UUID(group), "level", '"8"')]


async def test_a_group_does_not_lie_within_itself(school: School) -> None:
    outer = await school.group("8А")
    inner = await school.group("Подгруппа 1", parent_id=outer)
    await school.group("Подгруппа 1", parent_id=await school.group("8Б"))
    assert await refused(school, "PATCH", f"groups/{outer}", parent_id=inner) == (422, "groups_in_circle")
    assert await refused(school, "PATCH", f"groups/{outer}", parent_id=NOBODY) == (404, "not_found")
    again = {"name": "подгруппа 1", "study_year": "2025/2026", "parent_id": outer}
    assert await refused(school, "POST", "groups", **again) == (409, "group_name_taken")


async def test_one_account_belongs_to_one_member_of_the_staff_of_its_institution(school: School) -> None:
    house = school.house
    olga = (await school.post("staff", family_name="Учителева", external_number="т-1", phone="+7 900"))["id"]
    anna = (await school.post("staff", family_name="Учителева"))["id"]
    linked = await school.patch(f"staff/{olga}", login=house.a.logins[Role.TEACHER].upper())
    assert linked["account_id"] == str(house.a.accounts[Role.TEACHER])
    assert await refused(school, "PATCH", f"staff/{anna}", login=house.a.logins[Role.TEACHER]) == (409, "account_taken")
    assert await refused(school, "PATCH", f"staff/{anna}", login=house.other.logins[Role.TEACHER]) == (
        422,
        "no_such_account",
    )
    assert await refused(school, "PATCH", f"staff/{anna}", external_number="т-1") == (409, "staff_number_taken")
    assert (await school.patch(f"staff/{olga}", login=None, position="завуч"))["account_id"] is None
    assert "+7 900" not in (await house.clerk.get(f"{V1}/staff", params={"name": "учит"})).text
    assert (await house.clerk.get(f"{V1}/staff/{olga}/personal-data")).json()["phone"] == "+7 900"
    assert [each for each in await house.actions() if each.startswith("staff.")] == [
        *("staff.created", "staff.created", "staff.linked", "staff.edited", "staff.linked"),
        *("staff.listed", "staff.personal_data_read"),
    ]


async def test_a_representative_is_recorded_with_ground_and_dates_and_ends(school: School) -> None:
    vera = await school.learner("Образцова")
    made = await school.post(
        f"people/{vera}/representatives", family_name="Образцова", relation="мать", starts_on="2010-05-01"
    )
    address = f"representatives/{made['id']}"
    assert await refused(school, "PATCH", address, ends_on="2009-01-01") == (422, "ends_before_start")
    ended = await school.patch(address, ends_on="2026-01-31", ground="решение суда № 5")
    assert (ended["ends_on"], ended["ground"], ended["revision"]) == ("2026-01-31", "решение суда № 5", 2)
    assert ids(await school.house.clerk.get(f"{V1}/people/{vera}/representatives")) == {made["id"]}
    assert await refused(school, "GET", f"people/{NOBODY}/representatives") == (404, "not_found")


async def test_periods_of_one_kind_and_audience_share_no_day(school: School) -> None:
    first = await school.post("study-periods", **AUTUMN)
    second = {**AUTUMN, "name": "2 четверть", "starts_on": "2025-10-26", "ends_on": "2025-12-28"}
    assert await refused(school, "POST", "study-periods", **second) == (409, "study_periods_overlap")
    made = await school.post("study-periods", **{**second, "starts_on": "2025-10-27"}, parent_id=first["id"])
    await school.post("study-periods", **second, audience="1–4 классы")
    await school.post("study-periods", **{**second, "kind": "trimester"})
    address = f"study-periods/{made['id']}"
    assert await refused(school, "PATCH", address, starts_on="2025-10-01") == (409, "study_periods_overlap")
    assert await refused(school, "PATCH", address, ends_on="2025-10-01") == (422, "ends_before_start")
    assert await refused(school, "PATCH", f"study-periods/{first['id']}", parent_id=made["id"]) == (
        422,
        "periods_in_circle",
    )
    on = await school.house.clerk.get(f"{V1}/study-periods", params={"on": "2025-10-26", "kind": "quarter"})
    assert len(ids(on)) == 2
    # The constraint holds where the look before it does not reach.
    constrained = "UPDATE study_periods SET starts_on = '2025-10-01' WHERE id = $1"
    with pytest.raises(Exception, match="study_periods_apart"):
        await school.house.owner.execute(constrained, UUID(made["id"]))


async def test_a_subject_is_there_once_and_other_names_point_to_it(school: School) -> None:
    algebra = (await school.post("subjects", name="Алгебра"))["id"]
    assert await refused(school, "POST", "subjects", name="АЛГЕБРА ") == (409, "subject_taken")
    alias = (await school.post("subjects", name="Алгебра (угл.)", alias_of_id=algebra))["id"]
    assert await refused(school, "POST", "subjects", name="Алг.", alias_of_id=alias) == (422, "alias_of_alias")
    assert await refused(school, "PATCH", f"subjects/{algebra}", alias_of_id=algebra) == (422, "alias_of_alias")
    maths = (await school.post("subjects", name="Математика"))["id"]
    await school.patch(f"subjects/{algebra}", alias_of_id=maths)
    assert ids(await school.house.clerk.get(f"{V1}/subjects", params={"alias_of_id": maths})) == {algebra, alias}


async def test_who_changes_class_has_two_enrolments_and_never_two_open_ones_in_one(school: School) -> None:
    old, new, vera = await school.group("8А"), await school.group("8Б"), await school.learner("Образцова")
    first = await school.enrol(old, person_id=vera, starts_on="2025-09-01")
    again = {"group_id": old, "person_id": vera, "role": "learner"}
    assert await refused(school, "POST", "enrolments", **again) == (409, "already_enrolled")
    assert await refused(school, "PATCH", f"enrolments/{first}", ends_on="2025-08-01") == (422, "ends_before_start")
    await school.patch(f"enrolments/{first}", ends_on="2025-11-14")
    second = await school.enrol(new, person_id=vera, starts_on="2025-11-15")

    async def present(group: str, day: str) -> set[str]:
        return ids(await school.house.clerk.get(f"{V1}/groups/{group}/learners", params={"on": day}))

    assert [await present(group, day) for group in (old, new) for day in ("2025-11-14", "2025-11-15")] == [
        *({vera}, set()),
        *(set(), {vera}),
    ]
    assert ids(await school.house.clerk.get(f"{V1}/enrolments", params={"person_id": vera})) == {first, second}
    assert await refused(school, "PATCH", f"enrolments/{second}", role="teacher") == (422, "enrolment_unfit")
    for unfit in ({"role": "learner"}, {"role": "learner", "person_id": vera, "staff_id": vera}):
        assert await refused(school, "POST", "enrolments", group_id=new, **unfit) == (422, "enrolment_unfit")
    unknown = {"group_id": new, "role": "teacher", "staff_id": NOBODY}
    assert await refused(school, "POST", "enrolments", **unknown) == (404, "not_found")
    stale: httpx.Response = await school.house.clerk.patch(
        f"{V1}/enrolments/{first}", json={"ends_on": None}, headers={"If-Match": '"1"'}
    )
    assert code(stale) == (412, "precondition_failed")
