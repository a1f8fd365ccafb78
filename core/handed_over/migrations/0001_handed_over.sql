-- What the institution decides about the files that stayed here after an archive accepted their cases.
CREATE TABLE copy_decisions (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  transfer_id uuid NOT NULL,
  outcome text NOT NULL CHECK (outcome IN ('keep', 'destroy')),
  state text NOT NULL DEFAULT 'proposed' CHECK (state IN ('proposed', 'kept', 'approved', 'executing', 'executed',
    'partial', 'cancelled')),
  basis text NOT NULL CHECK (basis <> ''),
  -- What shows that the archive has everything and can read it.
  evidence text NOT NULL DEFAULT '',
  author_id uuid NOT NULL,
  single_person boolean NOT NULL DEFAULT false,
  single_person_since date,
  single_person_ground text NOT NULL DEFAULT '',
  number text NOT NULL DEFAULT '',
  approved_on date,
  approved_by uuid,
  reason text NOT NULL DEFAULT '',
  space text CHECK (space IN ('done', 'not_applicable', 'failed')),
  revision integer NOT NULL DEFAULT 1 CHECK (revision >= 1),
  created_at timestamptz NOT NULL,
  UNIQUE (institution_id, id),
  CHECK (outcome = 'keep' OR evidence <> ''),
  CHECK (CASE outcome WHEN 'keep' THEN state IN ('proposed', 'kept', 'cancelled') ELSE state <> 'kept' END),
  CHECK (single_person = (single_person_since IS NOT NULL) AND single_person = (single_person_ground <> '')),
  CHECK ((approved_by IS NULL) = (approved_on IS NULL) AND (approved_by IS NULL) = (number = '')),
  CHECK (state IN ('proposed', 'cancelled') OR approved_by IS NOT NULL),
  CHECK (single_person OR approved_by <> author_id),
  CHECK (state <> 'cancelled' OR reason <> ''),
  FOREIGN KEY (institution_id, transfer_id) REFERENCES transfers (institution_id, id)
);
CREATE INDEX copy_decisions_by_age ON copy_decisions (institution_id, id DESC);
CREATE UNIQUE INDEX copy_decisions_one_open ON copy_decisions (institution_id, transfer_id)
  WHERE state IN ('proposed', 'approved', 'executing', 'partial');
CREATE UNIQUE INDEX copy_decisions_number ON copy_decisions (institution_id, extract(year FROM approved_on), number)
  WHERE approved_on IS NOT NULL AND state <> 'cancelled';
CALL isolate('copy_decisions', 'SELECT, INSERT, UPDATE');

CREATE FUNCTION guard_copy_decision() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  moving text[] := ARRAY['state', 'number', 'approved_on', 'approved_by', 'reason', 'space', 'revision'];
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'decisions about copies are never removed' USING ERRCODE = 'DL001';
  END IF;
  IF TG_OP = 'INSERT' THEN
    IF NEW.state <> 'proposed' OR NOT EXISTS (SELECT FROM transfers t WHERE t.institution_id = NEW.institution_id
                                                 AND t.id = NEW.transfer_id AND t.state = 'accepted') THEN
      RAISE EXCEPTION 'copies are decided about after an archive has accepted' USING ERRCODE = 'DL001';
    END IF;
    RETURN NEW;
  END IF;
  IF OLD.state IN ('kept', 'executed', 'cancelled') OR (to_jsonb(NEW) - moving) <> (to_jsonb(OLD) - moving)
     OR NEW.state <> OLD.state AND NOT (OLD.state || '>' || NEW.state) = ANY (ARRAY['proposed>kept', 'proposed>approved',
          'proposed>cancelled', 'approved>executing', 'approved>cancelled', 'executing>executed', 'executing>partial',
          'partial>executing'])
     OR OLD.approved_by IS NOT NULL AND (NEW.number, NEW.approved_on, NEW.approved_by)
        IS DISTINCT FROM (OLD.number, OLD.approved_on, OLD.approved_by) THEN
    RAISE EXCEPTION 'a decision about copies that is % may not become that', OLD.state USING ERRCODE = 'DL001';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guarded BEFORE INSERT OR UPDATE OR DELETE ON copy_decisions
  FOR EACH ROW EXECUTE FUNCTION guard_copy_decision();
CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON copy_decisions
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- One case whose copies are to go; what it held is written in the line of its transfer.
CREATE TABLE copy_lines (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  decision_id uuid NOT NULL,
  transfer_line_id uuid NOT NULL,
  case_id uuid NOT NULL,
  state text NOT NULL DEFAULT 'listed' CHECK (state IN ('listed', 'held', 'skipped', 'destroying', 'failed',
    'destroyed')),
  reason text NOT NULL DEFAULT '',
  listed_at timestamptz NOT NULL,
  ended_at timestamptz,
  UNIQUE (institution_id, id),
  UNIQUE (decision_id, case_id),
  CHECK (state NOT IN ('held', 'skipped', 'failed') OR reason <> ''),
  FOREIGN KEY (institution_id, decision_id) REFERENCES copy_decisions (institution_id, id),
  FOREIGN KEY (institution_id, transfer_line_id) REFERENCES transfer_lines (institution_id, id),
  FOREIGN KEY (institution_id, case_id) REFERENCES cases (institution_id, id)
);
CREATE INDEX copy_lines_to_execute ON copy_lines (institution_id, decision_id, state, id);
CALL isolate('copy_lines', 'SELECT, INSERT, UPDATE');

-- Each attempt: one executor announces it, another one confirms it.
CREATE TABLE copy_attempts (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  decision_id uuid NOT NULL,
  number integer NOT NULL CHECK (number >= 1),
  announced_by uuid NOT NULL,
  announced_at timestamptz NOT NULL,
  confirmed_by uuid,
  confirmed_at timestamptz,
  means_name text NOT NULL DEFAULT '',
  means_version text NOT NULL DEFAULT '',
  means_certificate text NOT NULL DEFAULT '',
  outcome text CHECK (outcome IN ('executed', 'partial')),
  ended_at timestamptz,
  UNIQUE (institution_id, id),
  UNIQUE (decision_id, number),
  CHECK ((confirmed_by IS NULL) = (confirmed_at IS NULL) AND (confirmed_by IS NULL) = (means_name = '')),
  CHECK ((outcome IS NULL) = (ended_at IS NULL) AND (confirmed_by IS NOT NULL OR outcome IS NULL)),
  FOREIGN KEY (institution_id, decision_id) REFERENCES copy_decisions (institution_id, id)
);
CREATE UNIQUE INDEX copy_attempts_one_running ON copy_attempts (decision_id)
  WHERE confirmed_by IS NOT NULL AND ended_at IS NULL;
CALL isolate('copy_attempts', 'SELECT, INSERT');
GRANT UPDATE (confirmed_by, confirmed_at, means_name, means_version, means_certificate, outcome, ended_at)
  ON copy_attempts TO deloteka_app;

CREATE FUNCTION guard_copy_attempt() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  confirming text[] := ARRAY['confirmed_by', 'confirmed_at', 'means_name', 'means_version', 'means_certificate'];
  ending text[] := ARRAY['outcome', 'ended_at'];
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.confirmed_by IS NULL THEN
      RETURN NEW;
    END IF;
  ELSIF TG_OP = 'UPDATE' THEN
    IF OLD.confirmed_by IS NULL AND (to_jsonb(NEW) - confirming) = (to_jsonb(OLD) - confirming)
       AND (NEW.confirmed_by <> NEW.announced_by
            OR (SELECT d.single_person FROM copy_decisions d
                 WHERE d.institution_id = NEW.institution_id AND d.id = NEW.decision_id))
       OR OLD.confirmed_by IS NOT NULL AND OLD.ended_at IS NULL
          AND (to_jsonb(NEW) - ending) = (to_jsonb(OLD) - ending) THEN
      RETURN NEW;
    END IF;
  END IF;
  RAISE EXCEPTION 'copies are destroyed by two people, and who did is never changed' USING ERRCODE = 'DL001';
