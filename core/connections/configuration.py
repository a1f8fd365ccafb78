"""Configurations of connections: checked against the connector's model, and parted into what is shown and secrets."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from types import UnionType
from typing import Any, Final, Union, get_args, get_origin

from pydantic import BaseModel, SecretBytes, SecretStr, ValidationError
from pydantic.fields import FieldInfo

from core.connections.errors import ConfigurationInvalid
from core.outbound import Redactor
from core.web.validation import MESSAGES

NEUTRAL: Final = "x-neutral"
"""In a field's `json_schema_extra`: a change of it changes nothing of what streams return."""
_DEFAULT: Final = "The value does not fit"

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parted:
    """A configuration in the parts in which it is kept."""

    plain: Json
    secrets: Mapping[str, str] = field(repr=False)
    """By path, parts joined by `/`."""
    secret_fields: tuple[str, ...]
    """Paths of every secret there could be, set or not."""
    scope: Json
    """What of it decides what streams return."""


def validated(model: type[BaseModel], values: Mapping[str, Any]) -> BaseModel:
    """Return `values` as an object of `model`; raise `ConfigurationInvalid` without repeating any value."""
    try:
        return model.model_validate(dict(values))
    except ValidationError as error:
        redact = Redactor(_texts(values))
        raise ConfigurationInvalid(errors=[_fault(each, redact) for each in error.errors(include_url=False)]) from None


def _fault(error: Mapping[str, Any], redact: Redactor) -> Any:  # noqa: ANN401 (a fact: see core.kernel.errors.Fact)
    context: Mapping[str, Any] = error.get("ctx") or {}
    message = MESSAGES.get(str(error["type"]), _DEFAULT)
    if error["type"] == "value_error" and context.get("error"):
        message = redact(str(context["error"]))
    known = {name: str(value) for name, value in context.items() if name != "error"}
    return {"field": ".".join(("configuration", *map(str, error["loc"]))), "message": message, "facts": known}


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, Sequence):
        for inner in value:
            yield from _texts(inner)


def parted(instance: BaseModel) -> Parted:
    """Part a checked configuration."""
    plain = instance.model_dump(mode="json", by_alias=True)
    scope = deepcopy(plain)
    walk = _Walk()
    walk.model(instance, plain, scope, ())
    return Parted(plain=plain, secrets=walk.secrets, secret_fields=tuple(walk.fields), scope=scope)


class _Walk:
    """Goes through an object and its dump side by side, and takes the secrets out of the dump."""

    def __init__(self) -> None:
        self.secrets: dict[str, str] = {}
        self.fields: list[str] = []

    def model(self, instance: BaseModel, plain: Json, scope: Json, path: tuple[str, ...]) -> None:
        for name, about in type(instance).model_fields.items():
            key = about.serialization_alias or about.alias or name
            value = getattr(instance, name)
            if is_secret(about) or isinstance(value, SecretStr | SecretBytes):
                self._secret(value, (*path, key))
                plain.pop(key, None)
                scope.pop(key, None)
            elif key in plain:
                self._inside(value, plain[key], scope[key], (*path, key))
                if _is_neutral(about):
                    del scope[key]

    def _inside(self, value: object, plain: Any, scope: Any, path: tuple[str, ...]) -> None:  # noqa: ANN401 (JSON)
        if isinstance(value, BaseModel):
            self.model(value, plain, scope, path)
        elif isinstance(value, Mapping):
            self._entries({str(key): inner for key, inner in value.items()}, plain, scope, path)
        elif isinstance(value, list | tuple):
            self._entries(dict(enumerate(value)), plain, scope, path)

    def _entries(self, entries: Mapping[Any, object], plain: Any, scope: Any, path: tuple[str, ...]) -> None:  # noqa: ANN401
        for key, inner in entries.items():
            if isinstance(inner, SecretStr | SecretBytes):
                self._secret(inner, (*path, str(key)))
                plain[key] = scope[key] = None
            else:
                self._inside(inner, plain[key], scope[key], (*path, str(key)))

    def _secret(self, value: object, path: tuple[str, ...]) -> None:
        joined = "/".join(path)
        self.fields.append(joined)
        if isinstance(value, SecretStr):
            self.secrets[joined] = value.get_secret_value()
        elif isinstance(value, SecretBytes):
            self.secrets[joined] = value.get_secret_value().decode()


def is_secret(about: FieldInfo) -> bool:
    """Say whether a field holds a secret, or nothing."""
    either = get_args(about.annotation) if get_origin(about.annotation) in {Union, UnionType} else ()
    return any(part in {SecretStr, SecretBytes} for part in (about.annotation, *either))


def _is_neutral(about: FieldInfo) -> bool:
    return isinstance(about.json_schema_extra, dict) and bool(about.json_schema_extra.get(NEUTRAL))


def joined(plain: Mapping[str, Any], secrets: Mapping[str, str]) -> Json:
    """Put a configuration together again, as the connector's model reads it."""
    whole = deepcopy(dict(plain))
    for path, secret in secrets.items():
        *way, last = path.split("/")
        place = _at(whole, way)
        if isinstance(place, dict):
            place[last] = secret
        elif isinstance(place, list) and int(last) < len(place):
            place[int(last)] = secret
    return whole


def _at(value: Any, way: Sequence[str]) -> Any:  # noqa: ANN401 (JSON)
    for step in way:
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value


def kept_secrets(
    model: type[BaseModel], given: Mapping[str, Any], before: Mapping[str, Any], secrets: Mapping[str, str]
) -> dict[str, str]:
    """Return those of the stored `secrets` that `given` leaves out where the configuration is still of the same kind.

    A null in `given` removes. Where the object around a secret became another member of a union (another way to sign
    in), nothing is kept.
    """
    telling = frozenset(_discriminators(model.model_json_schema()))
    return {path: secret for path, secret in secrets.items() if _is_kept(given, before, path.split("/"), telling)}


def _is_kept(given: Mapping[str, Any], before: Mapping[str, Any], way: Sequence[str], telling: frozenset[str]) -> bool:
    for depth in range(len(way)):
        there, then = _at(given, way[:depth]), _at(before, way[:depth])
        if not isinstance(there, dict) or not isinstance(then, dict):
            return isinstance(there, list) and there == then
        if any(there.get(name) != then.get(name) for name in telling & then.keys()):
            return False
    return way[-1] not in _at(given, way[:-1])


def _discriminators(schema: object) -> Iterator[str]:
    if isinstance(schema, dict):
        told = schema.get("discriminator")
        if isinstance(told, dict) and isinstance(told.get("propertyName"), str):
            yield told["propertyName"]
        for inner in schema.values():
            yield from _discriminators(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from _discriminators(inner)


def without_nulls(given: Mapping[str, Any], fields: Sequence[str]) -> Json:
    """Return `given` without the secrets that a null removes."""
    whole = deepcopy(dict(given))
    for path in fields:
        *way, last = path.split("/")
        place = _at(whole, way)
        if isinstance(place, dict) and last in place and place[last] is None:
            del place[last]
    return whole


def fingerprint(connector: str, scope: Mapping[str, Any]) -> str:
    """Return what changes when streams may return other things: made of what decides in a configuration."""
    said = json.dumps([connector, scope], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(said.encode()).hexdigest()
