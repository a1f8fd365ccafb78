"""Previews: pictures of the first pages, made by a job after the acknowledgement; never a reason to refuse a file."""

import asyncio
import json
import tempfile
from pathlib import Path
from typing import Final
from uuid import UUID

from core.documents.models import DocumentVersion, Rendition
from core.documents.services import DocumentServices
from core.documents.spool import SpoolName
from core.inspection.previews import Previews, render_previews
from core.inspection.report import finding_to_json
from core.kernel.database.work import Records, Work
from core.kernel.jobs.catalog import JobHandler
from core.kernel.jobs.context import JobContext
from core.kernel.sandbox import ProviderKind
from core.kernel.scope import Scope
from core.sdk import Candidate, Finding, RenderedPage
from retention.lifecycle import DocumentState
from storage.digest import sha256_of_file_async
from storage.keys import rendition_key
from storage.objects import StoredVersion

PREVIEW_JOB: Final = "document.render_preview"
PAGES: Final = 20
"""Pages of one version that get a picture."""
PIXELS: Final = 1600
"""Of the longer side."""


def defer_preview(records: Records, version: DocumentVersion) -> None:
    """Have pictures made of a version that is kept from now on, when nothing else is to be done."""
    records.defer(
        PREVIEW_JOB,
        subject_type="document",
        subject_id=version.document_id,
        arguments={"version": str(version.id)},
        patient=True,
    )


def preview_job(services: DocumentServices) -> JobHandler:
    """Return the handler of `PREVIEW_JOB`."""

    async def handle(context: JobContext, *, version: str) -> None:
        made = await render_preview(services, context.scope, UUID(version))
        await context.progress(made, made)

    return handle


async def render_preview(services: DocumentServices, scope: Scope, version_id: UUID) -> int:
    """Make and keep the pictures of a version; return how many. Can be repeated; ended versions get none."""
    async with services.database.work(scope):
        version = await DocumentVersion.get_or_none(id=version_id, state=DocumentState.KEPT)
        done = await Rendition.filter(version_id=version_id, kind="preview").count()
    if version is None or done:
        return done
    steps = services.sandbox.steps(ProviderKind.RENDERER, version.media_type)
    if not steps:
        return 0
    with tempfile.TemporaryDirectory(prefix="preview-", dir=services.scratch) as folder:
        previews = await _render(services, version, Path(folder))
        async with services.database.work(scope) as work:
            # Nobody can end the document until the commit, so no picture is stored behind the back of a removal.
            if not await _is_alive(work, version):
                return 0
            kept = [(page, await _keep(services, version, page)) for page in previews.pages]
            await _write_rows(work, version, kept, previews.finding)
    return len(kept)


async def _render(services: DocumentServices, version: DocumentVersion, folder: Path) -> Previews:
    path = await _fetch(services, version, folder / "original")
    pictures = folder / "pictures"
    pictures.mkdir()
    candidate = Candidate(
        path=path,
        file_name=version.file_name,
        size=version.size,
        sha256=version.sha256.hex(),
        media_type=version.media_type,
    )
    return await render_previews(services.sandbox, candidate, pictures, pages=PAGES, pixels=PIXELS)


async def _fetch(services: DocumentServices, version: DocumentVersion, path: Path) -> Path:
    """Get the original: a second name of the spool's copy, which the keeper may remove at any time, or a download."""
    name = SpoolName(version.institution_id, version.document_id, version.id)
    if services.spool.second_name(name, path, version.size):
        return path
    with path.open("wb") as file:
        async with services.vault.open(version.object_key, version.storage_version_id) as stream:
            async for chunk in stream:
                await asyncio.to_thread(file.write, chunk)
    return path


async def _keep(services: DocumentServices, version: DocumentVersion, page: RenderedPage) -> StoredVersion:
    digest, size = await sha256_of_file_async(page.path)
    name = f"page-{page.number:04d}-{digest[:16]}.jpg"
    return await services.vault.put(
        rendition_key(version.institution_id, version.document_id, version.id, name),
        page.path,
        sha256=digest,
        size=size,
        media_type=page.media_type,
    )


async def _is_alive(work: Work, version: DocumentVersion) -> bool:
    """Say whether the version is still kept, and keep it so until the end of the transaction."""
    rows = await work.rows(
        "SELECT 1 FROM document_versions v"
        " JOIN documents d ON d.institution_id = v.institution_id AND d.id = v.document_id"
        " WHERE v.institution_id = $1 AND v.id = $2 AND v.state = 'kept' AND d.state <> 'withdrawn' FOR SHARE OF d",
        [version.institution_id, version.id],
    )
    return bool(rows)


async def _write_rows(
    work: Work, version: DocumentVersion, kept: list[tuple[RenderedPage, StoredVersion]], finding: Finding | None
) -> None:
    if finding is not None:
        await work.run(
            "UPDATE document_versions SET findings = findings || $3::jsonb WHERE institution_id = $1 AND id = $2"
            ' AND NOT findings @> \'[{"code": "no_preview"}]\'',
            [version.institution_id, version.id, json.dumps([finding_to_json(finding)])],
        )
    for page, stored in kept:
        await Rendition.create(
            version_id=version.id,
            kind="preview",
            page=page.number,
            object_key=stored.key,
            storage_version_id=stored.version_id,
            media_type=stored.media_type,
            size=stored.size,
            width=page.width,
            height=page.height,
            created_at=work.now,
        )
