"""`deloteka terms`: how retention terms of nomenclatures and lists are read, without a service and a database."""

import csv
import io
import json
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from retention.terms import Reading

HEADER = ["term", "footnote"]
_COLUMNS = (1, 2)


class MalformedInput(Exception):
    """Standard input is no CSV of terms; the message says where and why."""


@click.group()
def terms() -> None:
    """Read retention terms."""


@terms.command("explain")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a row and line.")
def explain(*, as_json: bool) -> None:
    """Say how each term is understood, or which of its words are not.

    Standard input is CSV in UTF-8 with the columns `term` and `footnote`, with or without a row of these names. A row
    that is no such row is told of on standard error; the other rows are still explained, and the exit code is 1.
    """
    from retention.grammar import read

    faulty = False
    if not as_json:
        click.echo(_table_line(_titles()))
    try:
        for number, row in enumerate(_rows(sys.stdin.buffer.read()), start=1):
            if len(row) not in _COLUMNS:
                faulty = True
                click.echo(f"Row {number} has {len(row)} fields; it must have two: term,footnote.", err=True)
                continue
            reading = read(*row)
            click.echo(_json_line(number, reading) if as_json else _table_line(_cells(str(number), reading)))
    except MalformedInput as error:
        raise click.ClickException(str(error)) from error
    if faulty:
        sys.exit(1)


def _rows(content: bytes) -> Iterator[list[str]]:
    """Yield the rows but the header; blank lines at the end are none."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        message = f"Standard input is not UTF-8 (byte {error.start}): save the table as CSV in UTF-8."
        raise MalformedInput(message) from error
    blank = 0
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for place, row in enumerate(reader):
            if not row:
                blank += 1
                continue
            yield from ([] for _ in range(blank))
            blank = 0
            if place or [name.strip().lower() for name in row] not in (HEADER, HEADER[:1]):
                yield row
    except csv.Error as error:
        message = f"Standard input is no CSV from line {reader.line_num} on: {error}."
        raise MalformedInput(message) from error


def _json_line(number: int, reading: "Reading") -> str:
    from retention.explaining import explain as explained

    return json.dumps({"row": number, **explained(reading)}, ensure_ascii=False)


def _titles() -> list[str]:
    from core.kernel.texts import mark, translate

    titles = (mark("Row"), mark("State"), mark("Term"), mark("Footnotes and remarks"), mark("Basis"))
    return [*(translate(title) for title in titles), translate(mark("Words in doubt"))]


def _cells(number: str, reading: "Reading") -> list[str]:
    from core.kernel.texts import mark, translate
    from retention.grammar import Written, format_rule

    states = {"understood": mark("understood"), "needs_review": mark("needs review")}
    state = translate(states[reading.status.value])
    if reading.rule is None:
        written = Written(_one_line(reading.raw_term), _one_line(reading.raw_footnote), _one_line(reading.raw_article))
    else:
        written = format_rule(reading.rule)
    return [number, state, *written, " ".join(reading.not_understood)]


def _table_line(cells: list[str]) -> str:
    return " | ".join(cell or "-" for cell in cells)


def _one_line(text: str) -> str:
    return " ".join(text.split())
