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
    from core.kernel.sandbox import SandboxSettings

PLUGINS = ("pdf", "images", "media_type")
_PREFIX = "DELOTEKA_"
_AT_ONCE = max(2, os.cpu_count() or 1)


@click.command("inspect")
@click.argument("paths", nargs=-1, required=True, metavar="PATH…")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a file and line.")
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    help="The settings file; by default $DELOTEKA_CONFIG, then config.toml in this folder, then the usual plugins.",
)
def inspect(paths: tuple[str, ...], *, as_json: bool, config: Path | None) -> None:
    """Check files as an upload would be checked, without an antivirus, and say what would become of them.

    PATH may be `-`: then a list of paths, one a line, is read from standard input. The answers come in the order of the
    paths. The exit code is 0 whatever the files are.
    """
    asyncio.run(_inspect_all(_expanded(paths), _sandbox_settings(config), as_json=as_json))


def _sandbox_settings(config: Path | None) -> "SandboxSettings":
    """The plugins that look at files, as the settings name them; without any settings the built-in ones."""
    from core.kernel.sandbox import SandboxSettings

    if config is None and not Path("config.toml").exists() and not any(name.startswith(_PREFIX) for name in os.environ):
        return SandboxSettings(plugins=PLUGINS, concurrency=_AT_ONCE)
    from core.cli.installation import settings_or_exit
    from core.kernel.plugins.kinds import COMPUTING_HOOKS
    from core.kernel.plugins.sources import BUILT_IN

    plugins = settings_or_exit(config).plugins
    names = tuple(name for name in plugins.enabled if BUILT_IN.get(name, COMPUTING_HOOKS) & COMPUTING_HOOKS)
    tables = {name: table for name, table in plugins.settings.items() if name in names}
    return SandboxSettings(plugins=names, settings=tables, concurrency=_AT_ONCE)


def _expanded(paths: Iterable[str]) -> Iterator[str]:
    for path in paths:
        if path == "-":
            # Names of files are bytes; what is no UTF-8 goes through unchanged.
            for line in sys.stdin.buffer:
                if name := line.rstrip(b"\r\n"):
                    yield os.fsdecode(name)
        else:
            yield path


async def _inspect_all(paths: Iterator[str], settings: "SandboxSettings", *, as_json: bool) -> None:
    from core.inspection.pipeline import InspectionService
    from core.kernel.sandbox import Sandbox

    async with Sandbox(settings) as sandbox:
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
    from core.kernel.texts import mark, translate

    verdicts = {"accepted": mark("accepted"), "quarantined": mark("put into quarantine"), "rejected": mark("rejected")}
    pages = "" if report.pages is None else ", " + translate("pages: {number}", number=report.pages)
    reason = "" if report.code is None else f" ({report.code})"
    remarks = "; ".join(translate(finding.message) for finding in report.findings)
    line = f"{_printable(path)}: {translate(verdicts[report.verdict.value])}{reason}, {report.media_type}{pages}"
    return f"{line}: {remarks}" if remarks else line


def _printable(path: str) -> str:
    """A path as UTF-8 can say it, without control characters."""
    text = path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return "".join(character if character.isprintable() else "�" for character in text)
