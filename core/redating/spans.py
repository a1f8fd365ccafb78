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
SELECT c.id, c.revision, c.rule_id, t.id AS target_id, t.rule_id AS target_rule_id,
       md5(ROW(c.state, c.rule_id, t.rule_id, c.closed_on, c.outcome, c.earliest_act_date, c.not_before, f.digest,
               (c.explanation - '{{reasons,holds}}'::text[])::text)::text)::uuid AS key,
       CASE WHEN c.state = 'on_act' THEN 'on_act' WHEN c.bound THEN 'in_inventory'
            WHEN t.id IS NULL THEN 'without_successor' END AS untouched
  FROM redating_previews p
  JOIN cases c ON {of_preview} AND c.id > $3 AND c.id <= $4
  LEFT JOIN redating_targets t ON t.preview_id = $2 AND {match}
  LEFT JOIN (
    SELECT f.case_id, md5(string_agg(ROW(f.kind, f.code, f.words, f.happened_on, f.answer, f.number, f.evidence)::text,
                                     '' ORDER BY f.id)) AS digest
      FROM case_facts f
     WHERE f.institution_id = $1 AND f.case_id > $3 AND f.case_id <= $4 AND f.kind <> 'revoked'
       AND NOT EXISTS (SELECT FROM case_facts r WHERE r.institution_id = $1 AND r.revokes_id = f.id)
     GROUP BY f.case_id) f ON f.case_id = c.id
 WHERE p.institution_id = $1 AND p.id = $2 AND (p.match <> 'own' OR t.id IS NOT NULL)
"""
_NEW_KEYS: Final = """
SELECT DISTINCT ON (k.key) k.key, k.id, k.target_id, k.target_rule_id FROM ({keyed}) k
 WHERE k.untouched IS NULL
   AND NOT EXISTS (SELECT FROM redating_groups g WHERE g.preview_id = $2 AND g.key = k.key)
 ORDER BY k.key, k.id
"""
# $5: the digest so far.
_LINES: Final = """
WITH keyed AS MATERIALIZED ({keyed}),
  held AS (
    SELECT DISTINCT h.case_id AS id FROM holds_over_cases($1, CASE
      WHEN EXISTS (SELECT FROM holds WHERE institution_id = $1 AND state = 'active')
      THEN (SELECT array_agg(k.id) FROM keyed k) ELSE '{{}}' END) AS h),
  made AS (
    INSERT INTO redating_lines (institution_id, preview_id, case_id, revision, group_key, kind, due, held)
    SELECT $1, $2, k.id, k.revision, CASE WHEN k.untouched IS NULL THEN k.key END, coalesce(k.untouched, g.kind),
           coalesce(g.due, false), k.id IN (SELECT id FROM held)
      FROM keyed k
      LEFT JOIN redating_groups g ON k.untouched IS NULL AND g.preview_id = $2 AND g.key = k.key
     WHERE CASE WHEN k.untouched IS NULL THEN g.kind IS DISTINCT FROM 'unaffected'
                ELSE k.target_rule_id IS DISTINCT FROM k.rule_id END
    RETURNING case_id, revision, group_key, kind, due, held)
SELECT (SELECT count(*) FROM keyed) AS examined, kind, count(*) AS lines, count(*) FILTER (WHERE due) AS due,
       count(*) FILTER (WHERE held) AS held, GROUPING(kind) AS all_kinds,
       CASE WHEN GROUPING(kind) = 1 THEN sha256($5 || convert_to(coalesce(string_agg(
         concat_ws(' ', case_id, revision, group_key, kind, due), E'\\n' ORDER BY case_id), ''), 'UTF8')) END AS digest
  FROM made GROUP BY ROLLUP (kind)
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


def new_keys(match: str) -> str:
    """Return the SQL that names groups of a span which nobody has judged yet, each with one of its cases."""
    return _NEW_KEYS.format(keyed=_keyed(match))


def make_lines(match: str) -> str:
    """Return the SQL that writes the lines of a span and answers their counts and the digest so far."""
    return _LINES.format(keyed=_keyed(match))


def not_previewed(match: str) -> str:
    """Return the SQL that lists affected cases which came after the preview."""
    return _NOT_PREVIEWED.format(of_preview=_OF_PREVIEW, match=_MATCHES[match])


def _keyed(match: str) -> str:
    return _KEYED.format(of_preview=_OF_PREVIEW, match=_MATCHES[match])
