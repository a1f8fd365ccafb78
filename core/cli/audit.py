"""`deloteka audit`: is the audit trail as it was written?"""

import asyncio
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

from core.cli.installation import CONFIG_OPTION, Installation

if TYPE_CHECKING:
    from core.kernel.audit.report import TrailReport
    from core.kernel.settings import Settings


@click.group()
def audit() -> None:
    """Check the audit trail."""


@audit.command("verify")
@click.option("--institution", "institution_id", type=click.UUID, help="Only this institution; by default all.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@CONFIG_OPTION
def verify(institution_id: UUID | None, path: Path | None, *, as_json: bool) -> None:
    """Read every trail and its anchors again; print one line an institution, and every fault.

    The exit code is 1 when there is any fault.
    """
    settings = Installation.of(path).reachable()
    reports = asyncio.run(_reports(settings, institution_id))
    for report in reports:
        shown = as_json_object(report)
        click.echo(json.dumps(shown, ensure_ascii=False) if as_json else "\n".join(as_lines(shown)))
    if not all(report.sound for report in reports):
        sys.exit(1)


async def _reports(settings: "Settings", institution_id: UUID | None) -> "list[TrailReport]":
    from core.bootstrap.parts import open_database, storage_address
    from core.kernel.audit.verification import institutions_to_verify, verify_trail
    from core.kernel.errors import DelotekaError
    from storage.errors import StorageError
    from storage.s3 import open_vault

    try:
        async with await open_vault(storage_address(settings)) as vault, open_database(settings) as database:
            wanted = [institution_id] if institution_id else await institutions_to_verify(database, vault)
            return [await verify_trail(database, vault, each) for each in wanted]
    except (DelotekaError, StorageError) as error:
        raise click.ClickException(str(error)) from error


def as_json_object(report: "TrailReport") -> dict[str, Any]:
    """Return a report as a JSON object."""
    return {
        "institution": str(report.institution_id),
        "sound": report.sound,
        "verified_at": report.verified_at.isoformat(),
        "sealed": report.sealed,
        "waiting": report.waiting,
        "anchors": report.anchors,
        "head_position": report.head_position,
        "head_digest": report.head_digest.hex(),
        "counts": {fault.value: count for fault, count in report.counts.items()},
        "findings": [
            {
                "fault": finding.fault.value,
                "position": finding.position,
                "entry_id": str(finding.entry_id) if finding.entry_id else None,
                "detail": finding.detail,
            }
            for finding in report.findings
        ],
    }


def as_lines(shown: dict[str, Any]) -> list[str]:
    """Return the lines that tell a person what `as_json_object` says."""
    state = "sound" if shown["sound"] else f"{sum(shown['counts'].values())} FAULTS"
    head = (
        f"{shown['institution']}  {state}  {shown['sealed']} sealed  {shown['waiting']} waiting"
        f"  {shown['anchors']} anchors  head {shown['head_digest']}"
    )
    return [head, *(_finding_line(finding) for finding in shown["findings"])]


def _finding_line(finding: dict[str, Any]) -> str:
    parts = [
        finding["fault"],
        f"position {finding['position']}" if finding["position"] else "",
        f"entry {finding['entry_id']}" if finding["entry_id"] else "",
        finding["detail"],
    ]
    return "  " + "  ".join(part for part in parts if part)
