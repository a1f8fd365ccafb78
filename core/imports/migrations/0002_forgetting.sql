-- What imports keep beside the registry ends with what it was read into, or after a term of its own. Every path passes
-- the gate of holds, and what a hold covers waits. docs/explanation/forgetting.md lists every column.

CREATE INDEX import_files_of_document ON import_files (institution_id, document_id) WHERE document_id IS NOT NULL;
CREATE INDEX import_files_of_person ON import_files (institution_id, person_id) WHERE person_id IS NOT NULL;
CREATE INDEX import_letters_of_record ON import_letters (connection_id, stream, external_id);
CREATE INDEX import_letters_of_learner ON import_letters (connection_id, (mapped ->> 'learner'))
  WHERE (mapped ->> 'learner') IS NOT NULL;
CREATE INDEX import_proposals_of_entity ON import_proposals (entity_id) WHERE entity_id IS NOT NULL;

-- Everything that was said of entities whose lawful end has come: of them, and of records that refer to such learners.
CREATE PROCEDURE forget_records(p_institution uuid, p_entities uuid[], p_act jsonb, p_at timestamptz)
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  nothing CONSTANT bytea := decode(repeat('00', 32), 'hex');
BEGIN
  UPDATE import_letters l
     SET mapped = NULL, raw = '{}', hash = NULL, reason = '', missing = NULL, source_updated_at = NULL,
         external_id = stub_key(l.connection_id, l.external_id), note = CASE l.note WHEN '' THEN '' ELSE '—' END,
         state = CASE l.state WHEN 'open' THEN 'closed' ELSE l.state END, ended_at = coalesce(l.ended_at, p_at)
    FROM (SELECT l.id FROM origins o
            JOIN import_letters l ON l.connection_id = o.connection_id AND l.stream = o.stream AND l.external_id = o.external_id
           WHERE o.institution_id = p_institution AND o.entity_id = ANY (p_entities) AND o.forgotten_at IS NULL
          UNION
          SELECT l.id FROM origins o
            JOIN import_letters l ON l.connection_id = o.connection_id AND l.mapped ->> 'learner' = o.external_id
           WHERE o.institution_id = p_institution AND o.entity_id = ANY (p_entities) AND o.forgotten_at IS NULL
             AND o.kind = 'learners') AS t
   WHERE l.institution_id = p_institution AND l.id = t.id AND l.external_id NOT LIKE 'stub:%';

  UPDATE import_proposals p
     SET mapped = '{}', raw = '{}', candidates = '[]', hash = nothing, source_updated_at = NULL,
         external_id = stub_key(p.connection_id, p.external_id),
         state = CASE p.state WHEN 'open' THEN 'moot' ELSE p.state END, decided_at = coalesce(p.decided_at, p_at)
    FROM (SELECT id FROM import_proposals WHERE institution_id = p_institution AND entity_id = ANY (p_entities)
          UNION
          SELECT p.id FROM origins o
            JOIN import_proposals p ON p.connection_id = o.connection_id AND p.kind = o.kind AND p.external_id = o.external_id
           WHERE o.institution_id = p_institution AND o.entity_id = ANY (p_entities) AND o.forgotten_at IS NULL) AS t
   WHERE p.institution_id = p_institution AND p.id = t.id AND p.external_id NOT LIKE 'stub:%';

  DELETE FROM import_rejections j USING origins o
   WHERE o.institution_id = p_institution AND o.entity_id = ANY (p_entities) AND o.forgotten_at IS NULL
     AND j.institution_id = p_institution AND j.connection_id = o.connection_id AND j.kind = o.kind
     AND j.external_id = o.external_id;
  DELETE FROM import_rejections WHERE institution_id = p_institution AND entity_id = ANY (p_entities);

  DELETE FROM import_differences d
   WHERE d.institution_id = p_institution
     AND (d.entity_id = ANY (p_entities) OR (d.fields -> 'person_id' ->> 'after') = ANY (p_entities::text[])
          OR EXISTS (SELECT FROM import_runs r JOIN origins o ON o.connection_id = r.connection_id
                      WHERE r.id = d.run_id AND o.entity_id = ANY (p_entities) AND o.forgotten_at IS NULL
                        AND (o.stream = d.stream AND o.external_id = d.external_id
                             OR o.kind = 'learners' AND o.external_id = d.fields -> 'record' ->> 'learner')));

  UPDATE origin_changes c SET fields = '{}' FROM origins o
   WHERE o.institution_id = p_institution AND o.entity_id = ANY (p_entities) AND c.origin_id = o.id AND c.fields <> '{}';
  UPDATE origin_conflicts c
     SET source_value = NULL, hand_value = NULL, state = CASE c.state WHEN 'open' THEN 'moot' ELSE c.state END,
         settled_at = coalesce(c.settled_at, p_at)
    FROM origins o
   WHERE o.institution_id = p_institution AND o.entity_id = ANY (p_entities) AND c.origin_id = o.id;
  DELETE FROM hand_edits WHERE institution_id = p_institution AND entity_id = ANY (p_entities);
  -- The last, because everything else is found through it. Who was destroyed before and came back leaves two stubs.
  UPDATE origins o
     SET mapped = '{}', raw = '{}', hash = nothing, source_updated_at = NULL, forgotten_at = p_at, forgotten_act = p_act,
         external_id = stub_key(o.connection_id, o.external_id) || CASE WHEN EXISTS (
           SELECT FROM origins s WHERE s.connection_id = o.connection_id AND s.stream = o.stream
              AND s.external_id = stub_key(o.connection_id, o.external_id)) THEN '/' || o.id ELSE '' END
   WHERE o.institution_id = p_institution AND o.entity_id = ANY (p_entities) AND o.forgotten_at IS NULL;
