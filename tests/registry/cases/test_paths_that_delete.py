"""Every place in the code that can end bytes or rows of records, and why no hold is passed by there.

The look at holds stands in the database (`0002_filing.sql`, `0002_holds.sql`): a state that lets bytes go cannot be
written, and no row of a record removed, while a hold covers it. Whoever adds a place adds its reason here.
"""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.registry.cases.desk import hold
from tests.registry.documents.papers import keep
from tests.registry_house import House

ROOT = Path(__file__).parents[3]
SQL = "core/*/migrations/*.sql"
RECORDS = "documents|document_versions|renditions|personal_files|people|groups|cases|case_volumes|holds|hold_targets"

DESTROYING = {
    "core/documents/keeper.py": (1, "other keys of a version that lies safe, and bytes that no row names"),
    "core/documents/restoring.py": (
        2,
        "a damaged copy that nothing protects, before a sound one is put, and that one if its document ended meanwhile",
    ),
    "core/documents/locks.py": (2, "after a committed end, at which triggers looked for holds; for `removal.py`"),
    "core/disposal/execution/removing.py": (
        2,
        "originals and copies of a line that passed its point of no return, at which the database looked for holds",
    ),
    "core/connections/given_files.py": (
        1,
        "a file given to a connection to read, which a person has removed or a run has read; while nothing is held",
    ),
    "core/imports/files.py": (1, "bytes of the tray that were announced and not written down; no record yet"),
    "core/imports/tray.py": (
        1,
        "bytes of the tray after a person has decided and no hold spoke against it; what was assigned is a document",
    ),
    "core/exits/packing.py": (1, "the package of a transfer, which holds copies: superseded, or of a killed attempt"),
}
DELETING = {
    "core/disposal/execution/proving.py": (
        1,
        "documents of a line that is being destroyed, in the transaction of its proof; a trigger wants every absence",
    ),
    "core/documents/removal.py": (2, "rows in state `withdrawn` only, whose bytes are proven gone"),
    "core/preservation/applying.py": (2, "a restore repeats the ends that the destruction ledger knows"),
    "core/preservation/restoring.py": (1, "pictures in a database that is being restored; they are made anew"),
}

FORGETTING = {
    "core/origins/forgetting.py": (1, "a trigger of the database refuses it under a hold, and blanks the rest"),
}
ENDING = {
    "core/disposal/execution/people.py": (
        2,
        "what people approved, while nothing keeps it; and names after the papers",
    ),
    "core/preservation/applying.py": (1, "a restore repeats the ends that the destruction ledger knows"),
}
ROWS = (
    "results|attendance|result_changes|rewards|reward_changes|enrolments|representatives|special_needs|will_statements"
)
BLANKING = {
    "core/imports/migrations/0002_forgetting.sql": "`forget_records` for both triggers, and the terms behind the gate",
    "core/imports/differences.py": "a dry run that begins anew",
    "core/imports/deciding.py": "a pair that a person has rejected and now confirms",
    "core/imports/ending.py": "ids of what a run has met, with its end",
    "core/imports/runs.py": "ids of what a run has met, with its end",
    "core/origins/conflicts.py": "what a hand wrote, where a person takes the source's value instead",
    "core/period_exports/following.py": "differences of a snapshot, before they are computed anew",
    "core/period_exports/migrations/0001_period_exports.sql": "differences of a snapshot that was destroyed",
}


def sources() -> Iterator[tuple[str, str]]:
    for package in ("core", "plugins"):
        for path in sorted((ROOT / package).rglob("*.py")):
            yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")


def calls_of(name: str) -> Counter[str]:
    found: Counter[str] = Counter()
    for place, text in sources():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == name:
                found[place] += 1
    return found


def test_every_removal_of_bytes_is_known_with_its_reason() -> None:
    found = calls_of("destroy")
    assert found == {place: number for place, (number, _) in DESTROYING.items()}


def test_whoever_passes_marks_of_storage_by_has_committed_an_end_before() -> None:
    callers = {place for place, text in sources() if re.search(r"\bdestroy_decided\(", text)}
    assert {each for each in callers if not each.startswith("core/disposal/")} == {
        "core/documents/locks.py",
        "core/documents/removal.py",
    }


def test_every_removal_of_rows_of_records_is_known_with_its_reason() -> None:
    statement = re.compile(rf"(?i)(DELETE\s+FROM|TRUNCATE)\s+({RECORDS})\b")
    found = {place: len(statement.findall(text)) for place, text in sources() if statement.search(text)}
    assert found == {place: number for place, (number, _) in DELETING.items()}


def test_what_imports_keep_of_a_person_is_forgotten_in_one_place() -> None:
    statement = re.compile(r"UPDATE forgotten_people\b")
    found = {place: len(statement.findall(text)) for place, text in sources() if statement.search(text)}
    assert found == {place: number for place, (number, _) in FORGETTING.items()}


def test_the_rows_of_a_learner_end_in_one_place_and_who_asks_for_it_is_known() -> None:
    asked = re.compile(r"UPDATE ended_people\b")
    found = {place: len(asked.findall(text)) for place, text in sources() if asked.search(text)}
    assert found == {place: number for place, (number, _) in ENDING.items()}
    removal, blanking = re.compile(rf"(?i)DELETE\s+FROM\s+({ROWS})\b"), "SET family_name = ''"
    written = [*sources(), *((str(path.relative_to(ROOT)), path.read_text("utf-8")) for path in ROOT.glob(SQL))]
    assert {place for place, text in written if removal.search(text) or blanking in text} == {
        "core/disposal/migrations/0003_ended_people.sql"
    }


def test_every_removal_of_what_imports_keep_is_known_with_its_reason() -> None:
    statement = re.compile(
        r"(?i)DELETE\s+FROM\s+(import_(?!run_partitions)|hand_edits|origin|period_export)"
        r"|SET\s+(said|mapped)\s*=\s*('{}'|NULL)|forgotten_at = p_at"
    )
    written = [*sources(), *((str(path.relative_to(ROOT)), path.read_text("utf-8")) for path in ROOT.glob(SQL))]
    assert {place for place, text in written if statement.search(text)} == set(BLANKING)


@pytest.mark.parametrize("table", ["documents", "document_versions"])
async def test_the_guards_are_there_for_everybody(house_in_memory: House, table: str) -> None:
    await keep(house_in_memory.a)
    await hold(house_in_memory.a, whole_institution=True)
    triggers = await house_in_memory.owner.fetch(
        "SELECT tgname, tgenabled FROM pg_trigger WHERE tgrelid = $1::regclass AND tgname LIKE 'not_held%'", table
    )
    guards = {"not_held", "not_held_when_removed"} | ({"not_held_when_destroyed"} if table == "documents" else set())
    assert {(row["tgname"], row["tgenabled"]) for row in triggers} == {(guard, b"O") for guard in guards}


def test_a_governance_lock_is_passed_by_in_few_places() -> None:
    found = {place for place, text in sources() if "bypass_governance=True" in text}
    assert found == {"core/disposal/execution/removing.py", "core/documents/locks.py"}
