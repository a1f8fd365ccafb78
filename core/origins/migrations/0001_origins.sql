-- One record of one source, and the entity of the registry that it speaks of. Records are known by their external id
-- in their stream; what refers to them names the external id and the kind.
CREATE TABLE origins (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  connection_id uuid NOT NULL,
  stream text NOT NULL CHECK (stream <> ''),
  external_id text NOT NULL CHECK (external_id <> ''),
  -- Where it was read last; a complete read of this part which does not return the record says that it is gone.
  partition text NOT NULL DEFAULT '',
  kind text NOT NULL CHECK (kind <> ''),
  entity_id uuid NOT NULL,
  -- Whether this record made the entity, or was found to speak of one that was there.
  made boolean NOT NULL,
  -- Of the mapped fields in canonical form, references as external ids.
  hash bytea NOT NULL CHECK (octet_length(hash) = 32),
  mapped jsonb NOT NULL CHECK (jsonb_typeof(mapped) = 'object'),
  raw jsonb NOT NULL CHECK (jsonb_typeof(raw) = 'object'),
  source_updated_at timestamptz,
  first_run_id uuid NOT NULL,
  first_at timestamptz NOT NULL,
  last_run_id uuid NOT NULL,
  last_at timestamptz NOT NULL,
  gone_at timestamptz,
  -- What was said is forgotten with a lawful destruction. The row is a stub from then on: the record is known by
  -- `stub_key` of its external id, which may be made of a name, and is never read in again.
  forgotten_at timestamptz,
  -- The act that ended it, {"id": …, "number": …, "date": …}; NULL: it ended otherwise, as a withdrawal.
  forgotten_act jsonb CHECK (jsonb_typeof(forgotten_act) = 'object'),
  CONSTRAINT origins_once UNIQUE (connection_id, stream, external_id),
  CHECK (forgotten_at IS NULL OR (mapped = '{}' AND raw = '{}' AND external_id LIKE 'stub:%')),
  CHECK (forgotten_at IS NOT NULL OR forgotten_act IS NULL)
);
CREATE INDEX origins_of_entity ON origins (entity_id);
-- The part first: with the same beginning as `origins_once` it would be taken for lists of external ids.
CREATE INDEX origins_of_partition ON origins (partition, connection_id, stream);
-- Only these kinds are referred to.
CREATE INDEX origins_referred_to ON origins (connection_id, kind, external_id)
  WHERE kind IN ('study_periods', 'subjects', 'groups', 'learners', 'staff', 'guardians');
CALL isolate('origins', 'SELECT, INSERT');
GRANT UPDATE (external_id, partition, entity_id, made, hash, mapped, raw, source_updated_at, last_run_id, last_at, gone_at,
              forgotten_at, forgotten_act) ON origins TO deloteka_app;

