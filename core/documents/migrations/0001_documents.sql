CREATE TABLE documents (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  personal_file_id uuid,
  group_id uuid,
  -- A paper that the service issues for the institution itself, or a signature of one (`core.paperwork`).
  institutional boolean NOT NULL DEFAULT false,
  kind text NOT NULL,
  state text NOT NULL CHECK (state IN ('quarantined', 'kept', 'filed', 'refused', 'withdrawn')),
  title text NOT NULL,
  series text NOT NULL DEFAULT '',
  number text NOT NULL DEFAULT '',
  registration_number text NOT NULL DEFAULT '',
  issued_on date,
  issued_by text NOT NULL DEFAULT '',
  programme text NOT NULL DEFAULT '',
  hours integer CHECK (hours BETWEEN 1 AND 100000),
  authenticity text NOT NULL DEFAULT 'copy' CHECK (authenticity IN ('original', 'copy', 'certified_copy')),
  paper_carrier boolean NOT NULL DEFAULT false,
  paper_place text NOT NULL DEFAULT '',
  electronic_carrier boolean NOT NULL DEFAULT true,
  note text NOT NULL DEFAULT '',
  last_ordinal integer NOT NULL DEFAULT 1 CHECK (last_ordinal >= 1),
  revision integer NOT NULL DEFAULT 1,
  uploaded_by uuid NOT NULL,
  created_at timestamptz NOT NULL,
  decided_by uuid,
  decided_at timestamptz,
  decision_reason text NOT NULL DEFAULT '',
  UNIQUE (institution_id, id),
  CHECK (num_nonnulls(personal_file_id, group_id) + institutional::integer = 1),
  CHECK (NOT institutional OR state <> 'withdrawn'),
  CHECK (paper_carrier OR paper_place = ''),
  CHECK (state NOT IN ('refused', 'withdrawn') OR (decided_by IS NOT NULL AND decision_reason <> '')),
  FOREIGN KEY (institution_id, personal_file_id) REFERENCES personal_files (institution_id, id),
  FOREIGN KEY (institution_id, group_id) REFERENCES groups (institution_id, id)
);
CREATE INDEX documents_by_personal_file ON documents (institution_id, personal_file_id, id DESC);
CREATE INDEX documents_by_group ON documents (institution_id, group_id, id DESC);
CREATE INDEX documents_by_kind ON documents (institution_id, kind, id DESC);
CREATE INDEX documents_in_quarantine ON documents (institution_id, id DESC) WHERE state = 'quarantined';
CREATE INDEX documents_whose_bytes_must_go ON documents (institution_id) WHERE state = 'withdrawn';
CALL isolate('documents', 'SELECT, INSERT, UPDATE, DELETE');

CREATE TABLE document_versions (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL,
  document_id uuid NOT NULL,
  ordinal integer NOT NULL CHECK (ordinal >= 1),
  holder_id uuid NOT NULL,
  repeated boolean NOT NULL DEFAULT false,
  object_key text NOT NULL UNIQUE,
  storage_version_id text NOT NULL,
  sha256 bytea NOT NULL CHECK (octet_length(sha256) = 32),
  size bigint NOT NULL CHECK (size > 0),
  media_type text NOT NULL,
  file_name text NOT NULL CHECK (file_name <> ''),
  pages integer CHECK (pages >= 0),
  state text NOT NULL CHECK (state IN ('quarantined', 'kept', 'refused', 'withdrawn')),
  verdict text NOT NULL CHECK (verdict IN ('accepted', 'quarantined')),
  code text,
  findings jsonb NOT NULL,
  facts jsonb NOT NULL,
  proposal jsonb NOT NULL,
  uploaded_by uuid NOT NULL,
  uploaded_at timestamptz NOT NULL,
  verified_at timestamptz,
  decided_by uuid,
  decided_at timestamptz,
  decision_reason text NOT NULL DEFAULT '',
  bytes_gone_at timestamptz,
  UNIQUE (institution_id, id),
  CHECK (state <> 'quarantined' OR verdict = 'quarantined'),
  CHECK (state <> 'refused' OR (decided_by IS NOT NULL AND decision_reason <> '')),
  CHECK (bytes_gone_at IS NULL OR state = 'refused'),
  CHECK ((verdict = 'quarantined') = (code IS NOT NULL)),
  FOREIGN KEY (institution_id, document_id) REFERENCES documents (institution_id, id) ON DELETE CASCADE
);
-- A number becomes free with the withdrawal of its version, although the bytes may still be on their way out.
CREATE UNIQUE INDEX document_versions_in_order ON document_versions (document_id, ordinal) WHERE state <> 'withdrawn';
-- The same bytes twice for the same person or group are a mistake unless somebody insists. Those that may be there again
-- are told apart by their ids, so that all of them are found here.
CREATE UNIQUE INDEX document_versions_once ON document_versions (
  institution_id, holder_id, sha256, (CASE WHEN repeated OR state = 'refused' THEN id END) NULLS FIRST
) NULLS NOT DISTINCT;
CREATE INDEX document_versions_whose_bytes_must_go ON document_versions (institution_id)
  WHERE state = 'withdrawn' OR (state = 'refused' AND bytes_gone_at IS NULL);
