-- What workers (`app_role`) and operators (`operator_role`) may do. The logins come and go with rotations.
-- Errors of the functions: SF001 no such job, SF002 not in its state.

CREATE FUNCTION operator_lock(target uuid, actor text) RETURNS text
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    current_state text;
BEGIN
    PERFORM set_config('streamflix.actor', actor, true);
    SELECT state INTO current_state FROM job WHERE job_id = target FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no job %', target USING ERRCODE = 'SF001';
    END IF;
    RETURN current_state;
END $$;

-- Returns the job's state: `cancelled`, or the present one if tasks are being worked on; those end it soon.
CREATE FUNCTION operator_cancel(target uuid, actor text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    current_state text := operator_lock(target, actor);
BEGIN
    IF current_state IN ('published', 'rejected', 'cancelled') THEN
        RAISE EXCEPTION 'job % is % and cannot be cancelled', target, current_state USING ERRCODE = 'SF002';
    END IF;
    -- A task that is locked is being claimed; its worker is then told like any other.
    UPDATE task SET state = 'failed' WHERE task_id IN (
        SELECT task_id FROM task WHERE job_id = target AND state IN ('ready', 'retry_wait') FOR UPDATE SKIP LOCKED
    );
    IF EXISTS (SELECT FROM task WHERE job_id = target AND state IN ('ready', 'retry_wait', 'leased')) THEN
        UPDATE job SET cancel_requested = true WHERE job_id = target;
        RETURN current_state;
    END IF;
    UPDATE job SET state = 'cancelled' WHERE job_id = target;
    RETURN 'cancelled';
END $$;

-- Returns the job's new state, `received`.
CREATE FUNCTION operator_retry(target uuid, actor text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    current_state text := operator_lock(target, actor);
    attempts integer;
BEGIN
    IF current_state NOT IN ('held', 'rejected', 'dead', 'cancelled') THEN
        RAISE EXCEPTION 'job % is % and cannot be retried', target, current_state USING ERRCODE = 'SF002';
    END IF;
    SELECT max(max_attempts) INTO attempts FROM task WHERE job_id = target;
    DELETE FROM task WHERE job_id = target;
    UPDATE job SET state = 'received', reason_code = NULL, reason = NULL, cancel_requested = false
    WHERE job_id = target;
    PERFORM start_job(target, attempts);
    RETURN 'received';
END $$;

DO $$
BEGIN
    -- Roles belong to the cluster, not to the database.
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'app_role') THEN
        CREATE ROLE app_role NOLOGIN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'operator_role') THEN
        CREATE ROLE operator_role NOLOGIN;
    END IF;
END $$;

GRANT SELECT ON ALL TABLES IN SCHEMA public TO app_role, operator_role;
GRANT INSERT, UPDATE ON content, job, task, media_info, rendition, compliance_check, outbox TO app_role;
-- A job that is reopened begins anew: its tasks, renditions and checks go, what happened stays in the audit trail.
GRANT DELETE ON task, rendition, compliance_check, outbox, audit_unsealed TO app_role;
GRANT USAGE ON SEQUENCE lease_token TO app_role;
GRANT INSERT (actor, action, subject_kind, subject_id, job_id, before, after) ON audit_event TO app_role, operator_role;
GRANT INSERT ON audit_seal TO app_role;

REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC;
GRANT EXECUTE ON FUNCTION start_job, audited TO app_role;
GRANT EXECUTE ON FUNCTION operator_cancel, operator_retry TO operator_role;
