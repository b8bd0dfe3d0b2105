"""Alembic's entry: the connection is handed in by `shoplytics migrate`, already under the advisory lock."""

from alembic import context

connection = context.config.attributes["connection"]
context.configure(connection=connection, transaction_per_migration=True)
with context.begin_transaction():
    context.run_migrations()
