"""Giving the bytes of deleted objects back to the disk; asked by the supervisor, or by a worker beside it."""

import asyncio
import contextlib
import json
from collections.abc import Mapping
from pathlib import Path

from storage.embedded.ports import LOOPBACK
from storage.embedded.programs import weed_program
from storage.errors import VacuumFailed

_ALL_GARBAGE = "0.000001"
"""The share of deleted bytes from which a data file is rewritten: any."""
PATIENCE = 600.0
"""Seconds."""


async def vacuum(folder: Path, ports: Mapping[str, int], patience: float = PATIENCE) -> None:
    """Rewrite the data files of the server on a folder without what was deleted.

    The server lets go of a deleted object some seconds after it has confirmed the deletion, so call this later or
    again; the bytes of other objects are not touched.

    Raises:
        VacuumFailed: the server did not confirm; repeat.
    """
    master = f"{LOOPBACK}:{ports.get('master.port')}.{ports.get('master.port.grpc')}"
    filer = f"{LOOPBACK}:{ports.get('filer.port')}.{ports.get('filer.port.grpc')}"
    shell = await asyncio.create_subprocess_exec(
        str(weed_program()),
        "shell",
        f"-master={master}",
        f"-filer={filer}",
        cwd=folder,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    commands = f"lock\nvolume.vacuum -garbageThreshold={_ALL_GARBAGE}\nunlock\n".encode()
    try:
        output, _ = await asyncio.wait_for(shell.communicate(commands), patience)
    except BaseException as error:
        with contextlib.suppress(ProcessLookupError):
            shell.kill()
        await shell.wait()
        if isinstance(error, TimeoutError):
            raise VacuumFailed(reason=f"no end within {patience:.0f} s") from error
        raise
    if shell.returncode or b"error" in output.lower():
        raise VacuumFailed(output.decode(errors="replace").strip()[-300:])


class Vacuum:
    """The vacuum of a server that another process supervises on the same machine."""

    def __init__(self, folder: Path, *, settling: float = 5.0) -> None:
        """Name the folder of the server; `settling` are seconds in which it lets go of what was just deleted."""
        self._folder = folder
        self._settling = settling

    @classmethod
    def of(cls, folder: Path, endpoint: str) -> "Vacuum | None":
        """Return the vacuum of the server on `folder` if it is the one that answers at `endpoint`, else None."""
        ports = _ports(folder)
        if ports is None or endpoint != f"http://{LOOPBACK}:{ports.get('s3.port')}":
            return None
        return cls(folder)

    async def __call__(self) -> None:
        """Wait until the server has let go, then give space back.

        Raises:
            VacuumFailed: the server did not confirm; repeat.
        """
        await asyncio.sleep(self._settling)
        ports = await asyncio.to_thread(_ports, self._folder)
        if ports is None:
            raise VacuumFailed(reason="the server has no ports")
        await vacuum(self._folder, ports)


def _ports(folder: Path) -> dict[str, int] | None:
    try:
        found: dict[str, int] = json.loads((folder / "ports.json").read_text("ascii"))
    except (OSError, ValueError):
        return None
    return found
