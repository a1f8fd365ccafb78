-- Connections of an institution to platforms. A row stays for good, because origins of imported data name it: what is
-- removed keeps its row, without its secrets.
CREATE TABLE connections (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  connector text NOT NULL CHECK (connector ~ '^[a-z][a-z0-9_]{0,62}$'),
  title text NOT NULL CHECK (length(title) BETWEEN 1 AND 200),
  -- Without secrets; their paths stand in secret_fields, what they hold in connection_secrets.
  configuration jsonb NOT NULL CHECK (jsonb_typeof(configuration) = 'object'),
  config_version integer NOT NULL CHECK (config_version > 0),
  secret_fields text[] NOT NULL DEFAULT '{}',
  state text NOT NULL DEFAULT 'draft' CHECK (state IN ('draft', 'ready', 'needs_sign_in', 'removed')),
  -- Why it needs a sign-in: redacted words of the platform or of the connector.
  state_reason text NOT NULL DEFAULT '',
  paused boolean NOT NULL DEFAULT false,
  -- Whose account it is, as the first good check said; later checks may not say otherwise.
  unique_id text CHECK (unique_id <> ''),
  identity jsonb,
  checked_at timestamptz,
  check_result jsonb,
  -- Requests a second; NULL: what the connector says.
  rate double precision CHECK (rate > 0 AND rate <= 1000),
  -- Hosts of files beside those of the API: proposed by checks, used once confirmed.
  proposed_file_hosts text[] NOT NULL DEFAULT '{}',
  file_hosts text[] NOT NULL DEFAULT '{}',
  -- Hosts that may lie at private addresses.
  private_hosts text[] NOT NULL DEFAULT '{}',
  -- Names of the streams that are read; NULL: every one that is not optional.
  streams text[],
  -- Kind of document of files for which the source names none.
  document_kind text NOT NULL DEFAULT '',
  -- Five fields of cron in the institution's time zone; empty: runs are started by hand.
  schedule text NOT NULL DEFAULT '',
  next_run_at timestamptz,
  -- Since when every run was hindered by a passing problem, and when people were told of it.
  failing_since timestamptz,
  failing_told_at timestamptz CHECK (failing_told_at IS NULL OR failing_since IS NOT NULL),
  -- Changes when what the streams return may change.
  fingerprint text NOT NULL,
  revision integer NOT NULL DEFAULT 1 CHECK (revision > 0),
  created_by uuid,
  created_at timestamptz NOT NULL,
  removed_at timestamptz,
  UNIQUE (institution_id, id),
  CHECK ((unique_id IS NULL) = (identity IS NULL)),
  CHECK (state IN ('draft', 'removed') OR unique_id IS NOT NULL),
  CHECK ((state = 'removed') = (removed_at IS NOT NULL)),
  CHECK ((schedule = '') = (next_run_at IS NULL))
);
CREATE UNIQUE INDEX connections_one_of_an_account ON connections (institution_id, connector, md5(unique_id))
  WHERE unique_id IS NOT NULL AND state <> 'removed';
CREATE INDEX connections_due ON connections (next_run_at) WHERE next_run_at IS NOT NULL AND state = 'ready' AND NOT paused;
CALL isolate('connections', 'SELECT, INSERT, UPDATE');

CREATE FUNCTION guard_connection() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'a connection is removed by its state: origins name it' USING ERRCODE = 'DL001';
  END IF;
  IF OLD.state = 'removed' OR NEW.id <> OLD.id OR NEW.institution_id <> OLD.institution_id
     OR NEW.connector <> OLD.connector
     OR (OLD.unique_id IS NOT NULL AND NEW.unique_id IS DISTINCT FROM OLD.unique_id) THEN
    RAISE EXCEPTION 'a connection keeps its connector and its account, and is not changed after its removal'
      USING ERRCODE = 'DL001';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guarded BEFORE UPDATE OR DELETE ON connections FOR EACH ROW EXECUTE FUNCTION guard_connection();

-- Secrets of the configuration, one row a field, encrypted outside the database (AES-256-GCM).
CREATE TABLE connection_secrets (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  connection_id uuid NOT NULL,
  -- Where it stands in the configuration, parts joined by '/'.
  path text NOT NULL CHECK (path <> ''),
  key_id text NOT NULL CHECK (key_id ~ '^[0-9a-f]{16}$'),
  envelope bytea NOT NULL,
  UNIQUE (institution_id, connection_id, path),
  FOREIGN KEY (institution_id, connection_id) REFERENCES connections (institution_id, id)
);
CALL isolate('connection_secrets', 'SELECT, INSERT, DELETE');
GRANT UPDATE (key_id, envelope) ON connection_secrets TO deloteka_app;

-- What a sign-in gave, encrypted likewise; and who is renewing it at present.
CREATE TABLE connection_tokens (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  connection_id uuid NOT NULL,
  key_id text CHECK (key_id ~ '^[0-9a-f]{16}$'),
  envelope bytea,
  -- Grows whenever other tokens are saved.
  version integer NOT NULL DEFAULT 0,
  saved_at timestamptz,
  lease uuid,
  leased_until timestamptz,
  CONSTRAINT connection_tokens_once UNIQUE (institution_id, connection_id),
  CHECK ((key_id IS NULL) = (envelope IS NULL)),
  CHECK ((lease IS NULL) = (leased_until IS NULL)),
  FOREIGN KEY (institution_id, connection_id) REFERENCES connections (institution_id, id)
);
CALL isolate('connection_tokens', 'SELECT, INSERT, DELETE');
GRANT UPDATE (key_id, envelope, version, saved_at, lease, leased_until) ON connection_tokens TO deloteka_app;

