"""Versions of rules: a reading when a row is written, a further one when two people decide what it means."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from uuid import UUID

from core.kernel.database.work import Work
from core.kernel.errors import NotFound
from core.kernel.ids import new_id
from core.nomenclature.models import RuleVersion
from core.nomenclature.term_reading import RuleCells, TermReading, read_term

_INSERT = """
INSERT INTO rule_versions (id, institution_id, root_id, sequence, origin, lineage_id, term, footnote, article, status,
  reading, created_by, created_at)
SELECT r.id, $1, r.id, 1, 'nomenclature', r.lineage_id, r.term, r.footnote, r.article, r.status, r.reading, $3, $4
  FROM jsonb_to_recordset($2::jsonb) AS r(id uuid, lineage_id uuid, term text, footnote text, article text,
    status text, reading jsonb)
"""
_DECIDED = """
INSERT INTO rule_versions (id, institution_id, root_id, sequence, origin, lineage_id, term, footnote, article, status,
  reading, basis, reason, proposed_by, confirmed_by, created_by, created_at)
SELECT $3, r.institution_id, r.root_id, r.sequence + 1, 'decision', r.lineage_id, d.term, d.footnote, d.article,
       'understood', d.reading, d.basis, d.reason, d.proposed_by, $4, $4, $5
  FROM term_decisions d JOIN rule_versions r ON r.institution_id = d.institution_id AND r.id = d.about_rule_id
 WHERE d.institution_id = $1 AND d.id = $2
"""
_CURRENT = """
SELECT DISTINCT ON (root_id) id FROM rule_versions WHERE institution_id = $1 AND root_id = ANY ($2::uuid[])
 ORDER BY root_id, sequence DESC
"""


_IN_REVIEW = """
SELECT DISTINCT r.root_id FROM record_classes c
  JOIN rule_versions r ON r.institution_id = c.institution_id AND r.root_id = c.rule_root_id
 WHERE c.institution_id = $1 AND c.version_id = $2 AND r.status = 'needs_review'
   AND NOT EXISTS (SELECT FROM rule_versions d WHERE d.root_id = r.root_id AND d.sequence > r.sequence)
"""


class NewRules:
    """Rules of the rows that one verb writes; kept with one statement."""

    def __init__(self) -> None:
        self._rows: list[dict[str, object]] = []

    def add(self, lineage_id: UUID, cells: RuleCells) -> tuple[UUID, TermReading]:
        """Read a term with its footnotes; return the id of its rule."""
        reading = read_term(cells)
        rule_id = new_id()
        self._rows.append(
            {
                "id": str(rule_id),
                "lineage_id": str(lineage_id),
                **asdict(cells),
                "status": reading.status,
                "reading": reading.content,
            }
        )
        return rule_id, reading

    async def keep(self, work: Work) -> None:
        """Write what was added so far."""
        if self._rows:
            rows = json.dumps(self._rows, ensure_ascii=False)
            await work.run(_INSERT, [work.scope.institution_id, rows, work.scope.actor_id, work.now])
            self._rows = []


async def current_rules(work: Work, roots: Iterable[UUID]) -> dict[UUID, RuleVersion]:
    """Return, by root, the rule that holds now: the latest decision, or else the reading of the cell."""
    found = await work.rows(_CURRENT, [work.scope.institution_id, sorted(set(roots))])
    rules = await RuleVersion.filter(id__in=[row["id"] for row in found])
    return {rule.root_id: rule for rule in rules}


async def current_rule(work: Work, root_id: UUID) -> RuleVersion:
    """Return the rule that holds now under one root; raise `NotFound`."""
    found = await current_rules(work, [root_id])
    if root_id not in found:
        raise NotFound
    return found[root_id]


async def roots_in_review(work: Work, version_id: UUID) -> list[UUID]:
    """Return the rules of a version that a person has to decide."""
    rows = await work.rows(_IN_REVIEW, [work.scope.institution_id, version_id])
    return [row["root_id"] for row in rows]


async def keep_decided_rule(work: Work, decision_id: UUID) -> UUID:
    """Write the rule that a confirmed decision makes; return its id."""
    rule_id = new_id()
    await work.run(_DECIDED, [work.scope.institution_id, decision_id, rule_id, work.scope.actor_id, work.now])
    return rule_id
