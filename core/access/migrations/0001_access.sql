-- Accounts -------------------------------------------------------------------------------------------------------
-- A person may serve several institutions, so an account has no institution_id. Its policy: a transaction sees its
-- own account and the members of its institution; for the installation as a whole (the nil UUID) all are visible.

CREATE TABLE accounts (
  id uuid PRIMARY KEY,
  login text NOT NULL CHECK (login ~ '^[A-Za-z0-9][A-Za-z0-9._@+-]{2,99}$'),
  display_name text NOT NULL CHECK (length(display_name) BETWEEN 1 AND 200),
  kind text NOT NULL CHECK (kind IN ('person', 'service')),
  password_hash text CHECK (password_hash LIKE '$argon2id$%'),
  must_change_password boolean NOT NULL DEFAULT false,
  password_changed_at timestamptz,
  password_expires_at timestamptz,  -- of a one-time password
  is_operator boolean NOT NULL DEFAULT false,
  is_first boolean NOT NULL DEFAULT false,
  deactivated_at timestamptz,
  revision integer NOT NULL DEFAULT 1 CHECK (revision > 0),
  created_at timestamptz NOT NULL,
  CHECK (must_change_password = (password_expires_at IS NOT NULL)),
  CHECK (kind = 'person' OR (password_hash IS NULL AND NOT must_change_password AND NOT is_operator))
);
CREATE UNIQUE INDEX accounts_login ON accounts (lower(login));
-- Of several processes that start on an empty database one makes the first account.
CREATE UNIQUE INDEX accounts_first ON accounts (is_first) WHERE is_first;

CREATE TABLE memberships (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  account_id uuid NOT NULL REFERENCES accounts,
  roles text[] NOT NULL CHECK (
    cardinality(roles) > 0 AND array_position(roles, NULL) IS NULL
    AND roles <@ ARRAY['administrator', 'clerk', 'records_officer', 'commission', 'head', 'executor', 'auditor',
                       'teacher', 'service_account']),
  -- Permissions that were given to this member besides those of the roles.
  rights text[] NOT NULL DEFAULT '{}' CHECK (array_position(rights, NULL) IS NULL AND rights <@ ARRAY['connections.manage']),
  note text NOT NULL DEFAULT '' CHECK (length(note) <= 500),
  deactivated_at timestamptz,
  revision integer NOT NULL DEFAULT 1 CHECK (revision > 0),
  created_at timestamptz NOT NULL,
  UNIQUE (institution_id, account_id),
  -- Whoever makes accounts reads no records, and whoever reads records makes no accounts.
  CONSTRAINT administrator_stands_alone CHECK (NOT ('administrator' = ANY (roles)) OR cardinality(roles) = 1),
  CONSTRAINT service_account_stands_alone CHECK (NOT ('service_account' = ANY (roles)) OR cardinality(roles) = 1)
);
CREATE INDEX memberships_by_account ON memberships (account_id);
CALL isolate('memberships', 'SELECT, INSERT', 'works');
GRANT UPDATE (roles, rights, note, deactivated_at, revision) ON memberships TO deloteka_app;

ALTER TABLE accounts ENABLE ROW LEVEL SECURITY;
CREATE POLICY visible ON accounts FOR SELECT TO deloteka_app USING (
  (SELECT current_institution()) = '00000000-0000-0000-0000-000000000000'
  OR id = (SELECT current_account())
  OR EXISTS (SELECT FROM memberships m
              WHERE m.institution_id = (SELECT current_institution()) AND m.account_id = accounts.id));
CREATE POLICY changed ON accounts FOR UPDATE TO deloteka_app USING (
  (SELECT current_institution()) = '00000000-0000-0000-0000-000000000000'
  OR id = (SELECT current_account())
  OR EXISTS (SELECT FROM memberships m
              WHERE m.institution_id = (SELECT current_institution()) AND m.account_id = accounts.id));
-- An operator comes from the first start or from the installation itself, never from the work of an institution.
CREATE POLICY born ON accounts FOR INSERT TO deloteka_app WITH CHECK (
  NOT is_operator OR is_first OR (SELECT current_institution()) = '00000000-0000-0000-0000-000000000000');
