-- The rows of a learner in the registry end with the last file. People approve how many of each kind (`carried` of a line),
-- the transaction of the proof notes it (`ended_people`), and setting `ended_at` is the end: a trigger looks for
-- everything that keeps a learner, another one lets the rows go. docs/explanation/forgetting.md lists every column.

-- Whether the case goes with this act (NULL: with none), or is one of those that are about to be put on it. Only functions
-- that set the search path call it, so that it can be a part of their questions.
CREATE FUNCTION goes_with_act(p_case uuid, p_act uuid, p_joining uuid[]) RETURNS boolean
LANGUAGE sql STABLE AS $$
  SELECT p_case = ANY (p_joining) OR EXISTS (
    SELECT FROM disposal_act_lines l WHERE l.institution_id = current_institution() AND l.case_id = p_case
       AND l.act_id = p_act AND l.living AND l.state IN ('listed', 'destroying', 'failed', 'destroyed')) $$;

-- Why learners stay in the registry though these cases go, holds aside: a case that names them, a personal file, a duty that
-- somebody has to answer (the duty to destroy is done by the end itself), an enrolment that is not over, a file that was not
-- fetched yet or waits for a clerk.
CREATE FUNCTION what_keeps_people(p_people uuid[], p_act uuid, p_joining uuid[], p_day date)
RETURNS TABLE (person_id uuid, keeper text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
  institution CONSTANT uuid := current_institution();
BEGIN
  RETURN QUERY
    SELECT DISTINCT q.person_id, 'case' FROM case_persons q
      JOIN cases c ON c.institution_id = institution AND c.id = q.case_id
     WHERE q.institution_id = institution AND q.person_id = ANY (p_people)
       AND c.state NOT IN ('destroyed', 'merged', 'returned') AND NOT goes_with_act(c.id, p_act, p_joining)
    UNION ALL
    SELECT f.person_id, 'personal_file' FROM personal_files f
     WHERE f.institution_id = institution AND f.person_id = ANY (p_people) AND f.destruction_began_at IS NULL
       AND NOT EXISTS (SELECT FROM cases c WHERE c.institution_id = institution AND c.subject_kind = 'personal_file'
                          AND c.subject_id = f.id AND goes_with_act(c.id, p_act, p_joining))
    UNION ALL
    SELECT DISTINCT d.person_id, 'duty' FROM duties d
     WHERE d.institution_id = institution AND d.person_id = ANY (p_people) AND d.state = 'open' AND d.duty <> 'destroy'
    UNION ALL
    SELECT DISTINCT e.person_id, 'enrolment' FROM enrolments e
      JOIN groups g ON g.institution_id = institution AND g.id = e.group_id
     WHERE e.institution_id = institution AND e.person_id = ANY (p_people) AND e.gone_at IS NULL AND NOT e.archived
       AND (e.ends_on IS NULL OR e.ends_on >= p_day) AND g.gone_at IS NULL AND NOT g.archived
    UNION ALL
    SELECT DISTINCT i.person_id, 'file_from_source' FROM import_files i
     WHERE i.institution_id = institution AND i.person_id = ANY (p_people) AND i.state IN ('pending', 'tray');
END $$;

-- How many rows of each kind there are of learners, beside the card; kinds without a row are left out.
CREATE FUNCTION registry_rows_of(p_people uuid[]) RETURNS TABLE (person_id uuid, counts jsonb)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT p.id, coalesce(jsonb_object_agg(k.name, k.number) FILTER (WHERE k.number > 0), '{}')
    FROM people p CROSS JOIN LATERAL (VALUES
      ('results', (SELECT count(*) FROM results t WHERE t.institution_id = p.institution_id AND t.person_id = p.id)),
      ('attendance', (SELECT count(*) FROM attendance t WHERE t.institution_id = p.institution_id AND t.person_id = p.id)),
      ('rewards', (SELECT count(*) FROM rewards t WHERE t.institution_id = p.institution_id AND t.person_id = p.id)),
      ('enrolments', (SELECT count(*) FROM enrolments t WHERE t.institution_id = p.institution_id AND t.person_id = p.id)),
      ('representatives',
       (SELECT count(*) FROM representatives t WHERE t.institution_id = p.institution_id AND t.person_id = p.id)),
      ('special_needs',
       (SELECT count(*) FROM special_needs t WHERE t.institution_id = p.institution_id AND t.person_id = p.id)),
      ('will_statements',
       (SELECT count(*) FROM will_statements t WHERE t.institution_id = p.institution_id AND t.person_id = p.id)),
      ('consents', (SELECT count(*) FROM consents t WHERE t.institution_id = p.institution_id AND t.person_id = p.id)))
      AS k(name, number)
   WHERE p.institution_id = current_institution() AND p.id = ANY (p_people) GROUP BY p.id $$;

-- Whose rows go with which of these cases, if all of the act goes: learners whose personal file is destroyed or goes with it,
-- and of whom nothing is left then. Of several cases of one learner the personal file carries the rows. Once an act is
-- submitted, archived is asked again of those only whose results have changed since.
CREATE FUNCTION people_going(p_act uuid, p_cases uuid[], p_day date)
RETURNS TABLE (case_id uuid, person_id uuid, counts jsonb, unarchived bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
  institution CONSTANT uuid := current_institution();
  candidates uuid[];
  asked uuid[];
  submitted CONSTANT timestamptz := (
    SELECT max(o.given_at) FROM disposal_acts a
      JOIN act_opinions o ON o.institution_id = institution AND o.act_id = a.id AND o.round = a.round AND o.kind = 'submitted'
     WHERE a.institution_id = institution AND a.id = p_act AND a.state NOT IN ('draft', 'changes_requested'));
BEGIN
  SELECT array_agg(DISTINCT q.person_id) INTO candidates FROM case_persons q
    JOIN people p ON p.institution_id = institution AND p.id = q.person_id AND p.ended_at IS NULL
   WHERE q.institution_id = institution AND q.case_id = ANY (p_cases)
     AND EXISTS (SELECT FROM personal_files f
                   JOIN cases c ON c.institution_id = institution AND c.subject_kind = 'personal_file' AND c.subject_id = f.id
                  WHERE f.institution_id = institution AND f.person_id = q.person_id
                    AND (c.state = 'destroyed' OR goes_with_act(c.id, p_act, p_cases)));
  candidates := ARRAY(SELECT unnest(candidates) EXCEPT
                      SELECT k.person_id FROM what_keeps_people(candidates, p_act, p_cases, p_day) AS k);
  IF candidates = '{}' THEN
    RETURN;
  END IF;
  asked := CASE WHEN submitted IS NULL THEN candidates ELSE ARRAY(
    SELECT c FROM unnest(candidates) AS c
     WHERE EXISTS (SELECT FROM results t WHERE t.institution_id = institution AND t.person_id = c AND t.changed_at > submitted)
        OR EXISTS (SELECT FROM attendance t WHERE t.institution_id = institution AND t.person_id = c AND t.changed_at > submitted)) END;
  RETURN QUERY
    SELECT carrier.id, r.person_id, r.counts, coalesce(u.results, 0)
      FROM registry_rows_of(candidates) AS r
     CROSS JOIN LATERAL (
       SELECT c.id FROM case_persons q JOIN cases c ON c.institution_id = institution AND c.id = q.case_id
        WHERE q.institution_id = institution AND q.person_id = r.person_id AND goes_with_act(c.id, p_act, p_cases)
        ORDER BY c.subject_kind IS NOT DISTINCT FROM 'personal_file' DESC, c.id LIMIT 1) AS carrier
      LEFT JOIN unarchived_results(institution, asked) AS u ON u.person_id = r.person_id
     WHERE carrier.id = ANY (p_cases) ORDER BY carrier.id, r.person_id;
END $$;

REVOKE ALL ON FUNCTION what_keeps_people, registry_rows_of, people_going FROM PUBLIC;
GRANT EXECUTE ON FUNCTION what_keeps_people, registry_rows_of, people_going TO deloteka_app;

-- That results need not be archived before they go with a line: said once a number of results, by somebody else than the
-- author of the act.
CREATE TABLE unarchived_results_decisions (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  line_id uuid NOT NULL,
  results bigint NOT NULL CHECK (results > 0),
  reason text NOT NULL CHECK (reason <> ''),
  evidence text NOT NULL CHECK (evidence <> ''),
  decided_by uuid NOT NULL,
  decided_at timestamptz NOT NULL,
  CONSTRAINT unarchived_results_decided_once UNIQUE (line_id, results),
  FOREIGN KEY (institution_id, line_id) REFERENCES disposal_act_lines (institution_id, id)
);
CALL isolate('unarchived_results_decisions', 'SELECT, INSERT');
CALL append_only('unarchived_results_decisions');

-- The end ---------------------------------------------------------------------------------------------------------

CREATE FUNCTION has_ended(p_institution uuid, p_person uuid) RETURNS boolean
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT EXISTS (SELECT FROM ended_people e WHERE e.institution_id = p_institution AND e.person_id = p_person
                    AND e.ended_at IS NOT NULL) $$;

-- Noted is what people approved: so it stands on a destroyed line of the act.
CREATE FUNCTION guard_ended_person() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP <> 'DELETE' AND NEW.ended_at IS NULL AND NOT EXISTS (
      SELECT FROM disposal_act_lines l CROSS JOIN jsonb_array_elements(l.carried) AS c
       WHERE l.institution_id = NEW.institution_id AND l.act_id = (NEW.act ->> 'id')::uuid AND l.state = 'destroyed'
         AND l.carried @> jsonb_build_array(jsonb_build_object('person_id', NEW.person_id))
         AND c ->> 'person_id' = NEW.person_id::text AND c -> 'counts' = NEW.counts) THEN
    RAISE EXCEPTION 'no destroyed line of this act carries these rows' USING ERRCODE = 'DL001';
  END IF;
  IF TG_OP = 'INSERT' THEN
    IF NEW.ended_at IS NULL THEN
      RETURN NEW;
    END IF;
  ELSIF TG_OP = 'DELETE' OR (NEW.id, NEW.institution_id, NEW.person_id) IS DISTINCT FROM (OLD.id, OLD.institution_id, OLD.person_id) THEN
    NULL;
  ELSIF OLD.ended_at IS NOT NULL THEN
    IF NEW.names = '' AND (to_jsonb(NEW) - 'names') = (to_jsonb(OLD) - 'names')
       AND EXISTS (SELECT FROM disposal_acts a WHERE a.institution_id = NEW.institution_id
                      AND a.id = (NEW.act ->> 'id')::uuid AND a.state = 'certified') THEN
      RETURN NEW;
    END IF;
  ELSIF NEW.ended_at IS NULL THEN
    RETURN NEW;
  ELSIF (to_jsonb(NEW) - 'ended_at') = (to_jsonb(OLD) - 'ended_at') THEN
    PERFORM FROM people WHERE institution_id = NEW.institution_id AND id = NEW.person_id FOR UPDATE;
    CALL pass_gate_of_holds(NEW.institution_id);
    IF EXISTS (SELECT FROM holds_over_copies(NEW.institution_id, NEW.person_id)) THEN
      RAISE EXCEPTION 'a hold covers this person' USING ERRCODE = 'DL002';
    END IF;
    IF EXISTS (SELECT FROM what_keeps_people(ARRAY[NEW.person_id], NULL, '{}', NEW.ended_at::date))
       OR NEW.counts IS DISTINCT FROM (SELECT r.counts FROM registry_rows_of(ARRAY[NEW.person_id]) AS r) THEN
      RAISE EXCEPTION 'something keeps this person, or there is more than people approved' USING ERRCODE = 'DL001';
    END IF;
    -- The papers of the act have to name whose data they were; nobody else reads it.
    NEW.names := coalesce((
      SELECT concat_ws(' ', p.family_name, p.given_name, nullif(p.patronymic, '')) FROM people p, disposal_acts a
       WHERE p.institution_id = NEW.institution_id AND p.id = NEW.person_id
         AND a.institution_id = NEW.institution_id AND a.id = (NEW.act ->> 'id')::uuid AND a.state <> 'certified'), '');
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'that a person has ended is written once, and never changed or removed' USING ERRCODE = 'DL001';
END $$;
CREATE TRIGGER guarded BEFORE INSERT OR UPDATE OR DELETE ON ended_people FOR EACH ROW EXECUTE FUNCTION guard_ended_person();
CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON ended_people FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- What is about one learner goes, with what it said before and what imports keep of it, which is found through it; consents
-- and duties stay as facts without words.
CREATE FUNCTION end_rows_of_people() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  gone record;
BEGIN
  FOR gone IN SELECT n.institution_id AS institution, n.ended_at, n.act, array_agg(n.person_id) AS people
                FROM now_rows n JOIN before_rows o USING (institution_id, id)
               WHERE n.ended_at IS NOT NULL AND o.ended_at IS NULL GROUP BY 1, 2, 3
  LOOP
    CALL forget_copies_of(gone.institution, gone.people, gone.act, gone.ended_at);
    DELETE FROM result_changes x USING results r
     WHERE r.institution_id = gone.institution AND r.person_id = ANY (gone.people)
       AND x.institution_id = gone.institution AND x.entry_id = r.id;
    DELETE FROM result_changes x USING attendance a
     WHERE a.institution_id = gone.institution AND a.person_id = ANY (gone.people)
       AND x.institution_id = gone.institution AND x.entry_id = a.id;
    DELETE FROM reward_changes x USING rewards r
     WHERE r.institution_id = gone.institution AND r.person_id = ANY (gone.people)
       AND x.institution_id = gone.institution AND x.reward_id = r.id;
    DELETE FROM results WHERE institution_id = gone.institution AND person_id = ANY (gone.people);
    DELETE FROM attendance WHERE institution_id = gone.institution AND person_id = ANY (gone.people);
    DELETE FROM rewards WHERE institution_id = gone.institution AND person_id = ANY (gone.people);
    DELETE FROM enrolments WHERE institution_id = gone.institution AND person_id = ANY (gone.people);
    DELETE FROM representatives WHERE institution_id = gone.institution AND person_id = ANY (gone.people);
    DELETE FROM special_needs WHERE institution_id = gone.institution AND person_id = ANY (gone.people);
    DELETE FROM will_statements WHERE institution_id = gone.institution AND person_id = ANY (gone.people);
    UPDATE duties SET note = '—', evidence = '—'
     WHERE institution_id = gone.institution AND person_id = ANY (gone.people) AND state <> 'open';
    UPDATE personal_data_events SET reason = '—', evidence = '—'
     WHERE institution_id = gone.institution AND person_id = ANY (gone.people);
    UPDATE consent_withdrawals w SET reason = '—', evidence = '—' FROM consents c
     WHERE c.institution_id = gone.institution AND c.person_id = ANY (gone.people)
       AND w.institution_id = gone.institution AND w.consent_id = c.id;
    -- With its id a consent stays the only one of its kind.
    UPDATE consents SET evidence = '—', representative = CASE representative WHEN '' THEN '' ELSE '— ' || id END
     WHERE institution_id = gone.institution AND person_id = ANY (gone.people);
    UPDATE people SET family_name = '', given_name = '', patronymic = '', former_names = '', birth_date = NULL,
        external_number = '', sex = '', snils = '', email = '', phone = '', note = '', sort_key = '', archived = true,
        revision = revision + 1, ended_at = gone.ended_at
     WHERE institution_id = gone.institution AND id = ANY (gone.people);
  END LOOP;
  RETURN NULL;
END $$;
CREATE TRIGGER ends_rows AFTER UPDATE ON ended_people REFERENCING OLD TABLE AS before_rows NEW TABLE AS now_rows
  FOR EACH STATEMENT EXECUTE FUNCTION end_rows_of_people();

-- Whoever ends a card has noted why, and nothing of it comes back.
CREATE FUNCTION guard_ended_card() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.ended_at IS NULL AND has_ended(NEW.institution_id, NEW.id) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'a card ends with the last file of the learner, and does not come back' USING ERRCODE = 'DL001';
END $$;
CREATE TRIGGER ends_once BEFORE UPDATE ON people FOR EACH ROW
  WHEN (OLD.ended_at IS NOT NULL OR NEW.ended_at IS NOT NULL) EXECUTE FUNCTION guard_ended_card();
CREATE TRIGGER stays BEFORE DELETE ON people FOR EACH ROW EXECUTE FUNCTION guard_ended_card();

-- Rows that are never removed go with their learner only; facts lose nothing but their words.
CREATE FUNCTION go_with_person() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'DELETE' AND has_ended(OLD.institution_id, OLD.person_id) THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION 'rows of % go with their learner only', TG_TABLE_NAME USING ERRCODE = 'DL001';
END $$;
DO $$
DECLARE
  each text;
BEGIN
  FOREACH each IN ARRAY ARRAY['results', 'attendance', 'rewards', 'enrolments', 'representatives'] LOOP
    EXECUTE format('CREATE TRIGGER goes_with_person BEFORE DELETE ON %I FOR EACH ROW EXECUTE FUNCTION go_with_person()', each);
  END LOOP;
  FOREACH each IN ARRAY ARRAY['will_statements', 'special_needs'] LOOP
    EXECUTE format('DROP TRIGGER guarded ON %I', each);
    EXECUTE format('CREATE TRIGGER guarded BEFORE UPDATE ON %I FOR EACH ROW EXECUTE FUNCTION %I()', each,
      'guard_' || trim(trailing 's' from each));
    EXECUTE format('CREATE TRIGGER goes_with_person BEFORE DELETE ON %I FOR EACH ROW EXECUTE FUNCTION go_with_person()', each);
  END LOOP;
END $$;

CREATE FUNCTION go_with_entry() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  old_row CONSTANT jsonb := to_jsonb(OLD);
  entry CONSTANT uuid := coalesce(old_row ->> 'entry_id', old_row ->> 'reward_id')::uuid;
BEGIN
  IF TG_OP = 'DELETE' AND EXISTS (
      SELECT FROM results t WHERE t.institution_id = OLD.institution_id AND t.id = entry AND has_ended(t.institution_id, t.person_id)
      UNION ALL
      SELECT FROM attendance t WHERE t.institution_id = OLD.institution_id AND t.id = entry AND has_ended(t.institution_id, t.person_id)
      UNION ALL
      SELECT FROM rewards t WHERE t.institution_id = OLD.institution_id AND t.id = entry AND has_ended(t.institution_id, t.person_id)) THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION 'rows of % are never changed or removed', TG_TABLE_NAME USING ERRCODE = 'DL001';
END $$;
DROP TRIGGER append_only ON result_changes;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON result_changes FOR EACH ROW EXECUTE FUNCTION go_with_entry();
DROP TRIGGER append_only ON reward_changes;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON reward_changes FOR EACH ROW EXECUTE FUNCTION go_with_entry();

CREATE FUNCTION lose_words() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  words CONSTANT text[] := ARRAY['reason', 'evidence', 'note', 'representative'];
  old_row CONSTANT jsonb := to_jsonb(OLD);
  person CONSTANT uuid := coalesce((old_row ->> 'person_id')::uuid, (
    SELECT c.person_id FROM consents c
     WHERE c.institution_id = OLD.institution_id AND c.id = (old_row ->> 'consent_id')::uuid));
BEGIN
  IF TG_OP = 'UPDATE' AND (to_jsonb(NEW) - words) = (old_row - words) AND has_ended(OLD.institution_id, person) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'rows of % are never changed or removed', TG_TABLE_NAME USING ERRCODE = 'DL001';
END $$;
DO $$
DECLARE
  each text;
BEGIN
  FOREACH each IN ARRAY ARRAY['consents', 'consent_withdrawals', 'personal_data_events'] LOOP
    EXECUTE format('DROP TRIGGER append_only ON %I', each);
    EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON %I FOR EACH ROW EXECUTE FUNCTION lose_words()', each);
  END LOOP;
END $$;
DROP TRIGGER guarded ON duties;
CREATE TRIGGER guarded BEFORE UPDATE OR DELETE ON duties FOR EACH ROW WHEN (OLD.state = 'open') EXECUTE FUNCTION guard_duty();
CREATE TRIGGER settled_for_good BEFORE UPDATE OR DELETE ON duties FOR EACH ROW WHEN (OLD.state <> 'open')
  EXECUTE FUNCTION lose_words();

-- Nothing is taken in of who has ended. The key of the learner is locked by then, so that whoever ends the learner at the same
-- moment has either been seen here, or has seen these rows.
CREATE FUNCTION refuse_rows_of_ended_people() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM after_rows n JOIN ended_people e ON e.institution_id = n.institution_id AND e.person_id = n.person_id
                AND e.ended_at IS NOT NULL) THEN
    RAISE EXCEPTION 'the registry has ended this learner' USING ERRCODE = 'DL001';
  END IF;
  RETURN NULL;
END $$;
DO $$
DECLARE
  each text;
BEGIN
  FOREACH each IN ARRAY ARRAY['results', 'attendance', 'rewards', 'enrolments', 'representatives', 'special_needs',
    'will_statements', 'consents', 'personal_data_events', 'personal_files', 'case_persons', 'hold_targets'] LOOP
    EXECUTE format('CREATE TRIGGER of_somebody_present AFTER INSERT ON %I REFERENCING NEW TABLE AS after_rows'
      ' FOR EACH STATEMENT EXECUTE FUNCTION refuse_rows_of_ended_people()', each);
  END LOOP;
END $$;
