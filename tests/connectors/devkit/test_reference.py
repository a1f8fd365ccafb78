"""The reference of connectors says what the contract says."""

import re

import pytest

from core.sdk import connectors, errors
from tests.connectors.devkit.signatures import REFERENCE, sections

PAGE = REFERENCE.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(connectors.__all__))
def test_every_type_stands_in_the_reference_with_its_exact_signature(name: str) -> None:
    section = re.split(r"^##", PAGE.partition(f"\n### `{name}`\n")[2], maxsplit=1, flags=re.MULTILINE)[0]
    assert section.strip() == sections()[name], "python -m tests.connectors.devkit.signatures writes it anew"


def test_the_reference_names_no_type_that_does_not_exist() -> None:
    assert sorted(re.findall(r"^### `(\w+)`$", PAGE, re.MULTILINE)) == sorted(connectors.__all__)


def test_every_error_stands_in_the_reference_with_its_code() -> None:
    classes = errors.ConnectorError.__subclasses__()
    assert classes
    assert [each.__name__ for each in classes if f"| `{each.__name__}` | `{each.code}` |" not in PAGE] == []