-- What stands in place of an external id in a stub: the same record is found again by it, and nobody's name is.
CREATE FUNCTION stub_key(p_connection uuid, p_external_id text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT 'stub:' || encode(sha256(convert_to(p_connection::text || '/' || p_external_id, 'UTF8')), 'hex') $$;

-- A stub says no more of what it was, and stays one.
CREATE FUNCTION guard_stub() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'what was lawfully destroyed is not brought back' USING ERRCODE = 'DL001';
END $$;
CREATE TRIGGER stays_forgotten BEFORE UPDATE ON origins FOR EACH ROW
  WHEN (OLD.forgotten_at IS NOT NULL AND (NEW.forgotten_at IS DISTINCT FROM OLD.forgotten_at
        OR NEW.forgotten_act IS DISTINCT FROM OLD.forgotten_act OR NEW.external_id <> OLD.external_id))
  EXECUTE FUNCTION guard_stub();

-- People whose last file an act has destroyed. What imports keep of them goes with `forgotten_at`, in one statement: at
-- once, or after the last hold.
CREATE TABLE forgotten_people (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  person_id uuid NOT NULL,
  -- {"id": …, "number": …, "date": …}
  act jsonb NOT NULL CHECK (jsonb_typeof(act) = 'object'),
  destroyed_at timestamptz NOT NULL,
  forgotten_at timestamptz,
  CONSTRAINT forgotten_people_once UNIQUE (institution_id, person_id, act)
);
CREATE INDEX forgotten_people_waiting ON forgotten_people (institution_id) WHERE forgotten_at IS NULL;
CALL isolate('forgotten_people', 'SELECT, INSERT');
GRANT UPDATE (forgotten_at) ON forgotten_people TO deloteka_app;

-- Of those forgotten since `p_since` a run may have brought something in the same moment.
CREATE FUNCTION institutions_with_people_to_forget(p_since timestamptz) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$ SELECT DISTINCT institution_id FROM forgotten_people WHERE forgotten_at IS NULL OR forgotten_at >= p_since $$;
REVOKE ALL ON FUNCTION institutions_with_people_to_forget FROM PUBLIC;
GRANT EXECUTE ON FUNCTION institutions_with_people_to_forget TO deloteka_app;

-- What a record has changed in the registry after its first reading: `fields` holds, by column, what was there before
-- and what was written.
CREATE TABLE origin_changes (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  origin_id uuid NOT NULL REFERENCES origins,
  run_id uuid,
  change text NOT NULL CHECK (change IN ('matched', 'changed', 'gone', 'returned', 'redirected', 'settled', 'forgotten')),
  fields jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(fields) = 'object'),
  changed_at timestamptz NOT NULL
);
CREATE INDEX origin_changes_of_origin ON origin_changes (origin_id, id);
CALL isolate('origin_changes', 'SELECT, INSERT');
GRANT UPDATE (fields) ON origin_changes TO deloteka_app;

-- Fields that a person has changed by hand, as they were left last.
CREATE TABLE hand_edits (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  kind text NOT NULL CHECK (kind <> ''),
  entity_id uuid NOT NULL,
  field text NOT NULL CHECK (field <> ''),
  value jsonb,
  edited_by uuid,
  edited_at timestamptz NOT NULL,
  CONSTRAINT hand_edits_once UNIQUE (entity_id, kind, field)
);
CALL isolate('hand_edits', 'SELECT, INSERT, DELETE', 'works');
GRANT UPDATE (value, edited_by, edited_at) ON hand_edits TO deloteka_app;
-- A teacher notes what he or she changes of results, and reaches no value of anything else.
CREATE POLICY own_groups ON hand_edits AS RESTRICTIVE TO deloteka_app
  USING (CASE WHEN (SELECT own_groups_on()) IS NULL THEN true ELSE kind IN ('results', 'final_results', 'attendance') END);

-- A source says other than the hand, and the field's policy wants a person to settle it.
CREATE TABLE origin_conflicts (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  kind text NOT NULL,
  entity_id uuid NOT NULL,
  field text NOT NULL,
  origin_id uuid NOT NULL REFERENCES origins,
  source_value jsonb,
  hand_value jsonb,
  hand_by uuid,
  hand_at timestamptz,
  run_id uuid,
  raised_at timestamptz NOT NULL,
  state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'kept', 'taken', 'moot')),
  settled_by uuid,
  settled_at timestamptz,
  CHECK ((state = 'open') = (settled_at IS NULL))
);
CREATE UNIQUE INDEX origin_conflicts_open ON origin_conflicts (entity_id, field, origin_id) WHERE state = 'open';
CREATE INDEX origin_conflicts_listed ON origin_conflicts (institution_id, id DESC);
CREATE INDEX origin_conflicts_of_origin ON origin_conflicts (origin_id);
CALL isolate('origin_conflicts', 'SELECT, INSERT');
GRANT UPDATE (source_value, hand_value, state, settled_by, settled_at, run_id) ON origin_conflicts TO deloteka_app;
