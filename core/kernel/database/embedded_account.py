"""Which account PostgreSQL runs as, and which folders that account can enter.

PostgreSQL refuses to run as root. So root hands it to an unprivileged account, which cannot pass through a
folder that only root may enter; that is found out here, before anything fails obscurely.
"""

import hashlib
import os
import pwd
from pathlib import Path
from typing import Final

from core.kernel.database.embedded_errors import AccountUnknown, FolderUnreachable
from core.kernel.processes import Account

PREFERRED: Final = ("deloteka", "nobody")
SYSTEM_FOLDER: Final = Path("/var/lib/deloteka")
_ENTER: Final = 0o1
_READ_AND_ENTER: Final = 0o5


def server_account(wanted: str | int | None = None) -> Account | None:
    """Return the account for PostgreSQL: None (the caller's own) for an ordinary user.

    Root gets `wanted` (a name or uid), else the account `deloteka` where it exists, else `nobody`. Raises
    `AccountUnknown` when there is none, or when it is root's.
    """
    if os.geteuid() != 0:
        return None
    for candidate in PREFERRED if wanted is None else (wanted,):
        try:
            entry = pwd.getpwuid(candidate) if isinstance(candidate, int) else pwd.getpwnam(candidate)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return Account(entry.pw_uid, entry.pw_gid)
    detail = f"no usable account: {wanted or ' or '.join(PREFERRED)}"
    raise AccountUnknown(detail, account=str(wanted or PREFERRED[0]))


def closed_folder(path: Path, account: Account | None) -> Path | None:
    """Return the first folder above `path` that `account` may not enter, or None when it can get there.

    Folders that do not exist yet are left out: whoever makes them opens them.
    """
    if account is None:
        return None
    resolved = path.resolve()
    for folder in reversed(resolved.parents):
        if folder.exists() and not _allows(folder, account, _ENTER):
            return folder
    return None


def readable_folder(folder: Path, account: Account | None) -> bool:
    """Say whether `account` can get into `folder` and read what lies in it."""
    return account is None or (
        closed_folder(folder / "x", account) is None and _allows(folder, account, _READ_AND_ENTER)
    )


def _allows(folder: Path, account: Account, bits: int) -> bool:
    facts = folder.stat()
    if facts.st_uid == account.uid:
        return facts.st_mode >> 6 & bits == bits
    if facts.st_gid == account.gid:
        return facts.st_mode >> 3 & bits == bits
    return facts.st_mode & bits == bits


def require_reachable(folder: Path, account: Account | None) -> None:
    """Raise `FolderUnreachable`, naming the closed folder, unless `account` can enter everything above `folder`."""
    closed = closed_folder(folder, account)
    if closed is not None and account is not None:
        name = pwd.getpwuid(account.uid).pw_name
        detail = f"PostgreSQL runs as {name} (root is refused), and {closed} may be entered by its owner only"
        raise FolderUnreachable(detail, folder=str(closed), account=name)


def choose_data_folder(wanted: Path, *, account: str | int | None = None, system_folder: Path = SYSTEM_FOLDER) -> Path:
    """Return `wanted`, or a folder below `system_folder` when PostgreSQL's account could not get to `wanted`.

    The second happens to root in a clone below a closed folder such as /root. The replacement is called after the
    clone's folder and eight hexadecimal digits of the wanted path's SHA-256, so it is the same at every start. A
    folder that holds something already stays the choice, so that data never seem lost when rights change.
    """
    identity = server_account(account)
    if identity is None:
        return wanted
    absolute = wanted.absolute()
    digits = hashlib.sha256(os.fsencode(absolute)).hexdigest()[:8]
    replacement = system_folder / f"{absolute.parent.name or 'root'}-{digits}"
    if _holds_something(replacement):
        return replacement
    if _holds_something(absolute) or closed_folder(absolute, identity) is None:
        return wanted
    return replacement


def _holds_something(folder: Path) -> bool:
    return folder.is_dir() and any(folder.iterdir())


def make_folder(folder: Path, mode: int) -> None:
    """Make `folder` and what is missing above it with exactly `mode`, whatever the umask is."""
    for missing in [each for each in (*reversed(folder.parents), folder) if not each.exists()]:
        missing.mkdir(exist_ok=True)
        missing.chmod(mode)
    folder.chmod(mode)
