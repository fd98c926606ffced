"""Make the tables.

Revision: 0001. Follows: .
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision: str | None = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("issuer", sa.String(length=255), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_account")),
        sa.UniqueConstraint("issuer", "subject", name=op.f("uq_account_issuer_subject")),
    )
    op.create_table(
        "event",
        sa.Column("event_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("job_id", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=True),
        sa.Column("target", sa.String(length=16), nullable=True),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_event")),
    )
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_event_job_id"), ["job_id"], unique=False)

    op.create_table(
        "snapshot",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_snapshot")),
    )
    op.create_table(
        "account_group",
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.account_id"], name=op.f("fk_account_group_account_id_account")
        ),
        sa.PrimaryKeyConstraint("account_id", "name", name=op.f("pk_account_group")),
    )
    op.create_table(
        "archive_map",
        sa.Column("map_key", sa.Integer(), nullable=False),
        sa.Column("map_id", sa.String(length=255), nullable=False),
        sa.Column("band", sa.String(length=16), nullable=False),
        sa.Column("filetype", sa.String(length=32), nullable=False),
        sa.Column("tag", sa.String(length=255), nullable=True),
        sa.Column("date_beg", sa.String(length=32), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("removed", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["added"], ["snapshot.number"], name=op.f("fk_archive_map_added_snapshot")
        ),
        sa.ForeignKeyConstraint(
            ["removed"], ["snapshot.number"], name=op.f("fk_archive_map_removed_snapshot")
        ),
        sa.PrimaryKeyConstraint("map_key", name=op.f("pk_archive_map")),
    )
    with op.batch_alter_table("archive_map", schema=None) as batch_op:
        batch_op.create_index("ix_archive_map_band_filetype", ["band", "filetype"], unique=False)
        batch_op.create_index(batch_op.f("ix_archive_map_map_id"), ["map_id"], unique=False)

    op.create_table(
        "job",
        sa.Column("job_id", sa.String(length=32), nullable=False),
        sa.Column("owner_id", sa.String(length=32), nullable=False),
        sa.Column("run_id", sa.String(length=64), nullable=True),
        sa.Column("phase", sa.String(length=16), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("lane", sa.String(length=16), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended", sa.DateTime(timezone=True), nullable=True),
        sa.Column("quote", sa.DateTime(timezone=True), nullable=True),
        sa.Column("execution_duration", sa.Integer(), nullable=False),
        sa.Column("destruction", sa.DateTime(timezone=True), nullable=True),
        sa.Column("parameters", sa.Text(), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("snapshot", sa.String(length=64), nullable=True),
        sa.Column("parts_total", sa.Integer(), server_default="0", nullable=False),
        sa.Column("parts_left", sa.Integer(), server_default="0", nullable=False),
        sa.Column("pairs_total", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("pairs_done", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("ok", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("partial", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("outside", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("no_data", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("failed", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("error_code", sa.String(length=64), nullable=True),
        sa.Column("error_kind", sa.String(length=16), nullable=True),
        sa.Column("error_message", sa.Text(), nullable=True),
        sa.Column("error_detail", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["account.account_id"], name=op.f("fk_job_owner_id_account")
        ),
        sa.PrimaryKeyConstraint("job_id", name=op.f("pk_job")),
    )
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.create_index("ix_job_destruction", ["destruction"], unique=False)
        batch_op.create_index("ix_job_owner_created", ["owner_id", "created"], unique=False)
        batch_op.create_index("ix_job_owner_phase", ["owner_id", "phase", "job_id"], unique=False)
        batch_op.create_index("ix_job_phase_created", ["phase", "created"], unique=False)

    op.create_table(
        "token",
        sa.Column("jti", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("chain", sa.String(length=64), nullable=False),
        sa.Column("chain_start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires", sa.DateTime(timezone=True), nullable=False),
        sa.Column("scopes", sa.String(length=255), nullable=False),
        sa.Column("revoked", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.account_id"], name=op.f("fk_token_account_id_account")
        ),
        sa.PrimaryKeyConstraint("jti", name=op.f("pk_token")),
    )
    with op.batch_alter_table("token", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_token_account_id"), ["account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_token_chain"), ["chain"], unique=False)

    op.create_table(
        "pack",
        sa.Column("job_id", sa.String(length=32), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("folder", sa.String(length=255), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("files", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["job_id"], ["job.job_id"], name=op.f("fk_pack_job_id_job"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("job_id", "part", name=op.f("pk_pack")),
        sa.UniqueConstraint("folder", name=op.f("uq_pack_folder")),
    )
    op.create_table(
        "part",
        sa.Column("job_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("attempt", sa.Integer(), server_default="0", nullable=False),
        sa.Column("worker", sa.String(length=64), nullable=True),
        sa.Column("beat", sa.Integer(), server_default="0", nullable=False),
        sa.Column("strikes", sa.Integer(), server_default="0", nullable=False),
        sa.Column("losses", sa.Integer(), server_default="0", nullable=False),
        sa.Column("cost_s", sa.Float(), server_default="0", nullable=False),
        sa.Column("pairs", sa.Integer(), server_default="0", nullable=False),
        sa.Column("pairs_done", sa.Integer(), server_default="0", nullable=False),
        sa.Column("ok", sa.Integer(), server_default="0", nullable=False),
        sa.Column("partial", sa.Integer(), server_default="0", nullable=False),
        sa.Column("outside", sa.Integer(), server_default="0", nullable=False),
        sa.Column("no_data", sa.Integer(), server_default="0", nullable=False),
        sa.Column("failed", sa.Integer(), server_default="0", nullable=False),
        sa.Column("condemned", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["job_id"], ["job.job_id"], name=op.f("fk_part_job_id_job"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("job_id", "number", name=op.f("pk_part")),
    )
    with op.batch_alter_table("part", schema=None) as batch_op:
        batch_op.create_index(
            "ix_part_job_id_state_number", ["job_id", "state", "number"], unique=False
        )
        batch_op.create_index("ix_part_state_job_id", ["state", "job_id"], unique=False)
