-- What an institution has decided about the reading of terms. The latest row holds; earlier ones explain what was
-- computed under them.

CREATE TABLE retention_policies (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  source_of_acquisition boolean NOT NULL,
  permanent_without_source text NOT NULL CHECK (permanent_without_source IN ('until_liquidation', 'permanent')),
  need_floor_years integer NOT NULL CHECK (need_floor_years BETWEEN 1 AND 100),
  after_open_end text NOT NULL CHECK (after_open_end IN ('next_january', 'next_day')),
  -- Day of the liquidation of the institution, from its confirmation on.
  liquidated_on date CHECK (liquidated_on >= '1900-01-01'),
  basis text NOT NULL CHECK (basis <> ''),
  decided_by uuid NOT NULL,
  decided_at timestamptz NOT NULL
);
CREATE INDEX retention_policies_latest ON retention_policies (institution_id, id DESC);
CALL isolate('retention_policies', 'SELECT, INSERT');
CALL append_only('retention_policies');

-- That the institution ended («ликвидация»), recorded by one person and confirmed by another one. It ends terms that run
-- until the liquidation; each case is released by a step of its own.
CREATE TABLE liquidations (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  state text NOT NULL DEFAULT 'recorded' CHECK (state IN ('recorded', 'confirmed', 'revoked')),
  liquidated_on date NOT NULL CHECK (liquidated_on >= '1900-01-01'),
  evidence text NOT NULL CHECK (evidence <> ''),
  single_person boolean NOT NULL DEFAULT false,
  recorded_by uuid NOT NULL,
  recorded_at timestamptz NOT NULL,
  confirmed_by uuid,
  confirmed_at timestamptz,
  revoked_by uuid,
  revoked_at timestamptz,
  reason text NOT NULL DEFAULT '',
  revision integer NOT NULL DEFAULT 1 CHECK (revision >= 1),
  UNIQUE (institution_id, id),
  CHECK ((confirmed_by IS NULL) = (confirmed_at IS NULL) AND (state <> 'confirmed' OR confirmed_by IS NOT NULL)),
  CHECK (single_person OR confirmed_by <> recorded_by),
  CHECK ((state = 'revoked') = (revoked_by IS NOT NULL) AND (revoked_by IS NULL) = (revoked_at IS NULL)),
  CHECK (state <> 'revoked' OR reason <> '')
);
CREATE UNIQUE INDEX liquidations_one ON liquidations (institution_id) WHERE state <> 'revoked';
CALL isolate('liquidations', 'SELECT, INSERT, UPDATE');

CREATE FUNCTION guard_liquidation() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  moving text[] := ARRAY['state', 'confirmed_by', 'confirmed_at', 'revoked_by', 'revoked_at', 'reason', 'revision'];
BEGIN
  IF TG_OP = 'UPDATE' AND (to_jsonb(NEW) - moving) = (to_jsonb(OLD) - moving)
     AND (OLD.state || '>' || NEW.state) = ANY (ARRAY['recorded>confirmed', 'recorded>revoked', 'confirmed>revoked'])
     AND (OLD.confirmed_by IS NULL OR NEW.confirmed_by = OLD.confirmed_by) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'a liquidation that is % may not become that', OLD.state USING ERRCODE = 'DL001';
