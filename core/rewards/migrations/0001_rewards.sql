-- Kinds of rewards by the institution's own rules; one that is no longer given is retired.
CREATE TABLE reward_kinds (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  name text NOT NULL CHECK (name <> ''),
  sort_key text COLLATE "C" NOT NULL CHECK (sort_key <> ''),
  note text NOT NULL DEFAULT '',
  retired boolean NOT NULL DEFAULT false,
  revision integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  UNIQUE (institution_id, id),
  CONSTRAINT reward_kinds_once UNIQUE (institution_id, sort_key)
);
CALL isolate('reward_kinds', 'SELECT, INSERT');
CALL open_to_own_groups('reward_kinds', 'true');
GRANT UPDATE (name, sort_key, note, retired, revision) ON reward_kinds TO deloteka_app;

CREATE TABLE rewards (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  person_id uuid NOT NULL,
  kind_id uuid,
  title text NOT NULL CHECK (title <> ''),
  issuer text NOT NULL DEFAULT '',
  number text NOT NULL DEFAULT '',
  awarded_on date CHECK (awarded_on >= '1900-01-01'),
  expires_on date CHECK (expires_on >= awarded_on),
  -- The order, regulation or event it was given for, in words; and the case of the order where there is one.
  ground text NOT NULL DEFAULT '',
  order_case_id uuid,
  -- The document that proves it; no foreign key, because a wrong upload may still be withdrawn.
  document_id uuid,
  said_kind text NOT NULL DEFAULT '',  -- the source's own word
  state text NOT NULL DEFAULT 'entered' CHECK (state IN ('entered', 'struck_out')),
  struck_out_by uuid,
  struck_out_at timestamptz,
  strike_reason text NOT NULL DEFAULT '',
  gone_at timestamptz,
  day date NOT NULL GENERATED ALWAYS AS (coalesce(awarded_on, DATE '0001-01-01')) STORED,
  revision integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  changed_at timestamptz NOT NULL,
  changed_by uuid,
  UNIQUE (institution_id, id),
  CHECK ((state = 'struck_out') = (strike_reason <> '') AND (state = 'struck_out') = (struck_out_at IS NOT NULL)),
  FOREIGN KEY (institution_id, person_id) REFERENCES people (institution_id, id),
  FOREIGN KEY (institution_id, kind_id) REFERENCES reward_kinds (institution_id, id),
  CONSTRAINT rewards_order FOREIGN KEY (institution_id, order_case_id) REFERENCES cases (institution_id, id)
);
CREATE INDEX rewards_of_person ON rewards (institution_id, person_id, day DESC, id DESC);
CREATE INDEX rewards_by_age ON rewards (institution_id, day DESC, id DESC);
CALL isolate('rewards', 'SELECT, INSERT');
-- Whose it is never changes: such a mistake is struck out.
GRANT UPDATE (kind_id, title, issuer, number, awarded_on, expires_on, ground, order_case_id, document_id, said_kind,
  state, struck_out_by, struck_out_at, strike_reason, gone_at, revision, changed_at, changed_by) ON rewards
  TO deloteka_app;

CREATE FUNCTION require_document_of_reward() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM documents d WHERE d.institution_id = NEW.institution_id AND d.id = NEW.document_id
                   AND d.state NOT IN ('refused', 'withdrawn')
                   AND (d.personal_file_id IS NULL OR EXISTS (SELECT FROM personal_files f
                         WHERE f.institution_id = d.institution_id AND f.id = d.personal_file_id
                           AND f.person_id = NEW.person_id))) THEN
    RAISE EXCEPTION 'there is no such document of this learner' USING ERRCODE = 'foreign_key_violation',
      CONSTRAINT = 'rewards_document';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER names_a_document BEFORE INSERT ON rewards FOR EACH ROW WHEN (NEW.document_id IS NOT NULL)
  EXECUTE FUNCTION require_document_of_reward();
CREATE TRIGGER names_another_document BEFORE UPDATE OF document_id ON rewards FOR EACH ROW
  WHEN (NEW.document_id IS NOT NULL AND NEW.document_id IS DISTINCT FROM OLD.document_id)
  EXECUTE FUNCTION require_document_of_reward();

CREATE TABLE reward_changes (
  institution_id uuid NOT NULL,
  reward_id uuid NOT NULL,
  revision integer NOT NULL,  -- that it made
  changed_at timestamptz NOT NULL,
  changed_by uuid,
  before jsonb NOT NULL,
  after jsonb NOT NULL,
  PRIMARY KEY (institution_id, reward_id, revision),
  FOREIGN KEY (institution_id, reward_id) REFERENCES rewards (institution_id, id)
);
CALL isolate('reward_changes', 'SELECT');
CALL append_only('reward_changes');

CREATE FUNCTION keep_reward_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
  was CONSTANT jsonb := to_jsonb(OLD) - '{revision,changed_at,changed_by,day}'::text[];
  said CONSTANT jsonb := to_jsonb(NEW);
BEGIN
  IF NEW.revision <> OLD.revision + 1 OR (OLD.state = 'struck_out' AND NEW.state <> 'struck_out') THEN
    RAISE EXCEPTION 'each change makes a revision, and what was struck out stays so' USING ERRCODE = 'DL001';
  END IF;
  INSERT INTO reward_changes (institution_id, reward_id, revision, changed_at, changed_by, before, after)
    SELECT NEW.institution_id, NEW.id, NEW.revision, NEW.changed_at, NEW.changed_by,
           jsonb_object_agg(key, value), jsonb_object_agg(key, said -> key)
      FROM jsonb_each(was) WHERE value <> said -> key HAVING count(*) > 0;
  RETURN NULL;
END $$;
CREATE TRIGGER change_is_kept AFTER UPDATE ON rewards FOR EACH ROW EXECUTE FUNCTION keep_reward_change();
