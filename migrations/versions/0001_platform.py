"""Outbox, inbox, jobs, schedules and idempotency keys: what every module stands on.

Revision ID: 0001
Revises:
"""

from alembic import op

from shoplytics.adapters.postgres.rls import ADD, APPEND, WRITE, protect
from shoplytics.kernel.access import DbRole

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = [
    # One row per event and subscriber, per job (with the job's id), per due schedule. `due_at` is when it may
    # be claimed: a claim moves it one lease ahead, a retry one back-off, so a crashed worker only delays.
    """
    create table platform_outbox (
        id uuid primary key,
        task text not null,
        event_id uuid,
        store_id uuid,
        job_id uuid,
        payload jsonb not null,
        created_at timestamptz not null default now(),
        due_at timestamptz not null default now(),
        attempts int not null default 0,
        lease uuid,
        done_at timestamptz,
        failed_at timestamptz,
        last_error text,
        event_type text,
        unique (event_id, task)
    )
    """,
    """
    create index platform_outbox_due on platform_outbox (due_at)
        where done_at is null and failed_at is null
    """,
    """
    create index platform_outbox_job on platform_outbox (job_id) where job_id is not null and done_at is null
    """,
    "create index platform_outbox_done on platform_outbox (done_at) where done_at is not null",
    "create index platform_outbox_failed on platform_outbox (failed_at desc) where failed_at is not null",
    """
    create table platform_inbox (
        id uuid primary key,
        source text not null,
        delivery_id text not null,
        store_id uuid,
        topic text not null,
        headers jsonb not null,
        body bytea not null,
        received_at timestamptz not null default now(),
        done_at timestamptz,
        failed_at timestamptz,
        last_error text,
        unique (source, delivery_id)
    )
    """,
    """
    create table platform_job (
        id uuid primary key,
        store_id uuid,
        user_id uuid,
        kind text not null,
        status text not null default 'queued'
            check (status in ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
        payload jsonb not null,
        position jsonb,
        lease uuid,
        done bigint not null default 0,
        total bigint,
        result jsonb,
        error jsonb,
        error_rows bigint not null default 0,
        cancel_asked boolean not null default false,
        created_at timestamptz not null default now(),
        started_at timestamptz,
        finished_at timestamptz
    )
    """,
    "create index platform_job_store on platform_job (store_id, id desc)",
    """
    create table platform_job_error (
        job_id uuid not null references platform_job on delete cascade,
        store_id uuid,
        user_id uuid,
        line bigint not null,
        code text not null,
        message text not null,
        source_row text not null,
        primary key (job_id, line, code)
    )
    """,
    """
    create table platform_schedule (
        id uuid primary key,
        task text not null,
        store_id uuid,
        cron text not null,
        timezone text not null default 'UTC',
        enabled boolean not null default true,
        catch_up boolean not null default true,
        next_at timestamptz not null,
        last_at timestamptz,
        last_error text,
        unique nulls not distinct (task, store_id)
    )
    """,
    "create index platform_schedule_due on platform_schedule (next_at) where enabled",
    # `scope` is the caller (user, key or guest token); an answer is replayed for at least 24 hours.
    """
    create table platform_idempotency (
        scope text not null,
        key text not null,
        fingerprint bytea not null,
        status int not null,
        content_type text not null,
        body bytea not null,
        created_at timestamptz not null default now(),
        primary key (scope, key)
    )
    """,
    "create index platform_idempotency_age on platform_idempotency (created_at)",
]

EVERYONE_ADDS = {DbRole.USER: (ADD, "all"), DbRole.STORE: (ADD, "all"), DbRole.PLATFORM: (WRITE, "all")}
JOB_RULES = {
    DbRole.USER: (
        WRITE,
        (
            "(user_id = nullif(current_setting('app.user_id', true), '')::uuid or store_id = any("
            "coalesce(nullif(current_setting('app.store_ids', true), ''), '{}')::uuid[]))"
        ),
    ),
    DbRole.STORE: (WRITE, "store"),
    DbRole.SYSTEM: (WRITE, "all"),
    DbRole.PLATFORM: (WRITE, "all"),
}
RULES = {
    "platform_outbox": EVERYONE_ADDS | {DbRole.SYSTEM: (WRITE, "all")},
    "platform_inbox": {DbRole.SYSTEM: (WRITE, "all"), DbRole.PLATFORM: (WRITE, "all")},
    "platform_job": JOB_RULES,
    "platform_job_error": JOB_RULES,
    "platform_schedule": {
        DbRole.STORE: (WRITE, "store"),
        DbRole.SYSTEM: (WRITE, "all"),
        DbRole.PLATFORM: (WRITE, "all"),
    },
    "platform_idempotency": {
        DbRole.USER: (APPEND, "all"),
        DbRole.STORE: (APPEND, "all"),
        DbRole.SYSTEM: (WRITE, "all"),
        DbRole.PLATFORM: (WRITE, "all"),
    },
}


def upgrade() -> None:
    op.execute("set local lock_timeout = '2s'")
    for statement in TABLES:
        op.execute(statement)
    for table, rules in RULES.items():
        for statement in protect(table, rules):
            op.execute(statement)
    op.execute(f"grant select on alembic_version to {DbRole.SYSTEM.value}, {DbRole.PUBLIC.value}")


def downgrade() -> None:
    for table in reversed(RULES):
        op.execute(f"drop table {table}")
