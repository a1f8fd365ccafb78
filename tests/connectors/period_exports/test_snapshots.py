"""A snapshot is made, kept, filed, printed; the same again files nothing; what changed is shown."""

import hashlib
import json

from tests.connectors.period_exports.desk import V1, ready_desk
from tests.registry.paperwork.desk import words
from tests.registry_house import House


async def test_a_snapshot_is_filed_and_says_what_the_platform_said(house_in_memory: House) -> None:
    desk = await ready_desk(house_in_memory)
    made = await desk.snapshot()
    assert (made["state"], made["version"], made["complete"]) == ("filed", 1, True), made
    archive = await desk.package(made)
    manifest = json.loads(archive.read("manifest.json"))
    assert manifest["digest"] == made["digest"]
    for name, told in manifest["files"].items():
        assert hashlib.sha256(archive.read(name)).hexdigest() == told["sha256"], name
    marks = archive.read("tables/results.csv").decode("utf-8-sig")
    assert [line.split(";")[1] for line in marks.splitlines()[1:]] == ["m0", "m1", "m2", "undated"]
    assert "'=1+1" in marks
    assert ";+;" in marks
    assert b'"phone"' in archive.read("raw/learners.jsonl")
    assert made["counts"]["tables/final_results.csv"] == 3
    paper = await house_in_memory.of("head").get(f"{V1}/issued-papers/{made['paper_ids'][0]}/content")
    said = words(paper.content)
    for each in ("Образцова Вера", "н/а", "Алгебра", made["digest"][:20], "Верно.", "листов: 2 (два)", "М.П."):
        assert each in said, each