END $$;
CREATE TRIGGER guarded BEFORE INSERT OR UPDATE OR DELETE ON copy_attempts
  FOR EACH ROW EXECUTE FUNCTION guard_copy_attempt();
CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON copy_attempts FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION require_two_for_copies() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM copy_attempts t WHERE t.institution_id = NEW.institution_id AND t.decision_id = NEW.id
                    AND t.confirmed_by IS NOT NULL AND t.ended_at IS NULL) THEN
    RAISE EXCEPTION 'two executors start the destruction of copies' USING ERRCODE = 'DL001';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER started_by_two BEFORE UPDATE OF state ON copy_decisions FOR EACH ROW
  WHEN (NEW.state = 'executing' AND OLD.state <> 'executing') EXECUTE FUNCTION require_two_for_copies();

-- Every version of every object of a line, written down before anything is deleted; the same row becomes its proof.
CREATE TABLE copy_objects (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  line_id uuid NOT NULL,
  key text NOT NULL,
  version_id text NOT NULL,
  institution_id uuid NOT NULL REFERENCES institutions,
  document_id uuid NOT NULL,
  role text NOT NULL CHECK (role IN ('original', 'rendition')),
  sha256 bytea CHECK (octet_length(sha256) = 32),
  size bigint NOT NULL CHECK (size >= 0),
  delete_marker boolean NOT NULL DEFAULT false,
  listed_at timestamptz NOT NULL,
  attempt_id uuid,
  absent_at timestamptz,
  UNIQUE (line_id, key, version_id),
  CHECK ((attempt_id IS NULL) = (absent_at IS NULL)),
  FOREIGN KEY (institution_id, line_id) REFERENCES copy_lines (institution_id, id),
  FOREIGN KEY (institution_id, attempt_id) REFERENCES copy_attempts (institution_id, id)
);
CREATE INDEX copy_objects_of_document ON copy_objects (institution_id, document_id) WHERE absent_at IS NULL;
CALL isolate('copy_objects', 'SELECT, INSERT');
GRANT UPDATE (attempt_id, absent_at) ON copy_objects TO deloteka_app;

CREATE FUNCTION guard_copy_object() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  proving text[] := ARRAY['attempt_id', 'absent_at'];
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.absent_at IS NULL AND NEW.absent_at IS NOT NULL
     AND (to_jsonb(NEW) - proving) = (to_jsonb(OLD) - proving) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'what goes is written down once, and proved once' USING ERRCODE = 'DL001';
