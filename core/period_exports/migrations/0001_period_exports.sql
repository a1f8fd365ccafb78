-- What the institution has said of its snapshots; without a row the defaults hold.
CREATE TABLE period_export_settings (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL UNIQUE REFERENCES institutions,
  -- The class under which snapshots are filed, the same in every year.
  lineage_id uuid,
  -- Days after the end of a period from which its snapshot is due.
  due_days integer NOT NULL DEFAULT 10 CHECK (due_days BETWEEN 0 AND 366),
  revision integer NOT NULL DEFAULT 1,
  changed_at timestamptz NOT NULL,
  changed_by uuid NOT NULL
);
CALL isolate('period_export_settings', 'SELECT, INSERT');
GRANT UPDATE (lineage_id, due_days, revision, changed_at, changed_by) ON period_export_settings TO deloteka_app;

-- A snapshot of what one connection said of one study period.
CREATE TABLE period_exports (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  connection_id uuid NOT NULL,
  period_id uuid NOT NULL,
  state text NOT NULL DEFAULT 'making'
    CHECK (state IN ('making', 'filed', 'unchanged', 'incomplete', 'failed', 'cancelled')),
  -- Of a filed one: 1 for the first of its connection and period.
  version integer CHECK (version > 0),
  -- Why it is made although not everything was read; empty: nobody insists.
  insisted text NOT NULL DEFAULT '',
  job_id uuid NOT NULL,
  requested_by uuid NOT NULL,
  requested_at timestamptz NOT NULL,
  ended_at timestamptz,
  message text NOT NULL DEFAULT '',
  digest bytea CHECK (octet_length(digest) = 32),
  complete boolean,
  shortcomings jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(shortcomings) = 'array'),
  -- Rows by table, raw answers by stream, and what was left out.
  counts jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(counts) = 'object'),
  -- Document of the registry; there is no foreign key: that a snapshot was made stays known when its term is over.
  package_id uuid,
  package_sha256 bytea CHECK (octet_length(package_sha256) = 32),
  package_size bigint CHECK (package_size > 0),
  case_id uuid,
  -- The filed one before it, or the one that says the same.
  earlier_id uuid,
  -- Rows that differ from the earlier one: {"added": …, "removed": …, "changed": …}.
  differences jsonb CHECK (jsonb_typeof(differences) = 'object'),
  -- The parts of the issued print-out, in order.
  paper_ids jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(paper_ids) = 'array'),
  UNIQUE (institution_id, id),
  CONSTRAINT period_exports_once UNIQUE (connection_id, period_id, version),
  CHECK ((state = 'making') = (ended_at IS NULL)),
  CHECK ((state = 'filed') = (version IS NOT NULL)),
  CHECK (state <> 'filed' OR num_nonnulls(digest, complete, package_id, package_sha256, package_size, case_id) = 6),
  CHECK (state <> 'filed' OR complete OR insisted <> ''),
  CHECK (state <> 'unchanged' OR earlier_id IS NOT NULL),
  FOREIGN KEY (institution_id, connection_id) REFERENCES connections (institution_id, id),
  FOREIGN KEY (institution_id, period_id) REFERENCES study_periods (institution_id, id),
  FOREIGN KEY (institution_id, earlier_id) REFERENCES period_exports (institution_id, id)
);
CREATE INDEX period_exports_listed ON period_exports (institution_id, id DESC);
CREATE UNIQUE INDEX period_exports_one_open ON period_exports (connection_id, period_id) WHERE state = 'making';
CREATE INDEX period_exports_by_package ON period_exports (package_id) WHERE package_id IS NOT NULL;
CALL isolate('period_exports', 'SELECT, INSERT');
GRANT UPDATE (state, version, job_id, ended_at, message, digest, complete, shortcomings, counts, package_id, package_sha256,
              package_size, case_id, earlier_id, differences, paper_ids) ON period_exports TO deloteka_app;

CREATE FUNCTION guard_period_export() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'DELETE' OR (OLD.state <> 'making' AND NOT (OLD.state = 'failed' AND NEW.state = 'making')
     AND (to_jsonb(NEW) - ARRAY['job_id', 'differences', 'paper_ids']) <>
         (to_jsonb(OLD) - ARRAY['job_id', 'differences', 'paper_ids'])) THEN
    RAISE EXCEPTION 'a snapshot that has ended is never changed or removed' USING ERRCODE = 'DL001';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guarded BEFORE UPDATE OR DELETE ON period_exports FOR EACH ROW EXECUTE FUNCTION guard_period_export();

