-- An institution has no institution_id: it is what the others point to. Its own policy lets a transaction see and
-- change the institution it speaks for; for the installation as a whole (the nil UUID) all are visible, none can be
-- changed. The very transaction that speaks for a new institution may bring it into being.

CREATE TABLE institutions (
  id uuid PRIMARY KEY CHECK (id <> '00000000-0000-0000-0000-000000000000'),
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 300),
  short_name text NOT NULL CHECK (length(short_name) BETWEEN 1 AND 100),
  inn text CHECK (inn ~ '^([0-9]{10}|[0-9]{12})$'),
  time_zone text NOT NULL CHECK (time_zone ~ '^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*$'),
  settings jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(settings) = 'object'),
  revision integer NOT NULL DEFAULT 1 CHECK (revision > 0),
  created_at timestamptz NOT NULL
);

ALTER TABLE institutions ENABLE ROW LEVEL SECURITY;
CREATE POLICY visible ON institutions FOR SELECT TO deloteka_app
  USING (id = (SELECT current_institution())
         OR (SELECT current_institution()) = '00000000-0000-0000-0000-000000000000');
CREATE POLICY born ON institutions FOR INSERT TO deloteka_app WITH CHECK (id = (SELECT current_institution()));
CREATE POLICY changed ON institutions FOR UPDATE TO deloteka_app
  USING (id = (SELECT current_institution())) WITH CHECK (id = (SELECT current_institution()));

GRANT SELECT, INSERT ON institutions TO deloteka_app;
GRANT UPDATE (name, short_name, inn, time_zone, settings, revision) ON institutions TO deloteka_app;
