-- Isolation ------------------------------------------------------------------------------------------------------
-- The service works as a login role that is a member of deloteka_app: no owner of any table, bound by row-level
-- security. Transaction-local settings say for which institution and account the transaction speaks; after the
-- transaction a setting reads '' and not NULL, hence NULLIF.

CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS btree_gist;

GRANT USAGE ON SCHEMA public TO deloteka_app;

CREATE FUNCTION current_institution() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
AS $$ SELECT NULLIF(current_setting('deloteka.institution', true), '')::uuid $$;

CREATE FUNCTION current_account() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
AS $$ SELECT NULLIF(current_setting('deloteka.account', true), '')::uuid $$;

CREATE FUNCTION current_credential() RETURNS bytea LANGUAGE sql STABLE PARALLEL SAFE
AS $$ SELECT decode(NULLIF(current_setting('deloteka.credential', true), ''), 'hex') $$;

-- What a function that is a transaction of its own calls first: the settings go with the transaction.
CREATE FUNCTION enter_scope(p_institution uuid, p_account uuid) RETURNS void LANGUAGE sql AS $$
  SELECT set_config('deloteka.institution', p_institution::text, true),
         set_config('deloteka.account', coalesce(p_account::text, ''), true),
         set_config('deloteka.credential', '', true) $$;

-- A transaction may be narrowed to the groups that its account teaches on a day; NULL: it sees the whole institution.
CREATE FUNCTION own_groups_on() RETURNS date LANGUAGE sql STABLE PARALLEL SAFE
AS $$ SELECT NULLIF(current_setting('deloteka.own_groups_on', true), '')::date $$;

-- The institution of a transaction that sees the whole of it; NULL, hence no row, for a narrowed one.
CREATE FUNCTION whole_institution() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
AS $$ SELECT CASE WHEN own_groups_on() IS NULL THEN current_institution() END $$;

-- What a narrowed transaction sees of groups and learners: nothing, until core/studies says what.
CREATE FUNCTION own_groups() RETURNS uuid[] LANGUAGE sql STABLE AS $$ SELECT '{}'::uuid[] $$;
CREATE FUNCTION own_learners() RETURNS uuid[] LANGUAGE sql STABLE AS $$ SELECT '{}'::uuid[] $$;

-- Binds a table to its institution: `CALL isolate('documents', 'SELECT, INSERT, UPDATE, DELETE')`. A narrowed
-- transaction finds it empty and writes nothing into it. Other choices of p_narrowed are for what every work needs:
-- 'writes', it may add rows which it does not see; 'works', the table has nothing to do with groups.
CREATE PROCEDURE isolate(target regclass, rights text, p_narrowed text DEFAULT 'nothing') LANGUAGE plpgsql AS $$
DECLARE
  seen CONSTANT text := CASE p_narrowed WHEN 'works' THEN 'current_institution()' ELSE 'whole_institution()' END;
  written CONSTANT text := CASE p_narrowed WHEN 'nothing' THEN 'whole_institution()' ELSE 'current_institution()' END;
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
  EXECUTE format(
    'CREATE POLICY isolation ON %s TO deloteka_app USING (institution_id = (SELECT %s))'
    ' WITH CHECK (institution_id = (SELECT %s))', target, seen, written);
  EXECUTE format('GRANT %s ON %s TO deloteka_app', rights, target);
END $$;

-- Lets a narrowed transaction read, of a table that `isolate` has closed to it, the rows that fit p_seen:
-- `CALL open_to_own_groups('results', 'group_id = ANY ((SELECT own_groups())::uuid[])')`. Others are asked for a
-- constant only, once a query.
CREATE PROCEDURE open_to_own_groups(target regclass, p_seen text) LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('ALTER POLICY isolation ON %s USING (institution_id = (SELECT current_institution()))', target);
  -- CASE and not OR: the planner takes an OR for a rare condition and plans joins for a handful of rows.
  EXECUTE format('CREATE POLICY own_groups ON %s AS RESTRICTIVE TO deloteka_app'
    ' USING (CASE WHEN (SELECT own_groups_on()) IS NULL THEN true ELSE %s END)'
    ' WITH CHECK ((SELECT own_groups_on()) IS NULL)', target, p_seen);
  EXECUTE format('CREATE POLICY own_groups_stay ON %s AS RESTRICTIVE FOR DELETE TO deloteka_app'
    ' USING ((SELECT own_groups_on()) IS NULL)', target);
