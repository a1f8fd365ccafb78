-- One nomenclature («номенклатура дел») a year, in versions. What a version says is fixed from the moment it leaves
-- the draft; whoever wants to change it afterwards makes a new version. The triggers below hold for everybody, the
-- owner of the schema included.

CREATE TABLE nomenclatures (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  year integer NOT NULL CHECK (year BETWEEN 1900 AND 2999),
  created_by uuid NOT NULL,
  created_at timestamptz NOT NULL,
  UNIQUE (institution_id, id),
  CONSTRAINT nomenclatures_one_a_year UNIQUE (institution_id, year)
);
CALL isolate('nomenclatures', 'SELECT, INSERT');
CALL append_only('nomenclatures');

CREATE TABLE nomenclature_versions (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  nomenclature_id uuid NOT NULL,
  ordinal integer NOT NULL CHECK (ordinal >= 1),
  year integer NOT NULL,
  effective_on date NOT NULL,
  state text NOT NULL CHECK (state IN ('draft', 'submitted', 'agreed', 'approved', 'abandoned')),
  based_on_id uuid,
  note text NOT NULL DEFAULT '',
  authors uuid[] NOT NULL CHECK (cardinality(authors) > 0),
  submitted_by uuid,
  submitted_at timestamptz,
  minutes_date date,
  minutes_number text NOT NULL DEFAULT '',
  minutes_members text[] NOT NULL DEFAULT '{}',
  agreed_by uuid,
  agreed_at timestamptz,
  number text NOT NULL DEFAULT '',
  approved_on date,
  approved_by uuid,
  approved_at timestamptz,
  revision integer NOT NULL DEFAULT 1 CHECK (revision >= 1),
  created_at timestamptz NOT NULL,
  UNIQUE (institution_id, id),
  UNIQUE (nomenclature_id, ordinal),
  CHECK (extract(year FROM effective_on) = year),
  CHECK (ordinal > 1 OR effective_on = make_date(year, 1, 1)),
  CHECK (state NOT IN ('submitted', 'agreed', 'approved') OR (submitted_by IS NOT NULL AND submitted_by = ANY (authors))),
  CHECK (state NOT IN ('agreed', 'approved') OR (agreed_by IS NOT NULL AND agreed_by <> ALL (authors) AND minutes_date IS NOT NULL
         AND minutes_number <> '' AND cardinality(minutes_members) > 0)),
  CHECK (state <> 'approved' OR (approved_by IS NOT NULL AND approved_by <> ALL (authors) AND approved_by <> agreed_by
         AND approved_at IS NOT NULL AND approved_on IS NOT NULL)),
  FOREIGN KEY (institution_id, nomenclature_id) REFERENCES nomenclatures (institution_id, id),
  FOREIGN KEY (institution_id, based_on_id) REFERENCES nomenclature_versions (institution_id, id)
);
-- Two drafts of one year would be two truths.
CREATE UNIQUE INDEX nomenclature_versions_one_open ON nomenclature_versions (nomenclature_id)
  WHERE state IN ('draft', 'submitted', 'agreed');
CREATE INDEX nomenclature_versions_in_force ON nomenclature_versions (institution_id, year, effective_on DESC, ordinal DESC)
  WHERE state = 'approved';
CALL isolate('nomenclature_versions', 'SELECT, INSERT, UPDATE');

CREATE FUNCTION guard_nomenclature_version() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'versions of a nomenclature are never removed' USING ERRCODE = 'DL001';
  END IF;
  IF (NEW.id, NEW.institution_id, NEW.nomenclature_id, NEW.ordinal, NEW.year, NEW.based_on_id, NEW.created_at)
     IS DISTINCT FROM (OLD.id, OLD.institution_id, OLD.nomenclature_id, OLD.ordinal, OLD.year, OLD.based_on_id, OLD.created_at)
     OR NOT NEW.authors @> OLD.authors
     OR OLD.state IN ('approved', 'abandoned')
     OR NOT (OLD.state || '>' || NEW.state) = ANY (ARRAY['draft>draft', 'draft>submitted', 'draft>abandoned',
          'submitted>agreed', 'submitted>draft', 'agreed>approved', 'agreed>draft'])
     OR (OLD.state <> 'draft' AND (NEW.effective_on, NEW.authors) IS DISTINCT FROM (OLD.effective_on, OLD.authors)) THEN
    RAISE EXCEPTION 'a version of a nomenclature that is % may not become that', OLD.state USING ERRCODE = 'DL001';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guarded BEFORE UPDATE OR DELETE ON nomenclature_versions
  FOR EACH ROW EXECUTE FUNCTION guard_nomenclature_version();
CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON nomenclature_versions
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Rules ----------------------------------------------------------------------------------------------------------
-- How a term was read, or what people decided about one that was not understood. A decision is a further row under
-- the same root, so every computed date can name the row it was made from.

CREATE TABLE rule_versions (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  root_id uuid NOT NULL,
  sequence integer NOT NULL CHECK (sequence >= 1),
  origin text NOT NULL CHECK (origin IN ('nomenclature', 'decision')),
  lineage_id uuid NOT NULL,
  term text NOT NULL,
  footnote text NOT NULL,
  article text NOT NULL,
  status text NOT NULL CHECK (status IN ('understood', 'needs_review')),
  reading jsonb NOT NULL CHECK (jsonb_typeof(reading) = 'object'),
  basis text NOT NULL DEFAULT '',
  reason text NOT NULL DEFAULT '',
  proposed_by uuid,
  confirmed_by uuid,
  created_by uuid,
  created_at timestamptz NOT NULL,
  UNIQUE (institution_id, id),
  CONSTRAINT rule_versions_one_after_the_other UNIQUE (root_id, sequence),
  CHECK ((origin = 'nomenclature') = (sequence = 1 AND root_id = id)),
  CHECK (origin = 'nomenclature' OR (status = 'understood' AND basis <> '' AND reason <> ''
         AND proposed_by IS NOT NULL AND confirmed_by IS NOT NULL AND proposed_by <> confirmed_by)),
  FOREIGN KEY (institution_id, root_id) REFERENCES rule_versions (institution_id, id)
);
CREATE INDEX rule_versions_by_lineage ON rule_versions (institution_id, lineage_id, id);
CALL isolate('rule_versions', 'SELECT, INSERT');
CALL append_only('rule_versions');

-- Rows -----------------------------------------------------------------------------------------------------------

CREATE TABLE nomenclature_sections (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  version_id uuid NOT NULL,
  position integer NOT NULL CHECK (position BETWEEN 1 AND 100000),
  code text NOT NULL DEFAULT '',
  title text NOT NULL CHECK (title <> ''),
  last_position integer NOT NULL DEFAULT 0 CHECK (last_position >= 0),
  revision integer NOT NULL DEFAULT 1,
  UNIQUE (institution_id, id),
  UNIQUE (institution_id, version_id, id),
  CONSTRAINT nomenclature_sections_position UNIQUE (version_id, position),
  FOREIGN KEY (institution_id, version_id) REFERENCES nomenclature_versions (institution_id, id)
);
CREATE UNIQUE INDEX nomenclature_sections_code ON nomenclature_sections (version_id, code) WHERE code <> '';
CALL isolate('nomenclature_sections', 'SELECT, INSERT, UPDATE, DELETE');

CREATE TABLE record_classes (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  version_id uuid NOT NULL,
  section_id uuid NOT NULL,
  place bigint NOT NULL CHECK (place > 0),
  lineage_id uuid NOT NULL,
  class_index text NOT NULL CHECK (class_index <> ''),
  title text NOT NULL,
  quantity text NOT NULL DEFAULT '',
  term text NOT NULL DEFAULT '',
  note text NOT NULL DEFAULT '',
  footnote text NOT NULL DEFAULT '',
  article text NOT NULL DEFAULT '',
  paper_carrier boolean NOT NULL DEFAULT true,
  electronic_carrier boolean NOT NULL DEFAULT false,
  carried_over boolean NOT NULL DEFAULT false,
  reserve boolean NOT NULL DEFAULT false,
  rule_root_id uuid,
  revision integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  UNIQUE (institution_id, id),
  CONSTRAINT record_classes_lineage UNIQUE (version_id, lineage_id),
  CONSTRAINT record_classes_index UNIQUE (version_id, class_index),
  CHECK (paper_carrier OR electronic_carrier),
  CHECK (reserve = (rule_root_id IS NULL)),
  CHECK (reserve OR title <> ''),
  FOREIGN KEY (institution_id, version_id) REFERENCES nomenclature_versions (institution_id, id),
  FOREIGN KEY (institution_id, version_id, section_id)
    REFERENCES nomenclature_sections (institution_id, version_id, id),
  FOREIGN KEY (institution_id, rule_root_id) REFERENCES rule_versions (institution_id, id)
);
CREATE INDEX record_classes_in_order ON record_classes (institution_id, version_id, place, id);
CREATE INDEX record_classes_by_section ON record_classes (institution_id, section_id);
CREATE INDEX record_classes_by_lineage ON record_classes (institution_id, lineage_id, id DESC);
CREATE INDEX record_classes_by_rule ON record_classes (institution_id, rule_root_id);
CALL isolate('record_classes', 'SELECT, INSERT, UPDATE, DELETE');

