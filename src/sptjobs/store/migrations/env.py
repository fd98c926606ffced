"""Alembic's entry: runs the migrations on the connection that ``upgrade`` holds."""

from alembic import context

from sptjobs.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    compare_type=True,
)
# No transaction of its own: the caller's is the lock.
context.run_migrations()
