-- Somebody who represents two children is two rows: grounds, dates and contacts belong to each child.
CREATE TABLE representatives (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  person_id uuid NOT NULL,
  family_name text NOT NULL CHECK (family_name <> ''),
  given_name text NOT NULL DEFAULT '',
  patronymic text NOT NULL DEFAULT '',
  relation text NOT NULL DEFAULT '',  -- mother, father, guardian: in the words of who wrote it
  birth_date date CHECK (birth_date >= '1900-01-01'),
  snils text NOT NULL DEFAULT '' CHECK (snils = '' OR snils_fits(snils)),
  email text NOT NULL DEFAULT '',
  phone text NOT NULL DEFAULT '',
  ground text NOT NULL DEFAULT '',    -- the document that says so
  starts_on date,
  ends_on date,
  imported boolean NOT NULL DEFAULT false,  -- a source speaks of it
  gone_at timestamptz,  -- since when no source has it any more
  sort_key text COLLATE "C" NOT NULL CHECK (sort_key <> ''),
  revision integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  CONSTRAINT representatives_dates CHECK (starts_on <= ends_on),
  UNIQUE (institution_id, id),
  FOREIGN KEY (institution_id, person_id) REFERENCES people (institution_id, id)
);
CREATE INDEX representatives_of_person ON representatives (institution_id, person_id, sort_key, id);
CALL isolate('representatives', 'SELECT, INSERT, UPDATE');
