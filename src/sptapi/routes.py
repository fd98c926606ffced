"""The one table of addresses; all of them stand below the base path."""

from dataclasses import dataclass

from aiohttp import web

from sptapi.auth.policy import ANY_SCOPE, READ_DATA, READ_JOBS, WRITE_JOBS, Access
from sptapi.handlers import (
    access_requests,
    account,
    comments,
    dali_examples,
    datalink,
    events,
    files,
    health,
    hips,
    job_children,
    jobs,
    landing,
    maps,
    notices,
    operators,
    reference,
    rows,
    saved,
    sessions,
    shares,
    sia,
    sign_in,
    sky,
    sky_catalogues,
    sync,
    tokens,
    validation,
    vocabulary,
    vosi,
    webapp,
)
from sptapi.http.expectation import continue_if_asked
from sptapi.http.unrouted import Unrouted
from sptapi.keys import ACCESS, SERVED, Handler
from sptjobs.request.vocabulary import OF_RESPONSES

_JOBS = "/api/v1/cutout/async"
_SESSION = "/api/v1/account/sessions/{session_id}"
_JOB = _JOBS + "/{job_id}"
_TOKENS = "/api/v1/account/tokens"
_NOTICES = "/api/v1/account/notices"
_REFRESH = "/api/v1/account/token/refresh"
_CREATE_TOKEN = "/account/token/create"  # noqa: S105 - an address
_SAVED = "/api/v1/cutout/saved"
_CATALOGUES = "/api/v1/catalogues"
_ACCESS = "/ops/access/{account_id}"
_FILES = "/files/jobs/{job_id}"
_SECRET = ("/account", "/api/v1/account", "/ops")


@dataclass(frozen=True, slots=True)
class Route:
    """A method of an address.

    Attributes
    ----------
    scope
        What a token must allow; ANY_SCOPE if any valid one will do; None is public.
    session_only
        Whether only a browser session will do: for what makes or ends credentials.
    outsiders
        Whether who may not use the service is let in too.
    admin
        Whether only members of an administrators' group are let in.
    rate
        The rule of :mod:`sptapi.middlewares.rate_limits` under which its requests are counted.
    greets
        Whether credentials sent to a public address are checked: the response names the user, or
        refuses credentials that do not hold. Programs try theirs there.
    shared
        Whether it is a public document that scripts of any site may read.
    takes
        Which of DALI's parameters of a response mean something there; the others are refused.
    safe
        Whether a GET changes nothing, so that HEAD is served as well.
    """

    method: str
    path: str
    handler: Handler
    scope: str | None
    session_only: bool = False
    outsiders: bool = False
    rate: str | None = None
    safe: bool = True
    admin: bool = False
    greets: bool = False
    takes: frozenset[str] = frozenset()
    shared: bool = False

    @property
    def secret(self) -> bool:
        """Whether a response may show a secret, a token or what guards forms."""
        return self.path.startswith(_SECRET)


_FORMAT = frozenset({"RESPONSEFORMAT"})
_BOTH = OF_RESPONSES

