-- Transfers to an archive («передача в архив»).
CREATE TABLE transfers (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  state text NOT NULL DEFAULT 'draft' CHECK (state IN ('draft', 'approved', 'accepted', 'cancelled')),
  archive_name text NOT NULL CHECK (archive_name <> ''),
  archive_address text NOT NULL DEFAULT '',
  basis text NOT NULL CHECK (basis <> ''),
  inventory_id uuid,
  author_id uuid NOT NULL,
  single_person boolean NOT NULL DEFAULT false,
  single_person_since date,
  single_person_ground text NOT NULL DEFAULT '',
  number text NOT NULL DEFAULT '',
  approved_on date,
  approved_by uuid,
  approved_at timestamptz,
  acceptance_number text NOT NULL DEFAULT '',
  accepted_on date,
  accepted_by text NOT NULL DEFAULT '',
  accepted_package_id uuid,
  acceptance_recorded_by uuid,
  acceptance_recorded_at timestamptz,
  reason text NOT NULL DEFAULT '',
  revision integer NOT NULL DEFAULT 1 CHECK (revision >= 1),
  created_at timestamptz NOT NULL,
  UNIQUE (institution_id, id),
  CHECK (single_person = (single_person_since IS NOT NULL) AND single_person = (single_person_ground <> '')),
  CHECK ((approved_by IS NULL) = (approved_on IS NULL) AND (approved_by IS NULL) = (approved_at IS NULL)
         AND (approved_by IS NULL) = (number = '')),
  CHECK (state NOT IN ('approved', 'accepted') OR approved_by IS NOT NULL),
  CHECK (single_person OR approved_by <> author_id),
  CHECK ((state = 'accepted') = (accepted_on IS NOT NULL)),
  CHECK (state <> 'accepted' OR (acceptance_number <> '' AND accepted_by <> '' AND accepted_package_id IS NOT NULL
         AND acceptance_recorded_by IS NOT NULL AND acceptance_recorded_at IS NOT NULL)),
  CHECK (single_person OR acceptance_recorded_by <> approved_by),
  CHECK (state <> 'cancelled' OR reason <> ''),
  FOREIGN KEY (institution_id, inventory_id) REFERENCES inventories (institution_id, id)
);
CREATE INDEX transfers_by_age ON transfers (institution_id, id DESC);
CREATE UNIQUE INDEX transfers_number ON transfers (institution_id, extract(year FROM approved_on), number)
  WHERE approved_on IS NOT NULL AND state <> 'cancelled';
CALL isolate('transfers', 'SELECT, INSERT, UPDATE');

CREATE FUNCTION guard_transfer() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  moving text[] := ARRAY['state', 'number', 'approved_on', 'approved_by', 'approved_at', 'acceptance_number',
    'accepted_on', 'accepted_by', 'accepted_package_id', 'acceptance_recorded_by', 'acceptance_recorded_at', 'reason',
    'revision'];
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'transfers are never removed' USING ERRCODE = 'DL001';
  END IF;
  IF OLD.state IN ('accepted', 'cancelled') OR (to_jsonb(NEW) - moving) <> (to_jsonb(OLD) - moving)
     OR NEW.state <> OLD.state AND NOT (OLD.state || '>' || NEW.state) = ANY (ARRAY['draft>approved', 'draft>cancelled',
          'approved>accepted', 'approved>cancelled'])
     OR OLD.approved_by IS NOT NULL AND (NEW.number, NEW.approved_on, NEW.approved_by, NEW.approved_at)
        IS DISTINCT FROM (OLD.number, OLD.approved_on, OLD.approved_by, OLD.approved_at) THEN
    RAISE EXCEPTION 'a transfer that is % may not become that', OLD.state USING ERRCODE = 'DL001';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guarded BEFORE UPDATE OR DELETE ON transfers FOR EACH ROW EXECUTE FUNCTION guard_transfer();
CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON transfers FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- One case that is to go, as it was when it was listed.
CREATE TABLE transfer_lines (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  transfer_id uuid NOT NULL,
  position integer NOT NULL CHECK (position >= 1),
  case_id uuid NOT NULL,
  state text NOT NULL DEFAULT 'listed' CHECK (state IN ('listed', 'excluded', 'held', 'changed', 'released', 'transferred')),
  -- Whether the case is on its way by this transfer, and by no other.
  living boolean NOT NULL DEFAULT true,
  class_index text NOT NULL,
  title text NOT NULL,
  first_day date NOT NULL,
  last_day date NOT NULL,
  volumes integer NOT NULL,
  sheets integer NOT NULL,
  term text NOT NULL,
  footnote text NOT NULL,
  article text NOT NULL,
  -- Every file of the case, as [document, version, SHA-256, size], in the order of their ids.
  content jsonb NOT NULL CHECK (jsonb_typeof(content) = 'array'),
  digest bytea NOT NULL,
  hold_id uuid,
  reason text NOT NULL DEFAULT '',
  listed_at timestamptz NOT NULL,
  ended_at timestamptz,
  UNIQUE (institution_id, id),
  UNIQUE (transfer_id, position),
  CHECK (living = (state = 'listed')),
  CHECK ((state = 'listed') = (ended_at IS NULL)),
  CHECK (state <> 'excluded' OR reason <> ''),
  FOREIGN KEY (institution_id, transfer_id) REFERENCES transfers (institution_id, id),
  FOREIGN KEY (institution_id, case_id) REFERENCES cases (institution_id, id)
);
CREATE UNIQUE INDEX transfer_lines_one_living ON transfer_lines (institution_id, case_id) WHERE living;
CREATE INDEX transfer_lines_in_order ON transfer_lines (institution_id, transfer_id, position);
CALL isolate('transfer_lines', 'SELECT, INSERT, UPDATE');

