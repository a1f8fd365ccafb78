"""What stands in a note and says nothing of the term is kept beside it."""

import pytest

from tests.retention_rules.terms.telling import told

REPLACED = "(1) После замены новыми"


@pytest.mark.parametrize(
    "remark",
    [
        "Переходящее",
        "переходящее с 2021 г.",
        "На электронном носителе",
        "Ведется в электронном виде",
        "По годам",
        "том 1, том 2",
        "часть 1 - 1-4 классы, часть 2 - 5-9 классы",
        "2 тома",
        "Уничтожено, акт № 5 от 12.03.2024",
        "Передано в муниципальный архив, акт № 5 от 12.03.2024",
        "Хранятся в бухгалтерии",
        "Подлинники хранятся в бухгалтерии",
        "Хранятся с личным делом",
        "В составе личного дела",
        "Не вошедшие в личные дела",
        "кабинет 12",
        "Форма 1-ПК",
        "Организация не является источником комплектования",
        "Отдельно от приказов по основной деятельности",
        "Утвержденная",
        "Для служебного пользования",
    ],
)
def test_a_remark_stays_a_remark(remark: str) -> None:
    assert told("5 лет", remark) == f"years 5; remark {remark}"
    assert told("5 лет (1)", f"{remark}; {REPLACED}") == f"years 5 after replaced; remark {remark}"
    assert told("5 лет (1)", f"{REPLACED}. {remark}") == f"years 5 after replaced; remark {remark}"


@pytest.mark.parametrize(
    "remark",
    [
        "2 тома", "По годам", "Форма 1-ПК", "кабинет 12", "Переходящее с 2021 г.", "Ведется в электронном виде",
        "том 1, том 2", "Находится в личном деле", "Находится в составе личных дел",
        "Подлинники хранятся в бухгалтерии", "Уничтожено, акт № 5 от 12.03.2024", "Передано в муниципальный архив",
        "Документы строгой отчетности", "Не вошедшие в личные дела",
        "Организация не является источником комплектования",
    ],
)  # fmt: skip
def test_a_known_remark_answers_its_reference(remark: str) -> None:
    assert told("5 лет (1)", f"(1) {remark}") == f"years 5; remark {remark}"
