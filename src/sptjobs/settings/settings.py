"""What a process of the service needs to know: frozen records of settings."""

from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path

from sptjobs.settings.mail_relay import MailSettings
from sptjobs.settings.rates import DEFAULT_RATES, Rate

Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Limits:
    """What one user may have at a time.

    Attributes
    ----------
    active_jobs
        Jobs that are queued, executing or suspended.
    pending_jobs
        Jobs that are made and not run.
    stored_bytes
        Results on disk; one who has as many or more runs no further job.
    targets
        Targets of one job.
    """

    active_jobs: int = 2_000
    pending_jobs: int = 2_000
    stored_bytes: int = 100 * 10**9
    targets: int = 100_000


@dataclass(frozen=True, slots=True)
class SignInSettings:
    """How users sign in with a browser, and how long their sessions last.

    Attributes
    ----------
    issuer
        Identity provider (OpenID Connect); without one nobody can sign in.
    client_id, client_secret
        What the provider knows this service by.
    scopes, groups_claim
        What is asked of the provider, and the claim that holds a user's groups.
    groups_client_id, groups_client_secret
        Client of Keycloak that may put users into groups; empty where administrators do that there.
    access_group
        Group into which a request for access leads, as a path; empty for the first allowed one.
    session_key
        Secrets of at least 32 bytes that encrypt cookies; the first one encrypts.
    insecure_http
        Whether cookies may travel over plain HTTP, on this machine only.
    idle_s, lifetime_s
        Seconds without a request, and altogether, after which a session ends.
    groups_refresh_s
        Seconds after which the groups of an active session are read again.
    """

    issuer: str = ""
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    scopes: tuple[str, ...] = ("openid", "profile")
    groups_claim: str = "groups"
    groups_client_id: str = ""
    groups_client_secret: str = field(default="", repr=False)
    access_group: str = ""
    session_key: str = field(default="", repr=False)
    insecure_http: bool = False
    idle_s: float = 7_200.0
    lifetime_s: float = 36_000.0
    groups_refresh_s: float = 900.0


@dataclass(frozen=True, slots=True)
class Settings:
    """What a process of the service needs to know.

    Attributes
    ----------
    database_url
        SQLAlchemy URL with an asynchronous driver.
    broker_url
        ``redis://`` or ``unix://`` URL of Redis or Valkey.
    archive, results
        Folders of the maps and of the job packs.
    slots
        Parts that an execute worker cuts at a time, the reserved slot not counted.
    child_memory_bytes
        Cap on the private memory of a cutting child.
    decoded_maps, decoded_maps_bytes
        Folder on a local disk where decoded maps are kept, None for none, and the most
        that they take there.
    part_s
        Estimated seconds of work that a job's parts should take.
    stall_s
        Seconds without progress after which a cutting child is killed.
    beat_s, dead_s, sweep_s
        Seconds between beats, after which a part that does not beat is given
        back, and between sweeps.
    max_execution_s, default_execution_s
        Cap and default of a job's execution duration [s].
    max_lifetime_s, default_lifetime_s
        Cap and default of the time from creation to destruction [s].
    destruction_warning_s
        Time before its destruction from which on a job says that it is near [s].
    records_kept_s, audit_kept_s
        For how long the record of a job that is archived or deleted is kept, and a row
        of the audit log [s]; 0 for ever.
    lost_packs_kept_s
        Age from which on a pack is removed that an attempt left which lost its part [s].
    limits, group_limits
        What a user may have at a time, and what the members of a group may have.
    min_free_bytes, max_ready_parts
        Free space for results and length of the queue at which new work is refused.
    banner
        File whose text every page shows, while it is there and not empty; or None.
    wait_cap_s
        Longest that a blocking request blocks [s].
    sky_cache, sky_cache_bytes
        Folder of the tiles of maps that were looked at, None for a temporary one; and their size.
    mail
        The site's mail relay, None where the service sends no mail.
    webhooks, webhook_networks
        Whether messages are sent to addresses that users name, and the private networks that these
        may be in.
    hips
        Folder of the surveys (HiPS) of the coadds; None for none.
    catalogues
        Folder of the catalogues of objects that the page of the sky offers; None for none.
    basic_auth
        Whether the Basic scheme is taken too, with a token for the password.
    ivoa_authority
        Authority in the identifiers of maps, ``ivo://AUTHORITY/maps?MAPID``.
    cors_origins
        Origins of other sites' pages whose scripts may use the service, with a token.
    token_key
        Keys of access tokens as :func:`parse_keys` reads them; the first one signs.
    token_ttl_s, token_chain_s
        How long a token holds that is made without a wish, and for how long it can
        be refreshed [s].
    metrics_port
        Port on which Prometheus asks for this process's metrics; 0 for none.
    trusted_proxies
        Networks of the proxies whose word on the client's address counts.
    rates
        How often the same may be tried, by the name of the rule; without a rule, no limit.
    heartbeat
        File that a worker touches while it lives; None for none.
    allowed_groups, admin_groups
        Groups whose members may use the service, and operate it.
    sign_in
        How users sign in with a browser.
    """

    database_url: str
    broker_url: str
    archive: Path
    results: Path
    host: str = "127.0.0.1"
    port: int = 8080
    base_path: str = ""
    public_url: str = ""
    metrics_port: int = 0
    slots: int = 2
    child_memory_bytes: int = 1 << 30
    decoded_maps: Path | None = None
    decoded_maps_bytes: int = 16 << 30
    part_s: float = 1.0
    stall_s: float = 300.0
    beat_s: float = 1.0
    dead_s: float = 20.0
    sweep_s: float = 2.0
    max_execution_s: int = 86_400
    default_execution_s: int = 14_400
    max_lifetime_s: int = 90 * 86_400
    default_lifetime_s: int = 30 * 86_400
    destruction_warning_s: int = 3 * 86_400
    records_kept_s: int = 365 * 86_400
    audit_kept_s: int = 730 * 86_400
    lost_packs_kept_s: int = 3_600
    limits: Limits = Limits()
    group_limits: tuple[tuple[str, Limits], ...] = ()
    min_free_bytes: int = 1 << 30
    max_ready_parts: int = 200_000
    banner: Path | None = None
    wait_cap_s: float = 28.0
    sky_cache: Path | None = None
    sky_cache_bytes: int = 512 << 20
    mail: MailSettings | None = None
    webhooks: bool = False
    webhook_networks: tuple[Network, ...] = ()
    hips: Path | None = None
    catalogues: Path | None = None
    basic_auth: bool = True
    ivoa_authority: str = "spt3g"
    cors_origins: tuple[str, ...] = ()
    token_key: str = field(default="", repr=False)
    token_ttl_s: int = 86_400
    token_chain_s: int = 30 * 86_400
    trusted_proxies: tuple[Network, ...] = ()
    rates: tuple[tuple[str, Rate], ...] = DEFAULT_RATES
    heartbeat: Path | None = None
    allowed_groups: tuple[str, ...] = ("spt3g-users",)
    admin_groups: tuple[str, ...] = ("spt3g-admins",)
    sign_in: SignInSettings = SignInSettings()
