"""Papers of 10,000 rows: processor time, memory and pages, each in a process of its own as the press does it."""

import resource
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, date, datetime

import pypdfium2

from core.papers.disposal_act import ActLine, ActSection, DisposalAct
from core.papers.event_log_export import EventLogEntry, EventLogExport
from core.papers.inventory import Inventory, InventoryLine, InventorySection, Listed
from core.papers.paper import Organisation, Paper, Years
from core.papers.rendering import render_pdf

ROWS = 10_000
MADE = datetime(2026, 3, 16, 9, 30, tzinfo=UTC)
DAY = date(2026, 3, 16)
SCHOOL = Organisation(name="Вымышленная школа № 99")
YEARS = Years(first=2015, last=2018)
TITLE = "Переписка с родителями (законными представителями) обучающихся, дело"


def disposal_act() -> Paper:
    line = ActLine(
        title=TITLE,
        dates="12.01.2015–28.12.2018",
        years=YEARS,
        inventories="Номенклатура дел за 2015–2018 годы",
        index="",
        quantity=4,
        term="5 лет ЭПК, ст. 70",
    )
    lines = tuple(replace(line, title=f"{TITLE} {at}", index=f"01-{at}") for at in range(ROWS))
    section = ActSection(title="01. Руководство", lines=lines)
    return DisposalAct(
        number="1", dated=DAY, issuer=SCHOOL, created_at=MADE, basis="Перечня", sections=(section,), gates=()
    )


def event_log_export() -> Paper:
    entries = tuple(
        EventLogEntry(
            subjects=f"Вымышленный Иван {at}",
            categories="фамилия, имя, отчество; сведения об успеваемости",
            system="Deloteka",
            reason="истечение срока хранения, акт № 3",
            destroyed_on=DAY,
        )
        for at in range(ROWS)
    )
    return EventLogExport(number="1", dated=DAY, issuer=SCHOOL, created_at=MADE, entries=entries)


def inventory() -> Paper:
    lines = tuple(
        InventoryLine(index=f"01-{at}", title=f"{TITLE} {at}", dates="2018", sheets=250) for at in range(ROWS)
    )
    section = InventorySection(title="01. Руководство", lines=lines)
    return Inventory(
        number="1",
        dated=DAY,
        issuer=SCHOOL,
        created_at=MADE,
        listed=Listed.PERMANENT,
        years=YEARS,
        sections=(section,),
    )


PAPERS = {paper.__name__: paper for paper in (disposal_act, event_log_export, inventory)}


def measure(name: str) -> None:
    paper = PAPERS[name]()
    started = time.process_time()
    content = render_pdf(paper)
    seconds = time.process_time() - started
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    document = pypdfium2.PdfDocument(content)
    print(
        f"{name:18} {ROWS} rows  {len(document):4} pages  {seconds:5.1f} s of processor  {memory:5} MiB  "
        f"{len(content) / (1 << 20):.1f} MiB of PDF"
    )
    document.close()


def main() -> None:
    if len(sys.argv) > 1:
        measure(sys.argv[1])
        return
    for name in PAPERS:
        subprocess.run([sys.executable, __file__, name], check=True)  # noqa: S603  # this very script


if __name__ == "__main__":
    main()
