-- Runs -----------------------------------------------------------------------------------------------------------

CREATE TABLE import_runs (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  connection_id uuid NOT NULL,
  -- sync: what is due; backfill: every part that has something since a day; dry_run: nothing is written;
  -- retry: the parts whose dead letters are to be read again.
  mode text NOT NULL CHECK (mode IN ('sync', 'backfill', 'dry_run', 'retry')),
  state text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'running', 'complete', 'partial', 'failed', 'cancelled')),
  since date,
  streams text[],
  -- The letters that a retry is about; NULL: every open one.
  letters uuid[],
  job_id uuid NOT NULL,
  requested_by uuid,
  requested_at timestamptz NOT NULL,
  started_at timestamptz,
  ended_at timestamptz,
  heartbeat_at timestamptz,
  cancel_requested_at timestamptz,
  attempts integer NOT NULL DEFAULT 0,
  reason text NOT NULL DEFAULT '',
  message text NOT NULL DEFAULT '',
  retry_at timestamptz,
  counts jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(counts) = 'object'),
  UNIQUE (institution_id, id),
  CHECK ((state IN ('queued', 'running')) = (ended_at IS NULL)),
  CHECK (state IN ('queued', 'cancelled', 'failed') OR started_at IS NOT NULL)
);
CREATE INDEX import_runs_listed ON import_runs (institution_id, id DESC);
CREATE INDEX import_runs_of_connection ON import_runs (connection_id, id DESC);
-- One at a time, whoever asks.
CREATE UNIQUE INDEX import_runs_one_open ON import_runs (connection_id) WHERE state IN ('queued', 'running');
CALL isolate('import_runs', 'SELECT, INSERT');
GRANT UPDATE (state, job_id, started_at, ended_at, heartbeat_at, cancel_requested_at, attempts, reason, message, retry_at, counts)
  ON import_runs TO deloteka_app;

CREATE FUNCTION guard_import_run() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'DELETE' OR OLD.ended_at IS NOT NULL OR (OLD.state = 'running' AND NEW.state = 'queued') THEN
    RAISE EXCEPTION 'a run that has ended is never changed or removed' USING ERRCODE = 'DL001';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guarded BEFORE UPDATE OR DELETE ON import_runs FOR EACH ROW EXECUTE FUNCTION guard_import_run();

CREATE INDEX import_runs_again ON import_runs (retry_at) WHERE retry_at IS NOT NULL;

-- Whether a later run has taken the place of one that was to be repeated: one of the same kind, or a backfill of a usual
-- one, that reads the same streams or all of them. A dry run, or letters that are tried again, read nothing in its place.
CREATE FUNCTION is_superseded(p_run import_runs) RETURNS boolean
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT EXISTS (SELECT FROM import_runs n
                  WHERE n.connection_id = p_run.connection_id AND n.id > p_run.id
                    AND (n.mode = p_run.mode OR (n.mode, p_run.mode) = ('backfill', 'sync'))
                    AND (n.streams IS NULL OR n.streams IS NOT DISTINCT FROM p_run.streams)) $$;

-- Institutions with a run whose job has ended without it, or with one that is to be tried again.
CREATE FUNCTION institutions_with_import_chores(p_now timestamptz) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT r.institution_id FROM import_runs r JOIN jobs j ON j.id = r.job_id
   WHERE r.state IN ('queued', 'running') AND j.state IN ('failed', 'cancelled', 'done')
  UNION
  SELECT r.institution_id FROM import_runs r WHERE r.retry_at <= p_now AND NOT is_superseded(r) $$;
REVOKE ALL ON FUNCTION institutions_with_import_chores FROM PUBLIC;
GRANT EXECUTE ON FUNCTION institutions_with_import_chores TO deloteka_app;

CREATE TABLE import_run_streams (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  run_id uuid NOT NULL,
  stream text NOT NULL,
  title text NOT NULL DEFAULT '',
  kind text NOT NULL,
  ordinal integer NOT NULL,
  state text NOT NULL DEFAULT 'waiting'
    CHECK (state IN ('waiting', 'running', 'complete', 'incomplete', 'failed', 'cancelled')),
  reason text NOT NULL DEFAULT '',
  message text NOT NULL DEFAULT '',
  retry_at timestamptz,
  partitions integer,
  counts jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(counts) = 'object'),
  CONSTRAINT import_run_streams_once UNIQUE (run_id, stream),
  FOREIGN KEY (institution_id, run_id) REFERENCES import_runs (institution_id, id)
);
CALL isolate('import_run_streams', 'SELECT, INSERT');
GRANT UPDATE (state, reason, message, retry_at, partitions, counts) ON import_run_streams TO deloteka_app;

