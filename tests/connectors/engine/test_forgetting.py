"""What imports keep of a learner ends with the last file of the learner, and nothing of it comes back unasked."""

from uuid import UUID

import asyncpg
import pytest

from core.bootstrap.parts import APPS, connection_services
from core.connections.given_files import empty_removed_files
from core.disposal.execution.copies import forget_waiting
from core.imports.file_writer import FileWriter
from core.imports.housekeeping import end_terms
from core.imports.models import Mode
from core.kernel.database.connection import Database
from core.kernel.ids import new_id
from core.origins.forgetting import EndingAct, forget_copies, note_destroyed
from core.preservation.applying import apply_ledger
from core.preservation.ledger import LedgerEntry
from core.representatives.importing import RepresentativeWriter
from core.sdk.connectors import EntityKind, FileData, GuardianData, Record, Stream
from storage.digest import sha256_of
from tests.connectors.engine.bench import GROUPS, LEARNERS, MARKS, Engine, ended, group, learner, mark
from tests.registry.cases.desk import ANY, hold, lift
from tests.registry.disposal.bureau import brought_to, classes, decide_on_results, draft, no_inventories, policy
from tests.registry.disposal.executing import renew, run_execution, started
from tests.registry_house import House, Json, code

KEY = "p:тайнова вера|2010-01-01"
FILES = Stream(name="files", kind=EntityKind.FILES, title="Файлы", parents=("learners",))
GUARDIANS = Stream(name="guardians", kind=EntityKind.GUARDIANS, title="Представители", parents=("learners",))
KEPT = (
    "origins",
    "origin_changes",
    "origin_conflicts",
    "hand_edits",
    "import_letters",
    "import_proposals",
    "import_rejections",
    "import_differences",
    "import_files",
)


def say(engine: Engine, name: str, *marks: Record) -> None:
    """Let the source have a learner with a representative and files, and a neighbour."""
    engine.script.stream(
        LEARNERS, learner(KEY, name, "Вера", number="77", patronymic=f"{name}на"), learner("2", "Соседова")
    )
    engine.script.stream(GROUPS, group("g", "5А"))
    engine.script.stream(MARKS, mark("тайнова-1", KEY), mark("m2", "2"), *marks)
    guardian = GuardianData(learner=KEY, family_name="Тайнова", given_name="Мать", relation="мать")
    engine.script.stream(GUARDIANS, Record("тайнова-мать", guardian, raw={"name": "Тайнова"}))
    files = [
        Record(
            f"Тайнова/{each}",
            FileData(
                file_name=f"Тайнова {each}", address=f"https://school.test/{each}", document_kind="award", learner=KEY
            ),
        )
        for each in ("own.txt", "bad.exe")
    ]
    engine.script.stream(FILES, *files)


async def told(engine: Engine) -> list[str]:
    """Tables that still name the learner."""
    found = []
    for table in KEPT:
        rows = await engine.rows(f"SELECT t::text AS row FROM {table} t")  # noqa: S608 (names of tables)
        found += [table for row in rows if "тайнов" in row["row"].lower() or "рукописн" in row["row"].lower()]
    return sorted(set(found))


async def filled(engine: Engine) -> Json:
    """Import a learner so that every table keeps something of her; her personal file is a closed case."""
    house = engine.house
    engine.services.writers[EntityKind.FILES] = FileWriter()  # type: ignore[index]
    engine.services.writers[EntityKind.GUARDIANS] = RepresentativeWriter()  # type: ignore[index]
    engine.script.blobs = {"https://school.test/own.txt": "Грамота Тайновой.".encode()}
    engine.script.blobs["https://school.test/bad.exe"] = b"MZ" + bytes(200)
    await house.owner.execute("UPDATE people SET external_number = '77' WHERE id = $1", house.a.learner)
    [record_class] = await classes(house, "1 год")
    body = {"class_id": record_class["id"], "opened_on": "2020-01-09", "title": "Личное дело"}
    case: Json = (await house.clerk.post("/api/v1/cases", json=body)).json()
    at = f"/api/v1/personal-files/{house.a.personal_file}/case"
    assert (await house.clerk.post(at, json={"case_id": case["id"]})).status_code == 200
    say(engine, "Тайнова", mark("тайнова-плохая", KEY, group="нет такой"))
    await engine.run(Mode.DRY_RUN)
    assert (await engine.run()).state == "partial"
    person = f"/api/v1/people/{house.a.learner}"
    tag = (await house.clerk.get(person)).headers["ETag"]
    edited = await house.clerk.patch(person, json={"family_name": "Рукописная"}, headers={"If-Match": tag})
    assert edited.status_code == 200
    say(engine, "Тайнова-Вторая", mark("тайнова-плохая", KEY, group="нет такой"))
    await engine.run(Mode.DRY_RUN)
    await engine.run()
    closing = {"closed_on": "2020-12-25", "close_volumes": True}
    answer = await house.clerk.post(f"/api/v1/cases/{case['id']}/closing", json=closing, headers=ANY)
    assert answer.status_code == 200, answer.text
    return case


