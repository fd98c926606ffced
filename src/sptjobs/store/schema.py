"""Tables of the service. The job row is the only truth about a job.

Times are stored in UTC; :class:`UtcTime` gives aware datetimes back.
"""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class UtcTime(sa.types.TypeDecorator[datetime]):
    """An aware UTC datetime; SQLite, which knows no zones, stores it without one."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn into UTC, and refuse a datetime that does not say its zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive datetime {value}")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Mark what the database gives as UTC."""
        if value is None:
            return None
        stored: datetime = value
        return stored.replace(tzinfo=UTC) if dialect.name == "sqlite" else stored.astimezone(UTC)


schema_support = sa.Table(
    "schema_support",
    metadata,
    # One row: the oldest revision whose code works with the schema as it is now.
    sa.Column("oldest_revision", sa.String(32), primary_key=True),
)

database_identity = sa.Table(
    "database_identity",
    metadata,
    # One row, made by the migration: a copy or a backup of the database has the same id.
    sa.Column("database_id", sa.String(32), primary_key=True),
    # Grows with every sweep of the results: a restored backup has fewer than their folder notes.
    sa.Column("sweeps", sa.BigInteger, nullable=False, server_default="0"),
)

account = sa.Table(
    "account",
    metadata,
    sa.Column("account_id", sa.String(32), primary_key=True),
    sa.Column("issuer", sa.String(255), nullable=False),
    sa.Column("subject", sa.String(255), nullable=False),
    sa.Column("name", sa.String(255), nullable=False),
    sa.Column("created", UtcTime, nullable=False),
    # Grows when all tokens of the account are revoked; those of an earlier epoch are dead.
    sa.Column("token_epoch", sa.Integer, nullable=False, server_default="0"),
    # As the identity provider vouches for it; null where it does not.
    sa.Column("email", sa.String(255)),
    sa.UniqueConstraint("issuer", "subject"),
)

account_group = sa.Table(
    "account_group",
    metadata,
    sa.Column("account_id", sa.ForeignKey("account.account_id"), primary_key=True),
    sa.Column("name", sa.String(255), primary_key=True),
)

access_request = sa.Table(
    "access_request",
    metadata,
    # One row for each account: who asks again writes over what was declined.
    sa.Column("account_id", sa.ForeignKey("account.account_id"), primary_key=True),
    sa.Column("institute", sa.String(120), nullable=False),
    sa.Column("why", sa.Text, nullable=False),
    sa.Column("state", sa.String(8), nullable=False, index=True),
    sa.Column("asked", UtcTime, nullable=False),
    # When it was asked or decided, whichever came last.
    sa.Column("changed", UtcTime, nullable=False, index=True),
    # Name of the administrator, and what they answer.
    sa.Column("decided_by", sa.String(255)),
    sa.Column("answer", sa.String(200)),
)

token = sa.Table(
    "token",
    metadata,
    sa.Column("jti", sa.String(64), primary_key=True),
    sa.Column("account_id", sa.ForeignKey("account.account_id"), nullable=False, index=True),
    sa.Column("chain", sa.String(64), nullable=False, index=True),
    sa.Column("chain_start", UtcTime, nullable=False, index=True),
    sa.Column("issued", UtcTime, nullable=False),
    sa.Column("expires", UtcTime, nullable=False),
    sa.Column("scopes", sa.String(255), nullable=False),
    sa.Column("revoked", UtcTime),
    # What the user calls it.
    sa.Column("name", sa.String(80)),
    sa.Column("last_used", UtcTime),
    # The account's epoch when it was made.
    sa.Column("epoch", sa.Integer, nullable=False, server_default="0"),
)

