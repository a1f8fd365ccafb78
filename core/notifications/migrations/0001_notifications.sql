-- Who wants to be told of what, and by which notifier.
CREATE TABLE subscriptions (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL REFERENCES institutions,
  notifier text NOT NULL CHECK (notifier ~ '^[a-z][a-z0-9_]{0,62}$'),
  recipient text NOT NULL CHECK (recipient <> ''),
  title text NOT NULL CHECK (title <> ''),
  -- Names of events, or the first part of a name with «.*».
  topics text[] NOT NULL CHECK (cardinality(topics) > 0),
  language text NOT NULL CHECK (language IN ('ru', 'en')),
  state text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'paused', 'failing')),
  -- Why it fails, in the notifier's words.
  state_reason text NOT NULL DEFAULT '',
  -- Encrypted; NULL where the notifier signs nothing.
  secret_key_id text,
  secret_envelope bytea,
  revision integer NOT NULL DEFAULT 1,
  created_by uuid,
  created_at timestamptz NOT NULL,
  UNIQUE (institution_id, id),
  CHECK ((secret_key_id IS NULL) = (secret_envelope IS NULL)),
  CHECK ((state = 'failing') = (state_reason <> ''))
);
CREATE INDEX subscriptions_listed ON subscriptions (institution_id, id DESC);
CALL isolate('subscriptions', 'SELECT, INSERT, UPDATE, DELETE');

-- One message: an event for a subscription, once.
CREATE TABLE messages (
  id uuid PRIMARY KEY,
  institution_id uuid NOT NULL,
  subscription_id uuid NOT NULL,
  event_id uuid NOT NULL,
  topic text NOT NULL,
  object_id uuid,
  facts jsonb NOT NULL,
  occurred_at timestamptz NOT NULL,
  state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sent', 'given_up')),
  attempts integer NOT NULL DEFAULT 0,
  next_attempt_at timestamptz NOT NULL,
  last_error text NOT NULL DEFAULT '',
  ended_at timestamptz,
  UNIQUE (institution_id, id),
  CONSTRAINT messages_once UNIQUE (institution_id, subscription_id, event_id),
  FOREIGN KEY (institution_id, subscription_id) REFERENCES subscriptions (institution_id, id) ON DELETE CASCADE,
  CHECK ((state = 'waiting') = (ended_at IS NULL))
);
CREATE INDEX messages_due ON messages (next_attempt_at) WHERE state = 'waiting';
CREATE INDEX messages_listed ON messages (institution_id, subscription_id, id DESC);
CALL isolate('messages', 'SELECT, INSERT, UPDATE, DELETE');

CREATE FUNCTION institutions_with_due_messages(p_now timestamptz) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$ SELECT DISTINCT institution_id FROM messages WHERE state = 'waiting' AND next_attempt_at <= p_now $$;
REVOKE ALL ON FUNCTION institutions_with_due_messages FROM PUBLIC;
GRANT EXECUTE ON FUNCTION institutions_with_due_messages TO deloteka_app;
