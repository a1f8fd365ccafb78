-- Current and final results of learners. A mark is text, with its scale; it is never deleted, it is struck out.
-- Many come at once, so what has to be looked up of the policy is looked up once a statement.
CREATE TABLE results (
  id uuid NOT NULL,
  institution_id uuid NOT NULL,
  standing text NOT NULL CHECK (standing IN ('current', 'final')),
  person_id uuid NOT NULL,
  group_id uuid,
  subject_id uuid,
  period_id uuid,
  teacher_id uuid,
  kind_id uuid,
  -- With the key of `result_kinds`: nothing is attached to what is not assessed, and nothing to an alias.
  kind_assessable boolean NOT NULL DEFAULT true CHECK (kind_assessable),
  source_id uuid,
  scale_id uuid,
  value text NOT NULL,
  title text NOT NULL DEFAULT '',
  comment text NOT NULL DEFAULT '',
  held_on date,
  graded_on date,
  final_of text CHECK (final_of IN ('period', 'year', 'examination', 'course', 'other')),
  -- The source's own words for kind and scale.
  said_kind text NOT NULL DEFAULT '',
  said_scale text NOT NULL DEFAULT '',
  -- Obtained elsewhere and credited here («зачёт»).
  outside boolean NOT NULL DEFAULT false,
  obtained_at text NOT NULL DEFAULT '',
  credit_document text NOT NULL DEFAULT '',
  state text NOT NULL DEFAULT 'entered' CHECK (state IN ('entered', 'confirmed', 'struck_out')),
  -- Who said what it says now; NULL: a source did.
  entered_by uuid,
  confirmed_by uuid,
  confirmed_at timestamptz,
  struck_out_by uuid,
  struck_out_at timestamptz,
  strike_reason text NOT NULL DEFAULT '',
  gone_at timestamptz,
  day date NOT NULL GENERATED ALWAYS AS (coalesce(held_on, graded_on, DATE '0001-01-01')) STORED,
  revision integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  changed_at timestamptz NOT NULL,
  changed_by uuid,
  PRIMARY KEY (institution_id, id),
  CHECK ((standing = 'final') = (final_of IS NOT NULL)),
  CHECK (final_of <> 'period' OR period_id IS NOT NULL),
  CHECK (outside = (obtained_at <> '') AND outside = (credit_document <> '')),
  CHECK ((state = 'confirmed') = (confirmed_by IS NOT NULL) AND (confirmed_by IS NULL) = (confirmed_at IS NULL)),
  CHECK ((state = 'struck_out') = (strike_reason <> '') AND (state = 'struck_out') = (struck_out_at IS NOT NULL)),
  FOREIGN KEY (institution_id, person_id) REFERENCES people (institution_id, id),
  FOREIGN KEY (institution_id, group_id) REFERENCES groups (institution_id, id),
  FOREIGN KEY (institution_id, subject_id) REFERENCES subjects (institution_id, id),
  FOREIGN KEY (institution_id, period_id) REFERENCES study_periods (institution_id, id),
  FOREIGN KEY (institution_id, teacher_id) REFERENCES staff (institution_id, id),
  CONSTRAINT results_kind FOREIGN KEY (institution_id, kind_id, kind_assessable)
    REFERENCES result_kinds (institution_id, id, assessable),
  FOREIGN KEY (institution_id, source_id) REFERENCES result_sources (institution_id, id),
  FOREIGN KEY (institution_id, scale_id) REFERENCES mark_scales (institution_id, id)
);
CREATE INDEX results_of_person ON results (institution_id, person_id, day DESC, id DESC);
-- A period of a group is a few thousand rows, of which one subject is a page after some hundred.
CREATE INDEX results_of_group ON results (institution_id, group_id, day DESC, id DESC);
CREATE INDEX results_of_group_and_period ON results (institution_id, group_id, period_id, day DESC, id DESC);
-- One final result of a learner in a subject, for a period, a year or a course; an examination may be repeated.
CREATE UNIQUE INDEX results_final_once ON results (institution_id, person_id, final_of, subject_id, period_id, group_id)
  NULLS NOT DISTINCT
  WHERE final_of IN ('period', 'year', 'course') AND state <> 'struck_out' AND gone_at IS NULL;
CALL isolate('results', 'SELECT, INSERT', 'works');
-- Whose it is, and whether it was obtained elsewhere, is never changed: such a mistake is struck out.
GRANT UPDATE (group_id, subject_id, period_id, teacher_id, kind_id, source_id, scale_id, value, title, comment, held_on,
  graded_on, final_of, said_kind, said_scale, obtained_at, credit_document, state, entered_by, confirmed_by,
  confirmed_at, struck_out_by, struck_out_at, strike_reason, gone_at, revision, changed_at, changed_by) ON results
  TO deloteka_app;
