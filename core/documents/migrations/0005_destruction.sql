-- The execution of a disposal act marks documents in the transaction that is its point of no return. From that commit on
-- nobody sees them but the execution itself, which says so in `deloteka.destroying`: no list, no reading, no new version,
-- no picture, no mark of a hold, no copy put back from the spool.

ALTER TABLE documents ADD COLUMN destruction_began_at timestamptz;
CREATE INDEX documents_being_destroyed ON documents (institution_id, id) WHERE destruction_began_at IS NOT NULL;

CREATE POLICY not_being_destroyed ON documents AS RESTRICTIVE TO deloteka_app
  USING (destruction_began_at IS NULL OR current_setting('deloteka.destroying', true) = 'on');

CREATE FUNCTION refuse_to_revive() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'the destruction of this document has begun' USING ERRCODE = 'DL001';
END $$;
CREATE TRIGGER only_goes_on BEFORE UPDATE ON documents FOR EACH ROW
  WHEN (OLD.destruction_began_at IS NOT NULL) EXECUTE FUNCTION refuse_to_revive();

-- The look at holds stands at the mark; what was marked goes on, because a later hold comes too late for it.
CREATE TRIGGER not_held_when_destroyed BEFORE UPDATE OF destruction_began_at ON documents FOR EACH ROW
  WHEN (OLD.destruction_began_at IS NULL AND NEW.destruction_began_at IS NOT NULL)
  EXECUTE FUNCTION require_no_hold_over_document();
DROP TRIGGER not_held_when_removed ON documents;
CREATE TRIGGER not_held_when_removed BEFORE DELETE ON documents FOR EACH ROW
  WHEN (OLD.state <> 'withdrawn' AND OLD.destruction_began_at IS NULL)
  EXECUTE FUNCTION require_no_hold_over_document();

-- What the register keeps of a document that is destroyed: no title, no file name, nobody's name. The digests of its files
-- stand in the proof of the act.
CREATE TABLE document_stubs (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  case_id uuid NOT NULL,
  kind text NOT NULL,
  dated_on date,
  received_at timestamptz NOT NULL,
  files integer NOT NULL CHECK (files >= 0),
  act_id uuid NOT NULL,
  act_number text NOT NULL CHECK (act_number <> ''),
  act_date date NOT NULL,
  -- Of a copy whose original an archive keeps: where, and under which of its acts. `act_id` is then the decision.
  transfer_id uuid,
  kept_by text NOT NULL DEFAULT '',
  kept_under text NOT NULL DEFAULT '',
  began_at timestamptz NOT NULL,
  destroyed_at timestamptz,
  UNIQUE (institution_id, id),
  CHECK ((transfer_id IS NULL) = (kept_by = '') AND (transfer_id IS NULL) = (kept_under = '')),
  FOREIGN KEY (institution_id, case_id) REFERENCES cases (institution_id, id)
);
CREATE INDEX document_stubs_by_case ON document_stubs (institution_id, case_id, id);
CALL isolate('document_stubs', 'SELECT, INSERT');
GRANT UPDATE (destroyed_at) ON document_stubs TO deloteka_app;

CREATE FUNCTION guard_document_stub() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.destroyed_at IS NULL
     AND (to_jsonb(NEW) - 'destroyed_at') = (to_jsonb(OLD) - 'destroyed_at')
     AND NOT EXISTS (SELECT FROM documents d WHERE d.institution_id = NEW.institution_id AND d.id = NEW.id) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'what is left of a destroyed document is never changed or removed' USING ERRCODE = 'DL001';
END $$;
CREATE TRIGGER guarded BEFORE UPDATE OR DELETE ON document_stubs FOR EACH ROW EXECUTE FUNCTION guard_document_stub();
CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON document_stubs FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
