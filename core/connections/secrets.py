"""Secrets of a connection in the database: written encrypted, read back for the connector only."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from pydantic import SecretStr

from core.connections.keyring import Keyring, Sealed
from core.connections.models import SecretRow, TokenRow
from core.kernel.database.work import Work
from core.kernel.ids import new_id
from core.sdk.connectors import Tokens

TOKENS = "tokens"
_PUT = (
    "INSERT INTO connection_secrets (id, institution_id, connection_id, path, key_id, envelope)"
    " VALUES ($1, $2, $3, $4, $5, $6)"
    " ON CONFLICT (institution_id, connection_id, path)"
    " DO UPDATE SET key_id = excluded.key_id, envelope = excluded.envelope"
)


def place_of(institution_id: UUID, connection_id: UUID, what: str) -> str:
    """Return the place that an envelope is bound to."""
    return f"{institution_id}/{connection_id}/{what}"


async def read_secrets(keyring: Keyring, work: Work, connection_id: UUID) -> dict[str, str]:
    """Return the secrets of a configuration by path; raise `SecretsUnreadable`."""
    rows = await SecretRow.filter(connection_id=connection_id)
    institution = work.scope.institution_id
    return {row.path: _opened(keyring, row, place_of(institution, connection_id, row.path)) for row in rows}


def _opened(keyring: Keyring, row: SecretRow, place: str) -> str:
    return keyring.open(Sealed(row.key_id, row.envelope), place).decode()


async def write_secrets(
    keyring: Keyring, work: Work, connection_id: UUID, changed: Mapping[str, str], gone: Iterable[str]
) -> None:
    """Write those that `changed`, and forget those that are `gone`."""
    institution = work.scope.institution_id
    for path, secret in changed.items():
        sealed = keyring.seal(secret.encode(), place_of(institution, connection_id, path))
        await work.run(_PUT, [new_id(), institution, connection_id, path, sealed.key_id, sealed.envelope])
    if gone := list(gone):
        await SecretRow.filter(connection_id=connection_id, path__in=gone).delete()


async def forget_secrets(connection_id: UUID) -> None:
    """Forget everything secret of a connection: what was typed in, and what sign-ins gave."""
    await SecretRow.filter(connection_id=connection_id).delete()
    await forget_tokens(connection_id)


async def forget_tokens(connection_id: UUID) -> None:
    """Forget what sign-ins gave."""
    await TokenRow.filter(connection_id=connection_id).delete()


def sealed_tokens(keyring: Keyring, tokens: Tokens, place: str) -> Sealed:
    """Encrypt tokens."""
    said = {
        "access": tokens.access.get_secret_value(),
        "refresh": tokens.refresh.get_secret_value() if tokens.refresh else None,
        "expires_at": tokens.expires_at.isoformat() if tokens.expires_at else None,
    }
    return keyring.seal(json.dumps(said).encode(), place)


def opened_tokens(keyring: Keyring, sealed: Sealed, place: str) -> Tokens:
    """Decrypt tokens; raise `SecretsUnreadable`."""
    said = json.loads(keyring.open(sealed, place))
    return Tokens(
        access=SecretStr(said["access"]),
        refresh=SecretStr(said["refresh"]) if said["refresh"] is not None else None,
        expires_at=datetime.fromisoformat(said["expires_at"]) if said["expires_at"] else None,
    )


def texts_of(tokens: Tokens) -> list[str]:
    """Return what must not be seen of tokens."""
    return [each.get_secret_value() for each in (tokens.access, tokens.refresh) if each is not None]