END $$;

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'rows of % are never changed or removed', TG_TABLE_NAME USING ERRCODE = 'DL001';
END $$;

-- Makes a table append-only for everybody, its owner included.
CREATE PROCEDURE append_only(target regclass) LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION refuse_change()', target);
  EXECUTE format('CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', target);
END $$;

-- Audit trail ----------------------------------------------------------------------------------------------------

CREATE TABLE audit_entries (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL,
  recorded_at timestamptz NOT NULL,
  actor_kind text NOT NULL CHECK (actor_kind IN ('person', 'service', 'system', 'unknown')),
  actor_id uuid,
  action text NOT NULL CHECK (action ~ '^[a-z_]+\.[a-z_]+$'),
  object_type text NOT NULL,
  object_id text NOT NULL,
  purpose text NOT NULL,
  source text NOT NULL,
  request_id text NOT NULL,
  payload_digest bytea NOT NULL CHECK (octet_length(payload_digest) = 32)
);
CREATE INDEX audit_entries_by_institution ON audit_entries (institution_id, id);
CREATE INDEX audit_entries_by_object ON audit_entries (institution_id, object_type, object_id, id);
CALL isolate('audit_entries', 'SELECT, INSERT', 'writes');
CALL append_only('audit_entries');

CREATE TABLE audit_payloads (
  entry_id uuid PRIMARY KEY REFERENCES audit_entries,
  institution_id uuid NOT NULL,
  salt bytea,
  payload jsonb,
  blanked_by uuid REFERENCES audit_entries,
  CHECK ((blanked_by IS NULL) = (payload IS NOT NULL)),
  CHECK ((payload IS NULL) = (salt IS NULL))
);
CALL isolate('audit_payloads', 'SELECT, INSERT', 'writes');

-- Whether entry `reason` is a lawful ground to blank the payload of entry `blanked`: another word about the same
-- object that says it was destroyed, withdrawn or erased.
CREATE FUNCTION is_ground_for_blanking(blanked uuid, reason uuid) RETURNS boolean
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT EXISTS (
    SELECT FROM audit_entries e JOIN audit_entries r USING (institution_id, object_type, object_id)
     WHERE e.id = blanked AND r.id = reason AND r.id <> e.id AND r.action ~ '\.(destroyed|withdrawn|erased)$') $$;

-- A payload may be blanked once, by an entry of the same chain that says why; nothing else about it may change.
CREATE FUNCTION allow_blanking_only() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.blanked_by IS NULL AND NEW.blanked_by IS NOT NULL AND NEW.payload IS NULL
     AND NEW.entry_id = OLD.entry_id AND NEW.institution_id = OLD.institution_id
     AND is_ground_for_blanking(NEW.entry_id, NEW.blanked_by) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'payloads of the audit trail are blanked by a lawful destruction only' USING ERRCODE = 'DL001';
END $$;
CREATE TRIGGER blanking_only BEFORE UPDATE OR DELETE ON audit_payloads FOR EACH ROW EXECUTE FUNCTION allow_blanking_only();
CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON audit_payloads FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION blank_audit_payloads(p_object_type text, p_object_id text, p_blanked_by uuid) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  WITH blanked AS (
    UPDATE audit_payloads p SET payload = NULL, salt = NULL, blanked_by = p_blanked_by
      FROM audit_entries e, audit_entries reason
     WHERE e.id = p.entry_id AND e.institution_id = current_institution() AND p.blanked_by IS NULL
       AND e.object_type = p_object_type AND e.object_id = p_object_id AND e.id <> p_blanked_by
       AND reason.id = p_blanked_by AND reason.institution_id = current_institution()
    RETURNING 1)
  SELECT count(*) FROM blanked $$;