async def destroyed(house: House, case: Json) -> None:
    """Take a case through an act."""
    await policy(house.a)
    await no_inventories(house.a)
    act = await draft(house.a, case)
    await decide_on_results(house.a, act)
    await brought_to(house.a, act, "waiting")
    house.clock.move(days=8)
    await renew(house)
    await started(house, act)
    assert await run_execution(house) == ["done"]


async def test_with_the_last_file_of_a_learner_goes_what_imports_keep_and_a_person_decides_of_a_return(
    engine: Engine,
) -> None:
    house, clerk, person = engine.house, engine.house.clerk, engine.house.a.learner
    case = await filled(engine)
    assert await told(engine) == sorted({*KEPT} - {"import_proposals", "import_rejections"})
    await destroyed(house, case)
    assert await told(engine) == []
    assert await engine.one("SELECT forgotten_at IS NOT NULL FROM forgotten_people WHERE person_id = $1", person)
    # The neighbour's data are as they were.
    assert await engine.one("SELECT mapped ->> 'value' FROM origins WHERE external_id = 'm2'") == "5"
    [said] = (await clerk.get(f"/api/v1/provenance/learners/{person}")).json()["records"]
    assert (said["said"], said["forgotten_by"]["number"]) == ({}, "1-у")
    assert said["external_id"].startswith("stub:")

    before = await engine.rows("SELECT * FROM people WHERE id = $1", person)
    results = await engine.one("SELECT count(*) FROM results")
    say(engine, "Тайнова-Третья", mark("тайнова-новая", KEY))
    run = await engine.run()
    assert ended(run) == ("partial", {"dead": 1, "ignored": 1, "same": 7})
    assert await engine.letters() == [("learners", KEY, "destroyed")]
    admin = house.of("administrator")
    [letter] = (await admin.get("/api/v1/dead-letters", params={"class": "destroyed"})).json()["items"]
    assert letter["reason"].startswith("destroyed by act 1-у of ")
    [kept] = await engine.rows("SELECT mapped, raw::text, hash FROM import_letters WHERE class = 'destroyed'")
    assert kept == {"mapped": None, "raw": "{}", "hash": None}
    assert await engine.rows("SELECT * FROM people WHERE id = $1", person) == before
    assert await engine.one("SELECT count(*) FROM results") == results
    dry = await engine.run(Mode.DRY_RUN)
    assert ended(dry)[1]["dead"] == 1
    assert await told(engine) == ["import_differences", "import_letters"]  # her key alone: it has to be decided of
    at = f"/api/v1/dead-letters/{letter['id']}/dismissal"
    assert (await admin.post(at, json={"note": "выбыла"})).status_code == 200
    assert ended(await engine.run()) == ("complete", {"ignored": 2, "same": 7})

    # Her card has ended too. With another one she is here again; what was destroyed is not.
    refused = await clerk.post(f"/api/v1/people/{person}/personal-file", json={})
    assert code(refused) == (410, "person_ended"), refused.text
    names = {"family_name": "Тайнова-Третья", "given_name": "Вера", "patronymic": "Тайнова-Третьяна"}
    made = await clerk.post("/api/v1/people", json={**names, "external_number": "77"})
    assert made.status_code == 201, made.text
    assert ended(await engine.run()) == ("complete", {"matched": 1, "new": 1, "same": 7})
    marks = await engine.marks()
    assert {each for each in marks if not each.startswith("stub:")} == {"m2", "тайнова-новая"}


