"""Two executors start an approved act; everything of its cases goes, and each version is proved absent."""

import hashlib
from pathlib import Path
from uuid import UUID

import pytest

from storage.keys import rendition_key
from tests.registry.cases.desk import read_case
from tests.registry.disposal.bureau import lines
from tests.registry.disposal.executing import (
    objects,
    progress,
    run_execution,
    started,
    waiting_act,
)
from tests.registry.documents.papers import DOCUMENTS, rows_of
from tests.registry_house import House, Json, code

PICTURE = b"\xff\xd8 first page"


async def picture(house: House, document: Json, page: Path) -> None:
    """A picture of the first page of a document, as the job of previews leaves it."""
    version = await house.owner.fetchval(
        "SELECT id FROM document_versions WHERE document_id = $1", UUID(document["id"])
    )
    key = rendition_key(house.a.id, UUID(document["id"]), version, "page-0001.jpg")
    sha256 = hashlib.sha256(PICTURE).hexdigest()
    stored = await house.services.vault.put(key, page, sha256=sha256, size=len(PICTURE), media_type="image/jpeg")
    await house.owner.execute(
        "INSERT INTO renditions SELECT gen_random_uuid(), $1, $2, 'preview', 1, $3, $4, 'image/jpeg', $5, 1, 1, now()",
        *(house.a.id, version, key, stored.version_id, len(PICTURE)),
    )


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "page.jpg"
    path.write_bytes(PICTURE)
    return path


async def test_everything_of_an_act_goes_and_is_proved(house: House, page: Path) -> None:
    act, cases = await waiting_act(house, 2, 0, 5)
    await picture(house, cases[0]["documents"][0], page)
    before = await house.objects()
    await started(house, act)
    assert await run_execution(house) == ["done"]
    found = await progress(house, act)
    assert (found["state"], found["lines_by_state"]) == ("executed", {"destroyed": 3})
    assert found["objects"] == found["absent"] >= len(before) == 8
    assert found["vacuums"][0]["outcome"] == "not_applicable"
    assert await house.objects() == []
    for case in cases:
        assert (await read_case(house.a, case))["state"] == "destroyed"
        for document in case["documents"]:
            assert await rows_of(house, document) == {"documents": 0, "versions": 0, "renditions": 0, "search": 0}
            assert code(await house.clerk.get(f"{DOCUMENTS}/{document['id']}"))[0] in {404, 410}
    for line in await lines(house.a, act):
        assert all(each["absent_at"] for each in await objects(house, line))
        assert all(each["sha256"] for each in await objects(house, line) if each["role"] == "original")
    # A second run finds nothing to do.
    assert await run_execution(house) == []
    ledger = await house.owner.fetch("SELECT kind, count(*) AS n FROM destruction_ledger GROUP BY kind ORDER BY kind")
    assert {row["kind"]: row["n"] for row in ledger} == {"case_gone": 3, "document_gone": 7, "version_gone": 7}
    said = await house.owner.fetch(
        "SELECT e.action, p.payload IS NULL AS blank FROM audit_entries e JOIN audit_payloads p ON p.entry_id = e.id"
        " WHERE e.object_type = 'document' AND e.object_id = $1",
        cases[0]["documents"][0]["id"],
    )
    assert {row["action"] for row in said if not row["blank"]} == {"document.destroyed"}