-- How far each part is in this run; `cursor` is where the reading of a whole part goes on after an interruption.
CREATE TABLE import_run_partitions (
  institution_id uuid NOT NULL REFERENCES institutions,
  run_id uuid NOT NULL,
  stream text NOT NULL,
  partition text NOT NULL,
  title text NOT NULL DEFAULT '',
  state text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'complete', 'incomplete', 'skipped')),
  cursor text,
  reason text NOT NULL DEFAULT '',
  message text NOT NULL DEFAULT '',
  retry_at timestamptz,
  done integer,
  total integer,
  same integer NOT NULL DEFAULT 0,
  -- Whether a bad record named no key: what was not returned cannot be told from it then.
  keyless boolean NOT NULL DEFAULT false,
  PRIMARY KEY (run_id, stream, partition),
  FOREIGN KEY (institution_id, run_id) REFERENCES import_runs (institution_id, id)
);
CALL isolate('import_run_partitions', 'SELECT, INSERT, DELETE');
GRANT UPDATE (state, cursor, reason, message, retry_at, done, total, same, keyless) ON import_run_partitions TO deloteka_app;

-- Which records a run has met, a batch a row; they go with the end of the run.
CREATE TABLE import_seen (
  institution_id uuid NOT NULL REFERENCES institutions,
  run_id uuid NOT NULL,
  stream text NOT NULL,
  partition text NOT NULL,
  origins uuid[] NOT NULL,
  FOREIGN KEY (institution_id, run_id) REFERENCES import_runs (institution_id, id)
);
CREATE INDEX import_seen_of_run ON import_seen (run_id, stream, partition);
CALL isolate('import_seen', 'SELECT, INSERT, DELETE');

-- Bookmarks ------------------------------------------------------------------------------------------------------

CREATE TABLE import_bookmarks (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  connection_id uuid NOT NULL,
  stream text NOT NULL,
  partition text NOT NULL,
  title text NOT NULL DEFAULT '',
  cursor text,
  -- Of the part of the configuration that changes what the stream returns.
  fingerprint text NOT NULL DEFAULT '',
  -- The institution's day on which the last complete read began.
  completed_on date,
  -- Asked for by hand: the next run reads the part from its beginning.
  reset_at timestamptz,
  CONSTRAINT import_bookmarks_once UNIQUE (connection_id, stream, partition)
);
CALL isolate('import_bookmarks', 'SELECT, INSERT');
GRANT UPDATE (title, cursor, fingerprint, completed_on, reset_at) ON import_bookmarks TO deloteka_app;

-- Dead letters ---------------------------------------------------------------------------------------------------

CREATE TABLE import_letters (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  connection_id uuid NOT NULL,
  run_id uuid NOT NULL,
  stream text NOT NULL,
  partition text NOT NULL,
  kind text NOT NULL,
  -- Empty where the source's object has no key.
  external_id text NOT NULL,
  -- record: the source's object is bad; reference: what it refers to is unknown; waiting: it refers to somebody who
  -- waits for a match; refused: the registry does not take it; file: its bytes could not be had; destroyed: an act
  -- has ended what the registry held of this person, and nothing of the record is kept here.
  class text NOT NULL CHECK (class IN ('record', 'reference', 'waiting', 'refused', 'file', 'destroyed')),
  reason text NOT NULL,
  -- What is missing: {"kind": …, "external_id": …}.
  missing jsonb,
  hash bytea,
  mapped jsonb,
  raw jsonb NOT NULL DEFAULT '{}',
  source_updated_at timestamptz,
  attempts integer NOT NULL DEFAULT 1,
  first_at timestamptz NOT NULL,
  last_at timestamptz NOT NULL,
  state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'closed', 'dismissed')),
  note text NOT NULL DEFAULT '',
  ended_by uuid,
  ended_at timestamptz,
  CHECK ((state = 'open') = (ended_at IS NULL)),
  CHECK (state <> 'dismissed' OR note <> '')
);
CREATE UNIQUE INDEX import_letters_open ON import_letters (connection_id, stream, external_id) WHERE state = 'open' AND external_id <> '';
CREATE INDEX import_letters_listed ON import_letters (institution_id, id DESC);
CREATE INDEX import_letters_of_run ON import_letters (run_id);
CREATE INDEX import_letters_missing ON import_letters (connection_id, (missing ->> 'kind'), (missing ->> 'external_id'))
  WHERE state = 'open' AND missing IS NOT NULL;
CALL isolate('import_letters', 'SELECT, INSERT');
GRANT UPDATE (external_id, run_id, partition, class, reason, missing, hash, mapped, raw, source_updated_at, attempts, last_at, state, note,
              ended_by, ended_at) ON import_letters TO deloteka_app;

-- Persons --------------------------------------------------------------------------------------------------------

