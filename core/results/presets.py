"""Proposals of a taxonomy for three sorts of institutions; a person adopts one, nothing is installed by itself."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from core.kernel.database.work import Work
from core.people.names import group_sort_key
from core.results.errors import UnknownPreset
from core.results.models import MarkScale, ResultKind, ResultSource
from core.results.taxonomy import WantedKind, WantedScale, add_kind, add_scale, add_source

_FILE: Final = Path(__file__).with_name("presets.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """A proposal: what a regulation of this sort usually distinguishes, in its own words."""

    key: str
    title: str
    kinds: tuple[Mapping[str, Any], ...]
    """`name`, and where they apply `parent`, `alias_of` (names), `assessed`, `access`, `note`."""
    sources: tuple[str, ...]
    scales: tuple[WantedScale, ...]
    rewards: tuple[str, ...]
    """Kinds of rewards."""


@dataclass(frozen=True, slots=True)
class Adopted:
    """What an adoption has added; what there was already is left as it was."""

    kinds: list[str]
    sources: list[str]
    scales: list[str]


@cache
def presets() -> Mapping[str, Preset]:
    """Return every proposal by its key."""
    with _FILE.open("rb") as source:
        said = tomllib.load(source)
    return MappingProxyType({key: _preset(key, each) for key, each in said.items()})


def find_preset(key: str) -> Preset:
    """Return a proposal; raise `UnknownPreset`."""
    known = presets()
    if key not in known:
        raise UnknownPreset(presets=sorted(known))
    return known[key]


async def adopt(work: Work, preset: Preset) -> Adopted:
    """Add what the taxonomy does not have yet; twice changes nothing."""
    adopted = Adopted(
        kinds=await _adopt_kinds(work, preset),
        sources=await _adopt_sources(work, preset),
        scales=await _adopt_scales(work, preset),
    )
    said = {"kinds": adopted.kinds, "sources": adopted.sources, "scales": adopted.scales}
    work.record("result_preset.adopted", "result_preset", preset.key, said)
    return adopted


async def _adopt_kinds(work: Work, preset: Preset) -> list[str]:
    ids: dict[str, UUID] = {each.sort_key: each.id for each in await ResultKind.filter(alias_of_id=None)}
    aliases = {(each.alias_of_id, each.parent_id) for each in await ResultKind.exclude(alias_of_id=None)}
    added: list[str] = []
    for each in preset.kinds:
        parent = ids[group_sort_key(each["parent"])] if "parent" in each else None
        meant = ids[group_sort_key(each["alias_of"])] if "alias_of" in each else None
        if (meant, parent) in aliases or (meant is None and group_sort_key(each["name"]) in ids):
            continue
        wanted = WantedKind(
            name=each["name"],
            parent_id=parent,
            alias_of_id=meant,
            assessed=each.get("assessed", True),
            access=each.get("access", "usual"),
            note=each.get("note", ""),
        )
        made = await add_kind(work, wanted)
        ids.setdefault(made.sort_key, made.id)
        added.append(made.name)
    return added


async def _adopt_sources(work: Work, preset: Preset) -> list[str]:
    known = {each.sort_key for each in await ResultSource.all()}
    missing = [name for name in preset.sources if group_sort_key(name) not in known]
    return [(await add_source(work, name=name)).name for name in missing]


async def _adopt_scales(work: Work, preset: Preset) -> list[str]:
    known = {each.sort_key for each in await MarkScale.all()}
    missing = [each for each in preset.scales if group_sort_key(each.name) not in known]
    return [(await add_scale(work, each)).name for each in missing]


def _preset(key: str, said: Mapping[str, Any]) -> Preset:
    return Preset(
        key=key,
        title=said["title"],
        kinds=tuple(said["kinds"]),
        sources=tuple(said["sources"]),
        scales=tuple(_scale(each) for each in said["scales"]),
        rewards=tuple(said["rewards"]),
    )


def _scale(said: Mapping[str, Any]) -> WantedScale:
    values = [{"value": each[0], "number": each[1] if len(each) > 1 else None} for each in said.get("values", ())]
    lowest, highest = (Decimal(said[name]) if name in said else None for name in ("lowest", "highest"))
    return WantedScale(
        name=said["name"],
        numeric_marks=lowest is not None or highest is not None,
        lowest=lowest,
        highest=highest,
        known_values=values,
    )
