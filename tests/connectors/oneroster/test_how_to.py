"""The page about the connector says what the connector says, and its command does what it says."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from plugins.oneroster.configuration import BundleSource, OneRosterConfiguration, RestSource
from plugins.oneroster.connector import MANIFEST
from plugins.oneroster.simulator.__main__ import main
from plugins.oneroster.streams import STREAMS
from tests.connectors.oneroster.reading import Clerk, given, records

PAGE = (Path(__file__).parents[3] / "docs/how-to/connect-oneroster.md").read_text(encoding="utf-8")
CONFIGURATIONS = re.findall(r"<!-- configuration -->\n *```json\n(.*?)\n *```", PAGE, re.DOTALL)


def test_the_configurations_of_the_page_are_accepted() -> None:
    kinds = [OneRosterConfiguration.model_validate(json.loads(text)).source.kind for text in CONFIGURATIONS]
    assert kinds == ["bundle", "rest", "bundle"]


def test_every_setting_scope_and_stream_is_explained() -> None:
    fields = {*OneRosterConfiguration.model_fields, *RestSource.model_fields, *BundleSource.model_fields}
    named = {*fields, *STREAMS, *(scope.scope for scope in MANIFEST.scopes)}
    assert {name for name in named if f"`{name}`" not in PAGE and f'"{name}"' not in PAGE} == set()


async def test_the_command_of_the_page_writes_a_bundle_that_can_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    command = re.search(r"^\$ \S+ -m plugins\.oneroster\.simulator (.*)$", PAGE, re.MULTILINE)
    assert command is not None
    done = CliRunner().invoke(main, command[1].split())
    assert done.output == "school.zip: 20 learners, 240 results\n"
    clerk = Clerk(tmp_path)
    clerk.files = [given(tmp_path / "school.zip")]
    assert len(await records(clerk.bench(), "learners")) == 20
