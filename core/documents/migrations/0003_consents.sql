-- Nothing comes into a personal file that is blocked, or that nobody sees any more because it is being destroyed, whoever
-- asks. The look waits for the row of the file and locks it: either the blocking was committed before, and is seen, or the
-- upload is before it.
CREATE FUNCTION require_unblocked(p_institution uuid, p_file uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  is_blocked boolean;
BEGIN
  SELECT f.blocked INTO is_blocked FROM personal_files f
   WHERE f.institution_id = p_institution AND f.id = p_file FOR SHARE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'there is no such personal file' USING ERRCODE = 'integrity_constraint_violation',
      CONSTRAINT = 'documents_unchanged';
  END IF;
  IF is_blocked THEN
    RAISE EXCEPTION 'the personal file is blocked' USING ERRCODE = 'integrity_constraint_violation',
      CONSTRAINT = 'documents_unchanged';
  END IF;
END $$;

CREATE FUNCTION require_unblocked_file() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM require_unblocked(NEW.institution_id, NEW.personal_file_id);
  RETURN NEW;
END $$;
CREATE TRIGGER not_blocked BEFORE INSERT ON documents FOR EACH ROW WHEN (NEW.personal_file_id IS NOT NULL)
  EXECUTE FUNCTION require_unblocked_file();

CREATE FUNCTION require_unblocked_file_of_document() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  file CONSTANT uuid := (SELECT d.personal_file_id FROM documents d
                          WHERE d.institution_id = NEW.institution_id AND d.id = NEW.document_id);
BEGIN
  IF file IS NOT NULL THEN
    PERFORM require_unblocked(NEW.institution_id, file);
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER not_blocked BEFORE INSERT ON document_versions FOR EACH ROW WHEN (NEW.ordinal > 1)
  EXECUTE FUNCTION require_unblocked_file_of_document();

-- A consent may name the document that proves it; there is no foreign key, because a wrong upload may still be withdrawn.
CREATE FUNCTION require_document_of_consent() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM documents d WHERE d.institution_id = NEW.institution_id AND d.id = NEW.document_id
                   AND d.state NOT IN ('refused', 'withdrawn')) THEN
    RAISE EXCEPTION 'there is no such document' USING ERRCODE = 'foreign_key_violation',
      CONSTRAINT = 'consents_document';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER names_a_document BEFORE INSERT ON consents FOR EACH ROW WHEN (NEW.document_id IS NOT NULL)
  EXECUTE FUNCTION require_document_of_consent();