REVOKE ALL ON FUNCTION blank_audit_payloads FROM PUBLIC;
GRANT EXECUTE ON FUNCTION blank_audit_payloads TO deloteka_app;

CREATE TABLE audit_seals (
  institution_id uuid NOT NULL,
  position bigint NOT NULL CHECK (position > 0),
  entry_id uuid NOT NULL UNIQUE REFERENCES audit_entries,
  digest bytea NOT NULL CHECK (octet_length(digest) = 32),
  sealed_at timestamptz NOT NULL,
  PRIMARY KEY (institution_id, position)
);
CALL isolate('audit_seals', 'SELECT, INSERT');
CALL append_only('audit_seals');

CREATE TABLE audit_anchors (
  institution_id uuid NOT NULL,
  position bigint NOT NULL,
  digest bytea NOT NULL CHECK (octet_length(digest) = 32),
  object_key text NOT NULL,
  version_id text NOT NULL,
  anchored_at timestamptz NOT NULL,
  PRIMARY KEY (institution_id, position)
);
CALL isolate('audit_anchors', 'SELECT, INSERT');
CALL append_only('audit_anchors');

-- Which entries still wait for their seal; only a work list, the chain does not depend on it.
CREATE TABLE audit_unsealed (
  entry_id uuid PRIMARY KEY REFERENCES audit_entries,
  institution_id uuid NOT NULL
);
CREATE INDEX audit_unsealed_by_institution ON audit_unsealed (institution_id, entry_id);
CALL isolate('audit_unsealed', 'SELECT, INSERT, DELETE', 'writes');

CREATE FUNCTION institutions_with_unsealed_entries() RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$ SELECT DISTINCT institution_id FROM audit_unsealed $$;
REVOKE ALL ON FUNCTION institutions_with_unsealed_entries FROM PUBLIC;
GRANT EXECUTE ON FUNCTION institutions_with_unsealed_entries TO deloteka_app;

-- Every institution that has left a trace; steps from one to the next along the index.
CREATE FUNCTION institutions_with_audit_trail() RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  WITH RECURSIVE step AS (
    (SELECT institution_id FROM audit_entries ORDER BY institution_id LIMIT 1)
    UNION ALL
    SELECT (SELECT e.institution_id FROM audit_entries e WHERE e.institution_id > step.institution_id
             ORDER BY e.institution_id LIMIT 1)
      FROM step WHERE step.institution_id IS NOT NULL)
  SELECT institution_id FROM step WHERE institution_id IS NOT NULL
  UNION SELECT institution_id FROM audit_seals WHERE position = 1
  UNION SELECT DISTINCT institution_id FROM audit_anchors $$;
REVOKE ALL ON FUNCTION institutions_with_audit_trail FROM PUBLIC;
GRANT EXECUTE ON FUNCTION institutions_with_audit_trail TO deloteka_app;

-- Outbox ---------------------------------------------------------------------------------------------------------

CREATE TABLE outbox_events (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL,
  topic text NOT NULL,
  payload jsonb NOT NULL,
  occurred_at timestamptz NOT NULL,
  due_at timestamptz NOT NULL,
  delivered_at timestamptz,
  told_again boolean NOT NULL DEFAULT false  -- somebody asked for it; plugins that came later do not hear of it
);
CREATE INDEX outbox_events_waiting ON outbox_events (institution_id, due_at) WHERE delivered_at IS NULL;
CREATE INDEX outbox_events_delivered ON outbox_events (institution_id, delivered_at) WHERE delivered_at IS NOT NULL;
CALL isolate('outbox_events', 'SELECT, INSERT, UPDATE, DELETE', 'writes');