-- A teacher sees and enters results of the own groups.
CREATE POLICY own_groups ON results AS RESTRICTIVE TO deloteka_app
  USING (CASE WHEN (SELECT own_groups_on()) IS NULL THEN true ELSE group_id = ANY ((SELECT own_groups())::uuid[]) END)
  WITH CHECK (
    CASE WHEN (SELECT own_groups_on()) IS NULL THEN true ELSE group_id = ANY ((SELECT own_groups())::uuid[]) END);

-- What the register says of a learner at a lesson.
CREATE TABLE attendance (
  id uuid NOT NULL,
  institution_id uuid NOT NULL,
  person_id uuid NOT NULL,
  group_id uuid,
  subject_id uuid,
  period_id uuid,
  lesson_on date NOT NULL CHECK (lesson_on >= '1900-01-01'),
  lesson_number integer,
  status text NOT NULL,
  comment text NOT NULL DEFAULT '',
  state text NOT NULL DEFAULT 'entered' CHECK (state IN ('entered', 'struck_out')),
  struck_out_by uuid,
  struck_out_at timestamptz,
  strike_reason text NOT NULL DEFAULT '',
  gone_at timestamptz,
  revision integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  changed_at timestamptz NOT NULL,
  changed_by uuid,
  PRIMARY KEY (institution_id, id),
  CHECK ((state = 'struck_out') = (strike_reason <> '') AND (state = 'struck_out') = (struck_out_at IS NOT NULL)),
  FOREIGN KEY (institution_id, person_id) REFERENCES people (institution_id, id),
  FOREIGN KEY (institution_id, group_id) REFERENCES groups (institution_id, id),
  FOREIGN KEY (institution_id, subject_id) REFERENCES subjects (institution_id, id),
  FOREIGN KEY (institution_id, period_id) REFERENCES study_periods (institution_id, id)
);
CREATE INDEX attendance_of_person ON attendance (institution_id, person_id, lesson_on DESC, id DESC);
CREATE INDEX attendance_of_group ON attendance (institution_id, group_id, lesson_on DESC, id DESC);
CALL isolate('attendance', 'SELECT, INSERT', 'works');
GRANT UPDATE (group_id, subject_id, period_id, lesson_on, lesson_number, status, comment, state, struck_out_by,
  struck_out_at, strike_reason, gone_at, revision, changed_at, changed_by) ON attendance TO deloteka_app;
CREATE POLICY own_groups ON attendance AS RESTRICTIVE TO deloteka_app
  USING (CASE WHEN (SELECT own_groups_on()) IS NULL THEN true ELSE group_id = ANY ((SELECT own_groups())::uuid[]) END)
  WITH CHECK (
    CASE WHEN (SELECT own_groups_on()) IS NULL THEN true ELSE group_id = ANY ((SELECT own_groups())::uuid[]) END);

-- What results and attendance said before: written by their triggers, for good.
CREATE TABLE result_changes (
  institution_id uuid NOT NULL,
  entry_id uuid NOT NULL,
  -- The revision that it made.
  revision integer NOT NULL,
  about text NOT NULL CHECK (about IN ('results', 'attendance')),
  changed_at timestamptz NOT NULL,
  changed_by uuid,
  before jsonb NOT NULL,
  after jsonb NOT NULL,
  PRIMARY KEY (institution_id, entry_id, revision)
);
CALL isolate('result_changes', 'SELECT', 'works');
CALL append_only('result_changes');
CREATE POLICY own_groups ON result_changes AS RESTRICTIVE TO deloteka_app USING ((SELECT own_groups_on()) IS NULL
  OR entry_id IN (SELECT id FROM results r WHERE r.institution_id = result_changes.institution_id)
  OR entry_id IN (SELECT id FROM attendance a WHERE a.institution_id = result_changes.institution_id));

