"""Every PATCH is a JSON merge patch (RFC 7396): what is left out stays, null clears what may be empty."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import httpx
import pytest

from tests.registry.api.application import description
from tests.registry.api.asking import SAMPLES, Ask, World
from tests.registry_house import House, code

ELSEWHERE: Final = tuple(
    f"/api/v1/{noun}/" for noun in ("nomenclature-sections", "record-classes", "cases", "case-volumes")
)
"""Addresses of the nomenclature and of cases, whose own tests say what null means there."""


@dataclass(frozen=True)
class Form:
    """What a PATCH takes: values for what may be cleared, and the fields that may not."""

    role: str
    filled: Mapping[str, Any]
    kept: tuple[str, ...]
    cleared: Mapping[str, Any]
    apart: tuple[str, ...] = ()
    """Those of `kept` that may be null, and whose values the answer does not show or which name other things."""


FORMS: Final = {
    "/api/v1/users/{user_id}": Form(
        "administrator",
        {"note": "на замене", "rights": ["connections.manage"]},
        ("display_name", "roles"),
        {"note": "", "rights": []},
    ),
    "/api/v1/connections/{connection_id}": Form(
        "administrator",
        {"rate": 2.5, "document_kind": "certificate"},
        ("title", "configuration"),
        {"rate": None, "document_kind": ""},
    ),
    "/api/v1/institution": Form(
        "administrator",
        {"inn": "7701234567", "settings": {"contact": "каб. 12"}},
        ("name", "short_name", "time_zone"),
        {"inn": None, "settings": {"contact": ""}},
    ),
    "/api/v1/people/{person_id}": Form(
        "clerk",
        {
            "patronymic": "Игоревна",
            "former_names": "Примерова",
            "birth_date": "2008-03-14",
            "external_number": "2025-0117",
            "note": "переведена",
        },
        ("family_name", "given_name", "keep_former_name", "archived", "sex", "snils", "email", "phone"),
        {"patronymic": "", "former_names": "", "birth_date": None, "external_number": "", "note": ""},
        apart=("sex", "snils", "email", "phone"),
    ),
    "/api/v1/groups/{group_id}": Form(
        "clerk",
        {
            "study_year": "2025/2026",
            "programme": "Информационные системы",
            "note": "вечерняя",
            "kind": "группа",
            "level": "2",
        },
        ("name", "archived", "parent_id"),
        dict.fromkeys(("study_year", "programme", "note", "kind", "level"), ""),
        apart=("parent_id",),
    ),
    "/api/v1/staff/{staff_id}": Form(
        "clerk",
        {
            "given_name": "Ольга",
            "patronymic": "Петровна",
            "position": "учитель",
            "subjects": "Алгебра",
            "external_number": "т-17",
        },
        ("family_name", "archived", "birth_date", "snils", "email", "phone", "login"),
        dict.fromkeys(("given_name", "patronymic", "position", "subjects", "external_number"), ""),
        apart=("birth_date", "snils", "email", "phone", "login"),
    ),
    "/api/v1/representatives/{representative_id}": Form(
        "clerk",
        {
            "given_name": "Анна",
            "patronymic": "Павловна",
            "relation": "мать",
            "snils": "11223344595",
            "email": "anna@example.org",
            "phone": "+7 900",
            "ground": "решение суда",
            "birth_date": "1980-02-01",
            "starts_on": "2010-05-01",
            "ends_on": "2026-01-31",
        },
        ("family_name",),
        {
            **dict.fromkeys(("given_name", "patronymic", "relation", "snils", "email", "phone", "ground"), ""),
            **dict.fromkeys(("birth_date", "starts_on", "ends_on")),
        },
    ),
    "/api/v1/study-periods/{study_period_id}": Form(
        "clerk",
        {"study_year": "2025/2026", "audience": "5–9 классы", "number": 1},
        ("name", "kind", "starts_on", "ends_on", "parent_id"),
        {"study_year": "", "audience": "", "number": None},
        apart=("parent_id",),
    ),
    "/api/v1/subjects/{subject_id}": Form(
        "clerk",
        {"code": "01", "area": "Математика"},
        ("name", "archived", "alias_of_id"),
        {"code": "", "area": ""},
        apart=("alias_of_id",),
    ),
    "/api/v1/enrolments/{enrolment_id}": Form(
        "clerk",
        {"starts_on": "2025-09-01", "ends_on": "2026-05-31"},
        ("role", "archived", "subject_id"),
        {"starts_on": None, "ends_on": None},
        apart=("subject_id",),
    ),
    "/api/v1/personal-files/{personal_file_id}": Form(
        "clerk",
        {"closed_on": "2026-01-12", "note": "переведена"},
        ("number", "opened_on"),
        {"closed_on": None, "note": ""},
    ),
    "/api/v1/documents/{document_id}": Form(
        "clerk",
        {
            "series": "ПП-I",
            "number": "000123",
            "registration_number": "17",
            "issued_on": "2026-01-12",
            "issued_by": "Колледж",
            "programme": "Информатика",
            "hours": 256,
            "paper_place": "шкаф 2",
            "note": "скан",
        },
        ("kind", "title", "authenticity", "paper_carrier"),
        {
            **dict.fromkeys(("series", "number", "registration_number", "issued_by", "programme", "paper_place"), ""),
            "issued_on": None,
            "hours": None,
            "note": "",
        },
    ),
    "/api/v1/results/{result_id}": Form(
        "clerk",
        {
            "title": "Контрольная работа № 2",
            "comment": "пересдача",
            "held_on": "2026-01-12",
            "graded_on": "2026-01-13",
        },
        (
            *("kind_id", "scale_id", "value", "final_of", "obtained_at", "credit_document"),
            *("source_id", "group_id", "subject_id", "period_id", "teacher_id"),
        ),
        {"title": "", "comment": "", "held_on": None, "graded_on": None},
        apart=("source_id", "group_id", "subject_id", "period_id", "teacher_id"),
    ),
    "/api/v1/attendance/{attendance_id}": Form(
        "clerk",
        {"lesson_number": 3, "comment": "справка принесена"},
        ("lesson_on", "status", "group_id", "subject_id", "period_id"),
        {"lesson_number": None, "comment": ""},
        apart=("group_id", "subject_id", "period_id"),
    ),
    "/api/v1/result-kinds/{kind_id}": Form(
        "clerk", {"note": "по положению"}, ("name", "assessed", "access", "retired"), {"note": ""}
    ),
    "/api/v1/result-sources/{source_id}": Form("clerk", {"note": "по положению"}, ("name", "retired"), {"note": ""}),
    "/api/v1/result-policy": Form(
        "head",
        {"credit_procedure": "Порядок зачёта, редакция 1"},
        ("two_persons", "will_needed", "credits_outside"),
        {"credit_procedure": ""},
    ),
    "/api/v1/mark-scales/{scale_id}": Form(
        "clerk",
        {"lowest": 1, "highest": 12, "note": "по положению"},
        ("name", "numeric_marks", "known_values", "retired"),
        {"lowest": None, "highest": None, "note": ""},
    ),
    "/api/v1/reward-kinds/{kind_id}": Form("clerk", {"note": "по положению"}, ("name", "retired"), {"note": ""}),
    "/api/v1/rewards/{reward_id}": Form(
        "clerk",
        {
            "issuer": "Колледж",
            "number": "17",
            "awarded_on": "2026-01-12",
            "expires_on": "2027-01-12",
            "ground": "приказ № 14-у",
        },
        ("kind_id", "title", "order_case_id", "document_id"),
        {**dict.fromkeys(("issuer", "number", "ground"), ""), **dict.fromkeys(("awarded_on", "expires_on"))},
        apart=("order_case_id", "document_id"),
    ),
    "/api/v1/subscriptions/{subscription_id}": Form(
        "administrator", {}, ("recipient", "title", "topics", "language", "state"), {}
    ),
}


def described(path: str) -> dict[str, Any]:
    schema = description()
    body = schema["paths"][path]["patch"]["requestBody"]["content"]["application/json"]["schema"]
    found: dict[str, Any] = schema["components"]["schemas"][body["$ref"].rpartition("/")[2]]
    return found


def test_every_address_that_takes_a_patch_is_tried() -> None:
    paths = {path for path, item in description()["paths"].items() if "patch" in item}
    assert {path for path in paths if not path.startswith(ELSEWHERE)} == set(FORMS)


@pytest.mark.parametrize("path", FORMS)
def test_the_description_says_which_fields_may_be_null(path: str) -> None:
    form, fields = FORMS[path], described(path)["properties"]
    assert set(fields) == {*form.filled, *form.kept}
    assert {name for name, said in fields.items() if {"type": "null"} in said.get("anyOf", ())} == {
        *form.cleared,
        *form.apart,
    }


@pytest.mark.parametrize("path", FORMS)
async def test_null_clears_one_field_after_the_other(house_in_memory: House, path: str) -> None:
    form, ask, client = await asked(house_in_memory, path)
    address = path.format(**ask.ids)
    filled = {**form.filled, **({"paper_carrier": True} if "paper_place" in form.filled else {})}
    answer = await patch(client, address, filled)
    assert answer.status_code == 200, answer.text
    expected = {**answer.json()}
    for name, empty in form.cleared.items():
        assert expected[name] == form.filled[name]
        body = (await patch(client, address, {name: None})).json()
        expected |= {name: empty, "revision": body["revision"], **derived(body)}
        assert body == expected, name
    assert (await patch(client, address, {})).json() == expected


@pytest.mark.parametrize("path", FORMS)
async def test_what_has_to_be_there_refuses_null(house_in_memory: House, path: str) -> None:
    form, ask, client = await asked(house_in_memory, path)
    for name in set(form.kept) - set(form.apart):
        answer = await patch(client, path.format(**ask.ids), {name: None})
        assert code(answer) == (422, "invalid_request"), name
        assert [error["field"] for error in answer.json()["errors"]] == [f"body.{name}"]


async def test_a_patch_may_be_called_by_its_own_media_type(house_in_memory: House) -> None:
    _, ask, client = await asked(house_in_memory, "/api/v1/groups/{group_id}")
    headers = {"If-Match": "*", "Content-Type": "application/merge-patch+json"}
    answer = await client.patch(f"/api/v1/groups/{ask.ids['group_id']}", content=b'{"note": null}', headers=headers)
    assert answer.status_code == 200, answer.text


async def asked(house: House, path: str) -> tuple[Form, Ask, httpx.AsyncClient]:
    world = World(house)
    await world.furnish()
    form = FORMS[path]
    return form, await SAMPLES[f"PATCH {path}"](world, house.a, form.role), house.of(form.role)


async def patch(client: httpx.AsyncClient, address: str, changes: Mapping[str, Any]) -> httpx.Response:
    return await client.patch(address, json=changes, headers={"If-Match": "*"})


def derived(body: Mapping[str, Any]) -> dict[str, Any]:
    """What follows from other fields."""
    return {name: body[name] for name in ("full_name", "changed_at") if name in body}