END $$;
CREATE TRIGGER guarded BEFORE UPDATE OR DELETE ON liquidations FOR EACH ROW EXECUTE FUNCTION guard_liquidation();
CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON liquidations FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE cases (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  version_id uuid NOT NULL,
  class_id uuid NOT NULL,
  lineage_id uuid NOT NULL,
  rule_root_id uuid NOT NULL,
  class_index text NOT NULL,
  title text NOT NULL CHECK (title <> ''),
  year integer NOT NULL CHECK (year BETWEEN 1900 AND 2999),
  carried_over boolean NOT NULL DEFAULT false,
  state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'closed', 'retained', 'awaiting_event', 'permanent',
    'needs_review', 'expired', 'on_act', 'destroyed', 'transferred', 'returned', 'merged')),
  -- Each carrier has a fate of its own: destroying a scan does not destroy the paper, nor the reverse.
  paper_fate text NOT NULL CHECK (paper_fate IN ('none', 'kept', 'destroyed', 'transferred', 'returned')),
  electronic_fate text NOT NULL CHECK (electronic_fate IN ('none', 'kept', 'destroyed', 'transferred', 'returned')),
  paper_place text NOT NULL DEFAULT '',
  note text NOT NULL DEFAULT '',
  opened_on date NOT NULL CHECK (opened_on >= '1900-01-01'),
  last_document_on date,
  closed_on date,
  -- What the case consists of, if not of documents filed one by one.
  subject_kind text CHECK (subject_kind IN ('personal_file', 'register', 'export')),
  subject_id uuid,
  merged_into_id uuid,
  bound boolean NOT NULL DEFAULT false,
  rule_id uuid,
  outcome text NOT NULL DEFAULT 'not_closed' CHECK (outcome IN ('not_closed', 'needs_review', 'awaiting', 'permanent',
    'until_liquidation', 'retained', 'gated', 'needs_appraisal', 'due')),
  earliest_act_date date,
  kept_until date,
  not_before date,
  open_end boolean NOT NULL DEFAULT false,
  explanation jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(explanation) = 'object'),
  computed_on date,
  revision integer NOT NULL DEFAULT 1 CHECK (revision >= 1),
  created_by uuid NOT NULL,
  created_at timestamptz NOT NULL,
  UNIQUE (institution_id, id),
  CONSTRAINT cases_one_of_a_subject UNIQUE (institution_id, subject_kind, subject_id),
  CHECK (num_nonnulls(subject_kind, subject_id) IN (0, 2)),
  CHECK (paper_fate <> 'none' OR electronic_fate <> 'none'),
  CHECK (state NOT IN ('open', 'merged') OR earliest_act_date IS NULL),
  CHECK ((state = 'open') = (closed_on IS NULL) OR state = 'merged'),
  CHECK (closed_on IS NULL OR (closed_on >= opened_on AND (last_document_on IS NULL OR closed_on >= last_document_on))),
  CHECK ((earliest_act_date IS NULL) = (kept_until IS NULL)),
  CHECK (state NOT IN ('retained', 'expired', 'on_act') OR earliest_act_date IS NOT NULL),
  CHECK ((state = 'merged') = (merged_into_id IS NOT NULL)),
  CHECK (merged_into_id <> id),
  FOREIGN KEY (institution_id, version_id) REFERENCES nomenclature_versions (institution_id, id),
  FOREIGN KEY (institution_id, class_id) REFERENCES record_classes (institution_id, id),
  FOREIGN KEY (institution_id, rule_root_id) REFERENCES rule_versions (institution_id, id),
  FOREIGN KEY (institution_id, rule_id) REFERENCES rule_versions (institution_id, id),
  FOREIGN KEY (institution_id, merged_into_id) REFERENCES cases (institution_id, id)
);
CREATE INDEX cases_by_age ON cases (institution_id, id DESC);
CREATE INDEX cases_by_class ON cases (institution_id, lineage_id, id DESC);
CREATE INDEX cases_by_row ON cases (institution_id, class_id);
CREATE INDEX cases_by_year ON cases (institution_id, year, id DESC);
CREATE INDEX cases_by_rule ON cases (institution_id, rule_root_id, state, id);
CREATE INDEX cases_by_state ON cases (institution_id, state, id DESC);
CREATE INDEX cases_by_closing ON cases (institution_id, closed_on) WHERE closed_on IS NOT NULL;
CREATE INDEX cases_merged_into ON cases (institution_id, merged_into_id) WHERE merged_into_id IS NOT NULL;
-- What is due, in the order in which it becomes so.
CREATE INDEX cases_due ON cases (institution_id, earliest_act_date, id) WHERE state IN ('retained', 'expired');
CREATE INDEX cases_to_expire ON cases (institution_id, earliest_act_date) WHERE state = 'retained';
CALL isolate('cases', 'SELECT, INSERT, UPDATE');

-- An end is an end, and what a case was opened under stays the same class for ever.
CREATE FUNCTION guard_case() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'cases are never removed, a stub stays' USING ERRCODE = 'DL001';
  END IF;
  IF OLD.state IN ('destroyed', 'transferred', 'returned', 'merged') AND NEW.state <> OLD.state
     OR (NEW.id, NEW.institution_id, NEW.lineage_id, NEW.year, NEW.opened_on, NEW.created_by, NEW.created_at)
        IS DISTINCT FROM (OLD.id, OLD.institution_id, OLD.lineage_id, OLD.year, OLD.opened_on, OLD.created_by, OLD.created_at)
     OR OLD.paper_fate IN ('destroyed', 'transferred', 'returned') AND NEW.paper_fate <> OLD.paper_fate
     OR OLD.electronic_fate IN ('destroyed', 'transferred', 'returned') AND NEW.electronic_fate <> OLD.electronic_fate THEN
    RAISE EXCEPTION 'a case that is % may not become that', OLD.state USING ERRCODE = 'DL001';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guarded BEFORE UPDATE OR DELETE ON cases FOR EACH ROW EXECUTE FUNCTION guard_case();
CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON cases FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE case_volumes (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  case_id uuid NOT NULL,
  number integer NOT NULL CHECK (number BETWEEN 1 AND 10000),
  part integer NOT NULL DEFAULT 0 CHECK (part BETWEEN 0 AND 1000),
  sheets integer NOT NULL DEFAULT 0 CHECK (sheets BETWEEN 0 AND 100000),
  note text NOT NULL DEFAULT '',
  opened_on date NOT NULL,
  closed_on date CHECK (closed_on >= opened_on),
  revision integer NOT NULL DEFAULT 1,
  UNIQUE (institution_id, id),
  UNIQUE (institution_id, case_id, id),
  CONSTRAINT case_volumes_number UNIQUE (case_id, number, part),
  FOREIGN KEY (institution_id, case_id) REFERENCES cases (institution_id, id)
);
CALL isolate('case_volumes', 'SELECT, INSERT, UPDATE');

