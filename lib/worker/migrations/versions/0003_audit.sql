-- The audit trail: every transition appends an event, a worker seals it (lib/contracts/audit.py). Nothing is changed
-- or removed, by nobody.

CREATE TABLE audit_event (
    event_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- Whom the writer says it acts for, by pseudonym, and the database user that it is.
    actor text NOT NULL,
    login text NOT NULL DEFAULT session_user,
    action text NOT NULL,
    subject_kind text NOT NULL,
    subject_id text NOT NULL,
    job_id uuid,
    -- States and digests of rows, so that personal data can be erased without breaking the chain.
    before jsonb,
    after jsonb
);
CREATE INDEX audit_event_by_job ON audit_event (job_id, event_id);

CREATE TABLE audit_seal (
    position bigint PRIMARY KEY,
    event_id bigint NOT NULL UNIQUE REFERENCES audit_event,
    previous_hash text NOT NULL,
    hash text NOT NULL
);

-- What still has to be sealed: kept apart, because an event cannot be marked.
CREATE TABLE audit_unsealed (
    event_id bigint PRIMARY KEY REFERENCES audit_event
);

CREATE FUNCTION await_seal() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO audit_unsealed (event_id) VALUES (NEW.event_id);
    RETURN NULL;
END $$;
CREATE TRIGGER await_seal AFTER INSERT ON audit_event FOR EACH ROW EXECUTE FUNCTION await_seal();

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit trail is only ever added to' USING ERRCODE = 'SF004';
END $$;
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_event
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_seal
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION audited(subject jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT jsonb_strip_nulls(jsonb_build_object(
        'state', subject -> 'state',
        'reason_code', subject -> 'reason_code',
        'published_prefix', subject -> 'published_prefix',
        'digest', encode(sha256(convert_to(subject::text, 'UTF8')), 'hex')
    ))
$$;

-- Who acts is told by the setting `streamflix.actor` of the transaction.
CREATE FUNCTION record_transition() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO audit_event (actor, action, subject_kind, subject_id, job_id, before, after) VALUES (
        coalesce(nullif(current_setting('streamflix.actor', true), ''), session_user),
        TG_TABLE_NAME || '.' || NEW.state,
        TG_TABLE_NAME,
        to_jsonb(NEW) ->> (TG_TABLE_NAME || '_id'),
        NEW.job_id,
        CASE TG_OP WHEN 'UPDATE' THEN audited(to_jsonb(OLD)) END,
        audited(to_jsonb(NEW))
    );
    RETURN NULL;
END $$;
CREATE TRIGGER record_creation AFTER INSERT ON job FOR EACH ROW EXECUTE FUNCTION record_transition();
CREATE TRIGGER record_creation AFTER INSERT ON task FOR EACH ROW EXECUTE FUNCTION record_transition();
CREATE TRIGGER record_transition AFTER UPDATE ON job
    FOR EACH ROW WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION record_transition();
CREATE TRIGGER record_transition AFTER UPDATE ON task
    FOR EACH ROW WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION record_transition();