-- The lock keeps the version from being submitted while its rows change.
CREATE FUNCTION require_draft() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  present text;
BEGIN
  SELECT v.state INTO present FROM nomenclature_versions v
   WHERE v.id = CASE TG_OP WHEN 'INSERT' THEN NEW.version_id ELSE OLD.version_id END FOR SHARE;
  IF present IS DISTINCT FROM 'draft' OR (TG_OP = 'UPDATE' AND NEW.version_id <> OLD.version_id) THEN
    RAISE EXCEPTION 'only a draft of a nomenclature may be changed, this one is %', present USING ERRCODE = 'DL001';
  END IF;
  RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER of_a_draft BEFORE INSERT OR UPDATE OR DELETE ON nomenclature_sections
  FOR EACH ROW EXECUTE FUNCTION require_draft();
CREATE TRIGGER of_a_draft BEFORE INSERT OR UPDATE OR DELETE ON record_classes
  FOR EACH ROW EXECUTE FUNCTION require_draft();
CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON nomenclature_sections
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON record_classes
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Decisions about terms that were not understood -----------------------------------------------------------------

CREATE TABLE term_decisions (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  root_id uuid NOT NULL,
  about_rule_id uuid NOT NULL,
  class_id uuid NOT NULL,
  term text NOT NULL CHECK (term <> ''),
  footnote text NOT NULL DEFAULT '',
  article text NOT NULL DEFAULT '',
  reading jsonb NOT NULL,
  basis text NOT NULL CHECK (basis <> ''),
  reason text NOT NULL CHECK (reason <> ''),
  state text NOT NULL CHECK (state IN ('proposed', 'confirmed', 'rejected')),
  proposed_by uuid NOT NULL,
  proposed_at timestamptz NOT NULL,
  answered_by uuid,
  answered_at timestamptz,
  answer_reason text NOT NULL DEFAULT '',
  rule_id uuid,
  UNIQUE (institution_id, id),
  CHECK (answered_by <> proposed_by),
  CHECK ((state = 'proposed') = (answered_by IS NULL)),
  CHECK ((state = 'confirmed') = (rule_id IS NOT NULL)),
  FOREIGN KEY (institution_id, root_id) REFERENCES rule_versions (institution_id, id),
  FOREIGN KEY (institution_id, about_rule_id) REFERENCES rule_versions (institution_id, id),
  FOREIGN KEY (institution_id, rule_id) REFERENCES rule_versions (institution_id, id)
);
CREATE UNIQUE INDEX term_decisions_one_open ON term_decisions (root_id) WHERE state = 'proposed';
CREATE INDEX term_decisions_by_age ON term_decisions (institution_id, id DESC);
CREATE INDEX term_decisions_by_class ON term_decisions (institution_id, class_id, id DESC);
CALL isolate('term_decisions', 'SELECT, INSERT');
GRANT UPDATE (state, answered_by, answered_at, answer_reason, rule_id) ON term_decisions TO deloteka_app;

CREATE FUNCTION guard_term_decision() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'DELETE' OR OLD.state <> 'proposed' OR (to_jsonb(NEW) - ARRAY['state', 'answered_by', 'answered_at', 'answer_reason', 'rule_id'])
     <> (to_jsonb(OLD) - ARRAY['state', 'answered_by', 'answered_at', 'answer_reason', 'rule_id']) THEN
    RAISE EXCEPTION 'a decision about a term is answered once and never changed' USING ERRCODE = 'DL001';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guarded BEFORE UPDATE OR DELETE ON term_decisions
  FOR EACH ROW EXECUTE FUNCTION guard_term_decision();
CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON term_decisions
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
