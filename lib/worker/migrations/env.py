"""Alembic's way into the migrations: `lib.worker.migrate` hands it an open connection."""

from alembic import context

from lib.worker.migrations import LOCK

context.configure(connection=context.config.attributes["connection"])
with context.begin_transaction():
    # Before Alembic looks what there is to do.
    context.execute(f"SELECT pg_advisory_xact_lock({LOCK})")
    context.run_migrations()
