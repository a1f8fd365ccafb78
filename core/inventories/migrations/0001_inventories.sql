-- How an institution disposes: how long an approved act waits, and whether one person may play every part
-- («режим одного лица»). The latest row holds; acts keep what held when they were submitted.

CREATE TABLE disposal_policies (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  waiting_days integer NOT NULL CHECK (waiting_days BETWEEN 1 AND 365),
  single_person boolean NOT NULL,
  declared_on date NOT NULL,
  ground text NOT NULL CHECK (ground <> ''),
  decided_by uuid NOT NULL,
  decided_at timestamptz NOT NULL
);
CREATE INDEX disposal_policies_latest ON disposal_policies (institution_id, id DESC);
CALL isolate('disposal_policies', 'SELECT, INSERT');
CALL append_only('disposal_policies');

-- Inventories («описи») of what is kept permanently, of personnel records and of cases kept over ten years, each for a
-- span of years; or the recorded statement that there are none. Fixed from the approval on, for everybody.

CREATE TABLE inventories (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  category text NOT NULL CHECK (category IN ('permanent', 'personnel', 'long_term')),
  first_year integer NOT NULL CHECK (first_year BETWEEN 1900 AND 2999),
  last_year integer NOT NULL CHECK (last_year BETWEEN 1900 AND 2999),
  empty boolean NOT NULL,
  note text NOT NULL DEFAULT '',
  state text NOT NULL DEFAULT 'draft' CHECK (state IN ('draft', 'approved', 'abandoned')),
  number text NOT NULL DEFAULT '',
  minutes_date date,
  minutes_number text NOT NULL DEFAULT '',
  approved_on date,
  approved_by uuid,
  approved_at timestamptz,
  -- What the archive's commission («ЭПК архива») decided of an approved inventory.
  archive_date date,
  archive_number text NOT NULL DEFAULT '',
  archive_recorded_by uuid,
  reason text NOT NULL DEFAULT '',
  author_id uuid NOT NULL,
  single_person boolean NOT NULL DEFAULT false,
  revision integer NOT NULL DEFAULT 1 CHECK (revision >= 1),
  created_at timestamptz NOT NULL,
  UNIQUE (institution_id, id),
  CHECK (first_year <= last_year),
  CHECK ((state = 'approved') = (approved_by IS NOT NULL)),
  CHECK (state <> 'approved' OR (approved_at IS NOT NULL AND approved_on IS NOT NULL AND number <> ''
         AND minutes_date IS NOT NULL AND minutes_number <> '' AND (single_person OR approved_by <> author_id))),
  CHECK ((archive_date IS NULL) = (archive_recorded_by IS NULL)),
  CHECK (archive_date IS NULL OR (state = 'approved' AND archive_number <> '')),
  CHECK (state <> 'abandoned' OR reason <> '')
);
CREATE INDEX inventories_by_age ON inventories (institution_id, id DESC);
CREATE INDEX inventories_approved ON inventories (institution_id, category, first_year) WHERE state = 'approved';
CALL isolate('inventories', 'SELECT, INSERT, UPDATE');

CREATE FUNCTION guard_inventory() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  archive text[] := ARRAY['archive_date', 'archive_number', 'archive_recorded_by', 'revision'];
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'inventories are never removed' USING ERRCODE = 'DL001';
  END IF;
  IF (NEW.id, NEW.institution_id, NEW.category, NEW.first_year, NEW.last_year, NEW.empty, NEW.author_id, NEW.created_at)
     IS DISTINCT FROM
     (OLD.id, OLD.institution_id, OLD.category, OLD.first_year, OLD.last_year, OLD.empty, OLD.author_id, OLD.created_at)
     OR OLD.state = 'abandoned'
     OR OLD.state = 'approved' AND (OLD.archive_date IS NOT NULL OR (to_jsonb(NEW) - archive) <> (to_jsonb(OLD) - archive)) THEN
    RAISE EXCEPTION 'an inventory that is % may not become that', OLD.state USING ERRCODE = 'DL001';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guarded BEFORE UPDATE OR DELETE ON inventories FOR EACH ROW EXECUTE FUNCTION guard_inventory();
CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON inventories FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A line is what the case was when it was entered («единица хранения»).
CREATE TABLE inventory_lines (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  inventory_id uuid NOT NULL,
  position integer NOT NULL CHECK (position >= 1),
  case_id uuid NOT NULL,
  class_index text NOT NULL,
  title text NOT NULL,
  first_year integer NOT NULL,
  last_year integer NOT NULL,
  volumes integer NOT NULL CHECK (volumes >= 0),
  term text NOT NULL,
  article text NOT NULL,
  UNIQUE (institution_id, id),
  CONSTRAINT inventory_lines_position UNIQUE (inventory_id, position),
  CONSTRAINT inventory_lines_once UNIQUE (inventory_id, case_id),
  FOREIGN KEY (institution_id, inventory_id) REFERENCES inventories (institution_id, id),
  FOREIGN KEY (institution_id, case_id) REFERENCES cases (institution_id, id)
);
CREATE INDEX inventory_lines_by_case ON inventory_lines (institution_id, case_id);
CALL isolate('inventory_lines', 'SELECT, INSERT, DELETE');

-- The lock keeps the inventory from being approved while its lines change.
CREATE FUNCTION require_draft_inventory() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  present inventories;
BEGIN
  SELECT * INTO present FROM inventories i
   WHERE i.id = CASE TG_OP WHEN 'INSERT' THEN NEW.inventory_id ELSE OLD.inventory_id END FOR SHARE;
  IF TG_OP = 'UPDATE' OR present.state IS DISTINCT FROM 'draft' OR present.empty THEN
    RAISE EXCEPTION 'lines of this inventory may not be changed' USING ERRCODE = 'DL001';
  END IF;
  RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER of_a_draft BEFORE INSERT OR UPDATE OR DELETE ON inventory_lines
  FOR EACH ROW EXECUTE FUNCTION require_draft_inventory();
CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON inventory_lines
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