async def what_comes_late_goes_too(engine: Engine) -> None:
    """A chunk that was weighed before a destruction is committed after it, about a record of which there is a stub."""
    await engine.house.owner.execute(
        "INSERT INTO origins SELECT (jsonb_populate_record(o, jsonb_build_object('id', gen_random_uuid(),"
        " 'forgotten_at', NULL, 'forgotten_act', NULL, 'external_id', $1::text))).* FROM origins o LIMIT 1",
        KEY,
    )
    assert await told(engine) == ["origins"]
    assert await forget_waiting(engine.house.services.database, engine.house.clock) == 0
    assert await told(engine) == []


async def test_a_hold_on_a_person_keeps_what_imports_keep_until_it_is_lifted(engine: Engine) -> None:
    house = engine.house
    engine.script.stream(LEARNERS, learner(KEY, "Тайнова", "Вера"))
    await engine.run()
    person = await engine.one("SELECT id FROM people WHERE family_name = 'Тайнова'")
    second, proposals = UUID(int=8), "/api/v1/person-proposals"
    engine.connection, first = second, engine.connection
    await engine.run()
    [decided] = (await house.clerk.get(proposals)).json()["items"]
    at = f"{proposals}/{decided['id']}"
    assert (await house.clerk.post(f"{at}/confirmation", json={"person_id": str(person)})).status_code == 200
    engine.connection = first
    placed = await hold(house.a, person_ids=[str(person)])
    act = EndingAct(id=UUID(int=7), number="7", date=house.clock().date())
    async with house.services.database.work(house.a.scope()) as work:
        await note_destroyed(work, [person], act)
        assert await forget_copies(work) == 0
    with pytest.raises(asyncpg.PostgresError, match="a hold covers this person"):
        await house.owner.execute("UPDATE forgotten_people SET forgotten_at = now()")
    assert await forget_waiting(house.services.database, house.clock) == 0
    assert await told(engine) == ["import_proposals", "origins"]
    # Nothing comes in meanwhile, either.
    engine.script.stream(LEARNERS, learner(KEY, "Тайнова", "Вера", patronymic="Львовна"))
    assert ended(await engine.run())[1] == {"dead": 1}
    assert await engine.one("SELECT patronymic FROM people WHERE id = $1", person) == ""
    assert (await lift(house.a, placed)).status_code == 200
    assert await forget_waiting(house.services.database, house.clock) == 1
    assert await told(engine) == []
    await what_comes_late_goes_too(engine)
    undone = await house.clerk.post(f"{at}/undoing", json={})
    assert code(undone) == (409, "person_proposal_not_undoable"), undone.text
    with pytest.raises(asyncpg.PostgresError, match="never changed or removed"):
        await house.owner.execute("DELETE FROM forgotten_people")
    with pytest.raises(asyncpg.PostgresError, match="not brought back"):
        await house.owner.execute("UPDATE origins SET forgotten_at = NULL")

    # Another source may mean the same person: nobody joins them before there is a new file.
    engine.connection = UUID(int=9)
    await engine.run()
    [proposal] = (await house.clerk.get(proposals)).json()["items"]
    at = f"{proposals}/{proposal['id']}/confirmation"
    refused = await house.clerk.post(at, json={"person_id": str(person)})
    assert code(refused) == (409, "person_data_destroyed"), refused.text


async def given_file(engine: Engine, name: str, schedule: str = "") -> UUID:
    """A file of the engine's connection, which lies in the storage."""
    row, house = new_id(), engine.house
    await house.owner.execute(
        "INSERT INTO connections (id, institution_id, connector, title, configuration, config_version, fingerprint,"
        " schedule, next_run_at, created_at) VALUES ($1, $2, 'tabular', 'Списки', '{}', 1, '', $3, $4, $5)"
        " ON CONFLICT DO NOTHING",
        engine.connection, house.a.id, schedule, house.clock() if schedule else None, house.clock(),
    )  # fmt: skip
    await house.owner.execute(
        "INSERT INTO connection_files (id, institution_id, connection_id, name, size, sha256, object_key, version_id,"
        " given_at) VALUES ($1, $2, $3, $4, 1, $5, $6, 'v', $7)",
        row, house.a.id, engine.connection, name, sha256_of(name.encode()), f"given/{row}", house.clock(),
    )  # fmt: skip
    return row


