-- Documents are filed into cases, and share their fate from then on.

ALTER TABLE documents
  ADD COLUMN case_id uuid,
  ADD COLUMN volume_id uuid,
  ADD CHECK ((state = 'filed') = (case_id IS NOT NULL)),
  ADD CHECK (volume_id IS NULL OR case_id IS NOT NULL),
  ADD FOREIGN KEY (institution_id, case_id) REFERENCES cases (institution_id, id),
  ADD FOREIGN KEY (institution_id, case_id, volume_id) REFERENCES case_volumes (institution_id, case_id, id);
CREATE INDEX documents_by_case ON documents (institution_id, case_id, id DESC) WHERE case_id IS NOT NULL;

-- Holds reach documents by their case, by the case that their personal file is, and by the person it belongs to.

CREATE FUNCTION holds_over_document(p_institution uuid, p_document uuid) RETURNS SETOF uuid
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  WITH document AS (
    SELECT d.case_id, f.person_id, s.id AS subject_case_id
      FROM documents d
      LEFT JOIN personal_files f ON f.institution_id = d.institution_id AND f.id = d.personal_file_id
      LEFT JOIN cases s ON s.institution_id = d.institution_id AND s.subject_kind = 'personal_file'
                       AND s.subject_id = d.personal_file_id
     WHERE d.institution_id = p_institution AND d.id = p_document)
  SELECT h FROM document, LATERAL holds_over_person(p_institution, person_id) AS h
  UNION SELECT h FROM document, LATERAL holds_over_case(p_institution, case_id) AS h
  UNION SELECT h FROM document, LATERAL holds_over_case(p_institution, subject_case_id) AS h $$;

-- No document ends while a hold covers it, whoever asks. The gate keeps holds from being placed between the look and the
-- commit; each statement in here sees what was committed before it.
CREATE FUNCTION require_no_hold_over_document() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  document uuid := CASE TG_TABLE_NAME WHEN 'documents' THEN OLD.id ELSE (to_jsonb(OLD) ->> 'document_id')::uuid END;
BEGIN
  CALL pass_gate_of_holds(OLD.institution_id);
  IF EXISTS (SELECT FROM holds_over_document(OLD.institution_id, document)) THEN
    RAISE EXCEPTION 'a hold covers this document' USING ERRCODE = 'DL002';
  END IF;
  RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
-- A version that goes with its document is no end of its own: its document is gone already, or withdrawn.
CREATE FUNCTION require_no_hold_over_version() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  CALL pass_gate_of_holds(OLD.institution_id);
  IF EXISTS (SELECT FROM documents d WHERE d.id = OLD.document_id AND d.state <> 'withdrawn')
     AND EXISTS (SELECT FROM holds_over_document(OLD.institution_id, OLD.document_id)) THEN
    RAISE EXCEPTION 'a hold covers this document' USING ERRCODE = 'DL002';
  END IF;
  RETURN OLD;
END $$;

CREATE TRIGGER not_held BEFORE UPDATE OF state ON documents FOR EACH ROW
  WHEN (NEW.state IN ('refused', 'withdrawn') AND NEW.state <> OLD.state)
  EXECUTE FUNCTION require_no_hold_over_document();
CREATE TRIGGER not_held BEFORE UPDATE OF state ON document_versions FOR EACH ROW
  WHEN (NEW.state IN ('refused', 'withdrawn') AND NEW.state <> OLD.state)
  EXECUTE FUNCTION require_no_hold_over_document();
-- What was withdrawn goes after its bytes: that end was decided, and looked at, before.
CREATE TRIGGER not_held_when_removed BEFORE DELETE ON documents FOR EACH ROW
  WHEN (OLD.state <> 'withdrawn') EXECUTE FUNCTION require_no_hold_over_document();
CREATE TRIGGER not_held_when_removed BEFORE DELETE ON document_versions FOR EACH ROW
  WHEN (OLD.state <> 'withdrawn')
  EXECUTE FUNCTION require_no_hold_over_version();

-- A personal file that is a case closes as a whole: what was kept in it is filed with it.
CREATE FUNCTION file_personal_file() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  UPDATE documents SET state = 'filed', case_id = NEW.id, revision = revision + 1
   WHERE institution_id = NEW.institution_id AND personal_file_id = NEW.subject_id AND state = 'kept';
  RETURN NULL;
END $$;
CREATE TRIGGER files_its_documents AFTER UPDATE OF state ON cases FOR EACH ROW
  WHEN (OLD.state = 'open' AND NEW.state <> 'open' AND NEW.subject_kind = 'personal_file')
  EXECUTE FUNCTION file_personal_file();