-- Sign-ins that were begun in a browser; of the state only the SHA-256 is kept.
CREATE TABLE connection_sign_ins (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  connection_id uuid NOT NULL,
  account_id uuid NOT NULL,
  state_digest bytea NOT NULL UNIQUE CHECK (octet_length(state_digest) = 32),
  redirect_uri text NOT NULL,
  -- The fingerprint of the configuration it was begun with.
  fingerprint text NOT NULL,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  used_at timestamptz,
  FOREIGN KEY (institution_id, connection_id) REFERENCES connections (institution_id, id)
);
CREATE INDEX connection_sign_ins_by_age ON connection_sign_ins (institution_id, expires_at);
CALL isolate('connection_sign_ins', 'SELECT, INSERT, DELETE');
GRANT UPDATE (used_at) ON connection_sign_ins TO deloteka_app;

-- Files that a clerk gave to a connection to read; the bytes lie in the object storage.
CREATE TABLE connection_files (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  connection_id uuid NOT NULL,
  name text NOT NULL CHECK (name <> ''),
  size bigint NOT NULL CHECK (size >= 0),
  sha256 text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  object_key text NOT NULL UNIQUE,
  -- What the storage answered; without it the bytes never came to lie there, and a sweep looks for remains.
  version_id text,
  given_by uuid,
  given_at timestamptz NOT NULL,
  removed_at timestamptz,
  -- When the storage said that the bytes are gone.
  emptied_at timestamptz,
  UNIQUE (institution_id, id),
  CHECK (emptied_at IS NULL OR removed_at IS NOT NULL),
  FOREIGN KEY (institution_id, connection_id) REFERENCES connections (institution_id, id)
);
CREATE INDEX connection_files_by_connection ON connection_files (institution_id, connection_id, id DESC);
CREATE UNIQUE INDEX connection_files_once ON connection_files (institution_id, connection_id, sha256)
  WHERE removed_at IS NULL AND version_id IS NOT NULL;
CREATE INDEX connection_files_to_empty ON connection_files (institution_id, given_at)
  WHERE emptied_at IS NULL AND (removed_at IS NOT NULL OR version_id IS NULL);
CALL isolate('connection_files', 'SELECT, INSERT');
GRANT UPDATE (version_id, removed_at, emptied_at) ON connection_files TO deloteka_app;

-- A file whose bytes are gone does not come back with a restore: it may list every learner.
CREATE FUNCTION enter_end_of_given_file_in_ledger() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO destruction_ledger (institution_id, kind, object_id, body)
  VALUES (NEW.institution_id, 'given_file_gone', NEW.id, jsonb_build_object('key', NEW.object_key));
  RETURN NULL;
END $$;
CREATE TRIGGER enters_ledger AFTER UPDATE OF emptied_at ON connection_files FOR EACH ROW
  WHEN (OLD.emptied_at IS NULL AND NEW.emptied_at IS NOT NULL AND NEW.version_id IS NOT NULL)
  EXECUTE FUNCTION enter_end_of_given_file_in_ledger();

-- What words and objects of the platform stand for in the institution; a row without a target was seen in a run and
-- waits for somebody to say.
CREATE TABLE connection_mappings (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  connection_id uuid NOT NULL,
  kind text NOT NULL CHECK (kind ~ '^[a-z][a-z0-9_]{0,62}$'),
  -- A word of the platform, or the external id of one of its objects.
  source text NOT NULL CHECK (length(source) BETWEEN 1 AND 500),
  -- What the platform calls an object that `source` names by its id.
  source_title text NOT NULL DEFAULT '',
  target_id uuid,
  target_word text CHECK (length(target_word) BETWEEN 1 AND 500),
  -- Decided: nothing in the institution answers to it.
  ignored boolean NOT NULL DEFAULT false,
  decided_by uuid,
  decided_at timestamptz,
  first_seen_at timestamptz NOT NULL,
  revision integer NOT NULL DEFAULT 1 CHECK (revision > 0),
  CONSTRAINT connection_mappings_once UNIQUE (institution_id, connection_id, kind, source),
  CHECK (num_nonnulls(target_id, target_word) <= 1),
  CHECK (NOT ignored OR num_nonnulls(target_id, target_word) = 0),
  CHECK ((decided_at IS NOT NULL) = (ignored OR num_nonnulls(target_id, target_word) = 1)),
  FOREIGN KEY (institution_id, connection_id) REFERENCES connections (institution_id, id)
);
CREATE INDEX connection_mappings_unmapped ON connection_mappings (institution_id, connection_id, kind, source)
  WHERE decided_at IS NULL;
CALL isolate('connection_mappings', 'SELECT, INSERT, DELETE');
GRANT UPDATE (source_title, target_id, target_word, ignored, decided_by, decided_at, revision)
  ON connection_mappings TO deloteka_app;

-- Institutions with given files whose bytes are to go: of removed files, and of those that never arrived.
CREATE FUNCTION institutions_with_files_to_empty(p_before timestamptz) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT DISTINCT institution_id FROM connection_files
   WHERE emptied_at IS NULL AND (removed_at IS NOT NULL OR (version_id IS NULL AND given_at < p_before)) $$;
REVOKE ALL ON FUNCTION institutions_with_files_to_empty FROM PUBLIC;
GRANT EXECUTE ON FUNCTION institutions_with_files_to_empty TO deloteka_app;

-- Institutions with a connection whose next run is due.
CREATE FUNCTION institutions_with_due_connections(p_now timestamptz) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT DISTINCT institution_id FROM connections
   WHERE next_run_at <= p_now AND state = 'ready' AND NOT paused $$;
REVOKE ALL ON FUNCTION institutions_with_due_connections FROM PUBLIC;
GRANT EXECUTE ON FUNCTION institutions_with_due_connections TO deloteka_app;