-- What a snapshot says otherwise than the one before it.
CREATE TABLE period_export_differences (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  export_id uuid NOT NULL,
  ordinal integer NOT NULL,
  table_name text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('added', 'removed', 'changed')),
  stream text NOT NULL,
  record text NOT NULL,
  before jsonb NOT NULL,
  after jsonb NOT NULL,
  CONSTRAINT period_export_differences_once UNIQUE (export_id, ordinal),
  FOREIGN KEY (institution_id, export_id) REFERENCES period_exports (institution_id, id)
);
CALL isolate('period_export_differences', 'SELECT, INSERT, DELETE');

-- With the destruction of a snapshot goes what was told apart from it: those rows name people.
CREATE FUNCTION forget_period_differences() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  DELETE FROM period_export_differences d USING period_exports e
   WHERE d.export_id = e.id
     AND (e.package_id = OLD.id OR e.earlier_id IN (SELECT id FROM period_exports WHERE package_id = OLD.id));
  RETURN NULL;
END $$;
CREATE TRIGGER differences_go AFTER DELETE ON documents FOR EACH ROW WHEN (OLD.kind = 'period_export')
  EXECUTE FUNCTION forget_period_differences();

-- Of which period and connection somebody was reminded: once.
CREATE TABLE period_export_reminders (
  institution_id uuid NOT NULL REFERENCES institutions,
  connection_id uuid NOT NULL,
  period_id uuid NOT NULL,
  reminded_at timestamptz NOT NULL,
  PRIMARY KEY (connection_id, period_id)
);
CALL isolate('period_export_reminders', 'SELECT, INSERT');

-- Institutions that have a connection which is read.
CREATE FUNCTION institutions_with_connections() RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT DISTINCT institution_id FROM connections WHERE state IN ('ready', 'needs_sign_in') $$;
REVOKE ALL ON FUNCTION institutions_with_connections FROM PUBLIC;
GRANT EXECUTE ON FUNCTION institutions_with_connections TO deloteka_app;

-- How many results of learners no snapshot of a period holds as they stand. What a person entered or changed was never
-- what a platform said; a mark of a kind that snapshots leave out is in none; one that is struck out says nothing.
CREATE FUNCTION unarchived_results(p_institution uuid, p_people uuid[]) RETURNS TABLE (person_id uuid, results bigint)
LANGUAGE sql STABLE SET search_path = public, pg_temp SET jit = off AS $$
  WITH told AS MATERIALIZED (
    SELECT r.person_id, r.id, r.period_id, r.day, r.changed_at,
           r.entered_by IS NULL AND coalesce(k.access <> 'restricted', true) AS read_in
      FROM results r LEFT JOIN result_kinds k ON k.institution_id = r.institution_id AND k.id = r.kind_id
     WHERE r.institution_id = p_institution AND r.person_id = ANY (p_people) AND r.state <> 'struck_out'
    UNION ALL
    SELECT a.person_id, a.id, a.period_id, a.lesson_on, a.changed_at, a.changed_by IS NULL FROM attendance a
     WHERE a.institution_id = p_institution AND a.person_id = ANY (p_people) AND a.state <> 'struck_out'),
  snapshot AS MATERIALIZED (
    SELECT e.connection_id, e.period_id, e.requested_at, p.starts_on, p.ends_on FROM period_exports e
      JOIN study_periods p ON p.institution_id = p_institution AND p.id = e.period_id
     WHERE e.institution_id = p_institution AND e.state = 'filed'),
  archived AS (
    SELECT DISTINCT t.id FROM told t
      JOIN origins o ON o.institution_id = p_institution AND o.entity_id = t.id
      JOIN snapshot e ON e.connection_id = o.connection_id AND o.first_at <= e.requested_at
       AND (t.period_id = e.period_id OR t.period_id IS NULL AND t.day BETWEEN e.starts_on AND e.ends_on)
       AND (t.changed_at <= e.requested_at OR NOT EXISTS (
         SELECT FROM result_changes x
          WHERE x.institution_id = p_institution AND x.entry_id = t.id AND x.changed_at > e.requested_at
            AND x.before - ARRAY['state', 'confirmed_by', 'confirmed_at', 'gone_at'] <> '{}'))
     WHERE t.read_in)
  SELECT t.person_id, count(*) FROM told t LEFT JOIN archived a ON a.id = t.id WHERE a.id IS NULL GROUP BY t.person_id $$;
