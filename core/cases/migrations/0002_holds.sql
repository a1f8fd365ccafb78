-- Holds («приостановка уничтожения»). A hold binds from the commit that places it: whoever places one takes the gate of
-- the institution alone, whoever ends a record takes it together with others, and looks for holds only then. So either
-- the hold was committed before the look, or the end was decided before the hold.
-- The gate is taken after the rows a transaction works on, never before, by both sides.

CREATE TABLE holds (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  state text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'lifted')),
  reason_kind text NOT NULL CHECK (reason_kind IN ('claim', 'criminal_matter', 'audit', 'subject_request')),
  reason text NOT NULL CHECK (reason <> ''),
  document text NOT NULL CHECK (document <> ''),
  whole_institution boolean NOT NULL DEFAULT false,
  placed_by uuid NOT NULL,
  placed_at timestamptz NOT NULL,
  lifted_by uuid,
  lifted_at timestamptz,
  lift_reason text NOT NULL DEFAULT '',
  lift_document text NOT NULL DEFAULT '',
  revision integer NOT NULL DEFAULT 1,
  UNIQUE (institution_id, id),
  CONSTRAINT holds_lifted_by_another CHECK (lifted_by <> placed_by),
  CHECK ((state = 'lifted') = (lifted_by IS NOT NULL)),
  CHECK (state = 'active' OR (lifted_at IS NOT NULL AND lift_reason <> '' AND lift_document <> ''))
);
CREATE INDEX holds_active ON holds (institution_id, id DESC) WHERE state = 'active';
CREATE INDEX holds_of_all ON holds (institution_id) WHERE whole_institution;
CALL isolate('holds', 'SELECT, INSERT');
GRANT UPDATE (state, lifted_by, lifted_at, lift_reason, lift_document, revision) ON holds TO deloteka_app;

CREATE FUNCTION guard_hold() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  lifting text[] := ARRAY['state', 'lifted_by', 'lifted_at', 'lift_reason', 'lift_document', 'revision'];
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'holds are never removed' USING ERRCODE = 'DL001';
  END IF;
  -- An extension changes the revision only.
  IF OLD.state = 'lifted' OR (to_jsonb(NEW) - lifting) <> (to_jsonb(OLD) - lifting) THEN
    RAISE EXCEPTION 'a hold is lifted once and never changed' USING ERRCODE = 'DL001';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guarded BEFORE UPDATE OR DELETE ON holds FOR EACH ROW EXECUTE FUNCTION guard_hold();
CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON holds FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE hold_targets (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  hold_id uuid NOT NULL,
  case_id uuid,
  person_id uuid,
  lineage_id uuid,
  reason text NOT NULL DEFAULT '',
  added_by uuid NOT NULL,
  added_at timestamptz NOT NULL,
  UNIQUE NULLS NOT DISTINCT (hold_id, case_id, person_id, lineage_id),
  CHECK (num_nonnulls(case_id, person_id, lineage_id) = 1),
  FOREIGN KEY (institution_id, hold_id) REFERENCES holds (institution_id, id),
  FOREIGN KEY (institution_id, case_id) REFERENCES cases (institution_id, id),
  FOREIGN KEY (institution_id, person_id) REFERENCES people (institution_id, id)
);
CREATE INDEX hold_targets_by_case ON hold_targets (institution_id, case_id) WHERE case_id IS NOT NULL;
CREATE INDEX hold_targets_by_person ON hold_targets (institution_id, person_id) WHERE person_id IS NOT NULL;
CREATE INDEX hold_targets_by_lineage ON hold_targets (institution_id, lineage_id) WHERE lineage_id IS NOT NULL;
CALL isolate('hold_targets', 'SELECT, INSERT');
CALL append_only('hold_targets');

CREATE FUNCTION gate_of_holds(p_institution uuid) RETURNS bigint LANGUAGE sql IMMUTABLE
AS $$ SELECT hashtextextended('holds:' || p_institution::text, 0) $$;

-- For whoever ends a record: wait for holds that are being placed, and let none in until the end of the transaction.
CREATE PROCEDURE pass_gate_of_holds(p_institution uuid) LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM pg_advisory_xact_lock_shared(gate_of_holds(p_institution));
END $$;

-- For whoever places a hold: wait for the ends that are being decided, and let no other be decided meanwhile.
CREATE PROCEDURE close_gate_of_holds(p_institution uuid) LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(gate_of_holds(p_institution));
END $$;