GRANT SELECT, INSERT ON accounts TO deloteka_app;
GRANT UPDATE (display_name, password_hash, must_change_password, password_changed_at, password_expires_at,
              deactivated_at, revision) ON accounts TO deloteka_app;

-- Credentials ----------------------------------------------------------------------------------------------------
-- Only the SHA-256 of a random 256-bit token is kept.

CREATE TABLE sessions (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL,
  account_id uuid NOT NULL,
  token_digest bytea NOT NULL UNIQUE CHECK (octet_length(token_digest) = 32),
  source text NOT NULL,
  created_at timestamptz NOT NULL,
  last_seen_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  ended_at timestamptz,
  FOREIGN KEY (institution_id, account_id) REFERENCES memberships (institution_id, account_id)
);
CREATE INDEX sessions_by_account ON sessions (account_id) WHERE ended_at IS NULL;
CREATE INDEX sessions_by_age ON sessions (expires_at);
CALL isolate('sessions', 'SELECT, INSERT', 'works');
GRANT UPDATE (last_seen_at, ended_at) ON sessions TO deloteka_app;

CREATE TABLE api_tokens (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL,
  account_id uuid NOT NULL,
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
  token_digest bytea NOT NULL UNIQUE CHECK (octet_length(token_digest) = 32),
  scopes text[] NOT NULL CHECK (cardinality(scopes) > 0 AND array_position(scopes, NULL) IS NULL),
  created_by uuid,
  created_at timestamptz NOT NULL,
  last_used_at timestamptz,
  expires_at timestamptz NOT NULL,
  revoked_at timestamptz,
  FOREIGN KEY (institution_id, account_id) REFERENCES memberships (institution_id, account_id)
);
CREATE INDEX api_tokens_by_account ON api_tokens (account_id, id DESC);
CALL isolate('api_tokens', 'SELECT, INSERT', 'works');
GRANT UPDATE (last_used_at, revoked_at) ON api_tokens TO deloteka_app;

-- Sign-in attempts -----------------------------------------------------------------------------------------------
-- Counted before anybody is known, hence without an institution; keys are digests, because people type passwords
-- into the wrong field.

CREATE TABLE sign_in_attempts (
  key bytea PRIMARY KEY CHECK (octet_length(key) = 32),
  attempts integer NOT NULL CHECK (attempts >= 0),
  last_at timestamptz NOT NULL,
  next_at timestamptz NOT NULL
);
CREATE INDEX sign_in_attempts_by_age ON sign_in_attempts (last_at);
GRANT SELECT, INSERT, UPDATE, DELETE ON sign_in_attempts TO deloteka_app;

-- Narrow doors ---------------------------------------------------------------------------------------------------
-- These run as the owner because the institution is not known yet, or because the answer concerns several. pg_temp
-- comes last in the search path, or a temporary table could stand in for a real one.

