-- How the institution is named on its papers, and under which class each kind of paper is filed. The latest row holds.

CREATE TABLE paperwork_policies (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  address text NOT NULL,
  place text NOT NULL,
  fonds_number text NOT NULL,
  fonds_name text NOT NULL,
  head_post text NOT NULL,
  officer_post text NOT NULL,
  chair_post text NOT NULL,
  chair_name text NOT NULL,
  secretary_post text NOT NULL,
  secretary_name text NOT NULL,
  -- Name of the information system, and categories of personal data, as acts and exports of order № 179 state them.
  information_system text NOT NULL,
  data_categories text NOT NULL,
  -- Days for which backups are kept; NULL: nobody has said so.
  backup_days integer CHECK (backup_days BETWEEN 0 AND 3660),
  backup_media text NOT NULL,
  -- Class (lineage) by kind of paper.
  filing jsonb NOT NULL CHECK (jsonb_typeof(filing) = 'object'),
  decided_by uuid NOT NULL,
  decided_at timestamptz NOT NULL
);
CREATE INDEX paperwork_policies_latest ON paperwork_policies (institution_id, id DESC);
CALL isolate('paperwork_policies', 'SELECT, INSERT');
CALL append_only('paperwork_policies');

-- A paper as it was issued: what it is about, the digest of what it says, the digest of its bytes. One of a kind,
-- subject and edition: issuing twice gives the same paper.

CREATE TABLE issued_papers (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  kind text NOT NULL CHECK (kind IN ('nomenclature_form', 'inventory', 'disposal_act', 'personal_data_act',
    'event_log_export', 'event_log_table', 'commission_minutes', 'destruction_certificate', 'period_results')),
  subject_type text NOT NULL CHECK (subject_type IN ('nomenclature_version', 'inventory', 'disposal_act', 'person',
    'copy_decision', 'period_export')),
  subject_id uuid NOT NULL,
  edition text NOT NULL,
  number text NOT NULL,
  dated_on date NOT NULL,
  title text NOT NULL CHECK (title <> ''),
  value_digest bytea NOT NULL CHECK (octet_length(value_digest) = 32),
  sha256 bytea NOT NULL CHECK (octet_length(sha256) = 32),
  size bigint NOT NULL CHECK (size > 0),
  issued_by uuid NOT NULL,
  issued_at timestamptz NOT NULL,
  UNIQUE (institution_id, id),
  CONSTRAINT issued_papers_once UNIQUE (institution_id, subject_id, kind, edition)
);
CREATE INDEX issued_papers_by_age ON issued_papers (institution_id, id DESC);
CALL isolate('issued_papers', 'SELECT, INSERT');
CALL append_only('issued_papers');

-- The bytes between the decision to issue and the filing: from here a paper is kept again after any crash.
CREATE TABLE issued_paper_bytes (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  content bytea NOT NULL,
  FOREIGN KEY (institution_id, id) REFERENCES issued_papers (institution_id, id)
);
CALL isolate('issued_paper_bytes', 'SELECT, INSERT, DELETE');

-- Which document of the registry a paper became, and in which case it was filed. There is no foreign key to documents:
-- that a paper was issued stays known when its own term is over.
CREATE TABLE paper_filings (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  document_id uuid NOT NULL,
  case_id uuid NOT NULL,
  filed_at timestamptz NOT NULL,
  UNIQUE (institution_id, document_id),
  FOREIGN KEY (institution_id, id) REFERENCES issued_papers (institution_id, id)
);
CALL isolate('paper_filings', 'SELECT, INSERT');
CALL append_only('paper_filings');

-- The bytes go when the paper is filed, and not before.
CREATE FUNCTION require_filed_paper() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM paper_filings f WHERE f.institution_id = OLD.institution_id AND f.id = OLD.id) THEN
    RAISE EXCEPTION 'the paper is not filed yet' USING ERRCODE = 'DL001';
  END IF;
  RETURN OLD;
END $$;
CREATE TRIGGER filed_first BEFORE DELETE ON issued_paper_bytes FOR EACH ROW EXECUTE FUNCTION require_filed_paper();
CREATE TRIGGER unchanged BEFORE UPDATE ON issued_paper_bytes FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON issued_paper_bytes
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Who signed a paper: by a detached signature, kept untouched, or by hand on a print of it. Nothing here says that a
-- signature is valid.
CREATE TABLE paper_signatures (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  paper_id uuid NOT NULL,
  manner text NOT NULL CHECK (manner IN ('detached', 'by_hand')),
  -- Account of who signed; NULL: somebody without one, such as the archive.
  signatory_id uuid,
  signatory_name text NOT NULL CHECK (signatory_name <> ''),
  signatory_post text NOT NULL,
  signed_on date NOT NULL,
  -- The signature itself, or a scan of the signed print.
  document_id uuid,
  sha256 bytea CHECK (octet_length(sha256) = 32),
  size bigint CHECK (size > 0),
  file_name text NOT NULL,
  encoding text NOT NULL CHECK (encoding IN ('', 'der', 'pem', 'base64')),
  recorded_by uuid NOT NULL,
  recorded_at timestamptz NOT NULL,
  UNIQUE (institution_id, id),
  CHECK (manner = 'by_hand' OR document_id IS NOT NULL),
  CHECK ((manner = 'detached') = (encoding <> '')),
  CHECK (num_nonnulls(document_id, sha256, size) IN (0, 3) AND (document_id IS NULL) = (file_name = '')),
  FOREIGN KEY (institution_id, paper_id) REFERENCES issued_papers (institution_id, id)
);
CREATE INDEX paper_signatures_by_paper ON paper_signatures (institution_id, paper_id, id);
CREATE UNIQUE INDEX paper_signatures_each_file_once ON paper_signatures (institution_id, sha256) WHERE sha256 IS NOT NULL;
CREATE UNIQUE INDEX paper_signatures_by_hand_once ON paper_signatures (paper_id, signatory_id)
  WHERE manner = 'by_hand' AND signatory_id IS NOT NULL;
CALL isolate('paper_signatures', 'SELECT, INSERT');
CALL append_only('paper_signatures');
