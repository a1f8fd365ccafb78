"""The page about the connector says what the connector says."""

import json
import re
from pathlib import Path

from plugins.dnevnik.connector import MANIFEST
from plugins.dnevnik.settings import DnevnikSettings, Spellings

PAGE = (Path(__file__).parents[3] / "docs/how-to/connect-dnevnik.md").read_text(encoding="utf-8")
CONFIGURATIONS = re.findall(r"<!-- configuration -->\n```json\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def test_the_configurations_of_the_page_are_accepted_and_show_the_defaults() -> None:
    whole, least = (DnevnikSettings.model_validate(json.loads(text)) for text in CONFIGURATIONS)
    assert whole.sign_in.way == "application"
    assert least.sign_in.way == "token"
    assert whole.model_dump(exclude={"sign_in"}) == least.model_dump(exclude={"sign_in"})


def test_every_setting_spelling_scope_and_request_is_explained() -> None:
    named = {*DnevnikSettings.model_fields, *Spellings.model_fields, *(scope.scope for scope in MANIFEST.scopes)}
    assert {name for name in named if f"`{name}`" not in PAGE and f'"{name}"' not in PAGE} == set()
    rows = dict(re.findall(r"^\| `(\w+)` \| `([^`]+)`", PAGE, re.MULTILINE))
    usual = {name: json.dumps(value) for name, value in Spellings().model_dump(mode="json").items()}
    assert {name: rows[name] for name in usual} == {name: value.strip('"') for name, value in usual.items()}