CREATE FUNCTION guard_transfer_line() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  present text;
  moving text[] := ARRAY['state', 'living', 'reason', 'hold_id', 'ended_at'];
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'lines of transfers are never removed' USING ERRCODE = 'DL001';
  END IF;
  SELECT t.state INTO present FROM transfers t WHERE t.institution_id = NEW.institution_id AND t.id = NEW.transfer_id;
  IF TG_OP = 'INSERT' AND (present <> 'draft' OR NEW.state <> 'listed')
     OR TG_OP = 'UPDATE' AND ((to_jsonb(NEW) - moving) <> (to_jsonb(OLD) - moving) OR OLD.state <> 'listed'
                              OR NEW.state = 'transferred' AND present <> 'approved') THEN
    RAISE EXCEPTION 'a line of a transfer that is % may not become that', present USING ERRCODE = 'DL001';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guarded BEFORE INSERT OR UPDATE OR DELETE ON transfer_lines
  FOR EACH ROW EXECUTE FUNCTION guard_transfer_line();
CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON transfer_lines FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- What is handed to the archive as files. A package that is not `ready` is seen by nobody.
CREATE TABLE transfer_packages (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  transfer_id uuid NOT NULL,
  state text NOT NULL DEFAULT 'building' CHECK (state IN ('building', 'ready', 'stopped', 'superseded')),
  -- Of the lines that are in it.
  list_digest bytea,
  findings jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(findings) = 'array'),
  object_key text NOT NULL UNIQUE,
  storage_version_id text NOT NULL DEFAULT '',
  sha256 bytea CHECK (octet_length(sha256) = 32),
  size bigint,
  files integer,
  file_bytes bigint,
  job_id uuid NOT NULL,
  requested_by uuid NOT NULL,
  requested_at timestamptz NOT NULL,
  finished_at timestamptz,
  bytes_gone_at timestamptz,
  UNIQUE (institution_id, id),
  CHECK (state <> 'ready' OR (list_digest IS NOT NULL AND storage_version_id <> '' AND sha256 IS NOT NULL
         AND size IS NOT NULL AND files IS NOT NULL AND file_bytes IS NOT NULL AND finished_at IS NOT NULL)),
  CHECK (state NOT IN ('building', 'ready') OR findings = '[]'),
  CHECK (state <> 'stopped' OR findings <> '[]'),
  CHECK (bytes_gone_at IS NULL OR state = 'superseded'),
  FOREIGN KEY (institution_id, transfer_id) REFERENCES transfers (institution_id, id)
);
CREATE UNIQUE INDEX transfer_packages_one_living ON transfer_packages (transfer_id) WHERE state IN ('building', 'ready');
CREATE INDEX transfer_packages_by_transfer ON transfer_packages (institution_id, transfer_id, id DESC);
CALL isolate('transfer_packages', 'SELECT, INSERT, UPDATE');

CREATE FUNCTION guard_transfer_package() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'packages of transfers are never removed' USING ERRCODE = 'DL001';
  END IF;
  IF OLD.state = 'superseded' AND NEW.state <> 'superseded'
     OR OLD.state IN ('ready', 'stopped') AND NEW.state NOT IN (OLD.state, 'superseded')
     OR OLD.state = 'ready' AND (NEW.object_key, NEW.storage_version_id, NEW.sha256, NEW.size, NEW.list_digest)
        IS DISTINCT FROM (OLD.object_key, OLD.storage_version_id, OLD.sha256, OLD.size, OLD.list_digest) THEN
    RAISE EXCEPTION 'a package that is % may not become that', OLD.state USING ERRCODE = 'DL001';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guarded BEFORE UPDATE OR DELETE ON transfer_packages
  FOR EACH ROW EXECUTE FUNCTION guard_transfer_package();

-- Listed lines whose case was held at any time since it was listed; a hold that was lifted meanwhile counts as well.
CREATE FUNCTION transfer_lines_held(p_institution uuid, p_transfer uuid) RETURNS TABLE (line_id uuid, hold_id uuid)
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  WITH line AS (
    SELECT l.id, l.case_id, l.listed_at FROM transfer_lines l
     WHERE l.institution_id = p_institution AND l.transfer_id = p_transfer AND l.living)
  SELECT DISTINCT ON (line.id) line.id, h.hold_id
    FROM holds_over_cases_since(p_institution, ARRAY(SELECT case_id FROM line), (SELECT min(listed_at) FROM line)) AS h
    JOIN line ON line.case_id = h.case_id AND (h.lifted_at IS NULL OR h.lifted_at >= line.listed_at)
   ORDER BY line.id, h.hold_id $$;