CALL isolate('document_versions', 'SELECT, INSERT, UPDATE, DELETE');

CREATE TABLE renditions (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  version_id uuid NOT NULL,
  kind text NOT NULL CHECK (kind IN ('preview')),
  page integer NOT NULL CHECK (page >= 1),
  object_key text NOT NULL UNIQUE,
  storage_version_id text NOT NULL,
  media_type text NOT NULL,
  size bigint NOT NULL,
  width integer NOT NULL,
  height integer NOT NULL,
  created_at timestamptz NOT NULL,
  UNIQUE (version_id, kind, page),
  FOREIGN KEY (institution_id, version_id) REFERENCES document_versions (institution_id, id) ON DELETE CASCADE
);
CALL isolate('renditions', 'SELECT, INSERT, DELETE');

CREATE FUNCTION institutions_with_bytes_to_remove() RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT institution_id FROM documents WHERE state = 'withdrawn'
  UNION SELECT institution_id FROM document_versions
   WHERE state = 'withdrawn' OR (state = 'refused' AND bytes_gone_at IS NULL) $$;
REVOKE ALL ON FUNCTION institutions_with_bytes_to_remove FROM PUBLIC;
GRANT EXECUTE ON FUNCTION institutions_with_bytes_to_remove TO deloteka_app;

-- What may speak against an upload, before its bytes go anywhere: the key an earlier request used, and a document
-- of this holder with the same bytes; and, with p_file, whose personal file that is (NULL: nobody's). A transaction of
-- its own.
CREATE FUNCTION look_before_upload(
  p_institution uuid, p_account uuid, p_file uuid, p_key text, p_holder uuid, p_sha256 bytea
) RETURNS TABLE (learner_id uuid, names text, blocked boolean, request_digest bytea, version_id uuid, same_bytes_in uuid)
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  PERFORM enter_scope(p_institution, p_account);
  IF p_file IS NOT NULL THEN
    SELECT l.learner_id, l.names, l.blocked INTO learner_id, names, blocked FROM learners_of_files l
     WHERE l.institution_id = p_institution AND l.personal_file_id = p_file;
    IF NOT FOUND THEN
      RETURN NEXT;
      RETURN;
    END IF;
  END IF;
  IF p_key IS NOT NULL THEN
    SELECT k.request_digest, k.object_id INTO request_digest, version_id FROM idempotency_keys k
     WHERE k.institution_id = p_institution AND k.account_id = p_account AND k.key = p_key;
  END IF;
  -- Ordered as the index is, because nothing else keeps the planner, as long as it knows nothing of a young table, from
  -- walking every version of the institution. The document is asked in a place where it cannot be joined first.
  SELECT v.document_id INTO same_bytes_in FROM document_versions v
   WHERE v.institution_id = p_institution AND v.holder_id = p_holder AND v.sha256 = p_sha256
     AND v.state NOT IN ('refused', 'withdrawn')
     AND (SELECT d.state <> 'withdrawn' FROM documents d
           WHERE d.institution_id = v.institution_id AND d.id = v.document_id)
   ORDER BY (CASE WHEN v.repeated OR v.state = 'refused' THEN v.id END) NULLS FIRST LIMIT 1;
  RETURN NEXT;
END $$;

-- Writes an upload down, whole or not at all, as a transaction of its own: a new document (or, with p_document NULL,
-- the document whose version it is, still as the version's ordinal says), the version, the key of the request, the
-- entry of the search, and the records.
CREATE FUNCTION keep_upload(
  p_institution uuid, p_account uuid, p_document jsonb, p_version jsonb, p_key text, p_request_digest bytea,
  p_entry jsonb, p_entries jsonb, p_events jsonb, p_jobs jsonb
) RETURNS void LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  v document_versions;
BEGIN
  PERFORM enter_scope(p_institution, p_account);
  v := jsonb_populate_record(NULL::document_versions, p_version);
  IF p_document IS NOT NULL THEN
    INSERT INTO documents SELECT * FROM jsonb_populate_record(NULL::documents, p_document);
  ELSE
    UPDATE documents SET last_ordinal = v.ordinal, revision = revision + 1
     WHERE institution_id = p_institution AND id = v.document_id AND last_ordinal = v.ordinal - 1 AND state = 'kept';
    IF NOT FOUND THEN
      RAISE EXCEPTION 'the document is not as it was' USING ERRCODE = 'integrity_constraint_violation',
        CONSTRAINT = 'documents_unchanged';
    END IF;
  END IF;
  INSERT INTO document_versions SELECT v.*;
  IF p_key IS NOT NULL THEN
    INSERT INTO idempotency_keys (institution_id, account_id, key, request_digest, object_type, object_id, created_at)
    VALUES (p_institution, p_account, p_key, p_request_digest, 'document_version', v.id, v.uploaded_at);
  END IF;
  PERFORM put_search_entry(p_entry);
  PERFORM record_work(p_entries, p_events, p_jobs);
END $$;
