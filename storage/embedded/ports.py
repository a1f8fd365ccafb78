"""Loopback ports that stay the same from start to start, unless somebody else has taken one."""

import json
import random
import socket
import time
from collections.abc import Iterable
from pathlib import Path

from storage.embedded.files import write_private

DOORS = (
    "master.port",
    "master.port.grpc",
    "volume.port",
    "volume.port.grpc",
    "filer.port",
    "filer.port.grpc",
    "s3.port",
    "s3.port.grpc",
    "admin.port",
    "admin.port.grpc",
)
"""Every door of the object server, by the name of its option."""

LOOPBACK = "127.0.0.1"
_LOWEST, _HIGHEST = 20_000, 32_000
"""Below the range from which Linux takes the source ports of connections, so that nothing takes ours meanwhile."""
_TRIALS = 1_000
_POLL = 0.02


def is_free(port: int) -> bool:
    """Whether a server could listen on this loopback port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def remembered(file: Path) -> dict[str, int]:
    """The ports of the last start, or nothing if the file is missing or damaged."""
    try:
        ports = json.loads(file.read_text("ascii"))
    except (OSError, ValueError):
        return {}
    complete = isinstance(ports, dict) and set(ports) == set(DOORS)
    return ports if complete and all(type(port) is int for port in ports.values()) else {}


def choose(file: Path) -> dict[str, int]:
    """The ports of the last start if all of them are free, else new ones, which are remembered.

    Raises:
        OSError: no free port was found, or the file cannot be written.
    """
    ports = remembered(file)
    if ports and all(is_free(port) for port in ports.values()):
        return ports
    ports = dict(zip(DOORS, _free_ports(len(DOORS)), strict=True))
    write_private(file, json.dumps(ports, indent=1))
    return ports


def wait_until_free(file: Path, patience: float) -> None:
    """Wait at most `patience` seconds for the last ports: a process that was ended lets go of them late."""
    deadline = time.monotonic() + patience
    while not all(is_free(port) for port in remembered(file).values()) and time.monotonic() < deadline:
        time.sleep(_POLL)


def _free_ports(count: int) -> Iterable[int]:
    chosen: list[int] = []
    for _ in range(_TRIALS):
        port = random.SystemRandom().randint(_LOWEST, _HIGHEST)
        if port not in chosen and is_free(port):
            chosen.append(port)
        if len(chosen) == count:
            return chosen
    message = f"fewer than {count} free loopback ports between {_LOWEST} and {_HIGHEST}"
    raise OSError(message)