END $$;

-- Whatever ends a document ends what sources said of its file, in the same transaction: title, names, raw answers.
CREATE FUNCTION forget_files_of_documents() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  gone record;
BEGIN
  FOR gone IN
    WITH forgotten AS (
      UPDATE import_files f
         SET said = '{}', address = '', file_id = '', settled = true,
             reason = CASE WHEN f.decided_by IS NULL THEN f.reason ELSE '—' END
        FROM ended e
       WHERE f.institution_id = e.institution_id AND f.document_id = e.id
      RETURNING f.institution_id, f.id, e.id AS document_id)
    SELECT f.institution_id, array_agg(f.id) AS files,
           CASE WHEN s.act_id IS NOT NULL
                THEN jsonb_build_object('id', s.act_id, 'number', s.act_number, 'date', s.act_date) END AS act
      FROM forgotten f
      LEFT JOIN document_stubs s ON s.institution_id = f.institution_id AND s.id = f.document_id
     GROUP BY f.institution_id, s.act_id, s.act_number, s.act_date
  LOOP
    CALL forget_records(gone.institution_id, gone.files, gone.act, now());
  END LOOP;
  RETURN NULL;
END $$;
CREATE TRIGGER forgets_files AFTER DELETE ON documents REFERENCING OLD TABLE AS ended
  FOR EACH STATEMENT EXECUTE FUNCTION forget_files_of_documents();

-- Holds over a person, and over any case that the person is in.
CREATE FUNCTION holds_over_copies(p_institution uuid, p_person uuid) RETURNS SETOF uuid
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT h FROM holds_over_person(p_institution, p_person) AS h
  UNION
  SELECT hold_id FROM holds_over_cases(p_institution, ARRAY(
    SELECT case_id FROM case_persons WHERE institution_id = p_institution AND person_id = p_person)) $$;

CREATE FUNCTION guard_forgetting() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'DELETE' OR OLD.forgotten_at IS NOT NULL
     OR (to_jsonb(NEW) - 'forgotten_at') <> (to_jsonb(OLD) - 'forgotten_at') THEN
    RAISE EXCEPTION 'that a person is forgotten is never changed or removed' USING ERRCODE = 'DL001';
  END IF;
  CALL pass_gate_of_holds(NEW.institution_id);
  IF EXISTS (SELECT FROM holds_over_copies(NEW.institution_id, NEW.person_id)) THEN
    RAISE EXCEPTION 'a hold covers this person' USING ERRCODE = 'DL002';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guarded BEFORE UPDATE OR DELETE ON forgotten_people FOR EACH ROW EXECUTE FUNCTION guard_forgetting();
CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON forgotten_people FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- What sources said of people whose last file is gone, and of all that belongs to them. Files that wait in the tray or
-- were not fetched yet are undecided work of a clerk, and no copy of what was destroyed.
CREATE PROCEDURE forget_copies_of(p_institution uuid, p_people uuid[], p_act jsonb, p_at timestamptz)
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  refused uuid[];
  entities uuid[];
