"""A record as the importer holds it: its canonical form, its hash, what it refers to."""

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, Final

from core.imports.services import Words
from core.sdk.connectors import EntityKind, Mapped, Record, records

REFERENCES: Final[Mapping[str, EntityKind]] = {
    "learner": EntityKind.LEARNERS,
    "staff": EntityKind.STAFF,
    "teacher": EntityKind.STAFF,
    "group": EntityKind.GROUPS,
    "subject": EntityKind.SUBJECTS,
    "period": EntityKind.STUDY_PERIODS,
}
"""Kinds by the names of the fields that refer to them; `parent` refers to the record's own kind."""
REFERRED: Final = frozenset({*REFERENCES.values(), EntityKind.GUARDIANS})
"""Kinds whose external ids are one room in a connection, whichever stream brings them."""
PERSONS: Final = frozenset({EntityKind.LEARNERS, EntityKind.STAFF, EntityKind.GUARDIANS})

OWNED: Final[Mapping[EntityKind, frozenset[str]]] = {
    kind: frozenset({"person_id"})
    for kind in (EntityKind.RESULTS, EntityKind.FINAL_RESULTS, EntityKind.ATTENDANCE, EntityKind.AWARDS)
}
"""Columns without which an entity is another one: a mark of somebody else is another mark."""

_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))
_TOKEN_IN_QUERY: Final = re.compile(
    r"([?&;](?:access_|refresh_|ws)?(?:token|key|sig|signature|password|secret|sesskey|code)=)[^&#\s\"'\\]+",
    re.IGNORECASE,
)
_SECRET_MEMBER: Final = re.compile(
    r"(\"(?:[a-z_]*token|password|passwd|secret|client_secret|sesskey|api_?key|authorization)\":\")[^\"]+",
    re.IGNORECASE,
)
_UNKEEPABLE: Final = re.compile("\\\\u0000|[\ud800-\udfff]")
_MASK: Final = "***"


_MODELS: Final[Mapping[EntityKind, type[Mapped]]] = {
    model.kind: model
    for model in vars(records).values()
    if isinstance(model, type) and issubclass(model, Mapped) and hasattr(model, "kind")
}


@cache
def references_of(kind: EntityKind) -> Mapping[str, EntityKind]:
    """Return the fields of a kind's data that refer to other records, and to which kind."""
    names = _MODELS[kind].model_fields
    found = {name: target for name, target in REFERENCES.items() if name in names}
    return found | ({"parent": kind} if "parent" in names else {})


@cache
def needed_references(kind: EntityKind) -> frozenset[str]:
    """Return the references without which a record says nothing: those that the model requires, and whose it is."""
    if kind is EntityKind.ENROLMENTS:
        return frozenset({"group", "learner", "staff"})
    if kind is EntityKind.FILES:
        return frozenset({"learner", "group"})
    return frozenset(name for name in references_of(kind) if _MODELS[kind].model_fields[name].is_required())


def canonical(data: Mapping[str, Any]) -> str:
    """Return what a record says as JSON, always alike for the same fields."""
    text = _ENCODER.encode(data)
    return text if "\\u0000" not in text and text.isprintable() else _UNKEEPABLE.sub("\ufffd", text)


def redacted(raw: Mapping[str, Any], redact: Callable[[str], str]) -> str:
    """Return what the source said as JSON without secrets; an empty object if it said nothing."""
    if not raw:
        return "{}"
    try:
        text = _ENCODER.encode(raw)
    except (TypeError, ValueError):
        text = json.dumps(raw, ensure_ascii=False, sort_keys=True, default=str, skipkeys=True)
    text = _SECRET_MEMBER.sub(rf"\1{_MASK}", text)
    if "=" in text:
        text = _TOKEN_IN_QUERY.sub(rf"\1{_MASK}", text)
    text = redact(text)
    return text if "\\u0000" not in text and text.isprintable() else _UNKEEPABLE.sub("\ufffd", text)


