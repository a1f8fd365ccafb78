"""Which places there are: the operator's settings say where they lie, a connection only names one."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self
from uuid import UUID

from core.connections.places.bucket import BucketPlace
from core.connections.places.folder import FolderPlace
from core.connections.places.names import checked_name
from core.kernel.settings import Settings
from core.sdk.connectors import Place, Watched, WatchedKind
from core.sdk.errors import ConnectorMisconfigured
from storage.inbox import Inbox
from storage.s3 import S3Address, S3Inbox

PREFIX: Final = "incoming"
"""What keys of scans begin with; originals have other keys."""

MakeInbox = Callable[[], Inbox]


@dataclass(frozen=True, slots=True)
class Places:
    """Where watched places may lie on this host; by default nowhere."""

    folders: Path | None = None
    """Root of folders: `<institution>/<name>` below it."""
    make_inbox: MakeInbox | None = None
    """Opens the object storage: `incoming/<institution>/<name>/` in it."""

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Take them from the settings; without a storage for scans of its own, that of the originals is used."""
        address = _address(settings)
        folders = settings.connections.scan_folders
        return cls(Path(folders) if folders else None, None if address is None else lambda: S3Inbox(address))

    @asynccontextmanager
    async def open(self, institution_id: UUID, watched: Watched) -> AsyncIterator[Place]:
        """Give the place of a name within an institution; raise `ConnectorMisconfigured` if there can be none."""
        name = checked_name(watched.name)
        if watched.kind is WatchedKind.FOLDER:
            if self.folders is None:
                detail = "the service watches no folders; the operator sets connections.scan_folders"
                raise ConnectorMisconfigured(detail)
            yield FolderPlace(self.folders, (str(institution_id), name))
            return
        if self.make_inbox is None:
            detail = "the service has no object storage for scans; the operator sets connections.scan_endpoint"
            raise ConnectorMisconfigured(detail)
        async with self.make_inbox() as inbox:
            yield BucketPlace(inbox, f"{PREFIX}/{institution_id}/{name}/")


def _address(settings: Settings) -> S3Address | None:
    connections, storage = settings.connections, settings.storage
    if connections.scan_endpoint:
        secret = connections.scan_secret_key
        return S3Address(
            endpoint=connections.scan_endpoint,
            access_key=connections.scan_access_key,
            secret_key=secret.get_secret_value() if secret else "",
            bucket=connections.scan_bucket,
            region=connections.scan_region,
        )
    if not storage.endpoint or storage.secret_key is None:
        return None
    return S3Address(
        endpoint=storage.endpoint,
        access_key=storage.access_key,
        secret_key=storage.secret_key.get_secret_value(),
        bucket=storage.bucket,
        region=storage.region,
    )
