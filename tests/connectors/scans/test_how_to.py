"""The page about scans says what the connector says."""

import re
from pathlib import Path

from plugins.scans.configuration import NameRule, ScansConfiguration
from plugins.scans.rules import PARTS, read_path

PAGE = (Path(__file__).parents[3] / "docs/how-to/scan-into-a-folder.md").read_text(encoding="utf-8")


def test_every_setting_stands_there_with_its_default() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*?) \|", PAGE, re.MULTILINE))
    said = {name: rows[name].strip().strip("`") for name in ScansConfiguration.model_fields}
    usual = ScansConfiguration(name="x").model_dump(mode="json") | {"name": "none", "rules": "none", "words": "none"}
    assert said == {name: f"{value:g}" if isinstance(value, float) else str(value) for name, value in usual.items()}


def test_every_part_is_named_and_every_example_fits() -> None:
    assert [part for part in PARTS if f"`{{{part}}}`" not in PAGE] == []
    examples = re.findall(r"^\| `([^`]*\{[^`]*)`[^|]* \| `([^`]+)` \|$", PAGE, re.MULTILINE)
    assert len(examples) == 4
    for pattern, path in examples:
        found = read_path(path, [NameRule(pattern=pattern).rule()], {})
        assert found is not None, pattern
        assert found.number == "2025-0117"
