-- What is told when a job ends: an event for the topic, and webhooks until they are delivered.

-- A table of their own: a worker of the version before runs on after an upgrade until its task is done, takes every
-- message of the outbox, and would mark those as sent that it does not know.
CREATE TABLE webhook (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- An address; NULL stands for all that are configured, which the next sender knows.
    receiver text,
    event jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    attempts integer NOT NULL DEFAULT 0,
    tried_at timestamptz
);
CREATE INDEX webhook_by_receiver ON webhook (receiver, attempts, id);

-- How long a message that was not sent waits: a minute, twice as long after each further attempt, an hour at most.
CREATE FUNCTION outbox_wait(earlier_attempts integer) RETURNS interval LANGUAGE sql IMMUTABLE AS $$
    SELECT make_interval(secs => least(60 * 2 ^ least(earlier_attempts, 6), 3600))
$$;

-- `VideoEvent` of lib/contracts/events.py. A trigger, so that nobody who ends a job can forget it.
CREATE FUNCTION post_event() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    event jsonb := jsonb_strip_nulls(jsonb_build_object(
        'id', gen_random_uuid(),
        'type', 'video.' || NEW.state,
        'v', 1,
        'timestamp', to_char(NEW.finished_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
        'job_id', NEW.job_id,
        'content_id', NEW.content_id,
        'prefix', NEW.published_prefix,
        -- A job that is cancelled keeps the reason for which it was held or dead before.
        'code', CASE WHEN NEW.state IN ('held', 'rejected', 'dead') THEN NEW.reason_code END
    ));
BEGIN
    INSERT INTO outbox (kind, payload) VALUES ('event', event);
    INSERT INTO webhook (event) VALUES (event);
    RETURN NULL;
END $$;
CREATE TRIGGER post_event AFTER UPDATE ON job FOR EACH ROW
    WHEN (OLD.state <> NEW.state AND NEW.state IN ('published', 'held', 'rejected', 'dead', 'cancelled'))
    EXECUTE FUNCTION post_event();

GRANT SELECT ON webhook TO app_role, operator_role;
GRANT INSERT, DELETE, UPDATE (attempts, tried_at) ON webhook TO app_role;
REVOKE EXECUTE ON FUNCTION outbox_wait, post_event FROM PUBLIC;
GRANT EXECUTE ON FUNCTION outbox_wait TO app_role;