CREATE FUNCTION holds_over_person(p_institution uuid, p_person uuid) RETURNS SETOF uuid
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT id FROM holds WHERE institution_id = p_institution AND state = 'active' AND whole_institution
  UNION
  SELECT h.id FROM hold_targets t JOIN holds h ON h.institution_id = t.institution_id AND h.id = t.hold_id
   WHERE t.institution_id = p_institution AND t.person_id = p_person AND h.state = 'active' $$;

-- Every hold that covers cases now, or did at any time since `p_since`: it names the case itself, what was merged into it,
-- its persons, the personal files of these persons, its class, or everything.
CREATE FUNCTION holds_over_cases_since(p_institution uuid, p_cases uuid[], p_since timestamptz)
RETURNS TABLE (case_id uuid, hold_id uuid, lifted_at timestamptz)
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  WITH RECURSIVE asked AS (SELECT DISTINCT a.id FROM unnest(p_cases) AS a(id)),
  covered AS (
    SELECT asked.id AS asked_id, c.id, c.lineage_id FROM asked
      JOIN cases c ON c.institution_id = p_institution AND c.id = asked.id
    UNION
    SELECT covered.asked_id, c.id, c.lineage_id FROM covered
      JOIN cases c ON c.institution_id = p_institution AND c.merged_into_id = covered.id),
  person AS (
    SELECT c.asked_id, p.person_id FROM covered c
      JOIN case_persons p ON p.institution_id = p_institution AND p.case_id = c.id),
  named AS (
    SELECT asked.id, h.id AS hold_id FROM asked
      JOIN holds h ON h.institution_id = p_institution AND h.whole_institution
    UNION
    SELECT c.asked_id, t.hold_id FROM covered c
      JOIN hold_targets t ON t.institution_id = p_institution AND t.case_id = c.id
    UNION
    SELECT c.asked_id, t.hold_id FROM covered c
      JOIN hold_targets t ON t.institution_id = p_institution AND t.lineage_id = c.lineage_id
    UNION
    SELECT p.asked_id, t.hold_id FROM person p
      JOIN hold_targets t ON t.institution_id = p_institution AND t.person_id = p.person_id
    UNION
    SELECT p.asked_id, t.hold_id FROM person p
      JOIN case_persons q ON q.institution_id = p_institution AND q.person_id = p.person_id
      JOIN cases s ON s.institution_id = p_institution AND s.id = q.case_id AND s.subject_kind = 'personal_file'
      JOIN hold_targets t ON t.institution_id = p_institution AND (t.case_id = s.id OR t.lineage_id = s.lineage_id))
  SELECT named.id, h.id, CASE h.state WHEN 'lifted' THEN h.lifted_at END FROM named
    JOIN holds h ON h.institution_id = p_institution AND h.id = named.hold_id
                AND (h.state = 'active' OR h.lifted_at >= p_since) $$;

-- Every active hold that covers cases.
CREATE FUNCTION holds_over_cases(p_institution uuid, p_cases uuid[]) RETURNS TABLE (case_id uuid, hold_id uuid)
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT h.case_id, h.hold_id FROM holds_over_cases_since(p_institution, p_cases, 'infinity') AS h $$;

CREATE FUNCTION holds_over_case(p_institution uuid, p_case uuid) RETURNS SETOF uuid
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT hold_id FROM holds_over_cases(p_institution, ARRAY[p_case]) $$;

-- No case leaves while a hold covers it, whoever asks. Destruction passes the gate earlier, when its line is committed
-- as being destroyed; after that commit a hold comes too late.
CREATE FUNCTION require_no_hold_over_case() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  CALL pass_gate_of_holds(NEW.institution_id);
  IF EXISTS (SELECT FROM holds_over_case(NEW.institution_id, NEW.id)) THEN
    RAISE EXCEPTION 'a hold covers this case' USING ERRCODE = 'DL002';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER not_held BEFORE UPDATE OF state, paper_fate, electronic_fate ON cases FOR EACH ROW
  WHEN (NEW.state IN ('transferred', 'returned', 'merged') AND NEW.state <> OLD.state
        OR NEW.paper_fate IN ('transferred', 'returned') AND NEW.paper_fate <> OLD.paper_fate
        OR NEW.electronic_fate IN ('transferred', 'returned') AND NEW.electronic_fate <> OLD.electronic_fate)
  EXECUTE FUNCTION require_no_hold_over_case();
