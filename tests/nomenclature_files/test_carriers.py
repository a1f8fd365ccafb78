"""What a note says of the carriers of a row."""

import pytest

from core.nomenclature.carriers import carriers_of

PAPER, FILES, BOTH = (True, False), (False, True), (True, True)


@pytest.mark.parametrize(
    ("note", "expected"),
    [
        ("", PAPER),
        ("Переходящее", PAPER),
        ("Электронная почта учреждения не хранится", PAPER),
        ("(1) После замены новыми. Хранятся в кабинете 12", PAPER),
        ("На электронном носителе", FILES),
        ("Ведется в электронном виде", FILES),
        ("Ведётся в электронной форме", FILES),
        ("(1) После отчисления слушателя. На электронных носителях", FILES),
        ("электронное", FILES),
        ("Переходящее; электронное дело", FILES),
        ("На бумажном и электронном носителях", BOTH),
        ("на электронном и на бумажном носителе", BOTH),
        ("В электронном виде, распечатывается в конце года", BOTH),
        ("Ведется в электронном виде; экземпляр на бумаге", BOTH),
    ],
)
def test_a_note_says_on_what_the_cases_are_kept(note: str, expected: tuple[bool, bool]) -> None:
    assert carriers_of(note) == expected
