"""`deloteka inspect`: the intake checks on local files, without a service and without a database."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from core.inspection.pipeline import InspectionService
    from core.inspection.report import Report

PLUGINS = ("pdf", "images", "media_type")
_AT_ONCE = max(2, os.cpu_count() or 1)


@click.command("inspect")
@click.argument("paths", nargs=-1, required=True, metavar="PATH…")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a file and line.")
def inspect(paths: tuple[str, ...], *, as_json: bool) -> None:
    """Check files as an upload would be checked, without an antivirus, and say what would become of them.

    PATH may be `-`: then a list of paths, one a line, is read from standard input. The answers come in the order of the
    paths. The exit code is 0 whatever the files are.
    """
    asyncio.run(_inspect_all(_expanded(paths), as_json=as_json))


def _expanded(paths: Iterable[str]) -> Iterator[str]:
    for path in paths:
        if path == "-":
            # Names of files are bytes; what is no UTF-8 goes through unchanged.
            for line in sys.stdin.buffer:
                if name := line.rstrip(b"\r\n"):
                    yield os.fsdecode(name)
        else:
            yield path


async def _inspect_all(paths: Iterator[str], *, as_json: bool) -> None:
    from core.inspection.pipeline import InspectionService
    from core.kernel.sandbox import Sandbox, SandboxSettings

    async with Sandbox(SandboxSettings(plugins=PLUGINS, concurrency=_AT_ONCE)) as sandbox:
        service = InspectionService(sandbox)
        async for path, report in _in_order(service, paths):
            click.echo(_json_line(path, report) if as_json else _plain_line(path, report))


async def _in_order(service: "InspectionService", paths: Iterator[str]) -> AsyncIterator[tuple[str, "Report"]]:
    """Reports in the order of `paths`, a few files being looked at meanwhile."""
    running: list[tuple[str, asyncio.Task[Report]]] = []
    try:
        for path in paths:
            running.append((path, asyncio.create_task(_look(service, Path(path)))))
            if len(running) > _AT_ONCE:
                first, task = running.pop(0)
                yield first, await task
        while running:
            first, task = running.pop(0)
            yield first, await task
    finally:
        for _, task in running:
            task.cancel()


async def _look(service: "InspectionService", path: Path) -> "Report":
    from core.inspection.pipeline import report_unreadable

    try:
        return await service.inspect(path, path.name)
    except (OSError, ValueError) as error:
        return report_unreadable(path, path.name, error)


def _json_line(path: str, report: "Report") -> str:
    from core.inspection.report import finding_to_json

    line = {
        "path": path,
        "verdict": report.verdict.value,
        "code": report.code,
        "media_type": report.media_type,
        "pages": report.pages,
        "sha256": report.sha256 or None,
        "findings": [finding_to_json(finding) for finding in report.findings],
        "ms": round(report.ms["total"], 3),
    }
    # A name that is no UTF-8 can only be told in escapes.
    return json.dumps(line, ensure_ascii=any("\ud800" <= character <= "\udfff" for character in path))


def _plain_line(path: str, report: "Report") -> str:
    pages = "" if report.pages is None else f", {report.pages} p."
    reason = "" if report.code is None else f" ({report.code})"
    remarks = "; ".join(finding.message for finding in report.findings)
    line = f"{_printable(path)}: {report.verdict.value}{reason}, {report.media_type}{pages}"
    return f"{line}: {remarks}" if remarks else line


def _printable(path: str) -> str:
    """A path as UTF-8 can say it, without control characters."""
    text = path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return "".join(character if character.isprintable() else "�" for character in text)
