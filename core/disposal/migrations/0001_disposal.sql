CREATE TABLE disposal_acts (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  state text NOT NULL DEFAULT 'draft' CHECK (state IN ('draft', 'in_review', 'changes_requested', 'reviewed', 'agreed',
    'approved', 'waiting', 'executing', 'executed', 'partial', 'certified', 'cancelled')),
  basis text NOT NULL CHECK (basis <> ''),
  first_year integer NOT NULL CHECK (first_year BETWEEN 1900 AND 2999),
  last_year integer NOT NULL CHECK (last_year BETWEEN 1900 AND 2999),
  author_id uuid NOT NULL,
  -- Each submission is a round; opinions count for the round in which they were given.
  round integer NOT NULL DEFAULT 0 CHECK (round >= 0),
  list_digest bytea,
  single_person boolean NOT NULL DEFAULT false,
  single_person_since date,
  single_person_ground text NOT NULL DEFAULT '',
  number text NOT NULL DEFAULT '',
  approved_on date,
  approved_by uuid,
  waiting_until date,
  revision integer NOT NULL DEFAULT 1 CHECK (revision >= 1),
  created_at timestamptz NOT NULL,
  UNIQUE (institution_id, id),
  CHECK (first_year <= last_year),
  CHECK (state IN ('draft', 'changes_requested', 'cancelled') OR (round >= 1 AND list_digest IS NOT NULL)),
  CHECK (single_person = (single_person_since IS NOT NULL) AND single_person = (single_person_ground <> '')),
  CHECK ((approved_by IS NULL) = (approved_on IS NULL) AND (approved_by IS NULL) = (number = '')),
  CHECK ((state IN ('approved', 'waiting', 'executing', 'executed', 'partial', 'certified')) = (approved_by IS NOT NULL)),
  CHECK ((state IN ('waiting', 'executing', 'executed', 'partial', 'certified')) = (waiting_until IS NOT NULL)),
  CHECK (single_person OR approved_by <> author_id),
  CHECK (waiting_until > approved_on)
);
CREATE INDEX disposal_acts_by_age ON disposal_acts (institution_id, id DESC);
CREATE UNIQUE INDEX disposal_acts_number ON disposal_acts (institution_id, extract(year FROM approved_on), number)
  WHERE approved_on IS NOT NULL;
CALL isolate('disposal_acts', 'SELECT, INSERT, UPDATE');

-- The arrows of `retention.disposal`, once more, for whoever does not go through it.
CREATE FUNCTION guard_disposal_act() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  open text[] := ARRAY['draft', 'changes_requested'];
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'disposal acts are never removed' USING ERRCODE = 'DL001';
  END IF;
  IF OLD.state IN ('certified', 'cancelled')
     OR (NEW.id, NEW.institution_id, NEW.author_id, NEW.created_at)
        IS DISTINCT FROM (OLD.id, OLD.institution_id, OLD.author_id, OLD.created_at)
     OR NEW.state <> OLD.state AND NOT (OLD.state || '>' || NEW.state) = ANY (ARRAY[
          'draft>in_review', 'draft>cancelled', 'in_review>changes_requested', 'in_review>reviewed',
          'changes_requested>in_review', 'reviewed>agreed', 'reviewed>approved', 'agreed>approved', 'approved>waiting',
          'waiting>executing', 'executing>executed', 'executing>partial', 'partial>executing', 'executed>certified',
          'partial>certified'])
       AND NOT (NEW.state IN ('draft', 'cancelled')
                AND OLD.state IN ('in_review', 'changes_requested', 'reviewed', 'agreed', 'approved', 'waiting'))
     OR NOT OLD.state = ANY (open)
       AND (NEW.basis, NEW.first_year, NEW.last_year, NEW.round, NEW.list_digest, NEW.single_person,
            NEW.single_person_since, NEW.single_person_ground)
           IS DISTINCT FROM (OLD.basis, OLD.first_year, OLD.last_year, OLD.round, OLD.list_digest, OLD.single_person,
            OLD.single_person_since, OLD.single_person_ground)
     OR NEW.round < OLD.round
     OR OLD.approved_by IS NOT NULL AND NEW.state NOT IN ('draft', 'cancelled')
       AND (NEW.number, NEW.approved_on, NEW.approved_by) IS DISTINCT FROM (OLD.number, OLD.approved_on, OLD.approved_by)
     OR OLD.waiting_until IS NOT NULL AND NEW.state NOT IN ('draft', 'cancelled')
       AND NEW.waiting_until IS DISTINCT FROM OLD.waiting_until THEN
    RAISE EXCEPTION 'a disposal act that is % may not become that', OLD.state USING ERRCODE = 'DL001';
  END IF;
  -- Author, reviewer and approver are different people, whoever asks; what they said is written before the state.
  IF NEW.state <> OLD.state AND (
       NEW.state = 'reviewed' AND NOT EXISTS (
         SELECT FROM act_opinions o WHERE o.act_id = NEW.id AND o.round = NEW.round AND o.kind = 'agreed'
            AND (NEW.single_person OR o.given_by <> NEW.author_id))
       OR NEW.state = 'approved' AND NOT EXISTS (
         SELECT FROM act_opinions o WHERE o.act_id = NEW.id AND o.round = NEW.round AND o.kind = 'agreed'
            AND (NEW.single_person OR o.given_by <> NEW.approved_by))) THEN
    RAISE EXCEPTION 'a disposal act is reviewed and approved by different people' USING ERRCODE = 'DL001';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guarded BEFORE UPDATE OR DELETE ON disposal_acts FOR EACH ROW EXECUTE FUNCTION guard_disposal_act();
CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON disposal_acts FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- One case on an act, as it was when it was put there.
CREATE TABLE disposal_act_lines (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  act_id uuid NOT NULL,
  case_id uuid NOT NULL,
  state text NOT NULL DEFAULT 'listed' CHECK (state IN ('listed', 'excluded', 'held', 'skipped', 'destroying', 'failed',
    'destroyed')),
  -- Whether the case belongs to this act and to no other.
  living boolean NOT NULL DEFAULT true,
  section text NOT NULL,
  class_index text NOT NULL,
  title text NOT NULL,
  class_title text NOT NULL,
  first_year integer NOT NULL,
  last_year integer NOT NULL,
  nomenclature_year integer NOT NULL,
  volumes integer NOT NULL CHECK (volumes >= 1),
  term text NOT NULL,
  article text NOT NULL,
  rule_id uuid NOT NULL,
  earliest_act_date date NOT NULL,
  explanation jsonb NOT NULL CHECK (jsonb_typeof(explanation) = 'object'),
  -- Every file of the case, as [document, version, SHA-256, size], in the order of their ids.
  content jsonb NOT NULL CHECK (jsonb_typeof(content) = 'array'),
  -- Learners whose rows in the registry go with this case, in the order of their ids: {"person_id": …, "counts": {"results":
  -- 12, …}, "unarchived": 3}; the last are results that no snapshot of a period holds.
  carried jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(carried) = 'array'),
  digest bytea NOT NULL,
  -- Round of the submission that froze the line last.
  round integer NOT NULL DEFAULT 0,
  rejection text NOT NULL DEFAULT '',
  answer text NOT NULL DEFAULT '',
  reason text NOT NULL DEFAULT '',
  listed_at timestamptz NOT NULL,
  ended_at timestamptz,
  UNIQUE (institution_id, id),
  CHECK (first_year <= last_year),
  CHECK (living OR state NOT IN ('destroying', 'failed', 'destroyed')),
  CHECK (NOT living OR state NOT IN ('excluded', 'held', 'skipped')),
  CHECK (state NOT IN ('excluded', 'skipped') OR reason <> ''),
  FOREIGN KEY (institution_id, act_id) REFERENCES disposal_acts (institution_id, id),
  FOREIGN KEY (institution_id, case_id) REFERENCES cases (institution_id, id),
  FOREIGN KEY (institution_id, rule_id) REFERENCES rule_versions (institution_id, id)
);
-- A case stands on one living act at most.
CREATE UNIQUE INDEX disposal_act_lines_one_living ON disposal_act_lines (institution_id, case_id) WHERE living;
CREATE INDEX disposal_act_lines_in_order ON disposal_act_lines (institution_id, act_id, section, class_index, title, id);
CALL isolate('disposal_act_lines', 'SELECT, INSERT, UPDATE');

