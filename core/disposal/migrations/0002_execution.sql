-- Each attempt to execute an act: one executor announces it, another one confirms it.
CREATE TABLE act_attempts (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  act_id uuid NOT NULL,
  number integer NOT NULL CHECK (number >= 1),
  -- Submission that it executes: an announcement does not outlive the approval it rests on.
  round integer NOT NULL CHECK (round >= 1),
  announced_by uuid NOT NULL,
  announced_at timestamptz NOT NULL,
  confirmed_by uuid,
  confirmed_at timestamptz,
  -- The means of destruction, as the provider named itself when the attempt was confirmed.
  means_name text NOT NULL DEFAULT '',
  means_version text NOT NULL DEFAULT '',
  means_certificate text NOT NULL DEFAULT '',
  outcome text CHECK (outcome IN ('executed', 'partial')),
  ended_at timestamptz,
  UNIQUE (institution_id, id),
  CONSTRAINT act_attempts_number UNIQUE (act_id, number),
  CHECK ((confirmed_by IS NULL) = (confirmed_at IS NULL)),
  CHECK ((confirmed_by IS NULL) = (means_name = '')),
  CHECK ((outcome IS NULL) = (ended_at IS NULL)),
  CHECK (confirmed_by IS NOT NULL OR outcome IS NULL),
  FOREIGN KEY (institution_id, act_id) REFERENCES disposal_acts (institution_id, id)
);
CREATE UNIQUE INDEX act_attempts_one_running ON act_attempts (act_id) WHERE confirmed_by IS NOT NULL AND ended_at IS NULL;
CALL isolate('act_attempts', 'SELECT, INSERT');
GRANT UPDATE (confirmed_by, confirmed_at, means_name, means_version, means_certificate, outcome, ended_at) ON act_attempts
  TO deloteka_app;

-- Two people, unless the act was submitted under the declared single-person mode; what was said is never changed.
CREATE FUNCTION guard_act_attempt() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
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
            OR (SELECT a.single_person FROM disposal_acts a
                 WHERE a.institution_id = NEW.institution_id AND a.id = NEW.act_id))
       OR OLD.confirmed_by IS NOT NULL AND OLD.ended_at IS NULL AND (to_jsonb(NEW) - ending) = (to_jsonb(OLD) - ending) THEN
      RETURN NEW;
    END IF;
  END IF;
  RAISE EXCEPTION 'an act is executed by two people, and who did is never changed' USING ERRCODE = 'DL001';
END $$;
CREATE TRIGGER guarded BEFORE INSERT OR UPDATE OR DELETE ON act_attempts FOR EACH ROW EXECUTE FUNCTION guard_act_attempt();
CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON act_attempts FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION require_two_executors() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM act_attempts t WHERE t.institution_id = NEW.institution_id AND t.act_id = NEW.id
                    AND t.round = NEW.round AND t.confirmed_by IS NOT NULL AND t.ended_at IS NULL) THEN
    RAISE EXCEPTION 'two executors start the execution of an act' USING ERRCODE = 'DL001';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER started_by_two BEFORE UPDATE OF state ON disposal_acts FOR EACH ROW
  WHEN (NEW.state = 'executing' AND OLD.state <> 'executing') EXECUTE FUNCTION require_two_executors();

-- Every version of every object of a line, written down in the transaction that is its point of no return; the same row
-- becomes the proof when storage has answered that the version is absent.
CREATE TABLE disposal_objects (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  line_id uuid NOT NULL,
  key text NOT NULL,
  version_id text NOT NULL,
  institution_id uuid NOT NULL REFERENCES institutions,
  document_id uuid NOT NULL,
  role text NOT NULL CHECK (role IN ('original', 'rendition')),
  -- Of originals that the register knew; a preview, a delete marker and a foreign version have none.
  sha256 bytea CHECK (octet_length(sha256) = 32),
  size bigint NOT NULL CHECK (size >= 0),
  delete_marker boolean NOT NULL DEFAULT false,
  listed_at timestamptz NOT NULL,
  attempt_id uuid,
  absent_at timestamptz,
  UNIQUE (line_id, key, version_id),
  CHECK ((attempt_id IS NULL) = (absent_at IS NULL)),
  FOREIGN KEY (institution_id, line_id) REFERENCES disposal_act_lines (institution_id, id),
  FOREIGN KEY (institution_id, attempt_id) REFERENCES act_attempts (institution_id, id)
);
CREATE INDEX disposal_objects_of_document ON disposal_objects (institution_id, document_id) WHERE absent_at IS NULL;
CALL isolate('disposal_objects', 'SELECT, INSERT');
GRANT UPDATE (attempt_id, absent_at) ON disposal_objects TO deloteka_app;

