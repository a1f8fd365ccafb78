"""What nobody has said of a case, an act or a line stands against destroying it."""

from dataclasses import fields

import pytest

from retention.act_lines import LineFacts
from retention.case_facts import CaseFacts
from retention.disposal_facts import ActFacts
from retention.transitions import SYSTEM, Asking

AGAINST = {
    CaseFacts: {"held", "bound", "goes_to_archive", "destruction_begun"},
    LineFacts: {"held"},
    ActFacts: {"source_of_acquisition"},
}


@pytest.mark.parametrize("kind", AGAINST)
def test_only_what_stands_against_a_step_is_true_by_itself(kind: type[CaseFacts | LineFacts | ActFacts]) -> None:
    nothing_said = kind()
    assert {field.name for field in fields(kind) if getattr(nothing_said, field.name)} == AGAINST[kind]


def test_who_asks_asks_alone_and_in_no_mode_of_one_person_unless_that_is_said() -> None:
    assert (Asking(SYSTEM).second, Asking(SYSTEM).single_person) == (None, False)