async def present(engine: Engine) -> list[str]:
    rows = await engine.rows("SELECT name FROM connection_files WHERE removed_at IS NULL ORDER BY name")
    return [row["name"] for row in rows]


async def test_what_is_decided_ends_after_its_term_and_not_while_anything_is_held(engine: Engine) -> None:
    house = engine.house
    await given_file(engine, "первый.csv")
    house.clock.move(minutes=1)
    engine.script.stream(LEARNERS, learner(KEY, "Тайнова", "Вера"), learner("2", "Соседова"))
    engine.script.stream(GROUPS, group("g", "5А"))
    engine.script.stream(MARKS, mark("тайнова-плохая", KEY, group="нет такой"), mark("x", "2", group="нет"))
    await engine.run(Mode.DRY_RUN)
    await engine.run()
    await given_file(engine, "второй.csv")
    [letter, *_] = (await house.of("administrator").get("/api/v1/dead-letters")).json()["items"]
    at = f"/api/v1/dead-letters/{letter['id']}/dismissal"
    assert (await house.of("administrator").post(at, json={"note": "нет такой"})).status_code == 200
    placed = await hold(house.a, whole_institution=True)
    database, clock = house.services.database, house.clock
    assert await end_terms(database, clock) == 0
    clock.move(days=91)
    await renew(house)
    assert await end_terms(database, clock) == 0
    assert (await lift(house.a, placed)).status_code == 200
    # Five differences, and of two letters the dismissed one; the other is open work, and its file may be needed again.
    assert await end_terms(database, clock) == 6
    assert await engine.one("SELECT count(*) FROM import_differences") == 0
    left = await engine.rows("SELECT state, mapped IS NULL AS blank FROM import_letters ORDER BY state")
    assert [(row["state"], row["blank"]) for row in left] == [("dismissed", True), ("open", False)]
    assert await present(engine) == ["второй.csv", "первый.csv"]
    engine.script.stream(MARKS, mark("тайнова-плохая", KEY), mark("x", "2"))
    assert (await engine.run()).state == "complete"
    clock.move(days=31)
    await renew(house)
    await given_file(engine, "третий.csv")
    await house.owner.execute("UPDATE connections SET schedule = '0 3 * * *', next_run_at = now()")
    assert await end_terms(database, clock) == 2
    assert await present(engine) == ["третий.csv"], "nobody has read it yet"
    assert await end_terms(database, clock) == 0

    # Bytes of what was released go unless something is held.
    services = connection_services(house.services)
    placed = await hold(house.a, person_ids=[str(house.a.learner)])
    assert await empty_removed_files(services) == 0
    assert (await lift(house.a, placed)).status_code == 200
    assert await empty_removed_files(services) == 2


async def test_a_restore_from_an_older_backup_forgets_the_same(engine: Engine) -> None:
    house = engine.house
    case = await filled(engine)
    assert "origins" in await told(engine)
    document = await engine.one("SELECT id FROM documents")
    act = EndingAct(id=UUID(int=7), number="7-у", date=house.clock().date())
    # In any order: what imports keep of a row is found through it.
    ends: dict[str, tuple[str, Json]] = {
        "person_gone": (str(house.a.learner), {"act": act.as_json(), "counts": {}}),
        "case_gone": (case["id"], {"electronic_fate": "destroyed", "act": act.as_json()}),
        "document_gone": (str(document), {"state": "kept"}),
    }
    entries = [
        LedgerEntry(
            id=new_id(),
            institution_id=house.a.id,
            entered_at=house.clock(),
            kind=kind,
            object_id=UUID(of),
            body=body,
        )
        for kind, (of, body) in ends.items()
    ]
    database = Database(house.owner_url, apps=APPS, clock=house.clock, pool=2)
    await database.open()
    try:
        applied = await apply_ledger(database, house.a.id, entries)
        assert (applied.cases, applied.documents, applied.people) == (1, 1, 1)
        assert await told(engine) == []
        acts = await engine.rows("SELECT DISTINCT forgotten_act ->> 'number' AS act FROM origins ORDER BY 1")
        assert [row["act"] for row in acts] == ["7-у", None]
        assert (await apply_ledger(database, house.a.id, entries)).entries == 0
    finally:
        await database.close()
