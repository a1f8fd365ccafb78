-- A preview («предварительный расчёт»): what every closed case would become under changed rules. It is computed in the
-- order of the cases' ids, a span of them in one transaction with the place it has reached, so that whoever takes the
-- job over goes on there.

CREATE TABLE redating_previews (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  -- How a case finds its rule: by the class's identity or its index in a version, or each its own rule as it reads now.
  match text NOT NULL CHECK (match IN ('identity', 'index', 'own')),
  version_id uuid,
  version_approved boolean NOT NULL DEFAULT false,
  lineage_id uuid,
  first_year integer,
  last_year integer,
  computed_on date NOT NULL,
  policy_id uuid,
  state text NOT NULL DEFAULT 'computing' CHECK (state IN ('computing', 'ready', 'cancelled', 'failed')),
  job_id uuid NOT NULL,
  last_case_id uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
  examined integer NOT NULL DEFAULT 0,
  counts jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(counts) = 'object'),
  -- Over every line so far, in the order of the cases.
  digest bytea NOT NULL,
  requested_by uuid NOT NULL,
  requested_at timestamptz NOT NULL,
  ended_at timestamptz,
  UNIQUE (institution_id, id),
  CHECK ((match = 'own') = (version_id IS NULL)),
  CHECK (first_year <= last_year),
  CHECK ((state = 'computing') = (ended_at IS NULL)),
  FOREIGN KEY (institution_id, version_id) REFERENCES nomenclature_versions (institution_id, id),
  FOREIGN KEY (policy_id) REFERENCES retention_policies (id)
);
CREATE INDEX redating_previews_by_age ON redating_previews (institution_id, id DESC);
CREATE UNIQUE INDEX redating_previews_one_computing ON redating_previews (institution_id) WHERE state = 'computing';
CALL isolate('redating_previews', 'SELECT, INSERT, UPDATE');

CREATE FUNCTION guard_redating_preview() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  moving text[] := ARRAY['state', 'last_case_id', 'examined', 'counts', 'digest', 'ended_at'];
BEGIN
  IF TG_OP = 'DELETE' OR OLD.state <> 'computing' OR (to_jsonb(NEW) - moving) <> (to_jsonb(OLD) - moving) THEN
    RAISE EXCEPTION 'a preview that has ended is never changed or removed' USING ERRCODE = 'DL001';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guarded BEFORE UPDATE OR DELETE ON redating_previews
  FOR EACH ROW EXECUTE FUNCTION guard_redating_preview();
CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON redating_previews
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Which rule a class has, as it was when the preview was asked for.
CREATE TABLE redating_targets (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  preview_id uuid NOT NULL,
  class_id uuid,
  lineage_id uuid,
  class_index text,
  rule_root_id uuid NOT NULL,
  rule_id uuid NOT NULL,
  FOREIGN KEY (institution_id, preview_id) REFERENCES redating_previews (institution_id, id),
  FOREIGN KEY (institution_id, rule_id) REFERENCES rule_versions (institution_id, id)
);
CREATE UNIQUE INDEX redating_targets_lineage ON redating_targets (preview_id, lineage_id) WHERE lineage_id IS NOT NULL;
CREATE UNIQUE INDEX redating_targets_index ON redating_targets (preview_id, class_index) WHERE class_index IS NOT NULL;
CREATE INDEX redating_targets_root ON redating_targets (preview_id, rule_root_id);
CALL isolate('redating_targets', 'SELECT, INSERT');
CALL append_only('redating_targets');

-- Cases of which nothing differs that a date depends on: judged once, for all of them.
CREATE TABLE redating_groups (
  institution_id uuid NOT NULL REFERENCES institutions,
  preview_id uuid NOT NULL,
  key uuid NOT NULL,
  kind text NOT NULL CHECK (kind IN ('unaffected', 'unchanged', 'later', 'blocked', 'earlier', 'unblocked', 'appraisal_needed')),
  due boolean NOT NULL,
  target_id uuid NOT NULL REFERENCES redating_targets,
  rule_before uuid,
  rule_after uuid NOT NULL,
  outcome_before text NOT NULL,
  outcome_after text NOT NULL,
  earliest_before date,
  earliest_after date,
  not_before date,
  explanation_before jsonb,
  explanation_after jsonb,
  PRIMARY KEY (preview_id, key),
  FOREIGN KEY (institution_id, preview_id) REFERENCES redating_previews (institution_id, id)
);
CALL isolate('redating_groups', 'SELECT, INSERT');
CALL append_only('redating_groups');

