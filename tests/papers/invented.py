"""Invented papers of an invented institution, and ways to look into what was set."""

import io
import re
from datetime import UTC, date, datetime
from decimal import Decimal

import pikepdf
import pypdfium2

from core.papers.disposal_act import (
    ActLine,
    ActSection,
    Backups,
    Destruction,
    DisposalAct,
    ElectronicDestruction,
    InventoryGate,
    InventoryKind,
    Outcome,
    PaperDestruction,
    Spared,
)
from core.papers.paper import Minutes, Organisation, Signature, SinglePersonMode, Years

SCHOOL = Organisation(
    name="Муниципальное бюджетное общеобразовательное учреждение «Вымышленная средняя школа № 99»",
    address="000000, г. Нигдеевск, ул. Небывалая, д. 1",
)
MADE = datetime(2026, 3, 16, 9, 30, tzinfo=UTC)
HEAD = Signature(post="Директор", name="Н. Н. Небывалова", signed_on=date(2026, 3, 5))
CLERK = Signature(post="Делопроизводитель", name="В. В. Вымыслов", signed_on=date(2026, 2, 20))
ARCHIVIST = Signature(post="Заместитель директора по учебно-воспитательной работе", name="П. П. Придумкина")
COMMISSION = Minutes(body="ЭК", number="2", dated=date(2026, 2, 27))
BOARD = Minutes(body="ЭПК", number="14", dated=date(2026, 2, 10))
YEARS = Years(first=2015, last=2018)
LIST = (
    "Перечня типовых управленческих архивных документов, образующихся в процессе деятельности государственных органов, "
    "органов местного самоуправления и организаций, с указанием сроков их хранения (приказ Росархива от 20.12.2019 "
    "№ 236)"
)


def act_line(
    title: str = "Переписка с родителями (законными представителями) обучающихся", **changed: object
) -> ActLine:
    values: dict[str, object] = {
        "title": title,
        "dates": "12.01.2015–28.12.2018",
        "years": YEARS,
        "inventories": "Номенклатура дел за 2015–2018 годы",
        "index": "01-12",
        "quantity": 4,
        "term": "5 лет ЭПК, ст. 70",
        "note": "",
    }
    return ActLine(**(values | changed))  # type: ignore[arg-type]


def disposal_act(**changed: object) -> DisposalAct:
    values: dict[str, object] = {
        "number": "3",
        "dated": date(2026, 2, 20),
        "issuer": SCHOOL,
        "place": "г. Нигдеевск",
        "created_at": MADE,
        "basis": LIST,
        "fonds_number": "17",
        "fonds_name": "Вымышленная средняя школа № 99",
        "sections": (
            ActSection(
                title="01. Руководство",
                lines=(
                    act_line(),
                    act_line(
                        "Журналы регистрации входящих документов",
                        index="01-15",
                        quantity=1,
                        dates="2018",
                        years=Years(first=2018, last=2018),
                        note="электронное дело",
                    ),
                ),
            ),
            ActSection(
                title="05. Учебная часть",
                lines=(
                    act_line(
                        "Заявления обучающихся и документы к ним (справки, докладные, служебные записки, переписка)",
                        index="05-07 т. 1–38",
                        quantity=38,
                        term="3 года, ст. 19 а",
                        spared=Spared(outcome=Outcome.HELD, reason="запрос прокуратуры от 01.03.2026 № 15"),
                    ),
                ),
            ),
        ),
        "gates": (
            InventoryGate(kind=InventoryKind.PERMANENT, years=YEARS, minutes=BOARD),
            InventoryGate(kind=InventoryKind.PERSONNEL, years=YEARS, minutes=BOARD),
            InventoryGate(kind=InventoryKind.LONG_TERM, years=YEARS, minutes=None),
        ),
        "appraised_by": CLERK,
        "agreements": (COMMISSION,),
        "approval": HEAD,
        "destruction": Destruction(
            began_on=date(2026, 3, 13),
            ended_on=date(2026, 3, 14),
            electronic=ElectronicDestruction(
                quantity=1,
                method="удаление всех версий объектов с проверкой отсутствия каждой",
                means="Deloteka",
                means_version="0.1.0",
                media=("объектное хранилище учреждения", "реплика № 1"),
            ),
            paper=PaperDestruction(
                quantity=4,
                weight=Decimal("12.5"),
                method="передача на утилизацию",
                hand_over="Приёмо-сдаточная накладная от 14.03.2026 № 7",
            ),
            backups=Backups(expire_on=date(2026, 6, 14), media=("лента № 2",)),
            executors=(CLERK, ARCHIVIST),
        ),
        "single_person": SinglePersonMode(ground="приказ от 12.01.2026 № 3", declared_on=date(2026, 1, 12)),
        "accounting_changed": CLERK,
    }
    return DisposalAct(**(values | changed))  # type: ignore[arg-type]


def pages(pdf: bytes) -> list[str]:
    """The text of each page."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [page.get_textpage().get_text_range() for page in document]
    finally:
        document.close()


def words(pdf: bytes) -> str:
    """All text in one line; breaks of lines and words undone."""
    text = "\n".join(pages(pdf))
    return " ".join(re.sub("[\u00ad\u200b\ufffe\x02]\\s*", "", text).split())


def opened(pdf: bytes) -> pikepdf.Pdf:
    return pikepdf.open(io.BytesIO(pdf))
