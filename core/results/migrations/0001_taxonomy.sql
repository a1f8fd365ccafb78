-- What the institution's own regulation calls a result («вид результатов»), where results come from, how they are marked.
-- Rows are never deleted, because results name them; one that is no longer used is retired.
CREATE TABLE result_kinds (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  name text NOT NULL CHECK (name <> ''),
  sort_key text COLLATE "C" NOT NULL CHECK (sort_key <> ''),
  parent_id uuid,
  -- The same kind in a second place of the taxonomy stands there as an alias of the first.
  alias_of_id uuid,
  -- «Целевые ориентиры» are not assessed: nothing can be attached to them.
  assessed boolean NOT NULL DEFAULT true,
  access text NOT NULL DEFAULT 'usual' CHECK (access IN ('usual', 'staff', 'restricted')),
  note text NOT NULL DEFAULT '',
  retired boolean NOT NULL DEFAULT false,
  -- What results refer to: a kind that is assessed, and not by an alias.
  assessable boolean GENERATED ALWAYS AS (assessed AND alias_of_id IS NULL) STORED,
  revision integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  UNIQUE (institution_id, id),
  CONSTRAINT result_kinds_assessable UNIQUE (institution_id, id, assessable),
  CHECK (alias_of_id <> id AND parent_id <> id),
  FOREIGN KEY (institution_id, parent_id) REFERENCES result_kinds (institution_id, id),
  FOREIGN KEY (institution_id, alias_of_id) REFERENCES result_kinds (institution_id, id)
);
CREATE UNIQUE INDEX result_kinds_once ON result_kinds (institution_id, sort_key) WHERE alias_of_id IS NULL;
CREATE UNIQUE INDEX result_kinds_alias_once ON result_kinds (institution_id, alias_of_id, parent_id) NULLS NOT DISTINCT
  WHERE alias_of_id IS NOT NULL;
CREATE INDEX result_kinds_by_name ON result_kinds (institution_id, sort_key, id);
CALL isolate('result_kinds', 'SELECT, INSERT');
CALL open_to_own_groups('result_kinds', 'true');
-- Place and alias are never changed, so that the taxonomy is a tree and an alias leads to a kind.
GRANT UPDATE (name, sort_key, assessed, access, note, retired, revision) ON result_kinds TO deloteka_app;

CREATE FUNCTION place_result_kind() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM result_kinds k WHERE k.institution_id = NEW.institution_id
              AND k.id IN (NEW.alias_of_id, NEW.parent_id) AND k.alias_of_id IS NOT NULL) THEN
    RAISE EXCEPTION 'an alias has no parts and no aliases' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'result_kinds_alias_is_a_leaf';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER placed BEFORE INSERT ON result_kinds FOR EACH ROW EXECUTE FUNCTION place_result_kind();

CREATE TABLE result_sources (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  name text NOT NULL CHECK (name <> ''),
  sort_key text COLLATE "C" NOT NULL CHECK (sort_key <> ''),
  note text NOT NULL DEFAULT '',
  retired boolean NOT NULL DEFAULT false,
  revision integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  UNIQUE (institution_id, id),
  CONSTRAINT result_sources_once UNIQUE (institution_id, sort_key)
);
CALL isolate('result_sources', 'SELECT, INSERT');
CALL open_to_own_groups('result_sources', 'true');
GRANT UPDATE (name, sort_key, note, retired, revision) ON result_sources TO deloteka_app;

-- Marks are text; what number one stands for, if any, is said here only.
CREATE TABLE mark_scales (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  name text NOT NULL CHECK (name <> ''),
  sort_key text COLLATE "C" NOT NULL CHECK (sort_key <> ''),
  -- Whether a number is a mark, with the first and the last one that is.
  numeric_marks boolean NOT NULL DEFAULT false,
  lowest numeric,
  highest numeric,
  -- In order, from the lowest: [{"value": "зачёт", "number": null}].
  known_values jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(known_values) = 'array'),
  note text NOT NULL DEFAULT '',
  retired boolean NOT NULL DEFAULT false,
  revision integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  UNIQUE (institution_id, id),
  CONSTRAINT mark_scales_once UNIQUE (institution_id, sort_key),
  CHECK (numeric_marks OR (lowest IS NULL AND highest IS NULL)),
  CHECK (lowest <= highest),
  CHECK (numeric_marks OR known_values <> '[]')
);
CALL isolate('mark_scales', 'SELECT, INSERT');
CALL open_to_own_groups('mark_scales', 'true');
GRANT UPDATE (name, sort_key, numeric_marks, lowest, highest, known_values, note, retired, revision)
  ON mark_scales TO deloteka_app;

