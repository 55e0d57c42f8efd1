-- Titles, jobs and tasks: the queue of record. States and their order are those of lib/contracts/states.py.

CREATE TABLE content (
    content_id text PRIMARY KEY,
    record jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE job (
    job_id uuid PRIMARY KEY,
    content_id text NOT NULL REFERENCES content,
    file_name text NOT NULL,
    size_bytes bigint NOT NULL CHECK (size_bytes >= 0),
    sha256 text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    ladder_version text NOT NULL,
    -- 0 urgent, 1 normal, 2 bulk
    priority smallint NOT NULL CHECK (priority BETWEEN 0 AND 2),
    state text NOT NULL DEFAULT 'received',
    reason_code text,
    reason text,
    source jsonb NOT NULL,
    submitted_at timestamptz NOT NULL,
    submitted_by text NOT NULL,
    -- Sequence number of the submission in the stream: Kinesis gives later records greater ones.
    submission_sequence text NOT NULL CHECK (submission_sequence ~ '^[0-9]+$'),
    received_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz,
    published_prefix text,
    published_token bigint,
    cancel_requested boolean NOT NULL DEFAULT false,
    CHECK ((state = 'published') = (published_prefix IS NOT NULL AND published_token IS NOT NULL)),
    CHECK (reason_code IS NOT NULL OR state NOT IN ('held', 'rejected', 'dead'))
);
CREATE INDEX job_by_content ON job (content_id);
CREATE INDEX job_by_time ON job (submitted_at DESC);
CREATE INDEX job_by_state ON job (state);

CREATE SEQUENCE lease_token;

CREATE TABLE task (
    task_id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    job_id uuid NOT NULL REFERENCES job,
    kind text NOT NULL CHECK (kind IN ('land', 'plan', 'encode', 'finish')),
    segment integer CHECK (segment >= 0),
    state text NOT NULL DEFAULT 'ready',
    priority smallint NOT NULL CHECK (priority BETWEEN 0 AND 2),
    attempts integer NOT NULL DEFAULT 0 CHECK (attempts BETWEEN 0 AND max_attempts),
    max_attempts integer NOT NULL CHECK (max_attempts >= 1),
    run_after timestamptz NOT NULL DEFAULT now(),
    lease_token bigint,
    lease_until timestamptz,
    worker text,
    input jsonb NOT NULL DEFAULT '{}',
    result jsonb,
    progress real CHECK (progress BETWEEN 0 AND 1),
    error jsonb,
    created_at timestamptz NOT NULL DEFAULT now(),
    started_at timestamptz,
    finished_at timestamptz,
    CHECK (state <> 'leased' OR (lease_token IS NOT NULL AND lease_until IS NOT NULL)),
    CHECK ((kind = 'encode') = (segment IS NOT NULL))
);
-- One task of each kind and segment: whatever goes wrong elsewhere, a job is never planned or finished twice.
CREATE UNIQUE INDEX task_of_job ON task (job_id, kind, coalesce(segment, -1));
CREATE INDEX task_waiting ON task (run_after) WHERE state IN ('ready', 'retry_wait');
CREATE INDEX task_leased ON task (lease_until) WHERE state = 'leased';

CREATE TABLE media_info (
    job_id uuid PRIMARY KEY REFERENCES job,
    info jsonb NOT NULL
);

CREATE TABLE rendition (
    job_id uuid NOT NULL REFERENCES job,
    name text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('video', 'audio', 'image', 'subtitle')),
    path text NOT NULL,
    bytes bigint NOT NULL CHECK (bytes >= 0),
    sha256 text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    codec text,
    width integer,
    height integer,
    bitrate_kbps integer,
    frames bigint,
    duration_seconds double precision,
    language text,
    PRIMARY KEY (job_id, name)
);

CREATE TABLE compliance_check (
    job_id uuid NOT NULL REFERENCES job,
    check_id text NOT NULL,
    severity text NOT NULL,
    outcome text NOT NULL,
    detail jsonb NOT NULL,
    checked_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (job_id, check_id)
);

-- Messages that a transaction wants sent; whoever sends them takes them for a while.
CREATE TABLE outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('doorbell', 'event', 'dead_letter')),
    payload jsonb NOT NULL,
    run_after timestamptz NOT NULL DEFAULT now(),
    taken_until timestamptz,
    attempts integer NOT NULL DEFAULT 0,
    sent_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX outbox_unsent ON outbox (run_after) WHERE sent_at IS NULL;

-- Gives a job its first task, and rings for it: a streamed video must be landed, any other can be planned.
CREATE FUNCTION start_job(target uuid, attempts integer) RETURNS void LANGUAGE sql AS $$
    INSERT INTO task (job_id, kind, priority, max_attempts)
    SELECT job_id,
           CASE source ->> 'kind' WHEN 'stream' THEN 'land' ELSE 'plan' END,
           -- The stream forgets, so landing is urgent.
           CASE source ->> 'kind' WHEN 'stream' THEN 0 ELSE priority END,
           attempts
    FROM job WHERE job_id = target;
    INSERT INTO outbox (kind, payload) VALUES ('doorbell', '{"type": "task.ready", "v": 1}');
$$;
