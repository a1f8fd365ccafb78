-- What is found: made from other tables, and made with them, so that no reference is checked a second time.
CREATE TABLE search_entries (
  institution_id uuid NOT NULL,
  object_type text NOT NULL CHECK (object_type ~ '^[a-z_]+$'),
  object_id uuid NOT NULL,
  holder_id uuid,
  title text NOT NULL,
  names text NOT NULL,
  holder_names text NOT NULL,
  numbers text NOT NULL,
  word_vector tsvector NOT NULL,
  text_vector tsvector NOT NULL DEFAULT ''::tsvector,
  PRIMARY KEY (institution_id, object_type, object_id)
);
CREATE INDEX search_entries_of_holder ON search_entries (institution_id, holder_id) WHERE holder_id IS NOT NULL;
CREATE INDEX search_entries_words ON search_entries USING gin (word_vector);
CREATE INDEX search_entries_text ON search_entries USING gin (text_vector);
CREATE INDEX search_entries_numbers ON search_entries USING gin (numbers gin_trgm_ops);
CALL isolate('search_entries', 'SELECT, INSERT, UPDATE, DELETE');

-- Words that occur in names, for the search in spite of typing errors. Not unique on purpose: two units of work
-- that bring the same word must not wait for each other; a word that stands here twice does no harm.
CREATE TABLE search_words (
  institution_id uuid NOT NULL REFERENCES institutions,
  word text COLLATE "C" NOT NULL
);
CREATE INDEX search_words_once ON search_words (institution_id, word);
CREATE INDEX search_words_alike ON search_words USING gin (word gin_trgm_ops);
CALL isolate('search_words', 'SELECT, INSERT, DELETE');

