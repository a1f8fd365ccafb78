"""`deloteka nomenclature`: a file with a nomenclature, looked at without a service and without a database."""

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from core.nomenclature.reading.errors import NomenclatureFileRefused
    from core.nomenclature.reading.report import CheckedRow, Report
    from retention.nomenclature import NomenclatureDraft

STOPPED = 1
REFUSED = 3
_WIDTHS = (10, 46, 30)
_WIDEST = 400


@click.group("nomenclature")
def nomenclature() -> None:
    """Look at case nomenclatures."""


@nomenclature.command("check")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the report as one JSON object.")
def check(file: Path, *, as_json: bool) -> None:
    """Say what an import of FILE (.xlsx, .docx, .csv) would bring, row by row; nothing is changed anywhere.

    The exit code is 0 if nothing stops the import, 1 if the file has to be corrected first, 3 if it cannot be read as a
    nomenclature at all.
    """
    from core.nomenclature.reading.errors import NomenclatureFileRefused
    from core.nomenclature.reading.report import check as look
    from core.nomenclature.reading.report import report_to_json

    try:
        report = look(asyncio.run(_read(file)))
    except NomenclatureFileRefused as error:
        _print_refusal(file, error, as_json=as_json)
        raise click.exceptions.Exit(REFUSED) from error
    if as_json:
        click.echo(json.dumps(report_to_json(report), ensure_ascii=False, indent=1))
    else:
        _print_report(file, report)
    if report.stops_import:
        raise click.exceptions.Exit(STOPPED)


async def _read(file: Path) -> "NomenclatureDraft":
    from core.kernel.sandbox import Sandbox, SandboxSettings
    from core.nomenclature.reading.provider import PLUGIN
    from core.nomenclature.reading.reader import read_in_sandbox

    async with Sandbox(SandboxSettings(plugins=(PLUGIN,), concurrency=1)) as sandbox:
        return await read_in_sandbox(sandbox, file, name=file.name)


def _print_refusal(file: Path, error: "NomenclatureFileRefused", *, as_json: bool) -> None:
    from core.kernel.texts import translate

    title, remedy = translate(error.title), translate(error.remedy, **error.facts)
    if as_json:
        refusal = {"code": error.code, "title": title, "remedy": remedy, "facts": dict(error.facts)}
        click.echo(json.dumps({"refused": refusal}, ensure_ascii=False, indent=1))
    click.echo(f"{file.name}: {title}. {remedy}", err=True)


def _print_report(file: Path, report: "Report") -> None:
    from core.kernel.texts import mark, translate
    from core.nomenclature.reading.texts import text_of, text_of_reason

    draft = report.draft
    unknown = translate(mark("not said"))
    click.echo(f"{file.name}: {_one_line(draft.organisation or unknown)}, {draft.year or unknown}")
    section = None
    titles = {each.name: each.title for each in draft.sections}
    for checked in report.rows:
        if checked.row.section != section:
            section = checked.row.section
            title = titles.get(section)
            click.echo("\n" + _one_line(f"{section} {title}" if title and title != section else f"{section}"))
        _print_row(checked)
    click.echo("\n" + translate(mark("Lines that are no rows:")))
    for line in draft.ignored:
        click.echo(f"  {_one_line(line.place)}: {text_of_reason(line.reason)}: {_one_line(line.text, 100)}")
    general = [finding for finding in report.findings if finding.row is None]
    for finding in general:
        click.echo(_one_line(f"! {text_of(finding)}" + (f" ({finding.place})" if finding.place else "")))
    understood = sum(1 for checked in report.rows if checked.reading.rule is not None)
    numbers = {"rows": len(report.rows), "understood": understood, "findings": len(report.findings)}
    click.echo(
        translate(mark("Rows: {rows}, of them with an understood term: {understood}; findings: {findings}"), **numbers)
    )
    if report.stops_import:
        click.echo(translate(mark("The file has to be corrected before it can be imported.")))


def _print_row(checked: "CheckedRow") -> None:
    from core.nomenclature.reading.texts import text_of

    row = checked.row
    cells = (row.index, row.title, f"{row.term} {row.article}".strip())
    click.echo(
        "  ".join(_one_line(cell, width).ljust(width) for cell, width in zip(cells, _WIDTHS, strict=True)).rstrip()
    )
    for finding in checked.findings:
        click.echo(f"    ! {_one_line(text_of(finding))}")


def _one_line(text: str, width: int = _WIDEST) -> str:
    shown = "".join(character if character.isprintable() else "�" for character in " ".join(text.split()))
    return shown if len(shown) <= width else shown[: width - 1] + "…"
