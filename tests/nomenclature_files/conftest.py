"""What the tests of nomenclature files share: reading bytes, and the sample nomenclatures."""

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest

from core.nomenclature.reading.reader import read_nomenclature
from retention.nomenclature import NomenclatureDraft

SAMPLES = Path(__file__).parent / "samples"
NAMES = ("school", "dpo", "ip")

Read = Callable[[bytes], NomenclatureDraft]


@pytest.fixture
def read() -> Read:
    return lambda content: read_nomenclature(io.BytesIO(content), name="номенклатура")


@pytest.fixture(params=NAMES)
def sample(request: pytest.FixtureRequest) -> bytes:
    return (SAMPLES / f"nomenclature_{request.param}.csv").read_bytes()


@pytest.fixture
def sample_rows(sample: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(sample.decode("utf-8"))))
