"""The small private files beside the data of the embedded store: secrets, options, what runs."""

import json
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700

_SERVICE_ACTIONS = (
    ("Read", ""),
    ("Write", "/*"),
    ("List", ""),
    ("GetObjectRetention", "/*"),
    ("PutObjectRetention", "/*"),
    ("GetObjectLegalHold", "/*"),
    ("PutObjectLegalHold", "/*"),
    ("BypassGovernanceRetention", "/*"),
    ("GetBucketObjectLockConfiguration", ""),
)


@dataclass(frozen=True, slots=True)
class Secrets:
    """Everything that opens a door of the embedded store; generated once, kept in a file only its owner can read."""

    access_key: str
    secret_key: str = field(repr=False)
    keeper_access_key: str
    """Of the identity that may make buckets; the supervisor uses it at the start, the service never has it."""
    keeper_secret_key: str = field(repr=False)
    admin_password: str = field(repr=False)
    signing_keys: tuple[str, str, str, str] = field(repr=False)
    """For writes and reads at the volume server, writes and reads at the filer."""


def write_private(file: Path, text: str) -> None:
    """Write a file that only its owner can read, complete or not at all."""
    draft = file.with_name(f"{file.name}.draft")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE_FILE)
    with os.fdopen(descriptor, "w", encoding="utf-8") as writer:
        os.fchmod(descriptor, PRIVATE_FILE)
        writer.write(text)
        writer.flush()
        os.fsync(descriptor)
    draft.replace(file)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def load_secrets(file: Path) -> Secrets:
    """Read the secrets, or make them at the first start.

    Raises:
        ValueError: the file is damaged; its secrets cannot be guessed, but new ones harm nothing if it is removed.
    """
    if not file.exists():
        made = _new_secrets()
        write_private(file, json.dumps(made, indent=1))
    content = json.loads(file.read_text("utf-8"))
    try:
        return Secrets(
            access_key=content["access_key"],
            secret_key=content["secret_key"],
            keeper_access_key=content["keeper_access_key"],
            keeper_secret_key=content["keeper_secret_key"],
            admin_password=content["admin_password"],
            signing_keys=(*content["signing_keys"],),
        )
    except (KeyError, TypeError) as error:
        message = f"{file} is damaged; remove it, and new credentials are made at the next start"
        raise ValueError(message) from error


def _new_secrets() -> dict[str, str | list[str]]:
    return {
        "access_key": "deloteka-" + secrets.token_hex(8),
        "secret_key": secrets.token_urlsafe(36),
        "keeper_access_key": "keeper-" + secrets.token_hex(8),
        "keeper_secret_key": secrets.token_urlsafe(36),
        "admin_password": secrets.token_urlsafe(24),
        "signing_keys": [secrets.token_hex(32) for _ in range(4)],
    }


def s3_identities(made: Secrets, bucket: str) -> str:
    """The server's list of who may enter its S3 door; never an anonymous identity.

    The service may do in its bucket what the vault does. It may not delete the bucket: the server would delete a
    versioned bucket with everything in it, whatever its options say (SeaweedFS 4.48).
    """
    service = {
        "name": "service",
        "credentials": [{"accessKey": made.access_key, "secretKey": made.secret_key}],
        "actions": [f"{action}:{bucket}{scope}" for action, scope in _SERVICE_ACTIONS],
    }
    keeper = {
        "name": "keeper",
        "credentials": [{"accessKey": made.keeper_access_key, "secretKey": made.keeper_secret_key}],
        "actions": ["Admin"],
    }
    return json.dumps({"identities": [service, keeper]}, indent=1)


def signing_configuration(made: Secrets) -> str:
    """The server's `security.toml`: its inner HTTP doors accept signed requests of its own parts only."""
    sections = ("jwt.signing", "jwt.signing.read", "jwt.filer_signing", "jwt.filer_signing.read")
    return "\n".join(f'[{section}]\nkey = "{key}"\n' for section, key in zip(sections, made.signing_keys, strict=True))