CREATE FUNCTION keep_result_changes() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM before_rows o JOIN after_rows n USING (institution_id, id)
              WHERE n.revision <> o.revision + 1 OR (o.state = 'struck_out' AND n.state <> 'struck_out')) THEN
    RAISE EXCEPTION 'each change makes a revision, and what was struck out stays so' USING ERRCODE = 'DL001';
  END IF;
  INSERT INTO result_changes (institution_id, entry_id, revision, about, changed_at, changed_by, before, after)
    WITH pair AS MATERIALIZED (
      SELECT n.institution_id, n.id, n.revision, n.changed_at, n.changed_by, to_jsonb(o) AS was, to_jsonb(n) AS said
        FROM before_rows o JOIN after_rows n USING (institution_id, id))
    SELECT p.institution_id, p.id, p.revision, TG_TABLE_NAME, p.changed_at, p.changed_by,
           jsonb_object_agg(each.key, each.value), jsonb_object_agg(each.key, p.said -> each.key)
      FROM pair p CROSS JOIN LATERAL jsonb_each(p.was) AS each
     WHERE each.value <> p.said -> each.key AND each.key NOT IN ('revision', 'changed_at', 'changed_by', 'day')
     GROUP BY p.institution_id, p.id, p.revision, p.changed_at, p.changed_by;
  RETURN NULL;
END $$;
CREATE TRIGGER changes_are_kept AFTER UPDATE ON results REFERENCING OLD TABLE AS before_rows NEW TABLE AS after_rows
  FOR EACH STATEMENT EXECUTE FUNCTION keep_result_changes();
CREATE TRIGGER changes_are_kept AFTER UPDATE ON attendance REFERENCING OLD TABLE AS before_rows NEW TABLE AS after_rows
  FOR EACH STATEMENT EXECUTE FUNCTION keep_result_changes();

-- What the policy of the institution demands of results, whoever writes them.
CREATE FUNCTION check_policy_of_results() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'INSERT' AND EXISTS (SELECT FROM after_rows WHERE state <> 'entered') THEN
    RAISE EXCEPTION 'a result is entered before it is confirmed' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'results_entered_first';
  END IF;
  IF EXISTS (SELECT FROM after_rows n LEFT JOIN result_policies p USING (institution_id)
              WHERE n.outside AND NOT coalesce(p.credits_outside, false) AND n.state <> 'struck_out') THEN
    RAISE EXCEPTION 'results obtained elsewhere are not credited' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'results_credit';
  END IF;
  IF EXISTS (SELECT FROM after_rows n JOIN result_policies p USING (institution_id)
              WHERE (p.will_needed = 'all' OR (p.will_needed = 'outside' AND n.outside)) AND n.state <> 'struck_out'
                AND NOT EXISTS (SELECT FROM will_statements w
                                 WHERE w.institution_id = n.institution_id AND w.person_id = n.person_id
                                   AND w.withdrawn_on IS NULL AND (w.covers = 'all' OR n.outside))) THEN
    RAISE EXCEPTION 'results are accounted for by the will of the learner' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'results_will';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER policy_is_kept AFTER INSERT ON results REFERENCING NEW TABLE AS after_rows
  FOR EACH STATEMENT EXECUTE FUNCTION check_policy_of_results();

-- Who changes what a result says has entered it; another person confirms it, where the policy says so.
CREATE FUNCTION check_steps_of_results() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM before_rows o JOIN after_rows n USING (institution_id, id)
               LEFT JOIN result_policies p USING (institution_id)
              WHERE o.state <> 'confirmed' AND n.state = 'confirmed'
                AND (n.confirmed_by IS DISTINCT FROM current_account()
                     OR (coalesce(p.two_persons, false) AND n.confirmed_by = n.entered_by))) THEN
    RAISE EXCEPTION 'somebody else confirms what a person has entered' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'results_two_persons';
  END IF;
  IF EXISTS (SELECT FROM before_rows o JOIN after_rows n USING (institution_id, id)
              CROSS JOIN LATERAL (SELECT ROW(o.group_id, o.subject_id, o.period_id, o.teacher_id, o.kind_id, o.source_id,
                       o.scale_id, o.value, o.title, o.held_on, o.graded_on, o.final_of, o.obtained_at,
                       o.credit_document)
                IS DISTINCT FROM ROW(n.group_id, n.subject_id, n.period_id, n.teacher_id, n.kind_id, n.source_id,
                       n.scale_id, n.value, n.title, n.held_on, n.graded_on, n.final_of, n.obtained_at,
                       n.credit_document) AS differs) says
              WHERE (says.differs AND (n.state = 'confirmed' OR n.entered_by IS DISTINCT FROM n.changed_by))
                 OR (NOT says.differs AND n.entered_by IS DISTINCT FROM o.entered_by)) THEN
    RAISE EXCEPTION 'who changes a result has entered it, and it is confirmed anew' USING ERRCODE = 'DL001';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER steps_are_kept AFTER UPDATE ON results REFERENCING OLD TABLE AS before_rows NEW TABLE AS after_rows
  FOR EACH STATEMENT EXECUTE FUNCTION check_steps_of_results();