END $$;
CREATE TRIGGER guarded BEFORE UPDATE OR DELETE ON copy_objects FOR EACH ROW EXECUTE FUNCTION guard_copy_object();
CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON copy_objects FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION guard_copy_line() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  present text;
  moving text[] := ARRAY['state', 'reason', 'ended_at'];
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'lines of decisions about copies are never removed' USING ERRCODE = 'DL001';
  END IF;
  SELECT d.state INTO present FROM copy_decisions d
   WHERE d.institution_id = NEW.institution_id AND d.id = NEW.decision_id FOR SHARE;
  IF TG_OP = 'INSERT' THEN
    IF present <> 'proposed' OR NEW.state <> 'listed' THEN
      RAISE EXCEPTION 'the list of this decision is closed' USING ERRCODE = 'DL001';
    END IF;
    RETURN NEW;
  END IF;
  IF (to_jsonb(NEW) - moving) <> (to_jsonb(OLD) - moving)
     OR NEW.state <> OLD.state AND (present <> 'executing' AND NOT (OLD.state = 'failed' AND NEW.state = 'destroying')
          OR NOT (OLD.state || '>' || NEW.state) = ANY (ARRAY['listed>held', 'listed>skipped', 'listed>destroying',
               'destroying>destroyed', 'destroying>failed', 'failed>destroying'])) THEN
    RAISE EXCEPTION 'a line of a decision that is % may not become that', present USING ERRCODE = 'DL001';
  END IF;
  IF NEW.state = 'destroying' AND OLD.state = 'listed' THEN
    CALL pass_gate_of_holds(NEW.institution_id);
    IF EXISTS (SELECT FROM holds_over_case(NEW.institution_id, NEW.case_id)) THEN
      RAISE EXCEPTION 'a hold covers this case' USING ERRCODE = 'DL002';
    END IF;
    IF NOT EXISTS (SELECT FROM cases c WHERE c.institution_id = NEW.institution_id AND c.id = NEW.case_id
                      AND c.state = 'transferred') THEN
      RAISE EXCEPTION 'only copies of transferred cases go this way' USING ERRCODE = 'DL001';
    END IF;
  ELSIF NEW.state = 'destroyed' AND OLD.state <> 'destroyed' AND EXISTS (
      SELECT FROM copy_objects o WHERE o.line_id = NEW.id AND o.absent_at IS NULL) THEN
    RAISE EXCEPTION 'a destroyed line needs the proof of everything that went' USING ERRCODE = 'DL001';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guarded BEFORE INSERT OR UPDATE OR DELETE ON copy_lines
  FOR EACH ROW EXECUTE FUNCTION guard_copy_line();
CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON copy_lines FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- No row of a document goes before storage has said "absent" of everything that was written down of it.
CREATE FUNCTION require_absence_of_copies() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM copy_objects o WHERE o.institution_id = OLD.institution_id AND o.document_id = OLD.id
                AND o.absent_at IS NULL) THEN
    RAISE EXCEPTION 'storage has not confirmed that this copy is absent' USING ERRCODE = 'DL001';
  END IF;
  RETURN OLD;
END $$;
CREATE TRIGGER copies_proved_absent BEFORE DELETE ON documents FOR EACH ROW
  WHEN (OLD.destruction_began_at IS NOT NULL) EXECUTE FUNCTION require_absence_of_copies();

-- Every document whose copy goes with lines: those filed into their cases, and what lies in a personal file that is one.
CREATE FUNCTION documents_of_copies(p_institution uuid, p_lines uuid[])
RETURNS TABLE (document_id uuid, line_id uuid, case_id uuid) LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  WITH line AS (
    SELECT l.id, l.case_id, CASE c.subject_kind WHEN 'personal_file' THEN c.subject_id END AS file_id
      FROM copy_lines l JOIN cases c ON c.institution_id = l.institution_id AND c.id = l.case_id
     WHERE l.institution_id = p_institution AND l.id = ANY (p_lines))
  SELECT d.id, line.id, line.case_id FROM line
    JOIN documents d ON d.institution_id = p_institution AND d.case_id = line.case_id
   WHERE d.state <> 'withdrawn'
  UNION ALL
  SELECT d.id, line.id, line.case_id FROM line
    JOIN documents d ON d.institution_id = p_institution AND d.personal_file_id = line.file_id
   -- Said once more, so that no document is looked at for cases that are no personal files.
   WHERE line.file_id IS NOT NULL AND d.case_id IS NULL AND d.state <> 'withdrawn' $$;

-- Decisions of every institution that are being executed while nobody drives them.
CREATE FUNCTION copy_decisions_without_driver() RETURNS TABLE (institution_id uuid, decision_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT d.institution_id, d.id FROM copy_decisions d
   WHERE d.state = 'executing' AND NOT EXISTS (
     SELECT FROM jobs j WHERE j.institution_id = d.institution_id AND j.subject_type = 'copy_decision'
        AND j.subject_id = d.id::text AND j.kind = 'copies.destroy' AND j.state IN ('queued', 'running')) $$;
REVOKE ALL ON FUNCTION copy_decisions_without_driver FROM PUBLIC;
GRANT EXECUTE ON FUNCTION copy_decisions_without_driver TO deloteka_app;
