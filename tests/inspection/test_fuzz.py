"""Whatever bytes come in, a verdict comes out."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.inspection.identification import identify
from core.inspection.names import clean_file_name
from core.inspection.pipeline import InspectionService
from core.inspection.policy import IntakePolicy
from core.inspection.verdicts import Verdict, judge
from tests.inspection import samples

SEEDS: tuple[tuple[str, Callable[[], bytes]], ...] = (
    ("a.pdf", samples.pdf),
    ("a.pdf", lambda: samples.pdf(text="text")),
    ("a.pdf", samples.signed_pdf),
    ("a.jpg", samples.image),
    ("a.png", lambda: samples.image("PNG")),
    ("a.tif", lambda: samples.tiff(2)),
    ("a.heic", samples.heic),
    ("a.docx", lambda: samples.office(relationships=samples.external("image"))),
    ("a.zip", lambda: samples.archive({"a.txt": b"text", "b.pdf": samples.pdf()})),
    ("a.doc", samples.encrypted_office),
    ("a.sig", samples.cms),
)
CONTENTS = tuple((name, make()) for name, make in SEEDS)
RELAXED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])

Edits = st.lists(st.tuples(st.integers(0, 1 << 16), st.binary(max_size=8), st.integers(0, 40)), max_size=6)


def mutated(content: bytes, edits: list[tuple[int, bytes, int]], cut: float) -> bytes:
    changed = bytearray(content)
    for position, put, removed in edits:
        at = position % (len(changed) + 1)
        changed[at : at + removed] = put
    return bytes(changed[: int(len(changed) * cut)])


@RELAXED
@given(content=st.binary(max_size=400), name=st.text(max_size=20), declared=st.none() | st.text(max_size=20))
def test_random_bytes_are_identified_without_an_exception(
    tmp_path: Path, content: bytes, name: str, declared: str | None
) -> None:
    path = tmp_path / "random"
    path.write_bytes(content)
    with path.open("rb") as file:
        identity = identify(file, len(content), clean_file_name(name), declared, IntakePolicy())
    assert judge(identity.findings)[0] in Verdict


@RELAXED
@given(seed=st.sampled_from(CONTENTS), edits=Edits, cut=st.sampled_from([1.0, 1.0, 0.9, 0.5]))
def test_mutated_files_are_identified_without_an_exception(
    tmp_path: Path, seed: tuple[str, bytes], edits: list[tuple[int, bytes, int]], cut: float
) -> None:
    name, content = seed
    path = tmp_path / "mutated"
    path.write_bytes(mutated(content, edits, cut))
    with path.open("rb") as file:
        identity = identify(file, path.stat().st_size, name, None, IntakePolicy())
    assert judge(identity.findings)[0] in Verdict


@pytest.mark.asyncio(loop_scope="session")
@settings(RELAXED, max_examples=150)
@given(seed=st.sampled_from(CONTENTS), edits=Edits, cut=st.sampled_from([1.0, 1.0, 0.9, 0.5]))
async def test_mutated_files_get_a_verdict_from_the_whole_pipeline(
    service: InspectionService, tmp_path: Path, seed: tuple[str, bytes], edits: list[tuple[int, bytes, int]], cut: float
) -> None:
    name, content = seed
    path = tmp_path / "mutated"
    path.write_bytes(mutated(content, edits, cut))
    report = await service.inspect(path, name)
    assert (report.code is None) == (report.verdict is Verdict.ACCEPTED)
