CREATE TABLE personal_files (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  person_id uuid NOT NULL,
  number text NOT NULL CHECK (number <> ''),
  -- The number as a number, where it is one: the next free one follows the greatest.
  ordinal bigint GENERATED ALWAYS AS (CASE WHEN number ~ '^[0-9]{1,15}$' THEN number::bigint END) STORED,
  opened_on date NOT NULL CHECK (opened_on >= '1900-01-01'),
  closed_on date,
  note text NOT NULL DEFAULT '',
  -- Whether a blocking is active; set by the feature of consents, which knows why.
  blocked boolean NOT NULL DEFAULT false,
  revision integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  UNIQUE (institution_id, id),
  CONSTRAINT personal_files_one_each UNIQUE (institution_id, person_id),
  CONSTRAINT personal_files_number UNIQUE (institution_id, number),
  CHECK (closed_on IS NULL OR closed_on >= opened_on),
  FOREIGN KEY (institution_id, person_id) REFERENCES people (institution_id, id)
);
CREATE INDEX personal_files_by_ordinal ON personal_files (institution_id, ordinal) WHERE ordinal IS NOT NULL;
CREATE INDEX personal_files_open ON personal_files (institution_id, id) WHERE closed_on IS NULL;
CREATE INDEX personal_files_closed ON personal_files (institution_id, id) WHERE closed_on IS NOT NULL;
CALL isolate('personal_files', 'SELECT, INSERT, UPDATE, DELETE');

-- Whose personal file it is, with the present and former names of the learner, and whether it is blocked.
CREATE VIEW learners_of_files WITH (security_invoker = true) AS
  SELECT f.institution_id, f.id AS personal_file_id, p.id AS learner_id,
         concat_ws(' ', p.family_name, p.given_name, p.patronymic, p.former_names) AS names,
         f.blocked
    FROM personal_files f JOIN people p ON p.institution_id = f.institution_id AND p.id = f.person_id;
GRANT SELECT ON learners_of_files TO deloteka_app;