CREATE TABLE outbox_deliveries (
  id uuid NOT NULL UNIQUE DEFAULT gen_random_uuid(),
  event_id uuid NOT NULL REFERENCES outbox_events ON DELETE CASCADE,
  plugin text NOT NULL,
  institution_id uuid NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  next_attempt_at timestamptz NOT NULL,
  delivered_at timestamptz,
  given_up_at timestamptz,
  last_error text NOT NULL DEFAULT '',
  PRIMARY KEY (event_id, plugin),
  CHECK (delivered_at IS NULL OR given_up_at IS NULL)
);
CREATE INDEX outbox_deliveries_of_event_given_up ON outbox_deliveries (event_id) WHERE given_up_at IS NOT NULL;
CREATE INDEX outbox_deliveries_given_up ON outbox_deliveries (institution_id, given_up_at DESC, id DESC)
  WHERE given_up_at IS NOT NULL;
CALL isolate('outbox_deliveries', 'SELECT, INSERT, UPDATE, DELETE');

CREATE FUNCTION institutions_with_due_events(p_now timestamptz) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$ SELECT DISTINCT institution_id FROM outbox_events WHERE delivered_at IS NULL AND due_at <= p_now $$;
REVOKE ALL ON FUNCTION institutions_with_due_events FROM PUBLIC;
GRANT EXECUTE ON FUNCTION institutions_with_due_events TO deloteka_app;

-- Jobs -----------------------------------------------------------------------------------------------------------
-- The queue itself is Procrastinate's; this table is what people see of it.

CREATE TABLE jobs (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL,
  kind text NOT NULL,
  subject_type text NOT NULL,
  subject_id text NOT NULL,
  state text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled')),
  done integer NOT NULL DEFAULT 0,
  total integer,
  message text NOT NULL DEFAULT '',
  attempts integer NOT NULL DEFAULT 0,
  failures integer NOT NULL DEFAULT 0,
  requested_by uuid,
  created_at timestamptz NOT NULL,
  started_at timestamptz,
  finished_at timestamptz,
  cancel_requested_at timestamptz,
  held_back jsonb,
  CHECK ((state IN ('done', 'failed', 'cancelled')) = (finished_at IS NOT NULL)),
  CHECK (held_back IS NULL OR state = 'queued')
);
COMMENT ON COLUMN jobs.held_back IS 'arguments of a patient job whose queue has not been told of it yet';
CREATE INDEX jobs_by_institution ON jobs (institution_id, id DESC);
CREATE INDEX jobs_by_subject ON jobs (institution_id, subject_type, subject_id);
CREATE INDEX jobs_open ON jobs (created_at) WHERE state IN ('queued', 'running');
CREATE INDEX jobs_held_back ON jobs (id) WHERE held_back IS NOT NULL;
CALL isolate('jobs', 'SELECT, INSERT, UPDATE', 'writes');

-- Fails the jobs of every institution that their queue does not know any more, so that nobody waits for them.
CREATE FUNCTION fail_lost_jobs() RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  WITH lost AS (
    UPDATE jobs SET state = 'failed', finished_at = now(), message = 'job_lost'
     WHERE state IN ('queued', 'running') AND held_back IS NULL
       AND id NOT IN (SELECT (args ->> 'job_id')::uuid FROM procrastinate_jobs
                       WHERE status IN ('todo', 'doing') AND args ? 'job_id')
    RETURNING 1)
  SELECT count(*) FROM lost $$;
REVOKE ALL ON FUNCTION fail_lost_jobs FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fail_lost_jobs TO deloteka_app;

-- Tells the queue of the oldest patient jobs, so that p_most of them wait in it; returns of how many it was told.
CREATE FUNCTION queue_patient_jobs(p_most bigint) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  WITH waiting AS (
    SELECT count(*) AS jobs FROM procrastinate_jobs WHERE status = 'todo' AND priority = -10),
  next AS (
    SELECT id, held_back FROM jobs WHERE held_back IS NOT NULL ORDER BY id
     LIMIT (SELECT greatest(p_most - jobs, 0) FROM waiting) FOR UPDATE SKIP LOCKED),
  told AS (
    UPDATE jobs j SET held_back = NULL FROM next WHERE j.id = next.id
    RETURNING j.id, j.kind, j.institution_id, next.held_back AS arguments),
  queued AS (
    SELECT procrastinate_defer_jobs_v1(array_agg(ROW(
        'default', kind, -10, NULL, NULL,
        jsonb_build_object('job_id', id, 'institution_id', institution_id, 'arguments', arguments),
        NULL)::procrastinate_job_to_defer_v1 ORDER BY id)) AS numbers
      FROM told HAVING count(*) > 0)
  SELECT coalesce(sum(cardinality(numbers)), 0)::bigint FROM queued $$;