-- Stands in every vector and makes one index serve all institutions and types; no folded word contains a sign.
CREATE FUNCTION search_tag(p_institution uuid, p_type text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT '@' || p_type || '@' || p_institution $$;

CREATE FUNCTION search_word_vector(
  p_institution uuid, p_type text, p_holder_names text, p_names text, p_numbers text
) RETURNS tsvector LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT setweight(to_tsvector('russian', p_holder_names), 'A') || setweight(to_tsvector('simple', p_holder_names), 'A')
      || setweight(to_tsvector('simple', p_numbers), 'A')
      || setweight(to_tsvector('russian', p_names), 'B')
      -- Beginnings and misspellings of the first 30 words are found too (the same number in core/search/entries.py).
      || setweight(to_tsvector('simple', array_to_string((string_to_array(p_names, ' '))[1:30], ' ')), 'B')
      || array_to_tsvector(ARRAY[search_tag(p_institution, p_type)]) $$;

-- Makes an object findable, or refreshes how it is found; the words of p_entry are folded (core/search/entries.py).
-- Without "text" that of before stays.
CREATE FUNCTION put_search_entry(p_entry jsonb) RETURNS void LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  institution CONSTANT uuid := current_institution();
  e record;
BEGIN
  SELECT * INTO e FROM jsonb_to_record(p_entry) AS r(object_type text, object_id uuid, holder_id uuid, title text,
    names text, holder_names text, numbers text, text text, vocabulary text[]);
  INSERT INTO search_entries
    (institution_id, object_type, object_id, holder_id, title, names, holder_names, numbers, word_vector, text_vector)
  VALUES (institution, e.object_type, e.object_id, e.holder_id, e.title, e.names, e.holder_names, e.numbers,
    search_word_vector(institution, e.object_type, e.holder_names, e.names, e.numbers),
    CASE WHEN e.text IS NULL THEN ''::tsvector
      ELSE to_tsvector('russian', e.text) || array_to_tsvector(ARRAY[search_tag(institution, e.object_type)]) END)
  ON CONFLICT (institution_id, object_type, object_id) DO UPDATE SET
    holder_id = EXCLUDED.holder_id, title = EXCLUDED.title, names = EXCLUDED.names,
    holder_names = EXCLUDED.holder_names, numbers = EXCLUDED.numbers, word_vector = EXCLUDED.word_vector,
    text_vector = CASE WHEN e.text IS NULL THEN search_entries.text_vector ELSE EXCLUDED.text_vector END;
  INSERT INTO search_words (institution_id, word)
    SELECT institution, wanted.word FROM unnest(e.vocabulary) AS wanted(word)
     WHERE NOT EXISTS (SELECT FROM search_words known WHERE known.institution_id = institution AND known.word = wanted.word);
END $$;

-- Under row-level security PostgreSQL may not use the indexes above, because their operators are not leakproof. So
-- the search goes through the functions below, which are the owner's and take the institution from nobody but the
-- transaction. Their callers hand over folded words: letters and digits, joined by | within a term, <-> in a phrase.
--
-- What is found first is best: numbers (rank 7 to 9), words in any form (5), beginnings of words (4), words of
-- the contents (2). A thing may come back more than once; its greatest rank counts. With
-- p_left_out 1, any one word may be missing; with 2, all but one; the contents are then left aside.
CREATE FUNCTION find_entries(
  p_terms text[], p_beginnings text[], p_in_number boolean[], p_numbers text[], p_types text[], p_limit integer,
  p_left_out integer
) RETURNS TABLE (object_type text, object_id uuid, title text, holder_id uuid, rank real)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp
-- Only bitmaps of the inverted indexes: a limit tempts the planner into walking every entry of the institution instead.
SET plan_cache_mode = force_custom_plan SET enable_seqscan = off SET enable_indexscan = off SET jit = off
SET client_min_messages = error AS $$
#variable_conflict use_column
DECLARE
  institution CONSTANT uuid := current_institution();
  -- What a narrowed transaction may find; NULL: everything.
  own CONSTANT uuid[] := CASE WHEN own_groups_on() IS NOT NULL THEN own_groups() || own_learners() END;
  candidates CONSTANT integer := 2000;
  read_candidates CONSTANT integer := 300;
  patterns CONSTANT text[] := ARRAY(SELECT '%' || n || '%' FROM unnest(p_numbers) n);
  weights CONSTANT real[] := '{0.1, 0.2, 0.4, 1}';
  tags tsquery;
  tag tsquery;
  type text;
  bonus real;
  russian tsquery;
  exact tsquery;
  begun tsquery;
  light boolean;
  all_exact tsquery;
  all_begun tsquery;
  heavy_exact tsquery;
  heavy_begun tsquery;
  beside_number tsquery;
  wished tsquery;
  parts tsquery[] := '{}';
  hopeful text[] := '{}';
  lacking tsquery;
  enough tsquery;
  read_first text := '';
  read_then text := '';
  found integer := 0;
  more integer;
BEGIN
  FOREACH type IN ARRAY p_types LOOP
    tag := quote_literal(search_tag(institution, type))::tsquery;
    tags := coalesce(tags || tag, tag);
  END LOOP;
  FOR i IN 1 .. cardinality(p_terms) LOOP
    russian := to_tsquery('russian', p_terms[i]);
    exact := russian || to_tsquery('simple', p_terms[i]);
    begun := CASE WHEN p_beginnings[i] = '' THEN exact ELSE exact || to_tsquery('simple', p_beginnings[i]) END;
    light := length(p_terms[i]) = 1 OR numnode(russian) = 0;
    wished := coalesce(wished || exact, exact);
    all_exact := coalesce(all_exact && exact, exact);
    all_begun := coalesce(all_begun && begun, begun);
    IF NOT light THEN
      heavy_exact := coalesce(heavy_exact && exact, exact);
      heavy_begun := coalesce(heavy_begun && begun, begun);
      parts := parts || begun;
      read_first := read_first || format(' AND (e.word_vector @@ (%L::tsquery && $1) OR e.text_vector @@ (%L::tsquery && $1))',
        regexp_replace(exact::text, '<(-|\d+)>', '&', 'g'), regexp_replace(russian::text, '<(-|\d+)>', '&', 'g'));
      read_then := read_then || format(' AND (e.word_vector @@ %L::tsquery OR e.text_vector @@ %L::tsquery)', exact, russian);
    END IF;
    IF NOT light AND NOT p_in_number[i] THEN
      beside_number := coalesce(beside_number && begun, begun);
    END IF;
  END LOOP;

  IF cardinality(p_numbers) > 0 THEN
    RETURN QUERY
      SELECT e.object_type, e.object_id, e.title, e.holder_id, CASE
               WHEN EXISTS (SELECT FROM unnest(p_numbers) n WHERE ' ' || e.numbers || ' ' LIKE '% ' || n || ' %') THEN 9
               WHEN EXISTS (SELECT FROM unnest(p_numbers) n WHERE e.numbers || ' ' LIKE '%' || n || ' %') THEN 8
               ELSE 7 END::real AS rank
        FROM (SELECT * FROM search_entries s
               WHERE s.institution_id = institution AND s.object_type = ANY (p_types)
                 AND (own IS NULL OR s.object_id = ANY (own))
                 AND s.numbers LIKE ANY (patterns)
                 AND (beside_number IS NULL OR s.word_vector @@ beside_number)
               LIMIT candidates) e
       ORDER BY 5 DESC, 2 DESC LIMIT p_limit;
    GET DIAGNOSTICS more = ROW_COUNT;
    found := found + more;
  END IF;
  IF wished IS NULL THEN
    RETURN;
  END IF;

  IF p_left_out > 0 THEN
    FOR i IN 1 .. cardinality(parts) LOOP
      lacking := NULL;
      FOR j IN 1 .. cardinality(parts) LOOP
        IF (i = j) = (p_left_out > 1) THEN
          lacking := coalesce(lacking && parts[j], parts[j]);
        END IF;
      END LOOP;
      enough := coalesce(enough || lacking, lacking);
    END LOOP;
    RETURN QUERY
      SELECT e.object_type, e.object_id, e.title, e.holder_id, (4 + ts_rank(weights, e.word_vector, wished)
               + CASE WHEN e.object_type IN ('person', 'group') THEN 0.3 WHEN e.object_type = 'personal_file' THEN 0.2 ELSE 0 END)::real
        FROM (SELECT * FROM search_entries s
               WHERE s.institution_id = institution AND s.object_type = ANY (p_types)
                 AND (own IS NULL OR s.object_id = ANY (own))
                 AND s.word_vector @@ (tags && enough)
               LIMIT candidates) e
       ORDER BY 5 DESC, 2 DESC LIMIT p_limit;
    RETURN;
  END IF;

  -- Words that are common each but never meet would be looked for in vain type by type.
  IF cardinality(parts) < 2 OR EXISTS (SELECT FROM search_entries s WHERE s.institution_id = institution
                                          AND s.word_vector @@ (tags && heavy_begun)) THEN
    hopeful := p_types;
  END IF;
  FOREACH type IN ARRAY hopeful LOOP
    tag := quote_literal(search_tag(institution, type))::tsquery && coalesce(heavy_exact, all_exact);
    bonus := CASE WHEN type IN ('person', 'group') THEN 0.3 WHEN type = 'personal_file' THEN 0.2 ELSE 0 END;
    RETURN QUERY
      SELECT e.object_type, e.object_id, e.title, e.holder_id, (5 + bonus + ts_rank(weights, e.word_vector, wished))::real
        FROM (SELECT * FROM search_entries s
               WHERE s.institution_id = institution AND s.object_type = type AND s.word_vector @@ tag
                 AND (own IS NULL OR s.object_id = ANY (own))
               LIMIT candidates) e
       ORDER BY 5 DESC, 2 DESC LIMIT p_limit;
    GET DIAGNOSTICS more = ROW_COUNT;
    found := found + more;
  END LOOP;
  IF found >= p_limit OR numnode(coalesce(heavy_exact, all_exact)) = 0 THEN
    RETURN;
  END IF;

  IF coalesce(heavy_begun, all_begun)::text <> coalesce(heavy_exact, all_exact)::text THEN
    FOREACH type IN ARRAY hopeful LOOP
      tag := quote_literal(search_tag(institution, type))::tsquery && coalesce(heavy_begun, all_begun);
      bonus := CASE WHEN type IN ('person', 'group') THEN 0.3 WHEN type = 'personal_file' THEN 0.2 ELSE 0 END;
      RETURN QUERY
        SELECT e.object_type, e.object_id, e.title, e.holder_id,
               (4 + bonus + ts_rank(weights, e.word_vector, wished) / 2)::real
          FROM (SELECT * FROM search_entries s
                 WHERE s.institution_id = institution AND s.object_type = type AND s.word_vector @@ tag
                   AND (own IS NULL OR s.object_id = ANY (own))
                 LIMIT candidates) e
         ORDER BY 5 DESC, 2 DESC LIMIT p_limit + found;
    END LOOP;
  END IF;

  IF heavy_exact IS NOT NULL THEN
    RETURN QUERY EXECUTE format(
      'SELECT e.object_type, e.object_id, e.title, e.holder_id, (2 + ts_rank($2, e.word_vector, $3))::real'
      ' FROM (SELECT * FROM search_entries e WHERE e.institution_id = $4 AND e.object_type = ANY ($5)'
      ' AND ($8 IS NULL OR e.object_id = ANY ($8)) %s LIMIT $6) e'
      ' WHERE true %s ORDER BY 5 DESC, 2 DESC LIMIT $7', read_first, read_then)
      USING tags, weights, wished, institution, p_types, read_candidates, p_limit + found, own;
  END IF;
END $$;
REVOKE ALL ON FUNCTION find_entries FROM PUBLIC;
GRANT EXECUTE ON FUNCTION find_entries TO deloteka_app;

-- Words of names that look like the asked ones, the most alike first; none for a narrowed transaction, because they
-- are names of the whole institution.
CREATE FUNCTION words_alike(p_words text[], p_limit integer) RETURNS TABLE (asked text, word text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
SET enable_seqscan = off SET jit = off SET pg_trgm.similarity_threshold = 0.2 AS $$
  SELECT a.asked, near.word FROM unnest(p_words) AS a(asked) CROSS JOIN LATERAL (
    SELECT w.word FROM search_words w
     WHERE w.institution_id = whole_institution() AND w.word % a.asked
     GROUP BY w.word ORDER BY similarity(w.word, a.asked) DESC, w.word LIMIT p_limit) near $$;
REVOKE ALL ON FUNCTION words_alike FROM PUBLIC;
GRANT EXECUTE ON FUNCTION words_alike TO deloteka_app;

-- Forgets those of the words (NULL: of all words) that no entry of the institution holds any more.
CREATE FUNCTION forget_unused_words(p_words text[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off AS $$
  DELETE FROM search_words w
   WHERE w.institution_id = current_institution() AND (p_words IS NULL OR w.word = ANY (p_words))
     AND NOT EXISTS (SELECT FROM search_entries e
                      WHERE e.institution_id = w.institution_id AND e.word_vector @@ quote_literal(w.word)::tsquery) $$;
REVOKE ALL ON FUNCTION forget_unused_words FROM PUBLIC;
GRANT EXECUTE ON FUNCTION forget_unused_words TO deloteka_app;
