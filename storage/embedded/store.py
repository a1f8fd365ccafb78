"""The object server that the service starts itself: SeaweedFS from its wheel, on loopback, with its own credentials."""

import asyncio
import contextlib
import fcntl
import os
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from storage.embedded.files import (
    PRIVATE_FOLDER,
    Secrets,
    load_secrets,
    s3_identities,
    signing_configuration,
    write_private,
)
from storage.embedded.options import server_options
from storage.embedded.ports import LOOPBACK, choose, is_free, wait_until_free
from storage.embedded.process import ChildProcess, end_stale
from storage.embedded.programs import weed_program
from storage.embedded.space import Space, measure
from storage.embedded.vacuuming import PATIENCE, vacuum
from storage.errors import StorageError, StoreFolderInUse, StoreStartFailed
from storage.s3 import Patience, S3Address, S3Vault, open_vault

BUCKET = "deloteka"
_POLL = 0.03
_MAX_LOG = 16 * 1024 * 1024


class EmbeddedStore:
    """Starts, watches and stops one object server on one folder; its credentials and ports stay with the folder.

    The lock on deletion ends at the S3 door: whoever may read this folder or reach the inner doors with its secrets
    can delete anything. For a guarantee against that, name an external store with object lock.
    """

    def __init__(self, folder: Path, *, bucket: str = BUCKET, start_patience: float = 30.0) -> None:
        """Name the folder; nothing is touched before `start`. `start_patience` in seconds."""
        self.folder = folder.absolute()
        self.log = self.folder / "server.log"
        self._bucket = bucket
        self._start_patience = start_patience
        self._data = self.folder / "data"
        self._options = self.folder / "server.options"
        self._guard: int | None = None
        self._child: ChildProcess | None = None
        self._ports: Mapping[str, int] = {}
        self._address: S3Address | None = None

    @property
    def is_running(self) -> bool:
        """Whether the server's process lives."""
        return self._child is not None and self._child.is_running

    @property
    def pid(self) -> int | None:
        """The server's process id, while it lives."""
        return self._child.pid if self._child else None

    async def start(self) -> S3Address:
        """Start the server and wait until its S3 door takes and gives objects; a running one is left alone.

        Raises:
            StoreFolderInUse: another process runs a server on this folder.
            StoreStartFailed: it did not come up in time; nothing of it is left running.
        """
        if self.is_running and self._address is not None:
            return self._address
        self._take_folder()
        try:
            if await end_stale(self._pid_file, str(self._options), self._start_patience):
                await asyncio.to_thread(wait_until_free, self.folder / "ports.json", self._start_patience)
            made = self._prepare()
            address = self._address_for(made.access_key, made.secret_key)
            self._run_server()
            await self._wait_for_door(self._address_for(made.keeper_access_key, made.keeper_secret_key), address)
        except BaseException:
            await self.kill()
            self._release_folder()
            raise
        self._address = address
        return address

    async def open_vault(self, *, patience: Patience | None = None) -> S3Vault:
        """A vault in this store that refuses what does not fit on the disk.

        Raises:
            StorageError: the server does not run.
        """
        address = await self.start()
        return await open_vault(
            address, create_bucket=False, patience=patience, room=lambda size: self.space().has_room_for(size)
        )

    async def stop(self, patience: float = 15.0) -> None:
        """Stop the server in order, and at once if that takes longer than `patience` seconds."""
        if self._child is not None:
            await self._child.stop(patience)
        self._child = None
        self._remove_sockets()
        self._release_folder()

    async def kill(self) -> None:
        """End the server as a crash would; acknowledged objects survive, and `start` brings them back."""
        if self._child is not None:
            await self._child.kill()
        self._remove_sockets()

    def space(self) -> Space:
        """Room on the disk of the store."""
        return measure(self.folder)

    async def vacuum(self, patience: float = PATIENCE) -> None:
        """Give the bytes of deleted objects back to the disk; until then they lie in the data files.

        The server lets go of a deleted object some seconds after it has confirmed the deletion, so call this later
        or again; the bytes of other objects are not touched.

        Raises:
            VacuumFailed: the server did not confirm; repeat.
        """
        await vacuum(self.folder, self._ports, patience)

    @property
    def _pid_file(self) -> Path:
        return self.folder / "server.pid"

    def _take_folder(self) -> None:
        if self._guard is not None:
            return
        self.folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        self._data.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
        guard = os.open(self.folder / "supervisor.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(guard)
            raise StoreFolderInUse(str(self.folder)) from None
        self._guard = guard

    def _release_folder(self) -> None:
        if self._guard is not None:
            os.close(self._guard)
        self._guard = None

    def _remove_sockets(self) -> None:
        """The server leaves sockets behind, in a folder that no option changes, under the names of its ports."""
        for port in self._ports.values():
            for socket in Path("/tmp").glob(f"seaweedfs-*-{port}.sock"):  # noqa: S108 — the server's choice
                with contextlib.suppress(OSError):
                    socket.unlink()

    def _prepare(self) -> Secrets:
        made = load_secrets(self.folder / "secrets.json")
        self._ports = choose(self.folder / "ports.json")
        identities = self.folder / "identities.json"
        write_private(identities, s3_identities(made, self._bucket))
        write_private(self.folder / "security.toml", signing_configuration(made))
        write_private(self._options, server_options(self._data, self._ports, made, identities=identities))
        if self.log.exists() and self.log.stat().st_size > _MAX_LOG:
            self.log.replace(self.log.with_suffix(".log.1"))
        return made

    def _address_for(self, access_key: str, secret_key: str) -> S3Address:
        endpoint = f"http://{LOOPBACK}:{self._ports['s3.port']}"
        return S3Address(endpoint=endpoint, access_key=access_key, secret_key=secret_key, bucket=self._bucket)

    def _run_server(self) -> None:
        arguments = ["-logtostderr=true", "mini", f"-options={self._options}"]
        self._child = ChildProcess(weed_program(), arguments, folder=self.folder, log=self.log, pid_file=self._pid_file)
        self._child.start()

    async def _wait_for_door(self, keeper: S3Address, service: S3Address) -> None:
        deadline = time.monotonic() + self._start_patience
        patience = Patience(connect=1.0, answer=15.0)
        async with S3Vault(keeper, patience=patience) as maker, S3Vault(service, patience=patience) as vault:
            while True:
                reason = await self._try_door(maker, vault)
                if reason is None:
                    return
                self._require_alive()
                if time.monotonic() > deadline:
                    raise StoreStartFailed(
                        reason=f"no answer in {self._start_patience:.0f} s: {reason}", log=str(self.log)
                    )
                await asyncio.sleep(_POLL)

    async def _try_door(self, maker: S3Vault, vault: S3Vault) -> str | None:
        if await asyncio.to_thread(is_free, self._ports["s3.port"]):
            return "nobody listens yet"
        try:
            await maker.ensure_bucket()
            await vault.probe()
        except StorageError as error:
            return str(error)
        return None

    def _require_alive(self) -> None:
        if self._child is not None and not self._child.is_running:
            raise StoreStartFailed(reason=f"its process ended with {self._child.exit_code}", log=str(self.log))

    async def __aenter__(self) -> Self:
        """Start the server for a block."""
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the server at the end of the block."""
        await self.stop()