-- Whom a case is about: a hold on a person takes every case of that person.
CREATE TABLE case_persons (
  institution_id uuid NOT NULL REFERENCES institutions,
  case_id uuid NOT NULL,
  person_id uuid NOT NULL,
  PRIMARY KEY (institution_id, case_id, person_id),
  FOREIGN KEY (institution_id, case_id) REFERENCES cases (institution_id, id),
  FOREIGN KEY (institution_id, person_id) REFERENCES people (institution_id, id)
);
CREATE INDEX case_persons_by_person ON case_persons (institution_id, person_id);
CALL isolate('case_persons', 'SELECT, INSERT');
CALL append_only('case_persons');

-- Which documents came into which case, when, and by whom.
CREATE TABLE case_movements (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  document_id uuid NOT NULL,
  from_case_id uuid,
  to_case_id uuid NOT NULL,
  volume_id uuid,
  reason text NOT NULL DEFAULT '',
  moved_by uuid NOT NULL,
  moved_at timestamptz NOT NULL,
  CHECK (from_case_id IS NULL OR reason <> ''),
  FOREIGN KEY (institution_id, from_case_id) REFERENCES cases (institution_id, id),
  FOREIGN KEY (institution_id, to_case_id) REFERENCES cases (institution_id, id),
  FOREIGN KEY (institution_id, to_case_id, volume_id) REFERENCES case_volumes (institution_id, case_id, id)
);
CREATE INDEX case_movements_by_document ON case_movements (institution_id, document_id, id);
CREATE INDEX case_movements_by_case ON case_movements (institution_id, to_case_id, id);
CALL isolate('case_movements', 'SELECT, INSERT');
CALL append_only('case_movements');

-- What people recorded of a case: everything its date depends on beside the rule. Taking something back is a row too.
CREATE TABLE case_facts (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  case_id uuid NOT NULL,
  kind text NOT NULL CHECK (kind IN ('event', 'answer', 'gate', 'age', 'need_ended', 'prolonged', 'appraised', 'revoked')),
  code text NOT NULL DEFAULT '',
  words text NOT NULL DEFAULT '',
  happened_on date,
  answer text NOT NULL DEFAULT '' CHECK (answer IN ('', 'yes', 'no', 'keep', 'prolong', 'destroy')),
  number integer,
  evidence text NOT NULL CHECK (evidence <> ''),
  revokes_id uuid,
  recorded_by uuid NOT NULL,
  recorded_at timestamptz NOT NULL,
  UNIQUE (institution_id, id),
  CONSTRAINT case_facts_revoked_once UNIQUE (revokes_id),
  CHECK ((kind = 'revoked') = (revokes_id IS NOT NULL)),
  CHECK (kind NOT IN ('event', 'gate', 'need_ended', 'prolonged', 'appraised') OR happened_on IS NOT NULL),
  CHECK (kind NOT IN ('event', 'gate', 'answer') OR words <> ''),
  CHECK (kind <> 'answer' OR answer IN ('yes', 'no')),
  CHECK (kind <> 'appraised' OR answer IN ('keep', 'prolong', 'destroy')),
  CHECK ((kind = 'age') = (number IS NOT NULL)),
  FOREIGN KEY (institution_id, case_id) REFERENCES cases (institution_id, id),
  FOREIGN KEY (institution_id, revokes_id) REFERENCES case_facts (institution_id, id)
);
CREATE INDEX case_facts_by_case ON case_facts (institution_id, case_id, id);
CALL isolate('case_facts', 'SELECT, INSERT');
CALL append_only('case_facts');

-- The final record («итоговая запись») of a year, as it was signed.
CREATE TABLE final_records (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  nomenclature_id uuid NOT NULL,
  content jsonb NOT NULL,
  made_by uuid NOT NULL,
  made_at timestamptz NOT NULL,
  CONSTRAINT final_records_once UNIQUE (institution_id, nomenclature_id),
  FOREIGN KEY (institution_id, nomenclature_id) REFERENCES nomenclatures (institution_id, id)
);
CALL isolate('final_records', 'SELECT, INSERT');
CALL append_only('final_records');

CREATE FUNCTION institutions_with_cases_to_expire(p_before date) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT DISTINCT institution_id FROM cases WHERE state = 'retained' AND earliest_act_date <= p_before $$;
REVOKE ALL ON FUNCTION institutions_with_cases_to_expire FROM PUBLIC;
GRANT EXECUTE ON FUNCTION institutions_with_cases_to_expire TO deloteka_app;