CREATE FUNCTION guard_disposal_object() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.absent_at IS NULL AND NEW.absent_at IS NOT NULL
     AND (NEW.line_id, NEW.key, NEW.version_id, NEW.document_id, NEW.role, NEW.sha256, NEW.size, NEW.delete_marker, NEW.listed_at)
         IS NOT DISTINCT FROM
         (OLD.line_id, OLD.key, OLD.version_id, OLD.document_id, OLD.role, OLD.sha256, OLD.size, OLD.delete_marker, OLD.listed_at) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'what goes is written down once, and proved once' USING ERRCODE = 'DL001';
END $$;
CREATE TRIGGER guarded BEFORE UPDATE OR DELETE ON disposal_objects FOR EACH ROW EXECUTE FUNCTION guard_disposal_object();
CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON disposal_objects FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- No row of a document goes before storage has said "absent" of everything that was written down of it.
CREATE FUNCTION require_absence() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM disposal_objects o WHERE o.institution_id = OLD.institution_id AND o.document_id = OLD.id
                AND o.absent_at IS NULL) THEN
    RAISE EXCEPTION 'storage has not confirmed that this document is absent' USING ERRCODE = 'DL001';
  END IF;
  RETURN OLD;
END $$;
CREATE TRIGGER proved_absent BEFORE DELETE ON documents FOR EACH ROW
  WHEN (OLD.destruction_began_at IS NOT NULL) EXECUTE FUNCTION require_absence();

-- The point of no return is passed under the gate of holds; the end of a line needs the proof of everything.
CREATE FUNCTION guard_end_of_line() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF NEW.state = 'destroying' AND OLD.state = 'listed' THEN
    CALL pass_gate_of_holds(NEW.institution_id);
    IF EXISTS (SELECT FROM holds_over_case(NEW.institution_id, NEW.case_id)) THEN
      RAISE EXCEPTION 'a hold covers this case' USING ERRCODE = 'DL002';
    END IF;
  ELSIF NEW.state = 'destroyed' AND EXISTS (
      SELECT FROM disposal_objects o WHERE o.line_id = NEW.id AND o.absent_at IS NULL) THEN
    RAISE EXCEPTION 'a destroyed line needs the proof of everything that went' USING ERRCODE = 'DL001';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER not_held_and_proved BEFORE UPDATE OF state ON disposal_act_lines FOR EACH ROW
  WHEN (NEW.state <> OLD.state) EXECUTE FUNCTION guard_end_of_line();

CREATE INDEX disposal_act_lines_to_execute ON disposal_act_lines (institution_id, act_id, id)
  WHERE state IN ('listed', 'destroying', 'failed');
CREATE INDEX disposal_act_lines_by_state ON disposal_act_lines (institution_id, act_id, state);

-- That the space of deleted bytes was given back, or why that is not ours to do.
CREATE TABLE act_vacuums (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  act_id uuid NOT NULL,
  attempt_id uuid NOT NULL,
  outcome text NOT NULL CHECK (outcome IN ('done', 'not_applicable', 'failed')),
  detail text NOT NULL DEFAULT '',
  began_at timestamptz NOT NULL,
  ended_at timestamptz NOT NULL CHECK (ended_at >= began_at),
  UNIQUE (institution_id, id),
  FOREIGN KEY (institution_id, act_id) REFERENCES disposal_acts (institution_id, id),
  FOREIGN KEY (institution_id, attempt_id) REFERENCES act_attempts (institution_id, id)
);
CREATE INDEX act_vacuums_by_act ON act_vacuums (institution_id, act_id, id);
CALL isolate('act_vacuums', 'SELECT, INSERT');
CALL append_only('act_vacuums');

