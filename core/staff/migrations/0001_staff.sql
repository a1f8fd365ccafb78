CREATE TABLE staff (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  family_name text NOT NULL CHECK (family_name <> ''),
  given_name text NOT NULL DEFAULT '',
  patronymic text NOT NULL DEFAULT '',
  position text NOT NULL DEFAULT '',
  subjects text NOT NULL DEFAULT '',  -- taught, in the words of who wrote it; enrolments say which in which group
  external_number text NOT NULL DEFAULT '',
  birth_date date CHECK (birth_date >= '1900-01-01'),
  snils text NOT NULL DEFAULT '' CHECK (snils = '' OR snils_fits(snils)),
  email text NOT NULL DEFAULT '',
  phone text NOT NULL DEFAULT '',
  account_id uuid,
  archived boolean NOT NULL DEFAULT false,  -- works here no longer
  imported boolean NOT NULL DEFAULT false,  -- a source speaks of it
  gone_at timestamptz,  -- since when no source has it any more
  sort_key text COLLATE "C" NOT NULL CHECK (sort_key <> ''),
  revision integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  UNIQUE (institution_id, id),
  -- One account, one member of the staff; the account serves this institution.
  CONSTRAINT staff_one_account UNIQUE (institution_id, account_id),
  CONSTRAINT staff_account_serves FOREIGN KEY (institution_id, account_id)
    REFERENCES memberships (institution_id, account_id)
);
CREATE INDEX staff_by_name ON staff (institution_id, sort_key, id);
CREATE UNIQUE INDEX staff_by_external_number ON staff (institution_id, external_number) WHERE external_number <> '';
CREATE UNIQUE INDEX staff_by_snils ON staff (institution_id, snils) WHERE snils <> '';
CALL isolate('staff', 'SELECT, INSERT, UPDATE');
