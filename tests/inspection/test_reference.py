"""The reference says what the table of verdicts says."""

import re
from pathlib import Path

from core.inspection.verdicts import VERDICTS, Verdict, judge, refusal, verdict_of, warning
from core.inspection.verdicts import Code as Reason

REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "reason-codes.md"


def test_every_reason_code_is_documented_with_its_verdict() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| (\w+) \|", REFERENCE.read_text(), re.MULTILINE))
    assert rows == {code: verdict.value for code, verdict in VERDICTS.items()}


def test_the_strictest_refusal_wins_and_of_equal_ones_the_first() -> None:
    found = [
        warning("pdf_repaired", ""),
        refusal(Reason.PDF_ACTIVE, ""),
        refusal(Reason.ZIP_SIZE, ""),
        refusal(Reason.EMPTY, ""),
    ]
    assert judge(found) == (Verdict.REJECTED, "zip_size")
    assert judge(found[:2]) == (Verdict.QUARANTINED, "pdf_active")
    assert judge(found[:1]) == (Verdict.ACCEPTED, None)
    assert judge([refusal(Reason.NO_PREVIEW, "")]) == (Verdict.ACCEPTED, None)


def test_a_code_that_nobody_knows_quarantines() -> None:
    assert verdict_of("reason_of_a_plugin") is Verdict.QUARANTINED
    assert verdict_of("reason_of_a_plugin", {"reason_of_a_plugin": Verdict.REJECTED}) is Verdict.REJECTED
