"""A teacher sees the own groups and their learners, and PostgreSQL alone would see to it."""

import importlib
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from uuid import UUID

import asyncpg
import pytest

from core.access.permissions import Role
from core.bootstrap.parts import APPS
from core.kernel.database.connection import NarrowedScope
from core.kernel.database.rows import InstitutionRow
from core.people.models import Group, Person
from core.personal_files.models import PersonalFile
from core.staff.models import StaffMember
from core.studies.models import Enrolment, Subject
from tests.registry.studies.school import ANY, V1, School, ids
from tests.registry_house import House, code

TODAY = date(2026, 3, 2)


@pytest.fixture
def school(house_in_memory: House) -> School:
    return School(house_in_memory)


@pytest.fixture
async def service(house_in_memory: House) -> AsyncIterator[asyncpg.Connection]:
    """The login of the service, speaking for the teacher of the first institution on that day."""
    connection = await asyncpg.connect(house_in_memory.service_url)
    await narrow(connection, house_in_memory, TODAY)
    yield connection
    await connection.close()


async def narrow(service: asyncpg.Connection, house: House, day: date | None) -> None:
    await service.execute(
        "SELECT set_config('deloteka.institution', $1, false), set_config('deloteka.account', $2, false),"
        " set_config('deloteka.own_groups_on', $3, false)",
        str(house.a.id),
        str(house.a.accounts[Role.TEACHER]),
        "" if day is None else day.isoformat(),
    )


async def test_a_teacher_sees_the_present_learners_of_the_own_groups_and_nobody_else(school: School) -> None:
    house, teacher = school.house, school.house.of(Role.TEACHER)
    assert ids(await teacher.get(f"{V1}/people")) == set()
    assert ids(await teacher.get(f"{V1}/groups")) == set()

    own, foreign = await school.group("8А"), await school.group("8Б")
    vera = await school.learner("Образцова", note="слышит плохо", former_names="Примерова")
    left, stranger = await school.learner("Ушедшая"), await school.learner("Чужакова")
    await school.enrol(own, person_id=vera, starts_on="2025-09-01")
    await school.enrol(own, person_id=left, starts_on="2025-09-01", ends_on="2026-03-01")
    await school.enrol(foreign, person_id=stranger)
    await school.teacher(own)

    assert ids(await teacher.get(f"{V1}/people")) == {vera}
    assert ids(await teacher.get(f"{V1}/people", params={"name": "Чужакова"})) == set()
    assert ids(await teacher.get(f"{V1}/groups")) == {own}
    assert ids(await teacher.get(f"{V1}/groups/{own}/learners")) == {vera}
    assert ids(await teacher.get(f"{V1}/groups/{own}/learners", params={"on": "2025-10-01"})) == {vera}
    assert len(ids(await teacher.get(f"{V1}/enrolments"))) == 2
    for address in (f"people/{stranger}", f"people/{left}", f"groups/{foreign}", f"groups/{foreign}/learners"):
        assert code(await teacher.get(f"{V1}/{address}")) == (404, "not_found"), address

    read = (await teacher.get(f"{V1}/people/{vera}")).json()
    assert (read["full_name"], read["note"], read["former_names"]) == ("Образцова Вера", None, None)
    assert (await house.clerk.get(f"{V1}/people/{vera}")).json()["note"] == "слышит плохо"


async def test_a_teacher_finds_the_own_groups_and_learners_only(school: School) -> None:
    own, foreign = await school.group("8А"), await school.group("8Б")
    vera, other = await school.learner("Образцова"), await school.learner("Образцова", patronymic="Другая")
    await school.enrol(own, person_id=vera)
    await school.enrol(foreign, person_id=other)
    await school.teacher(own)
    asked = {"q": "Образцова"}
    found = (await school.house.of(Role.TEACHER).get(f"{V1}/search", params=asked)).json()["items"]
    assert [(hit["type"], hit["id"]) for hit in found] == [("person", vera)]
    for q in ("8", "8Б", "Образцава", "Другая", "класс", "Примерова", "Образцова диплом"):
        found = (await school.house.of(Role.TEACHER).get(f"{V1}/search", params={"q": q})).json()["items"]
        assert {hit["id"] for hit in found} <= {own, vera}, q
    assert len((await school.house.clerk.get(f"{V1}/search", params=asked)).json()["items"]) == 2


async def test_who_teaches_no_longer_sees_nobody_from_the_next_day_on(school: School) -> None:
    house, teacher = school.house, school.house.of(Role.TEACHER)
    group, vera = await school.group("8А"), await school.learner("Образцова")
    await school.enrol(group, person_id=vera)
    member = await school.teacher()
    enrolment = await school.enrol(
        group, role="class_teacher", staff_id=member, starts_on="2026-03-02", ends_on="2026-03-03"
    )
    seen = [ids(await teacher.get(f"{V1}/people"))]
    house.clock.move(days=1)
    seen.append(ids(await teacher.get(f"{V1}/people")))
    house.clock.move(days=1)
    seen.append(ids(await teacher.get(f"{V1}/people")))
    assert seen == [{vera}, {vera}, set()]

    await school.patch(f"enrolments/{enrolment}", ends_on=None)
    assert ids(await teacher.get(f"{V1}/people")) == {vera}
    for closed in ({"role": "other"}, {"archived": True}):
        await school.patch(f"enrolments/{enrolment}", **closed)
        assert ids(await teacher.get(f"{V1}/people")) == set(), closed
        await school.patch(f"enrolments/{enrolment}", role="class_teacher", archived=False)
    for address, change in ((f"groups/{group}", {"archived": True}), (f"staff/{member}", {"login": None})):
        assert ids(await teacher.get(f"{V1}/people")) == {vera}
        await school.patch(address, **change)
        assert ids(await teacher.get(f"{V1}/people")) == set(), address
        await school.patch(f"groups/{group}", archived=False)


