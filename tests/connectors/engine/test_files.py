"""Files of a source: documents, the tray, refusals; and what the source hears."""

from datetime import UTC, datetime
from typing import Any

from core.imports.file_writer import FileWriter
from core.imports.models import Mode
from core.imports.services import Words
from core.outbound import FileAddressRefused
from core.sdk.connectors import EntityKind, FileData, Record, Stream
from tests.connectors.engine.bench import LEARNERS, Engine, ended, learner
from tests.registry.cases.desk import hold, lift

FILES = Stream(name="files", kind=EntityKind.FILES, title="Файлы", parents=("learners",))


def file(key: str, **more: Any) -> Record:  # noqa: ANN401
    said = {"file_name": f"{key}.txt", "address": f"https://school.test/{key}", "document_kind": "award"}
    return Record(key, FileData(**{**said, **more}))


async def kept_by_a_hold(engine: Engine, waiting: str) -> None:
    """A hold keeps a file in the tray until it is lifted."""
    placed = await hold(engine.house.a, whole_institution=True)
    at = f"/api/v1/import-tray/{waiting}/refusal"
    held = await engine.house.clerk.post(at, json={"reason": "чужой"})
    assert (held.status_code, held.json()["code"], held.json()["holds"]) == (409, "tray_file_held", [placed["id"]])
    assert (await lift(engine.house.a, placed)).status_code == 200


async def test_files_become_documents_wait_in_the_tray_or_are_refused(engine: Engine) -> None:
    engine.services.writers[EntityKind.FILES] = FileWriter()  # type: ignore[index]
    house, script = engine.house, engine.script
    await house.owner.execute("UPDATE people SET external_number = '77' WHERE id = $1", house.a.learner)
    script.stream(LEARNERS, learner("1", "Первая", number="77"), learner("2", "Вторая"))
    text = "Грамота выдана Примеровой Вере. ".encode()
    script.blobs = {f"https://school.test/{key}": text + key.encode() for key in ("own", "number", "nobody", "nofile")}
    script.blobs["https://school.test/bad"] = b"MZ" + bytes(200)
    modified = datetime(2026, 1, 1, tzinfo=UTC)
    files = [
        file("own", learner="1", title="Грамота", fields={"number": "17", "league": "первая"}, modified_at=modified),
        file("number", learner_number="77"),
        file("nobody"),
        file("nofile", learner="2"),
        file("bad", learner="1", file_name="bad.exe"),
        file("strange", learner="99"),
    ]
    script.stream(FILES, *files)
    run = await engine.run()
    assert ended(run) == ("partial", {"dead": 1, "matched": 1, "new": 6})
    rows = await engine.rows(
        "SELECT o.external_id, f.state, f.reason FROM import_files f JOIN origins o ON o.entity_id = f.id ORDER BY 1"
    )
    assert {row["external_id"]: (row["state"], row["reason"]) for row in rows} == {
        "own": ("kept", ""),
        "number": ("kept", ""),
        "nobody": ("tray", "holder_unknown"),
        "nofile": ("tray", "no_personal_file"),
        "bad": ("refused", rows[0]["reason"]),
    }
    documents = await engine.rows(
        "SELECT title, number, note, personal_file_id, uploaded_by FROM documents ORDER BY title"
    )
    assert documents == [
        {
            "title": "number", "number": "", "note": "", "personal_file_id": house.a.personal_file,
            "uploaded_by": engine.connection,
        },
        {
            "title": "Грамота", "number": "17", "note": "league: первая", "personal_file_id": house.a.personal_file,
            "uploaded_by": engine.connection,
        },
    ]  # fmt: skip
    assert sorted(script.settled) == [
        ("bad.exe", "refused", rows[0]["reason"]),
        ("nobody.txt", "kept", ""), ("nofile.txt", "kept", ""), ("number.txt", "kept", ""), ("own.txt", "kept", ""),
    ]  # fmt: skip
    # Nothing is fetched or told twice; a file that changed at the source is a further version.
    script.downloads.clear()
    script.settled.clear()
    await engine.run()
    assert (script.downloads, script.settled) == ({}, [])
    script.blobs["https://school.test/own"] = text + b"2"
    files[0] = file("own", learner="1", title="Грамота", modified_at=modified.replace(month=2))
    script.stream(FILES, *files[:-1])
    assert ended(await engine.run())[1]["changed"] == 1
    assert await engine.one("SELECT count(*) FROM document_versions") == 3
    assert [each[0] for each in script.settled] == ["own.txt"]

    clerk = house.clerk
    waiting = {
        each["said"]["file_name"]: each["id"] for each in (await clerk.get("/api/v1/import-tray")).json()["items"]
    }
    wanted = {"personal_file_id": str(house.a.personal_file), "kind": "award", "title": "Чья-то"}
    kept = await clerk.post(f"/api/v1/import-tray/{waiting['nobody.txt']}/assignment", json=wanted)
    assert (kept.status_code, kept.json()["state"]) == (200, "kept"), kept.text
    twice = await clerk.post(f"/api/v1/import-tray/{waiting['nobody.txt']}/assignment", json=wanted)
    assert (twice.status_code, twice.json()["code"]) == (409, "tray_file_taken")
    await kept_by_a_hold(engine, waiting["nofile.txt"])
    refused = await clerk.post(f"/api/v1/import-tray/{waiting['nofile.txt']}/refusal", json={"reason": "чужой"})
    assert refused.json()["state"] == "refused"
    script.settled.clear()
    await engine.run()
    assert sorted(script.settled) == [("nobody.txt", "kept", ""), ("nofile.txt", "refused", "чужой")]


