"""The schema, as a line of migrations in plain SQL. Alembic keeps their order and what has been applied."""

SCHEMA_VERSION = "0006"
"""The newest revision. Revisions are numbers of four digits, so that a later one is greater."""

LOCK = 0x5C4E3A
"""Advisory lock of whoever migrates."""
