-- The order of lists is that of the folded names, byte by byte: the same on every server, whatever its locale.
CREATE TABLE people (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  family_name text NOT NULL CHECK (family_name <> ''),
  given_name text NOT NULL CHECK (given_name <> ''),
  patronymic text NOT NULL DEFAULT '',
  former_names text NOT NULL DEFAULT '',
  birth_date date CHECK (birth_date >= '1900-01-01'),
  external_number text NOT NULL DEFAULT '',
  note text NOT NULL DEFAULT '',
  sort_key text COLLATE "C" NOT NULL CHECK (sort_key <> ''),
  revision integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  UNIQUE (institution_id, id)
);
CREATE INDEX people_by_name ON people (institution_id, sort_key, id);
CREATE INDEX people_by_birth_date ON people (institution_id, birth_date, sort_key, id);
CREATE UNIQUE INDEX people_by_external_number ON people (institution_id, external_number) WHERE external_number <> '';
CALL isolate('people', 'SELECT, INSERT, UPDATE');

CREATE TABLE groups (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  name text NOT NULL CHECK (name <> ''),
  study_year text NOT NULL DEFAULT '',
  programme text NOT NULL DEFAULT '',
  note text NOT NULL DEFAULT '',
  sort_key text COLLATE "C" NOT NULL CHECK (sort_key <> ''),
  revision integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  UNIQUE (institution_id, id),
  -- «5А» in Cyrillic and "5A" in Latin letters are one name.
  CONSTRAINT groups_once_a_year UNIQUE (institution_id, study_year, sort_key)
);
CREATE INDEX groups_by_name ON groups (institution_id, sort_key, id);
CALL isolate('groups', 'SELECT, INSERT, UPDATE');
