"""Alembic migrations, applied by `testamur.store.schema`."""