-- Who holds this credential now? No row: nobody. Notes the use, at most once a minute.
CREATE FUNCTION authenticate(p_digest bytea, p_now timestamptz, p_idle interval)
RETURNS TABLE (credential text, credential_id uuid, expired boolean, account_id uuid, institution_id uuid, kind text,
               roles text[], rights text[], scopes text[], is_operator boolean, must_change_password boolean, time_zone text,
               expires_at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  seen_at timestamptz;
BEGIN
  SELECT 'session', s.id, s.account_id, s.institution_id, NULL, least(s.expires_at, s.last_seen_at + p_idle), s.last_seen_at
    INTO credential, credential_id, account_id, institution_id, scopes, expires_at, seen_at
    FROM sessions s WHERE s.token_digest = p_digest AND s.ended_at IS NULL;
  IF NOT FOUND THEN
    SELECT 'token', t.id, t.account_id, t.institution_id, t.scopes, t.expires_at, t.last_used_at
      INTO credential, credential_id, account_id, institution_id, scopes, expires_at, seen_at
      FROM api_tokens t WHERE t.token_digest = p_digest AND t.revoked_at IS NULL;
    IF NOT FOUND THEN
      RETURN;
    END IF;
  END IF;
  expired := expires_at <= p_now;
  IF NOT expired AND (seen_at IS NULL OR seen_at < p_now - interval '1 minute') THEN
    UPDATE sessions s SET last_seen_at = p_now WHERE credential = 'session' AND s.id = credential_id;
    UPDATE api_tokens t SET last_used_at = p_now WHERE credential = 'token' AND t.id = credential_id;
  END IF;
  SELECT a.kind, m.roles, m.rights, a.is_operator, a.must_change_password, i.time_zone
    INTO kind, roles, rights, is_operator, must_change_password, time_zone
    FROM accounts a
    JOIN memberships m ON m.account_id = a.id AND m.institution_id = authenticate.institution_id
                      AND m.deactivated_at IS NULL
    JOIN institutions i ON i.id = m.institution_id
   WHERE a.id = authenticate.account_id AND a.deactivated_at IS NULL;
  IF FOUND THEN
    RETURN NEXT;
  END IF;
END $$;
REVOKE ALL ON FUNCTION authenticate FROM PUBLIC;
GRANT EXECUTE ON FUNCTION authenticate TO deloteka_app;

-- The institutions an account serves now.
CREATE FUNCTION institutions_of(p_account uuid)
RETURNS TABLE (institution_id uuid, name text, short_name text, time_zone text, roles text[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT i.id, i.name, i.short_name, i.time_zone, m.roles
    FROM memberships m JOIN institutions i ON i.id = m.institution_id
   WHERE m.account_id = p_account AND m.deactivated_at IS NULL
   ORDER BY i.name, i.id $$;
REVOKE ALL ON FUNCTION institutions_of FROM PUBLIC;
GRANT EXECUTE ON FUNCTION institutions_of TO deloteka_app;

-- Whether an account belongs, or ever belonged, to an institution other than that of the transaction.
CREATE FUNCTION serves_elsewhere(p_account uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT EXISTS (SELECT FROM memberships m
                  WHERE m.account_id = p_account AND m.institution_id IS DISTINCT FROM current_institution()) $$;
REVOKE ALL ON FUNCTION serves_elsewhere FROM PUBLIC;
GRANT EXECUTE ON FUNCTION serves_elsewhere TO deloteka_app;

-- Ends what an account holds: in one institution, or everywhere (NULL). The transaction speaks for the account, for
-- an institution it belongs to, or for the installation; anything else ends nothing.
CREATE FUNCTION end_credentials(p_account uuid, p_institution uuid, p_tokens_too boolean, p_now timestamptz)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NOT (p_account IS NOT DISTINCT FROM current_account()
          OR current_institution() IS NOT DISTINCT FROM '00000000-0000-0000-0000-000000000000'
          OR EXISTS (SELECT FROM memberships m
                      WHERE m.institution_id = current_institution() AND m.account_id = p_account)) THEN
    RETURN;
  END IF;
  UPDATE sessions SET ended_at = p_now
   WHERE account_id = p_account AND ended_at IS NULL AND (p_institution IS NULL OR institution_id = p_institution);
  IF p_tokens_too THEN
    UPDATE api_tokens SET revoked_at = p_now
     WHERE account_id = p_account AND revoked_at IS NULL AND (p_institution IS NULL OR institution_id = p_institution);
  END IF;
END $$;
REVOKE ALL ON FUNCTION end_credentials FROM PUBLIC;
GRANT EXECUTE ON FUNCTION end_credentials TO deloteka_app;

-- Forgets sessions that ended long ago and attempts nobody counts any more.
CREATE FUNCTION forget_stale_access(p_sessions_before timestamptz, p_attempts_before timestamptz)
RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  WITH s AS (DELETE FROM sessions WHERE least(expires_at, ended_at) < p_sessions_before RETURNING 1),
       a AS (DELETE FROM sign_in_attempts WHERE last_at < p_attempts_before AND next_at < p_attempts_before RETURNING 1)
  SELECT (SELECT count(*) FROM s) + (SELECT count(*) FROM a) $$;
REVOKE ALL ON FUNCTION forget_stale_access FROM PUBLIC;
GRANT EXECUTE ON FUNCTION forget_stale_access TO deloteka_app;