BEGIN
  WITH blanked AS (
    UPDATE import_files
       SET said = '{}', address = '', file_id = '', settled = true,
           reason = CASE WHEN decided_by IS NULL THEN reason ELSE '—' END
     WHERE institution_id = p_institution AND person_id = ANY (p_people) AND state = 'refused' RETURNING id)
  SELECT array_agg(id) FROM blanked INTO refused;
  SELECT array_agg(e.id) INTO entities FROM (
    SELECT unnest(p_people || refused) AS id
    UNION ALL SELECT id FROM results WHERE institution_id = p_institution AND person_id = ANY (p_people)
    UNION ALL SELECT id FROM attendance WHERE institution_id = p_institution AND person_id = ANY (p_people)
    UNION ALL SELECT id FROM enrolments WHERE institution_id = p_institution AND person_id = ANY (p_people)
    UNION ALL SELECT id FROM representatives WHERE institution_id = p_institution AND person_id = ANY (p_people)
    UNION ALL SELECT id FROM rewards WHERE institution_id = p_institution AND person_id = ANY (p_people)) AS e;
  CALL forget_records(p_institution, entities, p_act, p_at);
END $$;

CREATE FUNCTION forget_copies_of_people() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  gone record;
BEGIN
  FOR gone IN SELECT institution_id, act, forgotten_at, array_agg(person_id) AS people FROM ended
               WHERE forgotten_at IS NOT NULL GROUP BY institution_id, act, forgotten_at
  LOOP
    CALL forget_copies_of(gone.institution_id, gone.people, gone.act, gone.forgotten_at);
  END LOOP;
  RETURN NULL;
END $$;
CREATE TRIGGER forgets_copies AFTER UPDATE ON forgotten_people REFERENCING NEW TABLE AS ended
  FOR EACH STATEMENT EXECUTE FUNCTION forget_copies_of_people();

-- A chunk of a run that was weighed before a destruction may be committed after it: what it has brought goes too.
CREATE FUNCTION forget_late_copies(p_institution uuid, p_since timestamptz, p_at timestamptz) RETURNS integer
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  late record;
  people integer := 0;
BEGIN
  CALL pass_gate_of_holds(p_institution);
  FOR late IN
    SELECT f.person_id, f.act FROM forgotten_people f
     WHERE f.institution_id = p_institution AND f.forgotten_at >= p_since
       AND NOT EXISTS (SELECT FROM holds_over_copies(p_institution, f.person_id))
       AND NOT EXISTS (SELECT FROM personal_files p WHERE p.institution_id = p_institution AND p.person_id = f.person_id
                          AND p.destruction_began_at IS NULL)
  LOOP
    CALL forget_copies_of(p_institution, ARRAY[late.person_id], late.act, p_at);
    people := people + 1;
  END LOOP;
  RETURN people;
END $$;

-- What nobody needs any more some time after it was decided. Of a letter without a key nobody can say whom it names, so
-- all of it waits for the last hold of the institution.
CREATE FUNCTION blank_settled_imports(p_institution uuid, p_letters_before timestamptz, p_runs_before timestamptz)
RETURNS integer LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  nothing CONSTANT bytea := decode(repeat('00', 32), 'hex');
  blanked integer;
  total integer := 0;
BEGIN
  CALL pass_gate_of_holds(p_institution);
  IF EXISTS (SELECT FROM holds WHERE institution_id = p_institution AND state = 'active') THEN
    RETURN 0;
  END IF;
  -- What the source has said no more for as long is no work of anybody, unless its record was kept to be tried again.
  UPDATE import_letters
     SET mapped = NULL, raw = '{}', hash = NULL, source_updated_at = NULL,
         external_id = CASE state WHEN 'open' THEN external_id ELSE stub_key(connection_id, external_id) END
   WHERE institution_id = p_institution AND external_id NOT LIKE 'stub:%'
     AND (state <> 'open' AND ended_at < p_letters_before
          OR state = 'open' AND mapped IS NULL AND raw <> '{}' AND last_at < p_letters_before);
  GET DIAGNOSTICS blanked = ROW_COUNT;
  total := total + blanked;
  -- Whose record it was stays told: such a decision may be undone as long as its origin is there.
  UPDATE import_proposals
     SET mapped = '{}', raw = '{}', candidates = '[]', hash = nothing, source_updated_at = NULL,
         external_id = CASE state WHEN 'moot' THEN stub_key(connection_id, external_id) ELSE external_id END
   WHERE institution_id = p_institution AND state <> 'open' AND decided_at < p_letters_before AND mapped <> '{}';
  GET DIAGNOSTICS blanked = ROW_COUNT;
  total := total + blanked;
  DELETE FROM import_differences d USING import_runs r
   WHERE d.institution_id = p_institution AND r.institution_id = p_institution AND r.id = d.run_id AND r.ended_at < p_runs_before;
  GET DIAGNOSTICS blanked = ROW_COUNT;
  RETURN total + blanked;
END $$;
