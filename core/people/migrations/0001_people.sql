CREATE TABLE people (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  family_name text NOT NULL CHECK (family_name <> ''),
  given_name text NOT NULL CHECK (given_name <> ''),
  patronymic text NOT NULL DEFAULT '',
  former_names text NOT NULL DEFAULT '',
  birth_date date,
  external_number text NOT NULL DEFAULT '',
  note text NOT NULL DEFAULT '',
  sort_key text NOT NULL,
  revision integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  UNIQUE (institution_id, id)
);
CREATE INDEX people_by_name ON people (institution_id, sort_key, id);
CREATE UNIQUE INDEX people_by_external_number ON people (institution_id, external_number) WHERE external_number <> '';
CALL isolate('people', 'SELECT, INSERT, UPDATE, DELETE');

CREATE TABLE groups (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  name text NOT NULL CHECK (name <> ''),
  study_year text NOT NULL DEFAULT '',
  programme text NOT NULL DEFAULT '',
  note text NOT NULL DEFAULT '',
  sort_key text NOT NULL,
  revision integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  UNIQUE (institution_id, id),
  UNIQUE (institution_id, name, study_year)
);
CREATE INDEX groups_by_name ON groups (institution_id, sort_key, id);
CALL isolate('groups', 'SELECT, INSERT, UPDATE, DELETE');
