"""Cells with their footnotes that are understood: the starting point of the property tests."""

import csv
from pathlib import Path

HERE = Path(__file__).parent


def _cells() -> list[tuple[str, str]]:
    found = []
    for name in ("retention_terms", "nomenclature_school", "nomenclature_dpo", "nomenclature_ip"):
        with (HERE / f"{name}.csv").open(encoding="utf-8-sig", newline="") as source:
            found += [(row["term"], row.get("footnote", row.get("note", ""))) for row in csv.DictReader(source)]
    return found


EXTRA = [
    ("75 лет - «В» ЭПК", ""),
    ("3 (трёх) лет ЦЭК", ""),
    ("пять лет", "Переходящее с 2021 г."),
    ("5 лет ЭПК, ст. 434 а, б", ""),
    ("ст. 19-21, ст. 36 (ведомственный перечень) 5 лет", ""),
    ("5 лет, решение ЭК", ""),
    ("Не менее 10 лет (1)", "(1) После снятия с учета"),
    ("До минования надобности, но не менее 5 лет", ""),
    ("До снятия с учёта ЭПК", "Хранятся в бухгалтерии"),
    ("3 года по окончании обучения", ""),
    ("10 лет со дня выдачи", ""),
    ("Постоянно (1)", "(1) До ликвидации организации"),
    ("Постоянно", "В государственные архивы передаются при ликвидации"),
    ("5 лет (1) (2)", "(1) После замены новыми; (2) По месту разработки - Пост."),
    ("5 лет (1)", "(1) При отсутствии счетов - 50/75 лет ЭПК; при условии проведения проверки. Переходящее"),
]

IN_DOUBT = {
    ("5 лет ЭПК (1) (2)", "(1) …; (2) … (сноски обрезаны в источнике)"),
    ("50/75 лет (1)", "(1) До ликвидации организации"),
    ("До замены новыми", "До прекращения деятельности ИП"),
    ("До истечения срока действия договора; после истечения - 5 лет ЭПК", ""),
    ("до окончания освоения обучающимися образовательной программы до минования надобности", ""),
}

# Written down, not asked of the grammar: a cell that it does not understand any more may not just leave the list.
UNDERSTOOD = sorted({cell for cell in [*_cells(), *EXTRA] if cell[0]} - IN_DOUBT)
"""Each once, blank cells left out."""
