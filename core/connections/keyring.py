"""Keys that encrypt what connections hold secret (AES-256-GCM), and the file that holds them.

The first key encrypts; all decrypt. An envelope names its key, so that keys can be changed one after the other, and is
bound to its place: moved to another row, it does not open.
"""

import base64
import binascii
import hashlib
import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import SecretStr

from core.connections.errors import SecretsUnreadable
from core.kernel.settings_secrets import read_secret

FILE: Final = "connections.key"
"""In the data folder, where the settings name no key."""

_KEY: Final = 32
_NONCE: Final = 12
_VERSION: Final = b"\x01"


@dataclass(frozen=True, slots=True)
class Sealed:
    """Something encrypted, and with which key."""

    key_id: str
    envelope: bytes = field(repr=False)


def new_key() -> str:
    """Return a fresh key as it stands in a file or variable."""
    return base64.urlsafe_b64encode(secrets.token_bytes(_KEY)).decode()


class Keyring:
    """One or several keys, the present one first."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._keys = {_id_of(key): AESGCM(key) for key in keys}
        self.present = _id_of(keys[0])
        """Id of the key that encrypts."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read keys that are parted by spaces or commas; raise `ValueError` for anything but 32 bytes in base64."""
        keys = [_decoded(part) for part in text.replace(",", " ").split()]
        if not keys:
            message = "there is no key"
            raise ValueError(message)
        return cls(keys)

    @property
    def ids(self) -> frozenset[str]:
        """Ids of every key; an id tells nothing of its key."""
        return frozenset(self._keys)

    def seal(self, plain: bytes, place: str) -> Sealed:
        """Encrypt for a place with the present key."""
        nonce = secrets.token_bytes(_NONCE)
        return Sealed(
            self.present, _VERSION + nonce + self._keys[self.present].encrypt(nonce, plain, _VERSION + place.encode())
        )

    def open(self, sealed: Sealed, place: str) -> bytes:
        """Decrypt what was encrypted for this place; raise `SecretsUnreadable`."""
        key = self._keys.get(sealed.key_id)
        envelope = bytes(sealed.envelope)
        if key is None or envelope[:1] != _VERSION:
            raise SecretsUnreadable(key=sealed.key_id, present=sorted(self.ids))
        nonce, content = envelope[1 : 1 + _NONCE], envelope[1 + _NONCE :]
        try:
            return key.decrypt(nonce, content, _VERSION + place.encode())
        except InvalidTag:
            raise SecretsUnreadable(key=sealed.key_id, present=sorted(self.ids)) from None


def _id_of(key: bytes) -> str:
    return hashlib.sha256(b"deloteka.connections\0" + key).digest()[:8].hex()


def _decoded(text: str) -> bytes:
    try:
        key = base64.b64decode(text.encode("ascii"), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError):
        key = b""
    if len(key) != _KEY:
        message = "a key is 32 bytes in base64; `deloteka connections new-key` prints one"
        raise ValueError(message)
    return key


class KeySource:
    """Finds the keys when they are first needed: in the settings, else in a file that is made once."""

    def __init__(self, given: SecretStr | None, folder: Path) -> None:
        self._given = given
        self._file = folder / FILE
        self._keyring: Keyring | None = None

    @property
    def keyring(self) -> Keyring:
        """The keys; raises `ValueError` or `OSError` when what the settings or the file hold is no key."""
        if self._keyring is None:
            self._keyring = Keyring.parse((self._given or self._from_file()).get_secret_value())
        return self._keyring

    def _from_file(self) -> SecretStr:
        if not self._file.exists():
            _write_once(self._file, new_key())
        return read_secret(self._file)


def _write_once(path: Path, text: str) -> None:
    """Write a file that nobody else may read; of several processes that try, one makes it, whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(f"{text}\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
