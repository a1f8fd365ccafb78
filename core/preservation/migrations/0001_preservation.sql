-- The destruction ledger: what a restore from an older backup must not bring back, and the holds it must not forget.
-- Triggers write it, so that it grows in the transaction that ends or holds something, whoever asks. A worker copies it
-- to the object storage, because a ledger that lies in the database alone is as old as the backup of the database.

CREATE TABLE destruction_ledger (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  institution_id uuid NOT NULL,
  entered_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  kind text NOT NULL CHECK (kind IN ('document_gone', 'version_gone', 'bytes_gone', 'case_gone', 'person_gone',
    'given_file_gone', 'hold', 'hold_target')),
  object_id uuid NOT NULL,
  body jsonb NOT NULL
);
CREATE INDEX destruction_ledger_by_age ON destruction_ledger (institution_id, entered_at);
CALL isolate('destruction_ledger', 'SELECT, INSERT');
CALL append_only('destruction_ledger');

-- Which entries are not copied to the object storage yet; only a work list.
CREATE TABLE destruction_ledger_waiting (
  entry_id uuid PRIMARY KEY REFERENCES destruction_ledger,
  institution_id uuid NOT NULL
);
CREATE INDEX destruction_ledger_waiting_by_institution ON destruction_ledger_waiting (institution_id);
CALL isolate('destruction_ledger_waiting', 'SELECT, INSERT, DELETE');

CREATE FUNCTION institutions_with_waiting_ledger() RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$ SELECT DISTINCT institution_id FROM destruction_ledger_waiting $$;
REVOKE ALL ON FUNCTION institutions_with_waiting_ledger FROM PUBLIC;
GRANT EXECUTE ON FUNCTION institutions_with_waiting_ledger TO deloteka_app;

CREATE FUNCTION await_copy_of_ledger() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO destruction_ledger_waiting (entry_id, institution_id) VALUES (NEW.id, NEW.institution_id);
  RETURN NULL;
END $$;
CREATE TRIGGER waits_for_its_copy AFTER INSERT ON destruction_ledger FOR EACH ROW EXECUTE FUNCTION await_copy_of_ledger();

-- No title and no file name: only what a restore needs to find the thing again.
CREATE FUNCTION enter_end_in_ledger() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  row_ jsonb := to_jsonb(OLD);
BEGIN
  IF TG_TABLE_NAME = 'documents' THEN
    INSERT INTO destruction_ledger (institution_id, kind, object_id, body)
    VALUES (OLD.institution_id, 'document_gone', OLD.id, jsonb_build_object('state', row_ -> 'state'));
    RETURN NULL;
  END IF;
  INSERT INTO destruction_ledger (institution_id, kind, object_id, body)
  SELECT OLD.institution_id, CASE TG_OP WHEN 'DELETE' THEN 'version_gone' ELSE 'bytes_gone' END, OLD.id,
         jsonb_build_object(
           'document', row_ -> 'document_id', 'key', row_ -> 'object_key', 'storage_version', row_ -> 'storage_version_id',
           'state', row_ -> 'state', 'sha256', substr(row_ ->> 'sha256', 3))
         || CASE TG_OP WHEN 'DELETE' THEN '{}'::jsonb ELSE (
              SELECT jsonb_build_object(
                'decided_by', r -> 'decided_by', 'decided_at', r -> 'decided_at', 'reason', r -> 'decision_reason',
                'bytes_gone_at', r -> 'bytes_gone_at',
                'document_state', (SELECT d.state FROM documents d WHERE d.institution_id = OLD.institution_id
                                      AND d.id = (r ->> 'document_id')::uuid))
                FROM to_jsonb(NEW) AS r) END;
  RETURN NULL;
END $$;
CREATE TRIGGER enters_ledger AFTER DELETE ON documents FOR EACH ROW EXECUTE FUNCTION enter_end_in_ledger();
CREATE TRIGGER enters_ledger AFTER DELETE ON document_versions FOR EACH ROW EXECUTE FUNCTION enter_end_in_ledger();
CREATE TRIGGER enters_ledger_with_bytes AFTER UPDATE OF bytes_gone_at ON document_versions FOR EACH ROW
  WHEN (OLD.bytes_gone_at IS NULL AND NEW.bytes_gone_at IS NOT NULL) EXECUTE FUNCTION enter_end_in_ledger();

CREATE FUNCTION enter_hold_in_ledger() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO destruction_ledger (institution_id, kind, object_id, body)
  VALUES (NEW.institution_id, CASE TG_TABLE_NAME WHEN 'holds' THEN 'hold' ELSE 'hold_target' END, NEW.id, to_jsonb(NEW));
  RETURN NULL;
END $$;
CREATE TRIGGER enters_ledger AFTER INSERT OR UPDATE ON holds FOR EACH ROW EXECUTE FUNCTION enter_hold_in_ledger();
CREATE TRIGGER enters_ledger AFTER INSERT ON hold_targets FOR EACH ROW EXECUTE FUNCTION enter_hold_in_ledger();

-- A case keeps its row as a stub, so that its end is entered when its state says so.
CREATE FUNCTION enter_end_of_case_in_ledger() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO destruction_ledger (institution_id, kind, object_id, body)
  VALUES (NEW.institution_id, 'case_gone', NEW.id, jsonb_build_object(
    'electronic_fate', NEW.electronic_fate,
    'act', (SELECT jsonb_build_object('id', a.id, 'number', a.number, 'date', a.approved_on)
              FROM disposal_act_lines l JOIN disposal_acts a ON a.institution_id = l.institution_id AND a.id = l.act_id
             WHERE l.institution_id = NEW.institution_id AND l.case_id = NEW.id AND l.living)));
  RETURN NULL;
END $$;
CREATE TRIGGER enters_ledger AFTER UPDATE OF state ON cases FOR EACH ROW
  WHEN (NEW.state = 'destroyed' AND OLD.state <> 'destroyed') EXECUTE FUNCTION enter_end_of_case_in_ledger();

-- A learner keeps a stub as well; no name.
CREATE FUNCTION enter_end_of_person_in_ledger() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO destruction_ledger (institution_id, kind, object_id, body)
  VALUES (NEW.institution_id, 'person_gone', NEW.person_id, jsonb_build_object('act', NEW.act, 'counts', NEW.counts));
  RETURN NULL;
END $$;
CREATE TRIGGER enters_ledger AFTER UPDATE OF ended_at ON ended_people FOR EACH ROW
  WHEN (OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL) EXECUTE FUNCTION enter_end_of_person_in_ledger();
