-- Study years and reporting periods -------------------------------------------------------------------------------

CREATE TABLE study_periods (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  parent_id uuid CHECK (parent_id <> id),  -- the study year, or the half-year
  kind text NOT NULL CHECK (kind IN ('year', 'half_year', 'trimester', 'quarter', 'module', 'other')),
  source_kind text NOT NULL DEFAULT '',    -- what the source calls it
  name text NOT NULL CHECK (name <> ''),
  study_year text NOT NULL DEFAULT '',
  number integer CHECK (number BETWEEN 0 AND 100),
  audience text NOT NULL DEFAULT '',       -- whose period it is: «5–9 классы»; empty: everybody's
  starts_on date NOT NULL,
  ends_on date NOT NULL,
  overlapping boolean NOT NULL DEFAULT false,  -- a source says so; somebody has to say whose period it is
  imported boolean NOT NULL DEFAULT false,  -- a source speaks of it
  gone_at timestamptz,  -- since when no source has it any more
  revision integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  CONSTRAINT study_periods_dates CHECK (starts_on <= ends_on),
  UNIQUE (institution_id, id),
  FOREIGN KEY (institution_id, parent_id) REFERENCES study_periods (institution_id, id),
  -- A day belongs to one quarter of the same people. What has no known kind may overlap with anything.
  CONSTRAINT study_periods_apart EXCLUDE USING gist (
    institution_id WITH =, kind WITH =, audience WITH =, daterange(starts_on, ends_on, '[]') WITH &&)
    WHERE (kind <> 'other' AND gone_at IS NULL AND NOT overlapping)
);
CREATE INDEX study_periods_by_date ON study_periods (institution_id, starts_on, id);
CALL isolate('study_periods', 'SELECT, INSERT, UPDATE');
CALL open_to_own_groups('study_periods', 'true');

-- Subjects --------------------------------------------------------------------------------------------------------

CREATE TABLE subjects (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  name text NOT NULL CHECK (name <> ''),
  code text NOT NULL DEFAULT '',
  area text NOT NULL DEFAULT '',
  alias_of_id uuid CHECK (alias_of_id <> id),  -- the same subject, as another source names it
  archived boolean NOT NULL DEFAULT false,
  imported boolean NOT NULL DEFAULT false,  -- a source speaks of it
  gone_at timestamptz,  -- since when no source has it any more
  sort_key text COLLATE "C" NOT NULL CHECK (sort_key <> ''),
  revision integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  UNIQUE (institution_id, id),
  FOREIGN KEY (institution_id, alias_of_id) REFERENCES subjects (institution_id, id)
);
-- No subject twice, unless one is an alias of the other.
CREATE UNIQUE INDEX subjects_once ON subjects (institution_id, sort_key) WHERE alias_of_id IS NULL;
CREATE INDEX subjects_by_name ON subjects (institution_id, sort_key, id);
CREATE INDEX subjects_by_alias ON subjects (institution_id, alias_of_id) WHERE alias_of_id IS NOT NULL;
CALL isolate('subjects', 'SELECT, INSERT, UPDATE');
CALL open_to_own_groups('subjects', 'true');

-- Enrolments ------------------------------------------------------------------------------------------------------
-- Whoever changes class has two rows: the one that ended, and the one that began.

CREATE TABLE enrolments (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  group_id uuid NOT NULL,
  person_id uuid,
  staff_id uuid,
  role text NOT NULL CHECK (role IN ('learner', 'class_teacher', 'teacher', 'other')),
  source_role text NOT NULL DEFAULT '',  -- what the source calls it
  subject_id uuid,                       -- what a member of the staff teaches there
  starts_on date,
  ends_on date,                          -- the last day
  archived boolean NOT NULL DEFAULT false,
  imported boolean NOT NULL DEFAULT false,  -- a source speaks of it
  gone_at timestamptz,  -- since when no source has it any more
  revision integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  CONSTRAINT enrolments_one_person CHECK (num_nonnulls(person_id, staff_id) = 1),
  CONSTRAINT enrolments_role_fits CHECK ((person_id IS NOT NULL) = (role = 'learner')),
  CONSTRAINT enrolments_dates CHECK (starts_on <= ends_on),
  UNIQUE (institution_id, id),
  FOREIGN KEY (institution_id, group_id) REFERENCES groups (institution_id, id),
  FOREIGN KEY (institution_id, person_id) REFERENCES people (institution_id, id),
  FOREIGN KEY (institution_id, staff_id) REFERENCES staff (institution_id, id),
  FOREIGN KEY (institution_id, subject_id) REFERENCES subjects (institution_id, id)
);
CREATE UNIQUE INDEX enrolments_one_open ON enrolments
  (institution_id, group_id, person_id, staff_id, role, subject_id) NULLS NOT DISTINCT
  WHERE ends_on IS NULL AND gone_at IS NULL AND NOT archived;
CREATE INDEX enrolments_of_group ON enrolments (institution_id, group_id, id);
CREATE INDEX enrolments_of_person ON enrolments (institution_id, person_id, id) WHERE person_id IS NOT NULL;
CREATE INDEX enrolments_of_staff ON enrolments (institution_id, staff_id, id) WHERE staff_id IS NOT NULL;
CALL isolate('enrolments', 'SELECT, INSERT, UPDATE');

-- A teacher's view ------------------------------------------------------------------------------------------------
-- These run as the owner: what they read is what decides on the policies, and no policy may ask itself.

-- Whether an enrolment holds on the day to which the transaction is narrowed.
CREATE FUNCTION holds_on(e enrolments, p_day date) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT e.gone_at IS NULL AND NOT e.archived
     AND (e.starts_on IS NULL OR e.starts_on <= p_day) AND (e.ends_on IS NULL OR e.ends_on >= p_day) $$;

-- The groups that the account teaches on that day, without those that are over.
CREATE OR REPLACE FUNCTION own_groups() RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT coalesce(array_agg(DISTINCT e.group_id), '{}')
    FROM staff s JOIN enrolments e ON e.institution_id = s.institution_id AND e.staff_id = s.id
    JOIN groups g ON g.institution_id = e.institution_id AND g.id = e.group_id
   WHERE s.institution_id = current_institution() AND s.account_id = current_account()
     AND NOT s.archived AND NOT g.archived AND g.gone_at IS NULL AND e.role IN ('class_teacher', 'teacher') AND holds_on(e, own_groups_on()) $$;

-- The learners of these groups on that day.
CREATE OR REPLACE FUNCTION own_learners() RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT coalesce(array_agg(DISTINCT e.person_id), '{}') FROM enrolments e
   WHERE e.institution_id = current_institution() AND e.group_id = ANY ((SELECT own_groups())::uuid[]) AND e.role = 'learner'
     AND holds_on(e, own_groups_on()) $$;

REVOKE ALL ON FUNCTION own_groups, own_learners FROM PUBLIC;
GRANT EXECUTE ON FUNCTION own_groups, own_learners TO deloteka_app;

CALL open_to_own_groups('people', 'id = ANY ((SELECT own_learners())::uuid[])');
CALL open_to_own_groups('groups', 'id = ANY ((SELECT own_groups())::uuid[])');
CALL open_to_own_groups('enrolments', 'group_id = ANY ((SELECT own_groups())::uuid[])'
  ' AND (person_id IS NULL OR person_id = ANY ((SELECT own_learners())::uuid[]))');
