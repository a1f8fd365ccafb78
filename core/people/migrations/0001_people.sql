-- Whether the two check digits of a СНИЛС are right; numbers up to 001-001-998 have none (постановление Правления ПФР
-- от 11.12.2018 № 507п and the common rule: digits weighted 9 to 1, the sum modulo 101, 100 counts as 0).
CREATE FUNCTION snils_fits(p_snils text) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT p_snils ~ '^[0-9]{11}$' AND (left(p_snils, 9)::integer <= 1001998 OR right(p_snils, 2)::integer =
    (SELECT sum(substr(p_snils, position, 1)::integer * (10 - position)) FROM generate_series(1, 9) position) % 101 % 100) $$;

-- The order of lists is that of the folded names, byte by byte: the same on every server, whatever its locale.
CREATE TABLE people (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  family_name text NOT NULL,
  given_name text NOT NULL,
  patronymic text NOT NULL DEFAULT '',
  former_names text NOT NULL DEFAULT '',
  birth_date date CHECK (birth_date >= '1900-01-01'),
  external_number text NOT NULL DEFAULT '',
  sex text NOT NULL DEFAULT '' CHECK (sex IN ('', 'male', 'female')),
  snils text NOT NULL DEFAULT '' CHECK (snils = '' OR snils_fits(snils)),
  email text NOT NULL DEFAULT '',
  phone text NOT NULL DEFAULT '',
  note text NOT NULL DEFAULT '',
  archived boolean NOT NULL DEFAULT false,  -- has left
  imported boolean NOT NULL DEFAULT false,  -- a source speaks of it
  gone_at timestamptz,  -- since when no source has it any more
  sort_key text COLLATE "C" NOT NULL,
  revision integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  -- The card ended with the last file (`ended_people` says by which act): nothing of it is left, and nobody sees it.
  ended_at timestamptz,
  UNIQUE (institution_id, id),
  CHECK (CASE WHEN ended_at IS NULL THEN family_name <> '' AND given_name <> '' AND sort_key <> ''
         ELSE concat(family_name, given_name, patronymic, former_names, external_number, sex, snils, email, phone, note,
                     sort_key) = '' AND birth_date IS NULL END)
);
CREATE INDEX people_by_name ON people (institution_id, sort_key, id);
CREATE INDEX people_by_birth_date ON people (institution_id, birth_date, sort_key, id);
CREATE UNIQUE INDEX people_by_external_number ON people (institution_id, external_number) WHERE external_number <> '';
CREATE UNIQUE INDEX people_by_snils ON people (institution_id, snils) WHERE snils <> '';
CALL isolate('people', 'SELECT, INSERT, UPDATE');
CREATE POLICY not_ended ON people AS RESTRICTIVE TO deloteka_app USING (ended_at IS NULL);

-- Learners whose last file an act has destroyed, and whose rows in the registry go with it: noted in the transaction of
-- the proof, ended in the same one unless something keeps them, and a stub for good. core/disposal says what ends.
CREATE TABLE ended_people (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  person_id uuid NOT NULL,
  -- {"id": …, "number": …, "date": …}
  act jsonb NOT NULL CHECK (jsonb_typeof(act) = 'object'),
  -- How many rows of each kind people approved to end, beside the card.
  counts jsonb NOT NULL CHECK (jsonb_typeof(counts) = 'object'),
  noted_at timestamptz NOT NULL,
  ended_at timestamptz,
  -- The full name, for the papers that have to name whose data were destroyed: until the act is certified by them.
  names text NOT NULL DEFAULT '',
  CONSTRAINT ended_people_once UNIQUE (institution_id, person_id),
  CHECK (ended_at IS NOT NULL OR names = ''),
  FOREIGN KEY (institution_id, person_id) REFERENCES people (institution_id, id)
);
CREATE INDEX ended_people_listed ON ended_people (institution_id, id DESC);
CREATE INDEX ended_people_waiting ON ended_people (institution_id) WHERE ended_at IS NULL;
CREATE INDEX ended_people_named ON ended_people (institution_id, (act ->> 'id')) WHERE names <> '';
CALL isolate('ended_people', 'SELECT, INSERT');
GRANT UPDATE (act, counts, noted_at, ended_at, names) ON ended_people TO deloteka_app;

CREATE FUNCTION institutions_with_people_to_end() RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$ SELECT DISTINCT institution_id FROM ended_people WHERE ended_at IS NULL $$;
REVOKE ALL ON FUNCTION institutions_with_people_to_end FROM PUBLIC;
GRANT EXECUTE ON FUNCTION institutions_with_people_to_end TO deloteka_app;

CREATE TABLE groups (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  name text NOT NULL CHECK (name <> ''),
  study_year text NOT NULL DEFAULT '',
  programme text NOT NULL DEFAULT '',
  kind text NOT NULL DEFAULT '',   -- class, study group, subgroup, course: in the words of who made it
  level text NOT NULL DEFAULT '',  -- year of study («параллель»)
  parent_id uuid CHECK (parent_id <> id),
  note text NOT NULL DEFAULT '',
  archived boolean NOT NULL DEFAULT false,
  imported boolean NOT NULL DEFAULT false,  -- a source speaks of it
  gone_at timestamptz,  -- since when no source has it any more
  sort_key text COLLATE "C" NOT NULL CHECK (sort_key <> ''),
  revision integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  UNIQUE (institution_id, id),
  FOREIGN KEY (institution_id, parent_id) REFERENCES groups (institution_id, id),
  -- «5А» in Cyrillic and "5A" in Latin letters are one name. Every course may have its «Подгруппа 1».
  CONSTRAINT groups_once_a_year UNIQUE NULLS NOT DISTINCT (institution_id, study_year, sort_key, parent_id)
);
CREATE INDEX groups_by_parent ON groups (institution_id, parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX groups_by_name ON groups (institution_id, sort_key, id);
CALL isolate('groups', 'SELECT, INSERT, UPDATE');