async def test_a_forgotten_filter_shows_nothing_and_nothing_is_written(
    school: School, service: asyncpg.Connection
) -> None:
    house = school.house
    own, foreign = await school.group("8А"), await school.group("8Б")
    vera, stranger = await school.learner("Образцова"), await school.learner("Чужакова")
    await school.enrol(own, person_id=vera)
    await school.enrol(foreign, person_id=stranger)
    await school.post(f"people/{vera}/representatives", family_name="Образцова", given_name="Анна")
    await school.teacher(own)

    async def seen(table: str) -> set[str]:
        return {str(row["id"]) for row in await service.fetch(f"SELECT id FROM {table}")}  # noqa: S608

    assert await seen("people") == {vera}
    assert await seen("groups") == {own}
    assert len(await seen("enrolments")) == 2
    for table in ("staff", "representatives", "personal_files", "documents", "audit_entries", "jobs", "origins"):
        assert await seen(table) == set(), table
    assert await service.fetch("SELECT * FROM search_entries") == []
    for change in (
        "UPDATE people SET note = 'x'",
        "UPDATE groups SET note = 'x'",
        "UPDATE enrolments SET revision = 9",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
            await service.execute(change)
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
        await service.execute(
            "INSERT INTO subjects (id, institution_id, name, sort_key, created_at)"
            " VALUES (gen_random_uuid(), current_institution(), 'x', 'x', now())"
        )
    await narrow(service, house, None)
    assert len(await seen("people")) == 3


async def test_the_query_layer_narrows_too(school: School) -> None:
    house = school.house
    own = await school.group("8А")
    vera = await school.learner("Образцова")
    await school.enrol(own, person_id=vera)
    await school.teacher(own)
    await school.post("subjects", name="Алгебра")
    # The tables are opened to the teacher's day, so that only the query layer is left to narrow them.
    for table in ("people", "groups", "enrolments", "personal_files", "staff"):
        await house.owner.execute(f"DROP POLICY IF EXISTS own_groups ON {table}")
        await house.owner.execute(
            f"ALTER POLICY isolation ON {table} USING (institution_id = (SELECT current_institution()))"
        )
    scope = replace(house.a.scope(Role.TEACHER), own_groups_on=TODAY)
    async with house.services.database.work(scope):
        assert [each.id for each in await Person.all()] == [UUID(vera)]
        assert [each.id for each in await Group.all()] == [UUID(own)]
        assert await Enrolment.all().count() == 2
        assert await Subject.all().count() == 1
        assert await PersonalFile.all() == []
        assert await StaffMember.all() == []
    with pytest.raises(NarrowedScope):
        await house.services.database.call(scope, "look_before_upload", house.a.personal_file)


async def test_a_teacher_who_is_clerk_too_sees_everybody_and_one_who_is_executor_no_learner(school: School) -> None:
    house = school.house
    account = house.a.accounts[Role.TEACHER]
    own = await school.group("8А")
    await school.teacher(own)
    for roles, seen in ((["teacher", "clerk"], 200), (["teacher", "executor"], 403), (["teacher", "auditor"], 200)):
        await house.owner.execute("UPDATE memberships SET roles = $1 WHERE account_id = $2", roles, account)
        answer = await house.of(Role.TEACHER).get(f"{V1}/people")
        assert answer.status_code == seen, roles
        if seen == 200:
            assert ids(answer) == {str(house.a.learner)}, roles
    # An auditor may not search, and does not learn to by teaching.
    assert code(await house.of(Role.TEACHER).get(f"{V1}/search", params={"q": "Вера"})) == (403, "forbidden")


async def test_a_teacher_changes_nothing(school: School) -> None:
    own = await school.group("8А")
    vera = await school.learner("Образцова")
    await school.enrol(own, person_id=vera)
    await school.teacher(own)
    teacher = school.house.of(Role.TEACHER)
    for address in (f"people/{vera}", f"groups/{own}"):
        answer = await teacher.patch(f"{V1}/{address}", json={"note": "x"}, headers=ANY)
        assert code(answer) == (403, "forbidden")
    for address in (f"people/{vera}/personal-data", f"people/{vera}/representatives", "staff", "personal-files"):
        assert code(await teacher.get(f"{V1}/{address}")) == (403, "forbidden"), address


async def test_what_is_opened_to_teachers_is_opened_in_both_halves_and_nothing_else_is(house_in_memory: House) -> None:
    rows = await house_in_memory.owner.fetch(
        "SELECT p.polrelid::regclass::text AS name, bool_or(polname = 'own_groups') AS opened,"
        " bool_or(polname = 'isolation' AND pg_get_expr(polqual, polrelid) NOT LIKE '%whole_institution%') AS seen"
        " FROM pg_policy p GROUP BY 1 HAVING bool_or(polname = 'isolation')"
    )
    every_work = {"memberships", "sessions", "api_tokens", "idempotency_keys"}
    opened = {row["name"] for row in rows if row["opened"]}
    assert {row["name"] for row in rows if row["seen"]} == opened | every_work
    assert opened >= {"people", "groups", "enrolments", "subjects", "study_periods"}
    models = {
        model._meta.db_table: model
        for app in APPS
        for model in vars(importlib.import_module(f"{app}.models")).values()
        if isinstance(model, type) and issubclass(model, InstitutionRow) and model is not InstitutionRow
    }
    narrowed = {name for name, model in models.items() if model.own_by is not None}
    # What a teacher changes of results is noted as made by hand by a statement of its own, and read by nobody.
    assert narrowed == ((opened | every_work) & set(models)) - {"hand_edits"}
