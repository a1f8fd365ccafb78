-- Consents («согласие на обработку персональных данных») are facts: what is current follows from them and the day.
CREATE TABLE consents (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  person_id uuid NOT NULL,
  given_by text NOT NULL CHECK (given_by IN ('subject', 'representative')),
  representative text NOT NULL DEFAULT '',
  purpose text NOT NULL CHECK (purpose <> ''),
  categories jsonb NOT NULL CHECK (jsonb_typeof(categories) = 'array' AND categories <> '[]'),
  given_on date NOT NULL CHECK (given_on >= '1900-01-01'),
  expires_on date CHECK (expires_on >= given_on),
  evidence text NOT NULL CHECK (evidence <> ''),
  -- Stands above this feature, so the feature of documents checks that there is such a document.
  document_id uuid,
  recorded_by uuid NOT NULL,
  recorded_at timestamptz NOT NULL,
  UNIQUE (institution_id, id),
  CHECK ((given_by = 'representative') = (representative <> '')),
  FOREIGN KEY (institution_id, person_id) REFERENCES people (institution_id, id)
);
-- Texts of any length do not fit into an index, their digests do.
CREATE UNIQUE INDEX consents_once
  ON consents (institution_id, person_id, given_on, md5(given_by || '/' || representative || '/' || purpose));
CREATE INDEX consents_by_person ON consents (institution_id, person_id, id DESC);
CALL isolate('consents', 'SELECT, INSERT');
CALL append_only('consents');

CREATE TABLE consent_withdrawals (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  consent_id uuid NOT NULL,
  withdrawn_on date NOT NULL,
  reason text NOT NULL CHECK (reason <> ''),
  evidence text NOT NULL CHECK (evidence <> ''),
  recorded_by uuid NOT NULL,
  recorded_at timestamptz NOT NULL,
  UNIQUE (institution_id, id),
  CONSTRAINT consents_withdrawn_once UNIQUE (institution_id, consent_id),
  FOREIGN KEY (institution_id, consent_id) REFERENCES consents (institution_id, id)
);
CALL isolate('consent_withdrawals', 'SELECT, INSERT');
CALL append_only('consent_withdrawals');

CREATE FUNCTION withdrawn_after_it_was_given() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF NEW.withdrawn_on < (SELECT given_on FROM consents WHERE institution_id = NEW.institution_id AND id = NEW.consent_id) THEN
    RAISE EXCEPTION 'a consent is withdrawn after it was given' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER after_it_was_given BEFORE INSERT ON consent_withdrawals FOR EACH ROW
  EXECUTE FUNCTION withdrawn_after_it_was_given();

-- What else sets a deadline of 152-ФЗ running: a purpose that is reached, a demand of the subject, a finding.
CREATE TABLE personal_data_events (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  person_id uuid NOT NULL,
  event text NOT NULL CHECK (event IN ('access_demanded', 'authority_asked', 'inaccuracy_proved', 'no_need_proved',
    'check_demanded', 'inaccuracy_confirmed', 'unlawful_to_stop', 'unlawful_to_destroy', 'purpose_reached',
    'stop_demanded', 'destruction_impossible')),
  -- Of a purpose that is reached; empty: every purpose for which data of this person were processed.
  purpose text NOT NULL DEFAULT '',
  happened_on date NOT NULL CHECK (happened_on >= '1900-01-01'),
  reason text NOT NULL CHECK (reason <> ''),
  evidence text NOT NULL CHECK (evidence <> ''),
  recorded_by uuid NOT NULL,
  recorded_at timestamptz NOT NULL,
  UNIQUE (institution_id, id),
  CHECK (event = 'purpose_reached' OR purpose = ''),
  FOREIGN KEY (institution_id, person_id) REFERENCES people (institution_id, id)
);
CREATE UNIQUE INDEX personal_data_events_once
  ON personal_data_events (institution_id, person_id, event, happened_on, md5(purpose));
CREATE INDEX personal_data_events_by_person ON personal_data_events (institution_id, person_id, id DESC);
CALL isolate('personal_data_events', 'SELECT, INSERT');
CALL append_only('personal_data_events');

CREATE TABLE duties (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  person_id uuid NOT NULL,
  withdrawal_id uuid,
  event_id uuid,
  event text NOT NULL,
  duty text NOT NULL CHECK (duty IN ('answer', 'correct', 'destroy', 'block', 'stop', 'notify')),
  article text NOT NULL CHECK (article <> ''),
  happened_on date NOT NULL,
  due_on date NOT NULL,
  extended_due_on date NOT NULL,
  calendar_known boolean NOT NULL,
  state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'done', 'superseded')),
  note text NOT NULL DEFAULT '',
  evidence text NOT NULL DEFAULT '',
  successor_id uuid,
  settled_by uuid,
  settled_at timestamptz,
  revision integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  UNIQUE (institution_id, id),
  CONSTRAINT duties_of_a_withdrawal UNIQUE (institution_id, withdrawal_id),
  CONSTRAINT duties_of_an_event UNIQUE (institution_id, event_id),
  CHECK (num_nonnulls(withdrawal_id, event_id) = 1),
  CHECK (happened_on <= due_on AND due_on <= extended_due_on),
  CHECK ((state = 'open') = (settled_by IS NULL)),
  CHECK (state = 'open' OR (settled_at IS NOT NULL AND note <> '' AND evidence <> '')),
  CHECK (successor_id IS NULL OR (state = 'superseded' AND successor_id <> id)),
  FOREIGN KEY (institution_id, person_id) REFERENCES people (institution_id, id),
  FOREIGN KEY (institution_id, withdrawal_id) REFERENCES consent_withdrawals (institution_id, id),
  FOREIGN KEY (institution_id, event_id) REFERENCES personal_data_events (institution_id, id),
  FOREIGN KEY (institution_id, successor_id) REFERENCES duties (institution_id, id)
);
CREATE INDEX duties_by_day ON duties (institution_id, due_on, id);
CREATE INDEX duties_by_state ON duties (institution_id, state, due_on, id);
CREATE INDEX duties_by_person ON duties (institution_id, person_id, due_on, id);
CALL isolate('duties', 'SELECT, INSERT');
GRANT UPDATE (state, note, evidence, successor_id, settled_by, settled_at, revision) ON duties TO deloteka_app;

