CREATE TABLE personal_files (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  person_id uuid NOT NULL,
  number text NOT NULL CHECK (number <> ''),
  opened_on date NOT NULL,
  closed_on date,
  note text NOT NULL DEFAULT '',
  revision integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  UNIQUE (institution_id, id),
  UNIQUE (institution_id, person_id),
  UNIQUE (institution_id, number),
  CHECK (closed_on IS NULL OR closed_on >= opened_on),
  FOREIGN KEY (institution_id, person_id) REFERENCES people (institution_id, id)
);
CALL isolate('personal_files', 'SELECT, INSERT, UPDATE, DELETE');
