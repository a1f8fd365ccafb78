"""config.toml, the models and the reference say the same."""

import json
import re
import tomllib
from pathlib import Path

import pytest

from core.kernel.settings import Settings
from core.kernel.settings_keys import is_secret, known_keys, secret_of
from core.kernel.settings_loading import load_settings
from core.kernel.settings_sources import Key, variable

ROOT = Path(__file__).parents[2]
FILE = ROOT / "config.toml"
REFERENCE = (ROOT / "docs" / "reference" / "configuration.md").read_text(encoding="utf-8")
KEYS = list(known_keys())


def keys_in_the_file() -> dict[Key, str]:
    """Each key that stands in the file, commented out or not, with the comment above it."""
    found: dict[Key, str] = {}
    section = comment = ""
    for line in FILE.read_text(encoding="utf-8").splitlines():
        if header := re.fullmatch(r"\[(\w+)\]", line):
            section = header[1]
        elif (key := re.match(r"(?:# )?(\w+) = ", line)) and (section, key[1]) in KEYS:
            found[section, key[1]] = comment
        comment = line if line.startswith("# ") else ""
    return found


def test_every_key_but_the_secrets_stands_in_the_file_below_its_comment() -> None:
    described = keys_in_the_file()
    assert set(described) == {key for key in KEYS if not is_secret(key)}
    for key, comment in described.items():
        assert re.search("[a-z]{2}.* / .*[а-я]{2}", comment), f"{key} needs a comment with a Russian hint"


def test_the_file_says_the_defaults() -> None:
    said = tomllib.loads(FILE.read_text(encoding="utf-8"))
    active = {(section, name) for section, table in said.items() for name in table}
    assert active == {key for key in KEYS if not is_secret(key) and not secret_of(key)}
    defaults = json.loads(Settings().model_dump_json())
    assert said == {
        section: {name: table[name] for name in table if (section, name) in active}
        for section, table in defaults.items()
    }


def test_the_file_loads() -> None:
    settings = load_settings(FILE, {})
    expected = Settings().model_dump()
    expected["service"]["data_folder"] = ROOT / "data"
    assert settings.model_dump() == expected


@pytest.mark.parametrize("key", KEYS, ids=".".join)
def test_the_reference_names_key_default_variable_and_meaning(key: Key) -> None:
    default = json.loads(Settings().model_dump_json())[key[0]][key[1]]
    shown = "none" if default is None else f"`{json.dumps(default, ensure_ascii=False)}`"
    line = f"| `{'.'.join(key)}` | {shown} | `{variable(key)}` | "
    assert line in REFERENCE
    assert re.search(re.escape(line) + r"\S.{10,} \|\n", REFERENCE)


def test_the_reference_names_no_key_that_does_not_exist() -> None:
    named = set(re.findall(r"^\| `([a-z_.]+)` \|", REFERENCE, flags=re.MULTILINE))
    assert named == {".".join(key) for key in KEYS}
