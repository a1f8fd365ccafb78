"""What of a batch's keys is known: how every question for it is put.

Keys are looked up one by one along the index (OFFSET 0 keeps it so): of a young table the planner knows nothing, and
would read the whole stream for each list of keys.
"""

from typing import Final

ORIGINS_OF_STREAM: Final = """
  FROM unnest($4::text[]) AS k (external_id)
 CROSS JOIN LATERAL (SELECT * FROM origins
                      WHERE institution_id = $1 AND connection_id = $2 AND stream = $3 AND external_id = k.external_id
                     OFFSET 0) AS o
"""
"""`o`: origins by institution, connection, stream and external ids."""
ORIGINS_REFERRED_TO: Final = """
  FROM unnest($4::text[]) AS k (external_id)
 CROSS JOIN LATERAL (SELECT * FROM origins
                      WHERE institution_id = $1 AND connection_id = $2 AND kind = $3 AND external_id = k.external_id
                        AND kind IN ('study_periods', 'subjects', 'groups', 'learners', 'staff', 'guardians')
                     OFFSET 0) AS o
"""
"""`o`: origins by institution, connection, kind and external ids, whichever stream brought them."""