@dataclass(slots=True)
class Item:
    """A record on its way into the registry."""

    kind: EntityKind
    external_id: str
    data: Mapped
    mapped: str
    """What the record says in canonical form, references as external ids."""
    hash: bytes
    raw: Mapping[str, Any] | str
    """What the source said; redacted JSON if it is text."""
    omitted: frozenset[str] = frozenset()
    source_updated_at: datetime | None = None
    gone: bool = False
    translated: Mapping[str, Any] = field(default_factory=dict)
    """What the operator has mapped its words to."""

    @property
    def said(self) -> dict[str, Any]:
        """What the record says, as Python values, references as external ids, words with what they stand for."""
        said = self.data.model_dump(exclude_defaults=True, exclude=set(self.omitted))
        said.update(self.translated)
        return said


@dataclass(frozen=True, slots=True)
class Reader:
    """Makes items of one stream's records."""

    kind: EntityKind
    redact: Callable[[str], str]
    omitted: frozenset[str] = field(default=frozenset())
    """References to kinds that the connection does not bring; they are left out, and come in once it does."""
    words: Words = field(default_factory=Words)
    unmapped: dict[str, set[str]] = field(default_factory=dict)
    """Words that were met and that nobody has mapped yet, by field."""

    def item(self, record: Record) -> Item:
        """Return the item of a record; raise `TypeError` if its data are of another kind than the stream."""
        if record.data.kind is not self.kind:
            message = f"a record of {record.data.kind.value} in a stream of {self.kind.value}"
            raise TypeError(message)
        return self._made(record.external_id, record.data, record.raw, record.source_updated_at, gone=record.gone)

    def again(self, stored: Mapping[str, Any]) -> Item:
        """Return the item of what was kept of a record (`external_id`, `mapped`, `raw`, `source_updated_at`)."""
        data = _MODELS[self.kind].model_validate_json(stored["mapped"])
        return self._made(stored["external_id"], data, stored["raw"], stored["source_updated_at"])

    def raw_text(self, item: Item) -> str:
        """Return what the source said as it is kept."""
        return item.raw if isinstance(item.raw, str) else redacted(item.raw, self.redact)

    def _made(
        self,
        external_id: str,
        data: Mapped,
        raw: Mapping[str, Any] | str,
        updated_at: datetime | None,
        *,
        gone: bool = False,
    ) -> Item:
        mapped = canonical(data.model_dump(mode="json", exclude_defaults=True, exclude=set(self.omitted)))
        translated = self._translated(data)
        # Mapped otherwise, a record is another one.
        hashed = mapped + "".join(f"\n{name}={value}" for name, value in sorted(translated.items()))
        digest = hashlib.sha256(hashed.encode(errors="replace")).digest()
        return Item(self.kind, external_id, data, mapped, digest, raw, self.omitted, updated_at, gone, translated)

    def _translated(self, data: Mapped) -> Mapping[str, Any]:
        if not self.words.fields:
            return self.words.fixed
        found = dict(self.words.fixed)
        for name, words in self.words.fields.items():
            word = getattr(data, name, "")
            if word and word in words:
                found.update(words[word])
            elif word and _concerns(name, data):
                self.unmapped.setdefault(name, set()).add(word)
        return found


def _concerns(name: str, data: Mapped) -> bool:
    """Whether it makes a difference what a word stands for: a learner's role in a group is that of a learner."""
    return name != "role" or getattr(data, "staff", None) is not None


def translation(words: Words, said: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the words of a record stand for."""
    found = dict(words.fixed)
    for name, known in words.fields.items():
        found.update(known.get(said.get(name, ""), {}))
    return found


def said_before(kind: EntityKind, mapped: str) -> dict[str, Any]:
    """Return what a stored record said, as Python values."""
    return _MODELS[kind].model_validate_json(mapped).model_dump(exclude_defaults=True)


def taken_back(kind: EntityKind, before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """Return the defaults of the fields that the source said before and says no longer.

    What is known of a person stays: a platform that stops saying a patronymic does not know that there is none.
    """
    kept = PERSONS if kind in PERSONS else frozenset()
    fields = _MODELS[kind].model_fields
    gone: Iterable[str] = before.keys() - now.keys()
    return {
        name: fields[name].get_default(call_default_factory=True)
        for name in gone
        if not fields[name].is_required() and (not kept or name == "archived")
    }
