-- Which state may follow which, and when a job or task changed.

CREATE TABLE state_transition (
    subject text NOT NULL CHECK (subject IN ('job', 'task')),
    before text NOT NULL,
    after text NOT NULL,
    PRIMARY KEY (subject, before, after)
);
INSERT INTO state_transition (subject, before, after) VALUES
    ('job', 'received', 'planning'),
    ('job', 'planning', 'encoding'),
    ('job', 'encoding', 'finishing'),
    ('job', 'finishing', 'published'),
    ('job', 'held', 'received'),
    ('job', 'held', 'cancelled'),
    ('job', 'rejected', 'received'),
    ('job', 'dead', 'received'),
    ('job', 'dead', 'cancelled'),
    ('job', 'cancelled', 'received'),
    ('task', 'ready', 'leased'),
    ('task', 'ready', 'failed'),
    ('task', 'leased', 'ready'),
    ('task', 'leased', 'retry_wait'),
    ('task', 'leased', 'done'),
    ('task', 'leased', 'failed'),
    ('task', 'retry_wait', 'ready'),
    ('task', 'retry_wait', 'leased'),
    ('task', 'retry_wait', 'failed');
INSERT INTO state_transition (subject, before, after)
    SELECT 'job', before, after
    FROM unnest(ARRAY['received', 'planning', 'encoding', 'finishing']) AS before,
         unnest(ARRAY['held', 'rejected', 'dead', 'cancelled']) AS after;

CREATE FUNCTION enforce_transition() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> TG_ARGV[0] THEN
            RAISE EXCEPTION 'a % begins as %, not as %', TG_TABLE_NAME, TG_ARGV[0], NEW.state USING ERRCODE = 'SF003';
        END IF;
    ELSIF NEW.state <> OLD.state AND NOT EXISTS (
        SELECT FROM state_transition WHERE subject = TG_TABLE_NAME AND before = OLD.state AND after = NEW.state
    ) THEN
        RAISE EXCEPTION 'a % that is % does not become %', TG_TABLE_NAME, OLD.state, NEW.state USING ERRCODE = 'SF003';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER enforce_transition BEFORE INSERT OR UPDATE ON job
    FOR EACH ROW EXECUTE FUNCTION enforce_transition('received');
CREATE TRIGGER enforce_transition BEFORE INSERT OR UPDATE ON task
    FOR EACH ROW EXECUTE FUNCTION enforce_transition('ready');

CREATE FUNCTION stamp_job() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at := clock_timestamp();
    IF NEW.state <> OLD.state THEN
        NEW.finished_at := CASE
            WHEN NEW.state IN ('published', 'held', 'rejected', 'dead', 'cancelled') THEN clock_timestamp()
        END;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER stamp BEFORE UPDATE ON job FOR EACH ROW EXECUTE FUNCTION stamp_job();

CREATE FUNCTION stamp_task() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state = 'leased' THEN
        NEW.started_at := coalesce(NEW.started_at, clock_timestamp());
    ELSIF NEW.state IN ('done', 'failed') THEN
        NEW.finished_at := clock_timestamp();
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER stamp BEFORE UPDATE OF state ON task FOR EACH ROW EXECUTE FUNCTION stamp_task();