-- What people approve is what is destroyed: a line enters an open list only, its snapshot is changed by nobody, and its
-- state moves along the arrows of `retention.act_lines`. The lock keeps the act from being submitted meanwhile.
CREATE FUNCTION guard_disposal_act_line() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  present text;
  is_open boolean;
  kept disposal_act_lines;
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'lines of disposal acts are never removed' USING ERRCODE = 'DL001';
  END IF;
  SELECT a.state INTO present FROM disposal_acts a WHERE a.institution_id = NEW.institution_id AND a.id = NEW.act_id FOR SHARE;
  is_open := present IN ('draft', 'changes_requested');
  IF TG_OP = 'INSERT' THEN
    IF NOT is_open OR NEW.state <> 'listed' OR NOT NEW.living THEN
      RAISE EXCEPTION 'the list of this act is frozen' USING ERRCODE = 'DL001';
    END IF;
    RETURN NEW;
  END IF;
  -- The new row with everything that may change as it was: the rest has to be the same to the byte.
  kept := NEW;
  kept.state := OLD.state;
  kept.living := OLD.living;
  kept.reason := OLD.reason;
  kept.ended_at := OLD.ended_at;
  IF is_open THEN
    kept.rejection := OLD.rejection;
    kept.answer := OLD.answer;
    kept.round := OLD.round;
    kept.content := OLD.content;
    kept.carried := OLD.carried;
    kept.digest := OLD.digest;
  END IF;
  IF kept *<> OLD
     OR NEW.living AND NOT OLD.living
     OR OLD.living AND NOT NEW.living AND NOT (NEW.state IN ('excluded', 'held', 'skipped') OR present = 'cancelled')
     OR NEW.state <> OLD.state AND NOT (OLD.state || '>' || NEW.state) = ANY (ARRAY['listed>excluded', 'listed>held',
          'listed>skipped', 'listed>destroying', 'destroying>destroyed', 'destroying>failed', 'failed>destroying'])
     OR NEW.state <> OLD.state AND NEW.state = 'excluded' AND NOT is_open
     OR NEW.state <> OLD.state AND NEW.state NOT IN ('excluded', 'held') AND present <> 'executing' THEN
    RAISE EXCEPTION 'a line of an act that is % may not become that', present USING ERRCODE = 'DL001';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guarded BEFORE INSERT OR UPDATE OR DELETE ON disposal_act_lines
  FOR EACH ROW EXECUTE FUNCTION guard_disposal_act_line();
CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON disposal_act_lines
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- What was done with an act, by whom: submissions, opinions, minutes, approvals, reasons.
CREATE TABLE act_opinions (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  act_id uuid NOT NULL,
  round integer NOT NULL,
  kind text NOT NULL CHECK (kind IN ('submitted', 'changes_requested', 'agreed', 'archive_agreed', 'approved', 'aborted',
    'cancelled')),
  decided_on date,
  number text NOT NULL DEFAULT '',
  members text[] NOT NULL DEFAULT '{}',
  comment text NOT NULL DEFAULT '',
  given_by uuid NOT NULL,
  given_at timestamptz NOT NULL,
  UNIQUE (institution_id, id),
  CHECK (kind NOT IN ('agreed', 'archive_agreed', 'approved') OR (decided_on IS NOT NULL AND number <> '')),
  CHECK (kind <> 'agreed' OR cardinality(members) > 0),
  CHECK (kind NOT IN ('changes_requested', 'aborted', 'cancelled') OR comment <> ''),
  FOREIGN KEY (institution_id, act_id) REFERENCES disposal_acts (institution_id, id)
);
-- One decision of a kind a round: a second click changes nothing.
CREATE UNIQUE INDEX act_opinions_once ON act_opinions (act_id, round, kind)
  WHERE kind IN ('submitted', 'changes_requested', 'agreed', 'archive_agreed', 'approved');
CREATE INDEX act_opinions_by_act ON act_opinions (institution_id, act_id, id);
CALL isolate('act_opinions', 'SELECT, INSERT');
CALL append_only('act_opinions');

-- What the service proposed at the beginning of a year, once a year.
CREATE TABLE disposal_proposals (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  year integer NOT NULL,
  cases integer NOT NULL CHECK (cases > 0),
  volumes integer NOT NULL,
  first_year integer NOT NULL,
  last_year integer NOT NULL,
  proposed_at timestamptz NOT NULL,
  CONSTRAINT disposal_proposals_once UNIQUE (institution_id, year)
);
CALL isolate('disposal_proposals', 'SELECT, INSERT');
CALL append_only('disposal_proposals');

-- Those of these lines that are listed and whose case was held at any time since it was listed: a hold that was lifted
-- meanwhile counts as well, because its case returns to the next selection and not to the old act.
CREATE FUNCTION lines_held_among(p_institution uuid, p_lines uuid[]) RETURNS TABLE (line_id uuid, hold_id uuid)
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  WITH line AS (
    SELECT l.id, l.case_id, l.listed_at FROM disposal_act_lines l
     WHERE l.institution_id = p_institution AND l.id = ANY (p_lines) AND l.state = 'listed' AND l.living)
  SELECT DISTINCT ON (line.id) line.id, h.hold_id
    FROM holds_over_cases_since(p_institution, ARRAY(SELECT case_id FROM line), (SELECT min(listed_at) FROM line)) AS h
    JOIN line ON line.case_id = h.case_id AND (h.lifted_at IS NULL OR h.lifted_at >= line.listed_at)
   ORDER BY line.id, h.hold_id $$;

-- The same of every line of an act.
CREATE FUNCTION lines_held_since_listed(p_institution uuid, p_act uuid) RETURNS TABLE (line_id uuid, hold_id uuid)
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT h.line_id, h.hold_id FROM lines_held_among(p_institution, ARRAY(
    SELECT l.id FROM disposal_act_lines l
     WHERE l.institution_id = p_institution AND l.act_id = p_act AND l.state = 'listed' AND l.living)) AS h $$;