-- A record of a person for whom candidates stand in the registry: somebody confirms one, or says that it is a new one.
CREATE TABLE import_proposals (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  connection_id uuid NOT NULL,
  run_id uuid NOT NULL,
  stream text NOT NULL,
  partition text NOT NULL,
  kind text NOT NULL,
  external_id text NOT NULL,
  candidates jsonb NOT NULL CHECK (jsonb_typeof(candidates) = 'array'),
  hash bytea NOT NULL,
  mapped jsonb NOT NULL,
  raw jsonb NOT NULL,
  source_updated_at timestamptz,
  state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'confirmed', 'new', 'moot')),
  entity_id uuid,
  revision integer NOT NULL DEFAULT 1,
  raised_at timestamptz NOT NULL,
  decided_by uuid,
  decided_at timestamptz,
  undone_by uuid,
  undone_at timestamptz,
  CHECK ((state = 'open') = (decided_at IS NULL)),
  CHECK ((state IN ('confirmed', 'new')) = (entity_id IS NOT NULL))
);
CREATE UNIQUE INDEX import_proposals_open ON import_proposals (connection_id, kind, external_id) WHERE state = 'open';
CREATE INDEX import_proposals_listed ON import_proposals (institution_id, id DESC);
CALL isolate('import_proposals', 'SELECT, INSERT');
GRANT UPDATE (external_id, run_id, stream, partition, candidates, hash, mapped, raw, source_updated_at, state, entity_id, revision, decided_by,
              decided_at, undone_by, undone_at) ON import_proposals TO deloteka_app;

-- Pairs of which a person said that they are two people.
CREATE TABLE import_rejections (
  institution_id uuid NOT NULL REFERENCES institutions,
  connection_id uuid NOT NULL,
  kind text NOT NULL,
  external_id text NOT NULL,
  entity_id uuid NOT NULL,
  rejected_by uuid,
  rejected_at timestamptz NOT NULL,
  PRIMARY KEY (connection_id, kind, external_id, entity_id)
);
CALL isolate('import_rejections', 'SELECT, INSERT, DELETE');

-- Differences of a dry run ---------------------------------------------------------------------------------------

CREATE TABLE import_differences (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  run_id uuid NOT NULL,
  stream text NOT NULL,
  kind text NOT NULL,
  external_id text NOT NULL,
  outcome text NOT NULL CHECK (outcome IN ('new', 'changed', 'unmatched', 'dead', 'gone', 'returned')),
  entity_id uuid,
  fields jsonb NOT NULL,
  FOREIGN KEY (institution_id, run_id) REFERENCES import_runs (institution_id, id)
);
CREATE INDEX import_differences_of_run ON import_differences (run_id, id);
CREATE INDEX import_differences_of_entity ON import_differences (entity_id) WHERE entity_id IS NOT NULL;
CALL isolate('import_differences', 'SELECT, INSERT, DELETE');

-- Files ----------------------------------------------------------------------------------------------------------

-- A file as its source has it; what became of its bytes. `origins` says which record it is.
CREATE TABLE import_files (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  said jsonb NOT NULL CHECK (jsonb_typeof(said) = 'object'),
  person_id uuid,
  group_id uuid,
  -- Bytes are fetched again when one of these changes.
  address text NOT NULL DEFAULT '',
  file_id text NOT NULL DEFAULT '',
  size bigint,
  modified_at timestamptz,
  -- pending: to be fetched; kept: a document; tray: waits for a clerk, bytes kept; refused: by intake or by a clerk.
  state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'kept', 'tray', 'refused')),
  reason text NOT NULL DEFAULT '',
  attempts integer NOT NULL DEFAULT 0,
  -- Counts the fetches that were wished for: a part of what makes an upload one and the same.
  edition integer NOT NULL DEFAULT 1,
  document_id uuid,
  -- Bytes of the tray, in the object storage; announced before they are put there.
  object_key text,
  storage_version_id text,
  sha256 bytea,
  received_size bigint,
  media_type text,
  gone_at timestamptz,
  revision integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  ended_at timestamptz,
  decided_by uuid,
  -- Whether the source has heard what became of the file.
  settled boolean NOT NULL DEFAULT false,
  CHECK (state <> 'kept' OR document_id IS NOT NULL),
  CHECK (state <> 'tray' OR storage_version_id IS NOT NULL),
  CHECK (state <> 'refused' OR reason <> '')
);
CREATE INDEX import_files_open ON import_files (institution_id, id) WHERE state = 'pending' OR NOT settled;
CREATE INDEX import_files_tray ON import_files (institution_id, id DESC) WHERE state = 'tray';
CALL isolate('import_files', 'SELECT, INSERT');
GRANT UPDATE (said, person_id, group_id, address, file_id, size, modified_at, state, reason, attempts, edition, document_id,
              object_key, storage_version_id, sha256, received_size, media_type, gone_at, revision, ended_at, decided_by, settled)
  ON import_files TO deloteka_app;