-- One case. Its id carries no foreign key: cases are never removed, and a million checks would take as long as the
-- rest of the preview.
CREATE TABLE redating_lines (
  institution_id uuid NOT NULL,
  preview_id uuid NOT NULL,
  case_id uuid NOT NULL,
  revision integer NOT NULL,
  group_key uuid,
  kind text NOT NULL CHECK (kind IN ('unchanged', 'later', 'blocked', 'earlier', 'unblocked', 'appraisal_needed',
    'without_successor', 'in_inventory', 'on_act', 'not_previewed')),
  due boolean NOT NULL,
  held boolean NOT NULL,
  result text NOT NULL DEFAULT 'open' CHECK (result IN ('open', 'applied', 'stale')),
  reason text NOT NULL DEFAULT '',
  CHECK ((result = 'stale') = (reason <> '')),
  CHECK (group_key IS NOT NULL OR kind IN ('without_successor', 'in_inventory', 'on_act', 'not_previewed')),
  PRIMARY KEY (preview_id, case_id)
);
CREATE INDEX redating_lines_by_kind ON redating_lines (preview_id, kind, case_id);
CREATE INDEX redating_lines_due ON redating_lines (preview_id, case_id) WHERE due;
CREATE INDEX redating_lines_held ON redating_lines (preview_id, case_id) WHERE held;
CREATE INDEX redating_lines_stale ON redating_lines (preview_id, case_id) WHERE result = 'stale';
CALL isolate('redating_lines', 'SELECT, INSERT');
GRANT UPDATE (result, reason) ON redating_lines TO deloteka_app;

CREATE FUNCTION guard_redating_line() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'DELETE' OR OLD.result <> 'open'
     OR (NEW.preview_id, NEW.case_id, NEW.revision, NEW.group_key, NEW.kind, NEW.due, NEW.held)
        IS DISTINCT FROM (OLD.preview_id, OLD.case_id, OLD.revision, OLD.group_key, OLD.kind, OLD.due, OLD.held) THEN
    RAISE EXCEPTION 'lines of a preview are settled once and never removed' USING ERRCODE = 'DL001';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guarded BEFORE UPDATE OR DELETE ON redating_lines
  FOR EACH ROW EXECUTE FUNCTION guard_redating_line();
CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON redating_lines
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- What a person accepted: what keeps cases as long or longer, and apart from it what frees them earlier.
CREATE TABLE redating_acceptances (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  preview_id uuid NOT NULL,
  part text NOT NULL CHECK (part IN ('later', 'earlier')),
  reason text NOT NULL CHECK (reason <> ''),
  digest bytea NOT NULL,
  state text NOT NULL DEFAULT 'applying' CHECK (state IN ('applying', 'applied', 'cancelled')),
  job_id uuid NOT NULL,
  applied integer NOT NULL DEFAULT 0,
  stale integer NOT NULL DEFAULT 0,
  accepted_by uuid NOT NULL,
  accepted_at timestamptz NOT NULL,
  ended_at timestamptz,
  UNIQUE (institution_id, id),
  CONSTRAINT redating_acceptances_once UNIQUE (preview_id, part),
  CHECK ((state = 'applying') = (ended_at IS NULL)),
  FOREIGN KEY (institution_id, preview_id) REFERENCES redating_previews (institution_id, id)
);
CALL isolate('redating_acceptances', 'SELECT, INSERT');
GRANT UPDATE (state, applied, stale, ended_at) ON redating_acceptances TO deloteka_app;

CREATE FUNCTION guard_redating_acceptance() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  moving text[] := ARRAY['state', 'applied', 'stale', 'ended_at'];
BEGIN
  IF TG_OP = 'DELETE' OR OLD.state <> 'applying' OR (to_jsonb(NEW) - moving) <> (to_jsonb(OLD) - moving) THEN
    RAISE EXCEPTION 'what a person accepted is never changed or removed' USING ERRCODE = 'DL001';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guarded BEFORE UPDATE OR DELETE ON redating_acceptances
  FOR EACH ROW EXECUTE FUNCTION guard_redating_acceptance();
CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON redating_acceptances
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
