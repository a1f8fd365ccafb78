"""Secrets of the settings: never in the file itself, never in a printed value."""

import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from pydantic import SecretStr

MASK: Final = "••••••"

_SECRET_NAME = re.compile(
    r"(?:^|_)(?:password|passwd|passphrase|secret|secret_key|token|api_key|private_key|credentials?)$", re.IGNORECASE
)
_LARGEST_SECRET: Final = 64 * 1024


def looks_secret(name: str) -> bool:
    """Say whether a plugin's key of this name holds a secret (`password`, `api_key`, …)."""
    return _SECRET_NAME.search(name) is not None


def split_password(url: str) -> tuple[str, str | None]:
    """Return the URL without its password, and the password, decoded. Raises `ValueError` on no URL at all."""
    parts = urlsplit(url)
    if parts.password is None or "@" not in parts.netloc:
        return url, None
    host = parts.netloc.rpartition("@")[2]
    user = f"{quote(unquote(parts.username or ''), safe='')}@"
    return urlunsplit(parts._replace(netloc=user + host)), unquote(parts.password)


def with_password(url: str, password: SecretStr | None) -> str:
    """Return the URL with the password in it, percent-encoded."""
    if password is None:
        return url
    parts = urlsplit(url)
    user, _, host = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{user}:{quote(password.get_secret_value(), safe='')}@{host}"))


def has_password(value: object) -> bool:
    """Say whether a text is a URL that carries a password."""
    if not isinstance(value, str) or "://" not in value:
        return False
    try:
        return urlsplit(value).password is not None
    except ValueError:
        return False


def hidden_secrets(value: object) -> Iterator[str]:
    """Yield the names under which lists and tables of a plugin hold secrets, at any depth."""
    if isinstance(value, list):
        for item in value:
            if has_password(item):
                yield "an address with a password"
            yield from hidden_secrets(item)
    elif isinstance(value, dict):
        for name, inner in value.items():
            if has_password(inner) or (looks_secret(name) and inner):
                yield name
            else:
                yield from hidden_secrets(inner)


class SecretFileFault(ValueError):
    """A file that should hold a secret does not."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path} {reason}")


def read_secret(path: Path) -> SecretStr:
    """Read a secret from the only line of a file; raises `SecretFileFault` with the reason."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise SecretFileFault(path, "does not exist") from None
    except OSError as error:
        raise SecretFileFault(path, f"cannot be read: {error.strerror}") from None
    if len(content) > _LARGEST_SECRET:
        raise SecretFileFault(path, "is too long for a secret")
    try:
        secret = content.decode().rstrip("\r\n")
    except UnicodeDecodeError:
        raise SecretFileFault(path, "is not text in UTF-8") from None
    if not secret:
        raise SecretFileFault(path, "is empty")
    return SecretStr(secret)


def readable_by_all(path: Path) -> bool:
    """Say whether every account of the machine may read the file."""
    return bool(path.stat().st_mode & stat.S_IROTH)
