"""Two executors start an approved act; everything of its cases goes, and each version is proved absent."""

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
from tests.registry_house import House, code


async def test_everything_of_an_act_goes_and_is_proved(house: House) -> None:
    act, cases = await waiting_act(house, 2, 0, 5)
    before = await house.objects()
    await started(house, act)
    assert await run_execution(house) == ["done"]
    found = await progress(house, act)
    assert (found["state"], found["lines_by_state"]) == ("executed", {"destroyed": 3})
    assert found["objects"] == found["absent"] >= len(before) == 7
    assert found["vacuums"][0]["outcome"] == "not_applicable"
    assert await house.objects() == []
    for case in cases:
        assert (await read_case(house.a, case))["state"] == "destroyed"
        for document in case["documents"]:
            assert await rows_of(house, document) == {"documents": 0, "versions": 0, "renditions": 0, "search": 0}
            assert code(await house.clerk.get(f"{DOCUMENTS}/{document['id']}"))[0] in {404, 410}
    for line in await lines(house.a, act):
        assert all(each["absent_at"] and each["sha256"] for each in await objects(house, line))
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