REVOKE ALL ON FUNCTION queue_patient_jobs FROM PUBLIC;
GRANT EXECUTE ON FUNCTION queue_patient_jobs TO deloteka_app;

-- Idempotency ----------------------------------------------------------------------------------------------------

CREATE TABLE idempotency_keys (
  institution_id uuid NOT NULL,
  account_id uuid NOT NULL,
  key text NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
  request_digest bytea NOT NULL CHECK (octet_length(request_digest) = 32),
  object_type text NOT NULL,
  object_id uuid NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (institution_id, account_id, key)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);
CALL isolate('idempotency_keys', 'SELECT, INSERT, DELETE', 'works');

-- A key protects repeats of one request; after some days nobody repeats it any more.
CREATE FUNCTION forget_idempotency_keys(p_before timestamptz) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  WITH gone AS (DELETE FROM idempotency_keys WHERE created_at < p_before RETURNING 1) SELECT count(*) FROM gone $$;
REVOKE ALL ON FUNCTION forget_idempotency_keys FROM PUBLIC;
GRANT EXECUTE ON FUNCTION forget_idempotency_keys TO deloteka_app;

-- One statement writes all that a unit of work leaves behind ---------------------------------------------------------

CREATE FUNCTION record_work(entries jsonb, events jsonb, deferred jsonb) RETURNS void LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  institution uuid := current_institution();
BEGIN
  IF jsonb_array_length(entries) > 0 THEN
    INSERT INTO audit_entries
      SELECT e.id, institution, e.recorded_at, e.actor_kind, e.actor_id, e.action, e.object_type, e.object_id,
             e.purpose, e.source, e.request_id, decode(e.payload_digest, 'hex')
        FROM jsonb_to_recordset(entries) AS e(id uuid, recorded_at timestamptz, actor_kind text, actor_id uuid,
             action text, object_type text, object_id text, purpose text, source text, request_id text, payload_digest text);
    INSERT INTO audit_payloads (entry_id, institution_id, salt, payload)
      SELECT e.id, institution, decode(e.salt, 'hex'), e.payload
        FROM jsonb_to_recordset(entries) AS e(id uuid, salt text, payload jsonb);
    INSERT INTO audit_unsealed (entry_id, institution_id)
      SELECT e.id, institution FROM jsonb_to_recordset(entries) AS e(id uuid);
  END IF;
  IF jsonb_array_length(events) > 0 THEN
    INSERT INTO outbox_events (id, institution_id, topic, payload, occurred_at, due_at)
      SELECT e.id, institution, e.topic, e.payload, e.occurred_at, e.occurred_at
        FROM jsonb_to_recordset(events) AS e(id uuid, topic text, payload jsonb, occurred_at timestamptz);
  END IF;
  IF jsonb_array_length(deferred) > 0 THEN
    INSERT INTO jobs (id, institution_id, kind, subject_type, subject_id, requested_by, created_at, held_back)
      SELECT j.id, institution, j.kind, j.subject_type, j.subject_id, j.requested_by, j.created_at,
             CASE WHEN j.patient THEN j.arguments END
        FROM jsonb_to_recordset(deferred) AS j(id uuid, kind text, subject_type text, subject_id text, requested_by uuid,
             created_at timestamptz, patient boolean, arguments jsonb);
    PERFORM procrastinate_defer_jobs_v1(array_agg(ROW(
        'default', j.kind, 0, j.lock, NULL,
        jsonb_build_object('job_id', j.id, 'institution_id', institution, 'arguments', j.arguments),
        NULL)::procrastinate_job_to_defer_v1))
      FROM jsonb_to_recordset(deferred) AS j(id uuid, kind text, lock text, patient boolean, arguments jsonb)
     WHERE NOT j.patient HAVING count(*) > 0;
  END IF;
END $$;
