-- A personal file that is a case ends with the case: its row stays, with its number and nothing that a person wrote, and is
-- seen by the execution of the act only. Its learner may be given a new one.

ALTER TABLE personal_files ADD COLUMN destruction_began_at timestamptz;
ALTER TABLE personal_files DROP CONSTRAINT personal_files_one_each;
CREATE UNIQUE INDEX personal_files_one_each ON personal_files (institution_id, person_id)
  WHERE destruction_began_at IS NULL;

CREATE POLICY not_being_destroyed ON personal_files AS RESTRICTIVE TO deloteka_app
  USING (destruction_began_at IS NULL OR current_setting('deloteka.destroying', true) = 'on');

CREATE FUNCTION refuse_to_revive_file() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'the destruction of this personal file has begun' USING ERRCODE = 'DL001';
END $$;
CREATE TRIGGER only_goes_on BEFORE UPDATE OR DELETE ON personal_files FOR EACH ROW
  WHEN (OLD.destruction_began_at IS NOT NULL) EXECUTE FUNCTION refuse_to_revive_file();

-- The greatest number counts, also that of a file nobody sees any more.
CREATE FUNCTION next_personal_file_number() RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT (coalesce(max(ordinal), 0) + 1)::text FROM personal_files
   WHERE institution_id = current_institution() AND ordinal IS NOT NULL $$;
REVOKE ALL ON FUNCTION next_personal_file_number FROM PUBLIC;
GRANT EXECUTE ON FUNCTION next_personal_file_number TO deloteka_app;