ROUTES = (
    Route("GET", "/", landing.landing, None),
    Route("GET", "/sky.jpg", landing.picture, None),
    Route("GET", "/icon.svg", landing.icon, None),
    Route("GET", "/openapi.json", reference.openapi, None, shared=True),
    Route("GET", "/docs", reference.reference, None),
    Route("GET", "/docs/{chapter}", reference.chapter, None),
    Route("GET", "/api/v1/cutout/jobinfo.xsd", reference.job_info, None, shared=True),
    Route("GET", "/live", health.live, None),
    Route("GET", "/ready", health.ready, None),
    Route("GET", "/metrics", health.metrics, None),
    Route("GET", "/api/v1/status", health.status, None, shared=True),
    Route("GET", "/app/cutout", webapp.redirect, None),
    Route("GET", "/app/cutout/{path:.*}", webapp.read, None),
    Route("GET", "/account", account.page, ANY_SCOPE, session_only=True, outsiders=True),
    Route("GET", "/account/login", sign_in.login, None, rate="login", safe=False),
    Route("GET", "/account/callback", sign_in.callback, None, rate="callback", safe=False),
    Route("GET", "/account/logout", sign_in.ask_logout, None),
    Route("POST", "/account/logout", sign_in.logout, None),
    Route(
        "POST",
        "/account/backchannel-logout",
        sign_in.backchannel_logout,
        None,
        rate="backchannel-logout",
    ),
    Route("POST", "/account/access", access_requests.ask, None, rate="access"),
    Route("POST", "/account/sessions", sessions.end, ANY_SCOPE, session_only=True),
    Route("GET", "/api/v1/account", account.read, READ_JOBS),
    Route("GET", "/api/v1/account/sessions", sessions.list_, ANY_SCOPE, session_only=True),
    Route(
        "DELETE", "/api/v1/account/sessions", sessions.delete_others, ANY_SCOPE, session_only=True
    ),
    Route("DELETE", _SESSION, sessions.delete, ANY_SCOPE, session_only=True),
    Route(
        "GET",
        _CREATE_TOKEN,
        tokens.create_by_get,
        ANY_SCOPE,
        session_only=True,
        rate="token-create",
        safe=False,
    ),
    Route("POST", _CREATE_TOKEN, tokens.create, ANY_SCOPE, session_only=True, rate="token-create"),
    Route("POST", _REFRESH, tokens.refresh, ANY_SCOPE, outsiders=True, rate="refresh"),
    Route("GET", _TOKENS, tokens.list_, ANY_SCOPE),
    Route("DELETE", _TOKENS, tokens.delete_all, ANY_SCOPE, session_only=True),
    Route("DELETE", _TOKENS + "/{token_id}", tokens.delete, ANY_SCOPE),
    Route("DELETE", _TOKENS + "/{token_id}/chain", tokens.delete_chain, ANY_SCOPE),
    Route("GET", _NOTICES, notices.list_, READ_JOBS),
    Route("POST", _NOTICES, notices.create, WRITE_JOBS, rate="notice"),
    Route("DELETE", _NOTICES + "/{notice_id}", notices.delete, WRITE_JOBS),
    Route("GET", "/api/v1/maps", maps.list_, READ_DATA),
    Route("GET", "/api/v1/maps/summary", maps.summary, READ_DATA),
    Route("GET", "/api/v1/maps/moc", maps.moc, READ_DATA, takes=_FORMAT),
    Route("GET", "/api/v1/maps/footprints", maps.footprints, READ_DATA),
    Route("GET", "/api/v1/sia", sia.search, READ_DATA, takes=_BOTH),
    Route("POST", "/api/v1/sia", sia.search, READ_DATA, takes=_BOTH),
    Route("GET", "/api/v1/links", datalink.links, READ_DATA, takes=_BOTH),
    Route("POST", "/api/v1/links", datalink.links, READ_DATA, takes=_BOTH),
    Route("GET", "/api/v1/sky", sky.list_layers, READ_DATA),
    Route("GET", "/api/v1/sky/{map_id}", sky.statistics, READ_DATA),
    Route("GET", "/api/v1/sky/{map_id}/{level}/{x}/{y}", sky.tile, READ_DATA),
    Route("GET", _CATALOGUES, sky_catalogues.list_, READ_DATA),
    Route("GET", _CATALOGUES + "/{catalogue_name}", sky_catalogues.read, READ_DATA, takes=_BOTH),
    Route("GET", "/hips/hipslist", hips.list_surveys, READ_DATA),
    Route("GET", "/hips/{map_id}/{path:.*}", hips.read, READ_DATA),
    Route("GET", "/api/v1/cutout/vocabulary", vocabulary.read, READ_DATA),
    Route(
        "POST",
        "/api/v1/cutout/validate",
        validation.validate,
        READ_DATA,
        rate="validate",
        takes=_BOTH,
    ),
    Route("POST", "/api/v1/cutout/table", validation.read_table, READ_DATA, rate="table"),
    *(
        Route("GET", f"{folder}/{name}", handler, None, greets=True, shared=True)
        for folder in ("/api/v1", "/api/v1/cutout", "/api/v1/sia")
        for name, handler in (
            ("capabilities", vosi.capabilities),
            ("availability", vosi.availability),
        )
    ),
    Route(
        "GET",
        "/api/v1/cutout/sync",
        sync.cut,
        READ_DATA,
        rate="sync",
        safe=False,
        takes=_BOTH,
    ),
    Route("POST", "/api/v1/cutout/sync", sync.cut, READ_DATA, rate="sync", takes=_BOTH),
    Route("GET", "/api/v1/cutout/examples", dali_examples.read, None, shared=True),
    Route("GET", _JOBS, jobs.list_, READ_JOBS, takes=_BOTH),
    Route("POST", _JOBS, jobs.create, WRITE_JOBS, rate="async", takes=_BOTH),
    Route("GET", _JOB, jobs.read, READ_JOBS, takes=_FORMAT),
    Route("POST", _JOB, jobs.post, WRITE_JOBS),
    Route("DELETE", _JOB, jobs.delete, WRITE_JOBS),
    Route("GET", _JOB + "/phase", job_children.get_phase, READ_JOBS),
    Route("POST", _JOB + "/phase", job_children.post_phase, WRITE_JOBS),
    Route("GET", _JOB + "/executionduration", job_children.get_execution_duration, READ_JOBS),
    Route("POST", _JOB + "/executionduration", job_children.post_execution_duration, WRITE_JOBS),
    Route("GET", _JOB + "/destruction", job_children.get_destruction_time, READ_JOBS),
    Route("POST", _JOB + "/destruction", job_children.post_destruction_time, WRITE_JOBS),
    Route("GET", _JOB + "/quote", job_children.get_quote, READ_JOBS),
    Route("GET", _JOB + "/owner", job_children.get_owner, READ_JOBS),
    Route("GET", _JOB + "/error", job_children.get_error, READ_JOBS),
    Route("GET", _JOB + "/parameters", job_children.get_parameters, READ_JOBS, takes=_FORMAT),
    Route(
        "POST",
        _JOB + "/parameters",
        job_children.post_parameters,
        WRITE_JOBS,
        rate="async",
        takes=_BOTH,
    ),
    Route("GET", _JOB + "/parameters/{name}", job_children.get_parameter, READ_JOBS),
    Route("GET", _JOB + "/results", job_children.get_results, READ_JOBS, takes=_FORMAT),
    Route("GET", _JOB + "/results/{result_id}", job_children.get_result, READ_JOBS, takes=_FORMAT),
    Route("GET", _JOB + "/events", events.of_job, READ_JOBS),
    Route("GET", "/api/v1/cutout/events", events.of_all, READ_JOBS),
    Route("GET", _JOB + "/targets", rows.read, READ_JOBS),
    Route("GET", _JOB + "/shares", shares.list_, READ_JOBS),
    Route("POST", _JOB + "/shares", shares.create, WRITE_JOBS, rate="share"),
    Route("DELETE", _JOB + "/shares/{share_id}", shares.delete, WRITE_JOBS),
    Route("GET", _JOB + "/comments", comments.list_, READ_JOBS),
    Route("POST", _JOB + "/comments", comments.create, WRITE_JOBS, rate="comment"),
    Route("DELETE", _JOB + "/comments/{comment_id}", comments.delete, WRITE_JOBS),
    Route("GET", _SAVED, saved.list_, READ_JOBS),
    Route("POST", _SAVED, saved.create, WRITE_JOBS, rate="save"),
    Route("GET", _SAVED + "/{saved_id}", saved.read, READ_JOBS),
    Route("PUT", _SAVED + "/{saved_id}", saved.replace_, WRITE_JOBS, rate="save"),
    Route("POST", _SAVED + "/{saved_id}", saved.rename_, WRITE_JOBS, rate="save"),
    Route("DELETE", _SAVED + "/{saved_id}", saved.delete, WRITE_JOBS),
    Route("GET", "/api/v1/cutout/shared", shares.list_jobs, READ_JOBS, takes=_BOTH),
    Route("GET", _FILES + "/out.tar", files.tar, READ_DATA),
    Route("POST", _FILES + "/out.tar", files.tar, READ_DATA),
    Route("GET", _FILES + "/out/{path:.*}", files.read, READ_DATA),
    Route("GET", "/ops", operators.redirect, READ_JOBS, admin=True),
    Route("GET", "/ops/", operators.overview, READ_JOBS, admin=True),
    Route("POST", "/ops/", operators.wake, WRITE_JOBS, admin=True),
    Route("GET", "/ops/jobs", operators.get_jobs, READ_JOBS, admin=True),
    Route("GET", "/ops/jobs/{job_id}", operators.get_job, READ_JOBS, admin=True),
    Route("POST", "/ops/jobs/{job_id}", operators.post_job, WRITE_JOBS, admin=True),
    Route("GET", "/ops/deadletters", operators.get_dead_letters, READ_JOBS, admin=True),
    Route("POST", "/ops/deadletters", operators.post_dead_letters, WRITE_JOBS, admin=True),
    Route("GET", "/ops/access", operators.get_access_requests, READ_JOBS, admin=True),
    Route("POST", _ACCESS, operators.post_access_request, WRITE_JOBS, admin=True),
)


def add_routes(app: web.Application, base_path: str) -> None:
    """Register the table. HEAD is served wherever a GET changes nothing."""
    resources = {path: app.router.add_resource(base_path + path) for path in _paths()}
    access: dict[Handler, Access] = {}
    for route in ROUTES:
        methods = ("GET", "HEAD") if route.method == "GET" and route.safe else (route.method,)
        for method in methods:
            resources[route.path].add_route(method, route.handler, expect_handler=continue_if_asked)
        access[route.handler] = Access(
            route.scope,
            route.session_only,
            route.outsiders,
            route.rate,
            route.admin,
            route.greets,
            route.takes,
            route.shared,
            route.secret,
        )
    app.router.register_resource(Unrouted(app.router))
    app[ACCESS] = access
    app[SERVED] = frozenset(_paths())


def _paths() -> list[str]:
    return list(dict.fromkeys(route.path for route in ROUTES))
