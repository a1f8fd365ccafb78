"""Who of the registry may be meant by a record of a person: by name, never without a person's word."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from core.kernel.database.work import Work
from core.people.names import name_prefix
from core.search.folding import fold_text

if TYPE_CHECKING:
    from core.imports.plans import Setting

_MOST: Final = 20
"""Candidates of one proposal."""
_AT_MOST_PER_NAME: Final = 200

_BOUND: Final = """
SELECT DISTINCT entity_id FROM origins
 WHERE institution_id = $1 AND entity_id = ANY ($2::uuid[]) AND connection_id = $3 AND kind = $4 AND gone_at IS NULL
"""
_REJECTED: Final = """
SELECT external_id, entity_id FROM import_rejections
 WHERE institution_id = $1 AND connection_id = $2 AND kind = $3 AND external_id = ANY ($4::text[])
"""
# By the beginning of the name's sort key, and by the day of birth: a family name may have changed.
_ALIKE: Final = """
SELECT g.n, p.id, p.family_name, p.given_name, p.patronymic, p.birth_date
  FROM jsonb_to_recordset($2::jsonb) AS g(n integer, name text, birth_date date)
 CROSS JOIN LATERAL (
   (SELECT id, family_name, given_name, patronymic, birth_date FROM {table}
     WHERE institution_id = $1 AND sort_key >= g.name COLLATE "C" AND sort_key < (g.name || chr(1114111)) COLLATE "C"
     LIMIT {most})
   UNION
   (SELECT id, family_name, given_name, patronymic, birth_date FROM {table}
     WHERE institution_id = $1 AND birth_date = g.birth_date LIMIT {most})) p
"""


async def find_bound(work: Work, setting: "Setting", entities: Sequence[UUID]) -> set[UUID]:
    """Return those of the entities of which another living record of the same connection speaks."""
    if not entities:
        return set()
    values = [work.scope.institution_id, list(entities), setting.connection_id, setting.kind.value]
    return {row["entity_id"] for row in await work.rows(_BOUND, values)}


async def propose(
    work: Work, setting: "Setting", wanted: Sequence[tuple[str, Mapping[str, Any]]]
) -> dict[str, list[dict[str, Any]]]:
    """Return candidates by external id, for records (external id, columns) that no key has found.

    Not proposed: whom another living record of the same source speaks of already, because the source tells the two
    apart; and pairs that a person has rejected.
    """
    asked = [
        {
            "n": place,
            "name": name_prefix(f"{c.get('family_name', '')} {c.get('given_name', '')}".strip()),
            "birth_date": _day(c),
        }
        for place, (_, c) in enumerate(wanted)
    ]
    query = _ALIKE.format(table=setting.writer.table, most=_AT_MOST_PER_NAME)
    rows = await work.rows(query, [work.scope.institution_id, json.dumps([each for each in asked if each["name"]])])
    alike = [(wanted[row["n"]], row) for row in rows if _may_be(wanted[row["n"]][1], row)]
    if not alike:
        return {}
    bound = await find_bound(work, setting, [row["id"] for _, row in alike])
    externals = sorted({external_id for (external_id, _), _ in alike})
    values = [work.scope.institution_id, setting.connection_id, setting.kind.value, externals]
    rejected = {(row["external_id"], row["entity_id"]) for row in await work.rows(_REJECTED, values)}
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for (external_id, columns), row in alike:
        if row["id"] not in bound and (external_id, row["id"]) not in rejected:
            found[external_id].append({"entity_id": str(row["id"]), "alike": _alike(columns, row)})
    return {
        external_id: sorted(candidates, key=lambda each: (-len(each["alike"]), each["entity_id"]))[:_MOST]
        for external_id, candidates in found.items()
    }


def _alike(columns: Mapping[str, Any], row: Mapping[str, Any]) -> list[str]:
    """Return the fields in which both say the same, something."""
    names = [
        name for name in ("family_name", "given_name", "patronymic") if _fold(columns, name) == _fold(row, name) != ""
    ]
    return [*names, *(["birth_date"] if _day(columns) is not None and _day(columns) == _day(row) else [])]


def _may_be(columns: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
    """Whether nothing contradicts that both are one person, and enough speaks for it."""
    days = {_day(columns), _day(row)} - {None}
    patronymics = {_fold(columns, "patronymic"), _fold(row, "patronymic")} - {""}
    if len(days) > 1 or len(patronymics) > 1 or _fold(columns, "given_name") != _fold(row, "given_name"):
        return False
    if _fold(columns, "family_name") == _fold(row, "family_name"):
        return True
    # Another family name: only where day of birth and patronymic are known to be the same.
    same_day = _day(columns) is not None and _day(columns) == _day(row)
    return same_day and _fold(columns, "patronymic") == _fold(row, "patronymic") != ""


def _fold(row: Mapping[str, Any], name: str) -> str:
    return fold_text(str(row.get(name) or ""))


def _day(row: Mapping[str, Any]) -> str | None:
    value = row.get("birth_date")
    return value.isoformat() if isinstance(value, date) else value
