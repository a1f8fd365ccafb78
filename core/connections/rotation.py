"""The key changes: what former keys encrypted is encrypted with the present one."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from core.connections.errors import SecretsUnreadable
from core.connections.keyring import Keyring, Sealed
from core.connections.models import SecretRow, TokenRow
from core.connections.secrets import TOKENS, place_of
from core.kernel.database.connection import Database
from core.kernel.scope import Scope, installation_scope

_SOURCE: Final = "key rotation"


@dataclass(slots=True)
class Rotated:
    """What a rotation did."""

    renewed: int = 0
    unreadable: int = 0
    """Encrypted with keys that are not there; they were left as they are."""


async def rotate(database: Database, keyring: Keyring) -> Rotated:
    """Encrypt everything of every institution with the present key. Can be repeated; a key that is needed is kept."""
    async with database.work(installation_scope(source=_SOURCE)) as work:
        rows = await work.rows("SELECT id FROM institutions ORDER BY id")
    done = Rotated()
    for row in rows:
        await _rotate_institution(database, keyring, row["id"], done)
    return done


async def _rotate_institution(database: Database, keyring: Keyring, institution: UUID, done: Rotated) -> None:
    before = done.renewed
    async with database.work(Scope(institution_id=institution, source=_SOURCE)) as work:
        # Rows are locked in the order in which everybody else writes them: secrets, then tokens.
        for secret in await SecretRow.exclude(key_id=keyring.present).order_by("id").select_for_update():
            sealed = _renewed(keyring, secret, place_of(institution, secret.connection_id, secret.path), done)
            if sealed is not None:
                await SecretRow.filter(id=secret.id).update(key_id=sealed.key_id, envelope=sealed.envelope)
        waiting = TokenRow.filter(key_id__isnull=False).exclude(key_id=keyring.present)
        for tokens in await waiting.order_by("id").select_for_update():
            sealed = _renewed(keyring, tokens, place_of(institution, tokens.connection_id, TOKENS), done)
            if sealed is not None:
                await TokenRow.filter(id=tokens.id).update(key_id=sealed.key_id, envelope=sealed.envelope)
        if done.renewed > before:
            said = {"key": keyring.present, "renewed": done.renewed - before}
            work.record("connection.key_changed", "institution", institution, said)


def _renewed(keyring: Keyring, row: SecretRow | TokenRow, place: str, done: Rotated) -> Sealed | None:
    try:
        plain = keyring.open(Sealed(row.key_id or "", row.envelope or b""), place)
    except SecretsUnreadable:
        done.unreadable += 1
        return None
    done.renewed += 1
    return keyring.seal(plain, place)