-- What an archive has been promised is put on no disposal act: a package of it may be with the archive already.
CREATE FUNCTION require_not_promised() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM transfer_lines l
               JOIN transfers t ON t.institution_id = l.institution_id AND t.id = l.transfer_id
              WHERE l.institution_id = NEW.institution_id AND l.case_id = NEW.id AND l.living AND t.state = 'approved') THEN
    RAISE EXCEPTION 'the case is on its way to an archive' USING ERRCODE = 'DL001';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER not_promised BEFORE UPDATE OF state ON cases FOR EACH ROW
  WHEN (NEW.state = 'on_act' AND OLD.state <> 'on_act') EXECUTE FUNCTION require_not_promised();

-- Returns to the owner under a receipt («возврат владельцу под расписку»): the register of receipts.
CREATE TABLE owner_returns (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  state text NOT NULL DEFAULT 'prepared' CHECK (state IN ('prepared', 'confirmed', 'cancelled')),
  case_id uuid,
  document_id uuid,
  paper boolean NOT NULL,
  electronic boolean NOT NULL,
  title text NOT NULL,
  document_number text NOT NULL DEFAULT '',
  sheets integer CHECK (sheets BETWEEN 1 AND 100000),
  receiver text NOT NULL CHECK (receiver <> ''),
  acts_for text NOT NULL DEFAULT '',
  -- Which kind of paper showed who the receiver is; its number is kept nowhere.
  identity_paper text NOT NULL CHECK (identity_paper IN ('passport', 'birth_certificate', 'foreign_passport',
    'residence_permit', 'military_id', 'temporary_id', 'known_in_person')),
  basis text NOT NULL CHECK (basis <> ''),
  number text NOT NULL DEFAULT '',
  received_on date,
  prepared_by uuid NOT NULL,
  prepared_at timestamptz NOT NULL,
  confirmed_by uuid,
  confirmed_at timestamptz,
  single_person boolean NOT NULL DEFAULT false,
  reason text NOT NULL DEFAULT '',
  revision integer NOT NULL DEFAULT 1 CHECK (revision >= 1),
  UNIQUE (institution_id, id),
  CHECK (num_nonnulls(case_id, document_id) = 1),
  CHECK (paper OR electronic),
  CHECK ((state = 'confirmed') = (confirmed_by IS NOT NULL) AND (confirmed_by IS NULL) = (confirmed_at IS NULL)
         AND (confirmed_by IS NULL) = (received_on IS NULL) AND (confirmed_by IS NULL) = (number = '')),
  CHECK (single_person OR confirmed_by <> prepared_by),
  CHECK (state <> 'cancelled' OR reason <> ''),
  FOREIGN KEY (institution_id, case_id) REFERENCES cases (institution_id, id)
);
CREATE INDEX owner_returns_by_age ON owner_returns (institution_id, id DESC);
CREATE UNIQUE INDEX owner_returns_one_of_a_case ON owner_returns (institution_id, case_id) WHERE state = 'prepared';
CREATE UNIQUE INDEX owner_returns_one_of_a_document ON owner_returns (institution_id, document_id)
  WHERE state = 'prepared';
CREATE UNIQUE INDEX owner_returns_number ON owner_returns (institution_id, extract(year FROM received_on), number)
  WHERE received_on IS NOT NULL;
CALL isolate('owner_returns', 'SELECT, INSERT, UPDATE');

CREATE FUNCTION guard_owner_return() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  moving text[] := ARRAY['state', 'number', 'received_on', 'confirmed_by', 'confirmed_at', 'single_person', 'reason',
    'revision'];
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'receipts are never removed' USING ERRCODE = 'DL001';
  END IF;
  IF OLD.state <> 'prepared' OR (to_jsonb(NEW) - moving) <> (to_jsonb(OLD) - moving) THEN
    RAISE EXCEPTION 'a return that is % is not changed any more', OLD.state USING ERRCODE = 'DL001';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guarded BEFORE UPDATE OR DELETE ON owner_returns FOR EACH ROW EXECUTE FUNCTION guard_owner_return();
CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON owner_returns FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Which case went into which one («присоединение»); the case itself names where its contents lie now.
CREATE TABLE case_mergers (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  case_id uuid NOT NULL,
  into_case_id uuid NOT NULL,
  reason text NOT NULL CHECK (reason <> ''),
  documents integer NOT NULL,
  volumes integer NOT NULL,
  closed_on_before date,
  closed_on_after date,
  merged_by uuid NOT NULL,
  merged_at timestamptz NOT NULL,
  CONSTRAINT case_mergers_once UNIQUE (institution_id, case_id),
  CHECK (case_id <> into_case_id),
  FOREIGN KEY (institution_id, case_id) REFERENCES cases (institution_id, id),
  FOREIGN KEY (institution_id, into_case_id) REFERENCES cases (institution_id, id)
);
CREATE INDEX case_mergers_by_target ON case_mergers (institution_id, into_case_id, id);
CALL isolate('case_mergers', 'SELECT, INSERT');
CALL append_only('case_mergers');