CREATE FUNCTION guard_duty() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  settling text[] := ARRAY['state', 'note', 'evidence', 'successor_id', 'settled_by', 'settled_at', 'revision'];
BEGIN
  IF TG_OP = 'DELETE' OR OLD.state <> 'open' OR NEW.state = 'open'
     OR (to_jsonb(NEW) - settling) <> (to_jsonb(OLD) - settling) THEN
    RAISE EXCEPTION 'a duty is settled once, and never changed or removed' USING ERRCODE = 'DL001';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guarded BEFORE UPDATE OR DELETE ON duties FOR EACH ROW EXECUTE FUNCTION guard_duty();
CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON duties FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Calendars of working days («производственный календарь»), year by year; the latest row of a year holds.
CREATE TABLE working_calendars (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  year integer NOT NULL CHECK (year BETWEEN 1900 AND 2999),
  days_of_rest jsonb NOT NULL CHECK (jsonb_typeof(days_of_rest) = 'array'),
  working_weekends jsonb NOT NULL CHECK (jsonb_typeof(working_weekends) = 'array'),
  basis text NOT NULL CHECK (basis <> ''),
  decided_by uuid NOT NULL,
  decided_at timestamptz NOT NULL
);
CREATE INDEX working_calendars_latest ON working_calendars (institution_id, year, id DESC);
CREATE INDEX working_calendars_by_age ON working_calendars (institution_id, id DESC);
CALL isolate('working_calendars', 'SELECT, INSERT');
CALL append_only('working_calendars');

-- Blockings («блокирование»): the personal file is kept and not used, until another person lifts it.
CREATE TABLE blockings (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  personal_file_id uuid NOT NULL,
  ground text NOT NULL CHECK (ground IN ('archive_term', 'check', 'demand', 'destruction_impossible')),
  reason text NOT NULL CHECK (reason <> ''),
  evidence text NOT NULL CHECK (evidence <> ''),
  state text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'lifted')),
  placed_by uuid NOT NULL,
  placed_at timestamptz NOT NULL,
  lifted_by uuid,
  lifted_at timestamptz,
  lift_reason text NOT NULL DEFAULT '',
  lift_evidence text NOT NULL DEFAULT '',
  revision integer NOT NULL DEFAULT 1,
  UNIQUE (institution_id, id),
  CONSTRAINT blockings_lifted_by_another CHECK (lifted_by <> placed_by),
  CHECK ((state = 'lifted') = (lifted_by IS NOT NULL)),
  CHECK (state = 'active' OR (lifted_at IS NOT NULL AND lift_reason <> '' AND lift_evidence <> '')),
  FOREIGN KEY (institution_id, personal_file_id) REFERENCES personal_files (institution_id, id)
);
CREATE UNIQUE INDEX blockings_one_of_a_ground ON blockings (institution_id, personal_file_id, ground)
  WHERE state = 'active';
CREATE INDEX blockings_by_file ON blockings (institution_id, personal_file_id, id DESC);
CALL isolate('blockings', 'SELECT, INSERT');
GRANT UPDATE (state, lifted_by, lifted_at, lift_reason, lift_evidence, revision) ON blockings TO deloteka_app;

CREATE FUNCTION guard_blocking() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  lifting text[] := ARRAY['state', 'lifted_by', 'lifted_at', 'lift_reason', 'lift_evidence', 'revision'];
BEGIN
  IF TG_OP = 'DELETE' OR OLD.state = 'lifted' OR NEW.state <> 'lifted'
     OR (to_jsonb(NEW) - lifting) <> (to_jsonb(OLD) - lifting) THEN
    RAISE EXCEPTION 'a blocking is lifted once, and never changed or removed' USING ERRCODE = 'DL001';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guarded BEFORE UPDATE OR DELETE ON blockings FOR EACH ROW EXECUTE FUNCTION guard_blocking();
CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON blockings FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The personal file itself says whether it is blocked, so that an upload asks one question only. The row is locked before
-- the look, so that of two changes at once the second sees what the first did.
CREATE FUNCTION mark_blocked_file() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM FROM personal_files WHERE institution_id = NEW.institution_id AND id = NEW.personal_file_id FOR NO KEY UPDATE;
  UPDATE personal_files f SET blocked = EXISTS (
      SELECT FROM blockings b
       WHERE b.institution_id = f.institution_id AND b.personal_file_id = f.id AND b.state = 'active')
   WHERE f.institution_id = NEW.institution_id AND f.id = NEW.personal_file_id;
  RETURN NULL;
END $$;
CREATE TRIGGER marks_its_file AFTER INSERT OR UPDATE OF state ON blockings FOR EACH ROW
  EXECUTE FUNCTION mark_blocked_file();
