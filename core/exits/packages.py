"""Packages of transfers as rows: asked for once, built by a job, replaced when the list changed, removed when unwanted.

The object of a package is written under a key of its own, so a superseded one can be removed without touching another;
originals are only read here.
"""

from typing import Final
from uuid import UUID

from core.exits.errors import PackageNotReady
from core.exits.models import Transfer, TransferPackage
from core.kernel.database.work import Work
from core.kernel.ids import new_id
from core.nomenclature.drafting import actor
from storage.keys import package_key

PACK_JOB: Final = "transfer.pack"
"""Builds the package of a transfer."""
REMOVE_JOB: Final = "transfer.remove_package"
"""Removes the object of a package that nobody wants any more."""
_RUNNING: Final = "SELECT 1 FROM jobs WHERE institution_id = $1 AND id = $2 AND state IN ('queued', 'running')"


async def present_package(transfer_id: UUID) -> TransferPackage | None:
    """Return the package of a transfer that counts now: the latest that was not superseded."""
    packages = TransferPackage.filter(transfer_id=transfer_id).exclude(state="superseded")
    return await packages.order_by("-id").first()


async def ready_package(transfer_id: UUID) -> TransferPackage:
    """Return the package that may be given out; raise `PackageNotReady`."""
    package = await present_package(transfer_id)
    if package is None or package.state != "ready":
        raise PackageNotReady(state=package.state if package else "none")
    return package


async def request_package(
    work: Work, transfer: Transfer, *, digest: bytes | None = None, lost: UUID | None = None
) -> TransferPackage:
    """Have the package of a locked transfer made; asked for again, it answers the one that is there or under way.

    `digest` is that of the present list: a package of another one is superseded, and so is the one that storage `lost`.
    """
    present = await present_package(transfer.id)
    if present is not None and present.state == "building" and await _is_under_way(work, present):
        return present
    if present is not None and present.state == "ready" and present.list_digest == digest and present.id != lost:
        return present
    await supersede(work, transfer.id)
    package_id = new_id()
    job = work.defer(
        PACK_JOB,
        subject_type="transfer",
        subject_id=transfer.id,
        arguments={"package": str(package_id)},
        lock=f"transfer:{transfer.id}",
    )
    await TransferPackage.create(
        id=package_id,
        transfer_id=transfer.id,
        object_key=package_key(transfer.institution_id, transfer.id, package_id),
        job_id=job,
        requested_by=actor(work),
        requested_at=work.now,
    )
    work.record("transfer.package_requested", "transfer", transfer.id, {"package": str(package_id)})
    return await TransferPackage.get(id=package_id)


async def supersede(work: Work, transfer_id: UUID) -> None:
    """Let no package of a transfer count any more; their objects are removed by jobs."""
    for package in await TransferPackage.filter(transfer_id=transfer_id).exclude(state="superseded").order_by("id"):
        await TransferPackage.filter(id=package.id).update(state="superseded")
        defer_removal(work, transfer_id, package.id)


def defer_removal(work: Work, transfer_id: UUID, package_id: UUID) -> None:
    """Have the object of a superseded package removed."""
    work.defer(
        REMOVE_JOB,
        subject_type="transfer",
        subject_id=transfer_id,
        arguments={"package": str(package_id)},
        lock=f"transfer:{transfer_id}",
    )


async def _is_under_way(work: Work, package: TransferPackage) -> bool:
    return bool(await work.rows(_RUNNING, [work.scope.institution_id, package.job_id]))