browser_session = sa.Table(
    "browser_session",
    metadata,
    sa.Column("session_id", sa.String(32), primary_key=True),
    sa.Column("account_id", sa.ForeignKey("account.account_id"), nullable=False, index=True),
    sa.Column("created", UtcTime, nullable=False),
    sa.Column("last_seen", UtcTime, nullable=False),
    sa.Column("expires", UtcTime, nullable=False, index=True),
    # When the groups were last asked for.
    sa.Column("checked", UtcTime, nullable=False),
    # The provider's own id of the session (``sid``): it signs out by that.
    sa.Column("provider_session", sa.String(255), index=True),
    # What the provider handed out, sealed.
    sa.Column("sealed_grant", sa.Text, nullable=False),
    sa.Column("agent", sa.String(255)),
)

spent = sa.Table(
    "spent",
    metadata,
    # Hash of what may be used once: the state of a sign-in, the id of a logout token.
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("expires", UtcTime, nullable=False, index=True),
)

audit = sa.Table(
    "audit",
    metadata,
    sa.Column("audit_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("at", UtcTime, nullable=False, index=True),
    sa.Column("action", sa.String(64), nullable=False),
    sa.Column("outcome", sa.String(16), nullable=False),
    # No foreign key: the log outlives what it tells of.
    sa.Column("account_id", sa.String(32)),
    sa.Column("name", sa.String(255)),
    sa.Column("target", sa.String(255)),
    sa.Column("address", sa.String(64)),
    sa.Column("request_id", sa.String(64)),
    sa.Column("detail", sa.Text),
    sa.Index("ix_audit_account_id_at", "account_id", "at"),
)

job = sa.Table(
    "job",
    metadata,
    sa.Column("job_id", sa.String(32), primary_key=True),
    sa.Column("owner_id", sa.ForeignKey("account.account_id"), nullable=False),
    sa.Column("run_id", sa.String(64)),
    # The job that this one repeats, in part or for newer maps.
    sa.Column("parent_id", sa.String(32)),
    sa.Column("phase", sa.String(16), nullable=False),
    # Grows with every change; serves ETag and waiters, never a guard.
    sa.Column("version", sa.Integer, nullable=False, server_default="1"),
    sa.Column("lane", sa.String(16), nullable=False),
    sa.Column("created", UtcTime, nullable=False),
    sa.Column("started", UtcTime),
    sa.Column("ended", UtcTime),
    sa.Column("quote", UtcTime),
    sa.Column("execution_duration", sa.Integer, nullable=False),
    sa.Column("destruction", UtcTime),
    # What the client asked for where the service gives less; shown with the job.
    sa.Column("wanted_duration", sa.Integer, key="requested_duration"),
    sa.Column("wanted_destruction", UtcTime, key="requested_destruction"),
    sa.Column("parameters", sa.Text, nullable=False),
    sa.Column("request", sa.Text, nullable=False),
    # What the job's document shows of these two, as JSON: they may be megabytes.
    # None in a row that the previous release made.
    sa.Column("shown", sa.Text),
    # SHA-256 of the request; None in a row that the previous release made.
    sa.Column("request_digest", sa.String(64)),
    sa.Column("snapshot", sa.String(64)),
    sa.Column("parts_total", sa.Integer, nullable=False, server_default="0"),
    sa.Column("parts_left", sa.Integer, nullable=False, server_default="0"),
    # Combinations of target and map: planned, done in finished parts, and by status.
    sa.Column("pairs_total", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("pairs_done", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("ok", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("partial", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("outside", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("no_data", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("failed", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("error_code", sa.String(64)),
    sa.Column("error_kind", sa.String(16)),
    sa.Column("error_message", sa.Text),
    sa.Column("error_detail", sa.Text),
    # Why it was aborted.
    sa.Column("abort_reason", sa.Text),
    # Of all files of its packs.
    sa.Column("disk_bytes", sa.BigInteger, nullable=False, server_default="0"),
    sa.Index("ix_job_owner_created", "owner_id", "created"),
    sa.Index("ix_job_owner_phase", "owner_id", "phase", "job_id"),
    sa.Index("ix_job_phase_created", "phase", "created"),
    sa.Index("ix_job_owner_disk_bytes", "owner_id", "disk_bytes"),
    sa.Index("ix_job_owner_request_digest", "owner_id", "request_digest"),
    sa.Index("ix_job_phase_destruction", "phase", "destruction"),
)

job_share = sa.Table(
    "job_share",
    metadata,
    sa.Column("share_id", sa.String(32), primary_key=True),
    sa.Column("job_id", sa.ForeignKey("job.job_id", ondelete="CASCADE"), nullable=False),
    sa.Column("kind", sa.String(8), nullable=False),
    # Account id of a member, name of a group; empty for whoever has the address.
    sa.Column("holder", sa.String(255), nullable=False),
    sa.Column("created", UtcTime, nullable=False),
    sa.UniqueConstraint("job_id", "kind", "holder"),
    sa.Index("ix_job_share_kind_holder", "kind", "holder"),
)

part = sa.Table(
    "part",
    metadata,
    sa.Column("job_id", sa.ForeignKey("job.job_id", ondelete="CASCADE"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("state", sa.String(8), nullable=False),
    # The fencing token: every claim takes a new one.
    sa.Column("attempt", sa.Integer, nullable=False, server_default="0"),
    sa.Column("worker", sa.String(64)),
    sa.Column("beat", sa.Integer, nullable=False, server_default="0"),
    # Deaths of the child, and workers that vanished, while cutting this part.
    sa.Column("strikes", sa.Integer, nullable=False, server_default="0"),
    sa.Column("losses", sa.Integer, nullable=False, server_default="0"),
    sa.Column("cost_s", sa.Float, nullable=False, server_default="0"),
    sa.Column("pairs", sa.Integer, nullable=False, server_default="0"),
    sa.Column("pairs_done", sa.Integer, nullable=False, server_default="0"),
    sa.Column("ok", sa.Integer, nullable=False, server_default="0"),
    sa.Column("partial", sa.Integer, nullable=False, server_default="0"),
    sa.Column("outside", sa.Integer, nullable=False, server_default="0"),
    sa.Column("no_data", sa.Integer, nullable=False, server_default="0"),
    sa.Column("failed", sa.Integer, nullable=False, server_default="0"),
    # Why the part is given up: its pairs are then recorded as failed, not cut.
    sa.Column("condemned", sa.Text),
    sa.Index("ix_part_job_id_state_number", "job_id", "state", "number"),
    sa.Index("ix_part_state_job_id", "state", "job_id"),
)

pack = sa.Table(
    "pack",
    metadata,
    sa.Column("job_id", sa.ForeignKey("job.job_id", ondelete="CASCADE"), primary_key=True),
    sa.Column("part", sa.Integer, primary_key=True),
    # Relative to the results folder. Readers open only what is named here.
    sa.Column("folder", sa.String(255), nullable=False, unique=True),
    sa.Column("size_bytes", sa.BigInteger, nullable=False),
    sa.Column("files", sa.Integer, nullable=False),
)

notice = sa.Table(
    "notice",
    metadata,
    sa.Column("notice_id", sa.String(32), primary_key=True),
    sa.Column("account_id", sa.ForeignKey("account.account_id"), nullable=False, index=True),
    sa.Column("topic", sa.String(16), nullable=False, index=True),
    sa.Column("channel", sa.String(8), nullable=False),
    # Of a webhook, with what it is signed by.
    sa.Column("url", sa.Text),
    sa.Column("secret", sa.String(64)),
    # Of one job only; null for all of the account's.
    sa.Column("job_id", sa.ForeignKey("job.job_id", ondelete="CASCADE"), index=True),
    sa.Column("created", UtcTime, nullable=False),
    # Until then nothing is sent: somebody does so just now, or it failed.
    sa.Column("not_before", UtcTime),
    sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
    sa.Column("last_error", sa.String(200)),
    sa.Column("last_sent", UtcTime),
)

notice_message = sa.Table(
    "notice_message",
    metadata,
    # What waits to be sent; a row goes when it was, and with what it tells of.
    sa.Column("message_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column(
        "notice_id",
        sa.ForeignKey("notice.notice_id", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    sa.Column("job_id", sa.ForeignKey("job.job_id", ondelete="CASCADE"), index=True),
    # Who asks for access.
    sa.Column("about_id", sa.ForeignKey("account.account_id")),
    sa.Column("created", UtcTime, nullable=False, index=True),
)

saved = sa.Table(
    "saved",
    metadata,
    sa.Column("saved_id", sa.String(32), primary_key=True),
    sa.Column("account_id", sa.ForeignKey("account.account_id"), nullable=False),
    sa.Column("kind", sa.String(8), nullable=False),
    sa.Column("name", sa.String(80), nullable=False),
    sa.Column("created", UtcTime, nullable=False),
    # Of a list of targets: how many.
    sa.Column("targets", sa.Integer),
    # A preset as JSON, a list as CSV.
    sa.Column("content", sa.Text, nullable=False),
    sa.UniqueConstraint("account_id", "kind", "name"),
)

job_comment = sa.Table(
    "job_comment",
    metadata,
    sa.Column("comment_id", sa.String(32), primary_key=True),
    sa.Column(
        "job_id", sa.ForeignKey("job.job_id", ondelete="CASCADE"), nullable=False, index=True
    ),
    sa.Column("author_id", sa.ForeignKey("account.account_id"), nullable=False),
    sa.Column("created", UtcTime, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
)

ENDED = sa.text("(kind = 'deleted' OR target = 'ARCHIVED')")
"""Which events tell that a job is deleted or archived: written out, as the index has it."""

event = sa.Table(
    "event",
    metadata,
    sa.Column("event_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    # No foreign key: the history outlives a job that its user deletes.
    sa.Column("job_id", sa.String(32), nullable=False, index=True),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("source", sa.String(16)),
    sa.Column("target", sa.String(16)),
    sa.Column("detail", sa.Text),
    sa.Index("ix_event_ended", "at", sqlite_where=ENDED, postgresql_where=ENDED),
)

snapshot = sa.Table(
    "snapshot",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("created", UtcTime, nullable=False),
    # SHA-256 over the ids and checksums of the maps it holds.
    sa.Column("digest", sa.String(64), nullable=False),
)

archive_map = sa.Table(
    "archive_map",
    metadata,
    sa.Column("map_key", sa.Integer, primary_key=True),
    sa.Column("map_id", sa.String(255), nullable=False, index=True),
    sa.Column("band", sa.String(16), nullable=False),
    sa.Column("filetype", sa.String(32), nullable=False),
    sa.Column("tag", sa.String(255)),
    sa.Column("date_beg", sa.String(32)),
    sa.Column("sha256", sa.String(64), nullable=False),
    # The record as canonical JSON; the columns above repeat what queries need.
    sa.Column("record", sa.Text, nullable=False),
    # Sums of the file's blocks; null where a release catalogued it that takes none.
    sa.Column("block_sums", sa.Text),
    # Circle around its footprint: direction of the centre, cosine and sine of the radius.
    # Null, as what follows, where an earlier release catalogued it.
    sa.Column("sky_x", sa.Double),
    sa.Column("sky_y", sa.Double),
    sa.Column("sky_z", sa.Double),
    sa.Column("sky_cos", sa.Double),
    sa.Column("sky_sin", sa.Double),
    # First and last moment [MJD]; null also where it has none.
    sa.Column("time_begin", sa.Double),
    sa.Column("time_end", sa.Double),
    # Its observed pixels, as sptjobs.formats writes them.
    sa.Column("moc", sa.Text),
    # Noise against the weights; null where a release catalogued it that measures none.
    sa.Column("noise", sa.Text),
    # A map belongs to the snapshots from ``added`` on and before ``removed``.
    sa.Column("added", sa.ForeignKey("snapshot.number"), nullable=False),
    sa.Column("removed", sa.ForeignKey("snapshot.number")),
    sa.Index("ix_archive_map_band_filetype", "band", "filetype"),
)
