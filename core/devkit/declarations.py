"""Statements about what a connector declares: manifest, form, migrations, streams."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, get_args

from pydantic import BaseModel, SecretBytes, SecretStr
from pydantic.fields import FieldInfo

from core.devkit.statements import expect
from core.sdk.connectors import Connector, ConnectorManifest, EntityKind, Stream

SNAKE_CASE = re.compile(r"[a-z][a-z0-9_]{0,62}")
_SECRET_NAME = re.compile(
    r"^key$|(^|_)(password|passphrase|secret|token|credentials?|(api|secret|private|service)_key)$"
)


def check_manifest(connector: type[Connector], manifest: ConnectorManifest) -> None:
    """Raise `AssertionError` for a manifest that lacks something."""
    expect(SNAKE_CASE.fullmatch(connector.name) is not None, f"the name {connector.name!r} is not lower snake case")
    expect(manifest.id == connector.name, f"the manifest says {manifest.id!r}, the class is named {connector.name!r}")
    for part in ("title", "version", "vendor"):
        expect(bool(getattr(manifest, part).strip()), f"the manifest has no {part}")
    expect(manifest.config_version >= 1, "config_version begins with 1")
    expect(bool(manifest.entities), "the manifest names nothing that it can bring")
    for scope in manifest.scopes:
        expect(len(scope.reason.split()) > 1, f"nobody is told why the scope {scope.scope!r} is needed")
    for request in manifest.requests:
        expect(request.method.isupper() and request.path != "*", f"{request.method} {request.path} allows too much")


def check_form(configuration: type[BaseModel]) -> None:
    """Raise `AssertionError` for a configuration of which no form can be made, or which shows its secrets."""
    configuration.model_json_schema()
    for path, field in fields_of(configuration):
        expect(bool(field.title), f"{path} has no title: the form would show its name in code")
        name = path.rpartition(".")[2]
        secret = any(kind.__name__ in str(field.annotation) for kind in (SecretStr, SecretBytes))
        called = _SECRET_NAME.search(name) is not None
        expect(secret or not called, f"{path} is called a secret but is {field.annotation}; make it a SecretStr")
        expect(not secret or not field.default or field.is_required(), f"{path} is a secret with a default value")
        models = [each for each in get_args(field.annotation) if isinstance(each, type) and issubclass(each, BaseModel)]
        expect(len(models) < 2 or field.discriminator is not None, f"{path}: alternatives need a discriminator")  # noqa: PLR2004


def fields_of(model: type[BaseModel], above: str = "") -> Iterator[tuple[str, FieldInfo]]:
    """Yield every field of a model and of the models in it, with its path."""
    for name, field in model.model_fields.items():
        path = f"{above}{name}"
        yield path, field
        for kind in (field.annotation, *get_args(field.annotation)):
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                yield from fields_of(kind, f"{path}.")


def migrated(
    connector: type[Connector], older: Mapping[str, Any], version: int, manifest: ConnectorManifest
) -> Mapping[str, Any]:
    """Lead a stored configuration of `version` to today's shape, step by step."""
    stored: Mapping[str, Any] = older
    for step in range(version, manifest.config_version):
        before = dict(stored)
        stored = connector.migrate(before, step)
        expect(before == dict(before), f"migrating version {step} changed what was given to it")
    return stored


def check_streams(streams: Sequence[Stream], manifest: ConnectorManifest) -> None:
    """Raise `AssertionError` for streams that are no order."""
    expect(bool(streams), "there is no stream")
    earlier: set[str] = set()
    for stream in streams:
        expect(SNAKE_CASE.fullmatch(stream.name) is not None, f"the stream {stream.name!r} is not lower snake case")
        expect(stream.name not in earlier, f"there are two streams {stream.name!r}")
        expect(bool(stream.title.strip()), f"the stream {stream.name!r} has no title")
        expect(stream.kind in manifest.entities, f"{stream.name} brings {stream.kind}; the manifest does not say so")
        expect(stream.reread_days >= 0, f"{stream.name} cannot be read again {stream.reread_days} days later")
        for parent in stream.parents:
            expect(parent in earlier, f"{stream.name} comes before its parent {parent!r}, which may not exist at all")
        earlier.add(stream.name)


def check_excuses(excused: Collection[str], manifest: ConnectorManifest, *, network: bool, secrets: bool) -> None:
    """Raise `AssertionError` for what is called not applicable although the connector has it.

    `network` and `secrets` say whether the configuration names a host, and a secret.
    """
    for key in ("revoked_token", "troubles", "requests"):
        expect(key not in excused or not network, f"{key!r} applies: the connector asks a network")
    expect("secrets" not in excused or not secrets, "'secrets' applies: the configuration has one")
    files = network and EntityKind.FILES in manifest.entities
    expect("file_address" not in excused or not files, "'file_address' applies: files come from a network")
