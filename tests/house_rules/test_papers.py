"""Lock files, decision records and changelog fragments have their form."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DECISIONS = ROOT / "docs" / "decisions"
KINDS = ("added", "changed", "deprecated", "fixed", "removed", "security")


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_file_pins_and_hashes_every_requirement_and_names_no_place(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert not re.search(r"https?://|index-url|find-links|trusted-host|file:|git\+", text)
    blocks = re.split(r"\n(?=[A-Za-z0-9])", re.sub(r"(?m)^\s*#.*\n?", "", text).strip())
    loose = [
        block.splitlines()[0]
        for block in blocks
        if not re.match(r"[A-Za-z0-9._\[\],-]+==\S+( ;[^\\]+)? \\\n(\s+--hash=sha256:[0-9a-f]{64}( \\)?\n?)+$", block)
    ]
    assert len(blocks) > 20
    assert loose == []


def test_the_running_service_is_locked_to_what_was_tested() -> None:
    def pins(name: str) -> set[str]:
        return set(re.findall(r"(?m)^([A-Za-z0-9._\[\],-]+==[^\s\\]+)", (ROOT / name).read_text(encoding="utf-8")))

    assert pins("requirements.lock") - pins("requirements-dev.lock") == set()


def test_decisions_are_numbered_without_a_gap_and_listed() -> None:
    records = sorted(path.name for path in DECISIONS.glob("*.md") if path.name != "README.md")
    assert [name[:5] for name in records] == [f"{number:04}-" for number in range(len(records))]
    listed = (DECISIONS / "README.md").read_text(encoding="utf-8")
    assert [name for name in records if f"({name})" not in listed] == []


def test_a_decision_says_why_what_and_with_which_consequences() -> None:
    for path in DECISIONS.glob("[0-9]*.md"):
        text = path.read_text(encoding="utf-8")
        assert text.startswith(f"# {path.name[:4]}. "), path.name
        assert re.search(r"(?m)^Status: (proposed|accepted|replaced by \d{4})$", text), path.name
        for heading in ("Context", "Decision", "Consequences"):
            assert re.search(rf"(?m)^## {heading}\n\n\S", text), f"{path.name}: {heading}"


def test_a_changelog_fragment_is_one_plain_statement() -> None:
    fragments = [path for path in (ROOT / "changelog.d").iterdir() if path.name != "README.md"]
    assert fragments
    for path in fragments:
        assert re.fullmatch(rf"[a-z0-9-]+\.({'|'.join(KINDS)})\.md", path.name), path.name
        text = path.read_text(encoding="utf-8")
        assert text == text.strip() + "\n", path.name
        assert re.match(r"[A-ZА-ЯЁ`]", text), path.name
        assert text.rstrip().endswith("."), path.name
        assert "#" not in text, path.name