-- How the institution accounts for results; without a row the defaults hold.
CREATE TABLE result_policies (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL UNIQUE REFERENCES institutions,
  -- Whether somebody else than who entered a result confirms it.
  two_persons boolean NOT NULL DEFAULT false,
  -- For which results the learner's statement of will is demanded.
  will_needed text NOT NULL DEFAULT 'none' CHECK (will_needed IN ('none', 'outside', 'all')),
  -- Whether results obtained elsewhere are credited («зачёт»), and by which procedure.
  credits_outside boolean NOT NULL DEFAULT false,
  credit_procedure text NOT NULL DEFAULT '',
  revision integer NOT NULL DEFAULT 1,
  changed_at timestamptz NOT NULL,
  changed_by uuid NOT NULL,
  CONSTRAINT result_policies_procedure CHECK (NOT credits_outside OR credit_procedure <> '')
);
CALL isolate('result_policies', 'SELECT, INSERT');
CALL open_to_own_groups('result_policies', 'true');
GRANT UPDATE (two_persons, will_needed, credits_outside, credit_procedure, revision, changed_at, changed_by)
  ON result_policies TO deloteka_app;

-- Accounting for results is voluntary: a learner's statement of will («волеизъявление») and its withdrawal.
CREATE TABLE will_statements (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  person_id uuid NOT NULL,
  covers text NOT NULL CHECK (covers IN ('all', 'outside')),
  given_by text NOT NULL CHECK (given_by IN ('learner', 'representative')),
  representative text NOT NULL DEFAULT '',
  given_on date NOT NULL CHECK (given_on >= '1900-01-01'),
  evidence text NOT NULL CHECK (evidence <> ''),
  recorded_by uuid NOT NULL,
  recorded_at timestamptz NOT NULL,
  withdrawn_on date CHECK (withdrawn_on >= given_on),
  withdrawal_evidence text NOT NULL DEFAULT '',
  withdrawn_by uuid,
  withdrawn_at timestamptz,
  UNIQUE (institution_id, id),
  CHECK ((given_by = 'representative') = (representative <> '')),
  CHECK ((withdrawn_on IS NULL) = (withdrawn_by IS NULL) AND (withdrawn_on IS NULL) = (withdrawn_at IS NULL)),
  CHECK ((withdrawn_on IS NULL) = (withdrawal_evidence = '')),
  FOREIGN KEY (institution_id, person_id) REFERENCES people (institution_id, id)
);
CREATE INDEX will_statements_by_person ON will_statements (institution_id, person_id, id DESC);
CREATE UNIQUE INDEX will_statements_one_current ON will_statements (institution_id, person_id, covers)
  WHERE withdrawn_on IS NULL;
CALL isolate('will_statements', 'SELECT, INSERT');
CALL open_to_own_groups('will_statements', 'person_id = ANY ((SELECT own_learners())::uuid[])');
GRANT UPDATE (withdrawn_on, withdrawal_evidence, withdrawn_by, withdrawn_at) ON will_statements TO deloteka_app;

CREATE FUNCTION guard_will_statement() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'DELETE' OR OLD.withdrawn_on IS NOT NULL OR NEW.withdrawn_on IS NULL THEN
    RAISE EXCEPTION 'a statement of will is withdrawn once, and never changed or removed' USING ERRCODE = 'DL001';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guarded BEFORE UPDATE OR DELETE ON will_statements FOR EACH ROW EXECUTE FUNCTION guard_will_statement();

-- Learners who need special conditions or show talent; read with a right of its own, in no list and no search.
CREATE TABLE special_needs (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  person_id uuid NOT NULL,
  nature text NOT NULL CHECK (nature IN ('special_conditions', 'talent')),
  description text NOT NULL CHECK (description <> ''),
  evidence text NOT NULL CHECK (evidence <> ''),
  starts_on date NOT NULL CHECK (starts_on >= '1900-01-01'),
  ends_on date CHECK (ends_on >= starts_on),
  end_reason text NOT NULL DEFAULT '',
  recorded_by uuid NOT NULL,
  recorded_at timestamptz NOT NULL,
  ended_by uuid,
  ended_at timestamptz,
  UNIQUE (institution_id, id),
  CHECK ((ends_on IS NULL) = (end_reason = '')),
  CHECK ((ends_on IS NULL) = (ended_by IS NULL) AND (ends_on IS NULL) = (ended_at IS NULL)),
  FOREIGN KEY (institution_id, person_id) REFERENCES people (institution_id, id)
);
CREATE INDEX special_needs_by_person ON special_needs (institution_id, person_id, id DESC);
CALL isolate('special_needs', 'SELECT, INSERT');
GRANT UPDATE (ends_on, end_reason, ended_by, ended_at) ON special_needs TO deloteka_app;

CREATE FUNCTION guard_special_need() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'DELETE' OR OLD.ends_on IS NOT NULL OR NEW.ends_on IS NULL THEN
    RAISE EXCEPTION 'a special need ends once, and is never changed or removed' USING ERRCODE = 'DL001';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guarded BEFORE UPDATE OR DELETE ON special_needs FOR EACH ROW EXECUTE FUNCTION guard_special_need();
