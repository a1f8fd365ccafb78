CREATE TABLE search_entries (
  institution_id uuid NOT NULL REFERENCES institutions,
  object_type text NOT NULL,
  object_id uuid NOT NULL,
  person_id uuid,
  title text NOT NULL,
  names text NOT NULL,
  person_names text NOT NULL,
  numbers text NOT NULL,
  word_vector tsvector NOT NULL,
  text_vector tsvector NOT NULL DEFAULT ''::tsvector,
  PRIMARY KEY (institution_id, object_type, object_id)
);
CREATE INDEX search_entries_of_person ON search_entries (institution_id, person_id) WHERE person_id IS NOT NULL;
CREATE INDEX search_entries_words ON search_entries USING gin (word_vector);
CREATE INDEX search_entries_text ON search_entries USING gin (text_vector);
CREATE INDEX search_entries_names ON search_entries USING gin ((person_names || ' ' || names) gin_trgm_ops);
CREATE INDEX search_entries_numbers ON search_entries USING gin (numbers gin_trgm_ops);
CALL isolate('search_entries', 'SELECT, INSERT, UPDATE, DELETE');

-- Under row-level security PostgreSQL may not use these indexes, because the operators are not leakproof. So the
-- search goes through this one function, which names the institution itself and is the owner's.
-- Word forms and numbers come first (rank above 1), typing errors after them (rank up to 1).
CREATE FUNCTION find_entries(p_words text, p_number text, p_types text[], p_limit integer)
RETURNS TABLE (object_type text, object_id uuid, title text, rank real)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public SET pg_trgm.word_similarity_threshold = 0.5 AS $$
DECLARE
  institution uuid := current_institution();
  asked tsquery := websearch_to_tsquery('russian', p_words);
  found integer;
BEGIN
  RETURN QUERY
    SELECT hit.object_type, hit.object_id, hit.title, max(hit.rank) FROM (
      (SELECT e.object_type, e.object_id, e.title, (2 + ts_rank(e.word_vector, asked))::real AS rank
         FROM search_entries e
        WHERE e.institution_id = institution AND e.object_type = ANY (p_types) AND e.word_vector @@ asked
        LIMIT p_limit * 4)
      UNION ALL
      (SELECT e.object_type, e.object_id, e.title, (1 + ts_rank(e.text_vector, asked))::real
         FROM search_entries e
        WHERE e.institution_id = institution AND e.object_type = ANY (p_types) AND e.text_vector @@ asked
        LIMIT p_limit * 4)
      UNION ALL
      (SELECT e.object_type, e.object_id, e.title, 3::real
         FROM search_entries e
        WHERE p_number <> '' AND e.institution_id = institution AND e.object_type = ANY (p_types)
          AND e.numbers LIKE '%' || p_number || '%'
        LIMIT p_limit * 4)
    ) hit GROUP BY 1, 2, 3 ORDER BY 4 DESC, 2 DESC LIMIT p_limit;
  GET DIAGNOSTICS found = ROW_COUNT;
  IF found = 0 AND p_words <> '' THEN
    RETURN QUERY
      SELECT e.object_type, e.object_id, e.title, word_similarity(p_words, e.person_names || ' ' || e.names)
        FROM search_entries e
       WHERE e.institution_id = institution AND e.object_type = ANY (p_types)
         AND p_words <% (e.person_names || ' ' || e.names)
       ORDER BY 4 DESC, 2 DESC LIMIT p_limit;
  END IF;
END $$;
REVOKE ALL ON FUNCTION find_entries FROM PUBLIC;
GRANT EXECUTE ON FUNCTION find_entries TO deloteka_app;
