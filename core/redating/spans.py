"""SQL that goes through the cases of a preview, a span of ids at a time."""

from typing import Final

_MATCHES: Final = {
    "identity": "t.lineage_id = c.lineage_id",
    "index": "t.class_index = c.class_index",
    "own": "t.rule_root_id = c.rule_root_id",
}

# $1 institution, $2 preview; a case of a later nomenclature is not measured by an earlier one.
_OF_PREVIEW: Final = """
       c.institution_id = $1
   AND c.state IN ('retained', 'awaiting_event', 'permanent', 'needs_review', 'expired', 'on_act')
   AND (p.version_id IS NULL OR c.year <= (SELECT v.year FROM nomenclature_versions v
                                            WHERE v.institution_id = $1 AND v.id = p.version_id))
   AND (p.lineage_id IS NULL OR c.lineage_id = p.lineage_id)
   AND (p.first_year IS NULL OR c.closed_on >= make_date(p.first_year, 1, 1))
   AND (p.last_year IS NULL OR c.closed_on <= make_date(p.last_year, 12, 31))
"""
COUNT: Final = f"""
SELECT count(*) AS total FROM redating_previews p JOIN cases c ON {_OF_PREVIEW}
 WHERE p.institution_id = $1 AND p.id = $2
"""  # noqa: S608 - of our own parts
SPAN_END: Final = """
SELECT id FROM cases WHERE institution_id = $1 AND id > $2 ORDER BY id OFFSET $3 LIMIT 1
"""
"""Last case of a span behind $2 that holds $3 + 1 cases; no row where fewer are left."""

# $3 and $4: the span. The key covers everything that a verdict depends on, old and new; equal keys, equal verdicts.
_KEYED: Final = """
SELECT c.id, c.revision, t.id AS target_id,
       md5(ROW(c.state, c.rule_id, t.rule_id, c.closed_on, c.outcome, c.earliest_act_date, c.not_before, f.digest,
               (c.explanation - '{{reasons,holds}}'::text[])::text)::text)::uuid AS key,
       CASE WHEN c.state = 'on_act' THEN 'on_act' WHEN c.bound THEN 'in_inventory'
            WHEN t.id IS NULL THEN 'without_successor' END AS untouched,
       t.rule_id IS DISTINCT FROM c.rule_id AS differs
  FROM redating_previews p
  JOIN cases c ON {of_preview} AND c.id > $3 AND c.id <= $4
  LEFT JOIN redating_targets t ON t.preview_id = $2 AND {match}
  LEFT JOIN (
    SELECT f.case_id, md5(string_agg(ROW(f.kind, f.code, f.words, f.happened_on, f.answer, f.number, f.evidence)::text,
                                     '' ORDER BY f.id)) AS digest
      FROM case_facts f
     WHERE f.institution_id = $1 AND f.case_id > $3 AND f.case_id <= $4 AND f.kind <> 'revoked'
       AND NOT EXISTS (SELECT FROM case_facts r
                        WHERE r.institution_id = $1 AND r.case_id > $3 AND r.case_id <= $4 AND r.revokes_id = f.id)
     GROUP BY f.case_id) f ON f.case_id = c.id
 WHERE p.institution_id = $1 AND p.id = $2 AND (p.match <> 'own' OR t.id IS NOT NULL)
 ORDER BY c.id
"""
HASHED: Final = "SELECT set_config('enable_nestloop', $1, true)"
"""What was just written has no statistics; PostgreSQL would look for every row in every other one."""
HELD: Final = """
SELECT DISTINCT h.case_id FROM holds_over_cases($1, CASE
  WHEN EXISTS (SELECT FROM holds WHERE institution_id = $1 AND state = 'active')
  THEN ARRAY(SELECT id FROM cases WHERE institution_id = $1 AND id > $2 AND id <= $3) ELSE '{}' END) AS h
"""
MAKE_LINES: Final = """
INSERT INTO redating_lines (institution_id, preview_id, case_id, revision, group_key, kind, due, held)
SELECT $1, $2, l.* FROM unnest($3::uuid[], $4::integer[], $5::uuid[], $6::text[], $7::boolean[], $8::boolean[]) AS l
"""
# Cases that the same rules would reach now, and that no line speaks of.
_NOT_PREVIEWED: Final = """
INSERT INTO redating_lines (institution_id, preview_id, case_id, revision, kind, due, held, result, reason)
SELECT $1, $2, c.id, c.revision, 'not_previewed', false, false, 'stale', 'not_previewed'
  FROM redating_previews p
  JOIN cases c ON {of_preview} AND c.state <> 'on_act' AND NOT c.bound
  JOIN redating_targets t ON t.preview_id = $2 AND {match} AND t.rule_id IS DISTINCT FROM c.rule_id
 WHERE p.institution_id = $1 AND p.id = $2
   AND NOT EXISTS (SELECT FROM redating_lines l WHERE l.preview_id = $2 AND l.case_id = c.id)
"""


def keyed_cases(match: str) -> str:
    """Return the SQL that answers the cases of a span, each with the key of its group or why it stays untouched."""
    return _KEYED.format(of_preview=_OF_PREVIEW, match=_MATCHES[match])


def not_previewed(match: str) -> str:
    """Return the SQL that lists affected cases which came after the preview."""
    return _NOT_PREVIEWED.format(of_preview=_OF_PREVIEW, match=_MATCHES[match])