async def test_a_download_that_fails_is_tried_again_and_becomes_a_letter_in_the_end(engine: Engine) -> None:
    engine.services.writers[EntityKind.FILES] = FileWriter()  # type: ignore[index]
    engine.script.stream(LEARNERS, learner("1", "Первая"))
    engine.script.stream(FILES, file("lost"))
    states = [(await engine.run()).state for _ in range(5)]
    assert states == ["partial"] * 5
    assert await engine.letters() == [("files", "lost", "file")]
    engine.script.blobs["https://school.test/lost"] = b"here it is after all, and long enough to be a text"

    assert (await engine.run(Mode.RETRY)).state == "complete"
    assert await engine.letters() == []
    assert await engine.one("SELECT state FROM import_files") == "tray"


async def test_a_file_at_a_strange_host_names_it_and_comes_by_itself_once_somebody_has_confirmed_it(
    engine: Engine,
) -> None:
    engine.services.writers[EntityKind.FILES] = FileWriter()  # type: ignore[index]
    engine.script.stream(LEARNERS, learner("1", "Первая"))
    engine.script.stream(FILES, file("far"), file("inside"))
    engine.script.refused = {
        "https://school.test/far": FileAddressRefused("cdn.test is not among the hosts", host="cdn.test"),
        "https://school.test/inside": FileAddressRefused("it lies inside a network"),
    }
    engine.script.blobs = dict.fromkeys(engine.script.refused, b"here it is after all, and long enough to be a text")
    assert ended(await engine.run()) == ("partial", {"dead": 2, "new": 3})
    assert ended(await engine.run()) == ("complete", {"same": 3}), "nothing is asked twice for what is not allowed"
    assert engine.connections.proposed_hosts == ["cdn.test", ""]
    admin = engine.house.of("administrator")
    letters = {each["external_id"]: each for each in (await admin.get("/api/v1/dead-letters")).json()["items"]}
    assert letters["far"]["missing"] == {"host": "cdn.test"}
    assert "cdn.test" in letters["far"]["remedy"]
    assert letters["inside"]["remedy"] == "Повторите попытку, когда источник отдаст файл."
    english = await admin.get("/api/v1/dead-letters", headers={"Accept-Language": "en"})
    assert {each["remedy"][:12] for each in english.json()["items"]} == {"If you know ", "Try it again"}

    engine.script.refused.clear()
    engine.connections.file_hosts = ["cdn.test"]
    await engine.run()
    assert await engine.letters() == [("files", "inside", "file")]
    assert await engine.rows("SELECT state FROM import_files ORDER BY id") == [{"state": "tray"}, {"state": "pending"}]


async def test_a_kind_of_files_is_mapped_and_a_connector_that_fails_to_hear_is_shown(engine: Engine) -> None:
    engine.services.writers[EntityKind.FILES] = FileWriter()  # type: ignore[index]
    house, script = engine.house, engine.script
    await house.owner.execute("UPDATE people SET external_number = '77' WHERE id = $1", house.a.learner)
    script.stream(LEARNERS, learner("1", "Первая", number="77"))
    script.stream(FILES, file("own", learner="1", document_kind="certificate of merit"))
    script.blobs = {"https://school.test/own": "Грамота выдана Примеровой Вере. ".encode()}
    words = {"document_kind": {"certificate of merit": {"document_kind": "award"}}}
    engine.connections.known_words = Words(fields=words)
    script.deaf = ValueError("somebody's name")
    run = await engine.run()
    assert (run.state, run.reason, run.message) == ("partial", "bug", "the connector failed with ValueError")
    assert await engine.rows("SELECT kind FROM documents") == [{"kind": "award"}]
    script.deaf = None
    assert ended(await engine.run())[0] == "complete"
    assert script.settled == [("own.txt", "kept", "")]


async def test_a_document_that_ends_takes_along_what_the_source_said_of_its_file(engine: Engine) -> None:
    engine.services.writers[EntityKind.FILES] = FileWriter()  # type: ignore[index]
    house, script = engine.house, engine.script
    await house.owner.execute("UPDATE people SET external_number = '77' WHERE id = $1", house.a.learner)
    script.stream(LEARNERS, learner("1", "Первая", number="77"))
    script.blobs = {"https://school.test/own": "Грамота выдана Примеровой Вере. ".encode()}
    script.stream(FILES, file("own", learner="1", title="Грамота Примеровой"))
    await engine.run()
    async with house.services.database.work(house.a.scope()) as work:
        await work.run("DELETE FROM documents WHERE institution_id = $1", [house.a.id])
    for table in ("import_files", "import_letters", "origins", "origin_changes"):
        said = await engine.rows(f"SELECT t::text AS row FROM {table} t")  # noqa: S608 (names of tables)
        assert not [row for row in said if "Грамота" in row["row"] or "own.txt" in row["row"]], table
    script.downloads.clear()
    assert ended(await engine.run())[0] == "complete"
    assert script.downloads == {}
