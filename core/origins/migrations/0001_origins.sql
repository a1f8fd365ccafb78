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
  -- What was said is forgotten with a lawful destruction; the record is known from then on and never read in again.
  forgotten_at timestamptz,
  CONSTRAINT origins_once UNIQUE (connection_id, stream, external_id),
  CHECK (forgotten_at IS NULL OR (mapped = '{}' AND raw = '{}'))
);
CREATE INDEX origins_of_entity ON origins (entity_id);
-- The part first: with the same beginning as `origins_once` it would be taken for lists of external ids.
CREATE INDEX origins_of_partition ON origins (partition, connection_id, stream);
-- Only these kinds are referred to.
CREATE INDEX origins_referred_to ON origins (connection_id, kind, external_id)
  WHERE kind IN ('study_periods', 'subjects', 'groups', 'learners', 'staff', 'guardians');
CALL isolate('origins', 'SELECT, INSERT');
GRANT UPDATE (partition, entity_id, made, hash, mapped, raw, source_updated_at, last_run_id, last_at, gone_at, forgotten_at)
  ON origins TO deloteka_app;

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