-- What people did with the paper of a case: the end of the scan does not tick the paper, nor the reverse.
CREATE TABLE paper_destructions (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  line_id uuid NOT NULL,
  destroyed_on date NOT NULL,
  way text NOT NULL CHECK (way IN ('shredded', 'burnt', 'handed_over')),
  weight_grams integer CHECK (weight_grams > 0),
  evidence text NOT NULL CHECK (evidence <> ''),
  recorded_by uuid NOT NULL,
  recorded_at timestamptz NOT NULL,
  UNIQUE (institution_id, id),
  CONSTRAINT paper_destructions_once UNIQUE (line_id),
  CHECK (way <> 'handed_over' OR weight_grams IS NOT NULL),
  FOREIGN KEY (institution_id, line_id) REFERENCES disposal_act_lines (institution_id, id)
);
CALL isolate('paper_destructions', 'SELECT, INSERT');
CALL append_only('paper_destructions');

-- What a certified act rests on: each paper by its digest, and who signed.
CREATE TABLE act_certificates (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  act_id uuid NOT NULL,
  papers jsonb NOT NULL CHECK (jsonb_typeof(papers) = 'array'),
  signed_by uuid[] NOT NULL,
  certified_by uuid NOT NULL,
  certified_at timestamptz NOT NULL,
  CONSTRAINT act_certificates_once UNIQUE (act_id),
  FOREIGN KEY (institution_id, act_id) REFERENCES disposal_acts (institution_id, id)
);
CALL isolate('act_certificates', 'SELECT, INSERT');
CALL append_only('act_certificates');

-- Acts of every institution that are being executed while nobody drives them: their job ended, or was given up.
CREATE FUNCTION acts_without_driver() RETURNS TABLE (institution_id uuid, act_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT a.institution_id, a.id FROM disposal_acts a
   WHERE a.state = 'executing' AND NOT EXISTS (
     SELECT FROM jobs j WHERE j.institution_id = a.institution_id AND j.subject_type = 'disposal_act'
        AND j.subject_id = a.id::text AND j.kind = 'disposal.execute' AND j.state IN ('queued', 'running')) $$;
REVOKE ALL ON FUNCTION acts_without_driver FROM PUBLIC;
GRANT EXECUTE ON FUNCTION acts_without_driver TO deloteka_app;

-- Every document that goes with lines: those filed into their cases, and what lies in a personal file that is a case.
CREATE FUNCTION documents_of_lines(p_institution uuid, p_lines uuid[])
RETURNS TABLE (document_id uuid, line_id uuid, case_id uuid) LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  WITH line AS (
    SELECT l.id, l.case_id, CASE c.subject_kind WHEN 'personal_file' THEN c.subject_id END AS file_id
      FROM disposal_act_lines l JOIN cases c ON c.institution_id = l.institution_id AND c.id = l.case_id
     WHERE l.institution_id = p_institution AND l.id = ANY (p_lines))
  SELECT d.id, line.id, line.case_id FROM line
    JOIN documents d ON d.institution_id = p_institution AND d.case_id = line.case_id
   WHERE d.state <> 'withdrawn'
  UNION ALL
  SELECT d.id, line.id, line.case_id FROM line
    JOIN documents d ON d.institution_id = p_institution AND d.personal_file_id = line.file_id
   -- Said once more, so that no document is looked at for cases that are no personal files.
   WHERE line.file_id IS NOT NULL AND d.case_id IS NULL AND d.state <> 'withdrawn' $$;

-- Those of the persons of these cases whose last file an act has destroyed: nothing here is about them any more. What
-- an archive took leaves a copy; a case without a personal file says nothing of who still learns.
CREATE FUNCTION people_without_records(p_institution uuid, p_cases uuid[]) RETURNS SETOF uuid
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT DISTINCT p.person_id FROM case_persons p
   WHERE p.institution_id = p_institution AND p.case_id = ANY (p_cases)
     AND EXISTS (SELECT FROM case_persons q JOIN cases c ON c.institution_id = q.institution_id AND c.id = q.case_id
                   JOIN personal_files f ON f.institution_id = c.institution_id AND f.id = c.subject_id
                  WHERE q.institution_id = p_institution AND q.person_id = p.person_id
                    AND c.subject_kind = 'personal_file' AND c.state = 'destroyed' AND f.person_id = p.person_id)
     AND NOT EXISTS (SELECT FROM personal_files f WHERE f.institution_id = p_institution AND f.person_id = p.person_id
                        AND f.destruction_began_at IS NULL)
     AND NOT EXISTS (SELECT FROM case_persons q JOIN cases c ON c.institution_id = q.institution_id AND c.id = q.case_id
                      WHERE q.institution_id = p_institution AND q.person_id = p.person_id
                        AND c.state NOT IN ('destroyed', 'merged', 'returned')) $$;
