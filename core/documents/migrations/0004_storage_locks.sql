-- What object storage was told to keep, and was seen to keep. A file without a row was told nothing.

CREATE TABLE storage_locks (
  version_id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  -- Of which copy this was seen: a copy that is put again is another one.
  storage_version_id text NOT NULL,
  locked_until timestamptz,
  mode text CHECK (mode IN ('GOVERNANCE', 'COMPLIANCE')),
  legal_hold boolean NOT NULL,
  -- Why a legal hold stands for a date, or why storage keeps something else than it was told.
  note text CHECK (note IN ('date_too_late', 'date_refused', 'lock_differs', 'hold_differs')),
  -- False while storage is being told: what it keeps is not known until it was asked again.
  settled boolean NOT NULL,
  seen_at timestamptz NOT NULL,
  CHECK ((locked_until IS NULL) = (mode IS NULL)),
  FOREIGN KEY (institution_id, version_id) REFERENCES document_versions (institution_id, id) ON DELETE CASCADE
);
CREATE INDEX storage_locks_that_differ ON storage_locks (institution_id)
  WHERE NOT settled OR note IN ('lock_differs', 'hold_differs');
CALL isolate('storage_locks', 'SELECT, INSERT, UPDATE, DELETE');

-- What has to be looked at again: all files of a case, or those of one document. A row goes when everything it stands
-- for was done; two rows for the same are no harm, and no change is lost while an older row is being worked on.
CREATE TABLE storage_lock_queue (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  institution_id uuid NOT NULL,
  case_id uuid,
  document_id uuid,
  CHECK (num_nonnulls(case_id, document_id) = 1)
);
CREATE INDEX storage_lock_queue_in_order ON storage_lock_queue (institution_id, id);
CALL isolate('storage_lock_queue', 'SELECT, INSERT, DELETE');

-- Whoever dates a case, one by one or a million at once, has storage told of it.
CREATE FUNCTION queue_locks_of_cases() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO storage_lock_queue (institution_id, case_id)
  SELECT n.institution_id, n.id FROM dated n JOIN undated o ON o.id = n.id
   WHERE (n.not_before, n.open_end) IS DISTINCT FROM (o.not_before, o.open_end)
      -- A hold may have stood for a date that no lock could keep.
      OR (o.state = 'retained' AND n.state = 'expired');
  RETURN NULL;
END $$;
CREATE TRIGGER queues_locks AFTER UPDATE ON cases REFERENCING OLD TABLE AS undated NEW TABLE AS dated
  FOR EACH STATEMENT EXECUTE FUNCTION queue_locks_of_cases();

CREATE FUNCTION queue_locks_of_document() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO storage_lock_queue (institution_id, document_id) VALUES (NEW.institution_id, NEW.id);
  RETURN NULL;
END $$;
CREATE TRIGGER queues_locks AFTER UPDATE OF case_id ON documents FOR EACH ROW
  WHEN (NEW.case_id IS NOT NULL AND NEW.case_id IS DISTINCT FROM OLD.case_id) EXECUTE FUNCTION queue_locks_of_document();

CREATE FUNCTION institutions_with_locks_to_set() RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT i.id FROM institutions i WHERE EXISTS (SELECT FROM storage_lock_queue q WHERE q.institution_id = i.id) $$;
REVOKE ALL ON FUNCTION institutions_with_locks_to_set FROM PUBLIC;
GRANT EXECUTE ON FUNCTION institutions_with_locks_to_set TO deloteka_app;

CREATE FUNCTION storage_locks_differ() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT EXISTS (SELECT FROM storage_locks WHERE note IN ('lock_differs', 'hold_differs')) $$;
REVOKE ALL ON FUNCTION storage_locks_differ FROM PUBLIC;
GRANT EXECUTE ON FUNCTION storage_locks_differ TO deloteka_app;

-- Has everything looked at again of which storage may keep something else than is written here: where the telling was cut
-- off, where it kept something else, and where the copies are others since, as after a restore.
CREATE FUNCTION queue_doubtful_locks() RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  WITH queued AS (
    INSERT INTO storage_lock_queue (institution_id, document_id)
    SELECT DISTINCT v.institution_id, v.document_id
      FROM storage_locks l JOIN document_versions v ON v.institution_id = l.institution_id AND v.id = l.version_id
     WHERE NOT l.settled OR l.note IN ('lock_differs', 'hold_differs') OR l.storage_version_id <> v.storage_version_id
    RETURNING 1)
  SELECT count(*) FROM queued $$;
REVOKE ALL ON FUNCTION queue_doubtful_locks FROM PUBLIC;
GRANT EXECUTE ON FUNCTION queue_doubtful_locks TO deloteka_app;

-- What storage keeps of a case, for the answer why it is kept: the feature of cases knows no documents.
CREATE FUNCTION storage_lock_of_case(p_institution uuid, p_case uuid)
RETURNS TABLE (files bigint, locked_until timestamptz, mode text, legal_hold boolean, notes text[])
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT count(*), max(l.locked_until), min(l.mode), coalesce(bool_or(l.legal_hold), false),
         coalesce(array_agg(DISTINCT l.note) FILTER (WHERE l.note IS NOT NULL), '{}')
    FROM documents d
    JOIN document_versions v ON v.institution_id = d.institution_id AND v.document_id = d.id
    JOIN storage_locks l ON l.institution_id = v.institution_id AND l.version_id = v.id
   WHERE d.institution_id = p_institution AND d.case_id = p_case $$;
