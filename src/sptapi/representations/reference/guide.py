"""What stands before the operations: the first steps, tokens, forms of responses, errors."""

from html import escape
from typing import Final

_TABLE: Final = """cat > targets.csv <<END
OBJID,RA,DEC
SPT-CLJ0000-5748,0.2499,-57.8066
elsewhere,120.0,20.0
END"""

_SUBMIT: Final = r"""JOB=$(curl -sS -H "$AUTH" -F POSITIONS=@targets.csv -F SIZE=10 \
  -F RUNID=first-steps -F PHASE=RUN -w '%{redirect_url}' $SERVICE/api/v1/cutout/async)
JOB_ID=${JOB##*/}
echo $JOB"""

_WAIT: Final = """curl -sS -H "$AUTH" "$JOB?WAIT=60&PHASE=QUEUED" > /dev/null
curl -sS -H "$AUTH" "$JOB?WAIT=60" > /dev/null
curl -sS -H "$AUTH" $JOB/phase"""

_FETCH: Final = """curl -sS -L -H "$AUTH" -o stamps.tar $JOB/results/result
tar -xf stamps.tar
cat first-steps/manifest.csv"""

_ASTROPY: Final = """from pathlib import Path
from astropy.io import fits

for path in Path("first-steps/SPT-CLJ0000-5748").glob("*.fits"):
    with fits.open(path) as stamp:
        print(path.name, stamp["SCI"].data.shape, stamp["SCI"].header.get("BUNIT"))"""

_PYVO: Final = """import os
import requests
from pyvo.dal import AsyncTAPJob

service = "{base}"
session = requests.Session()
session.headers["Authorization"] = "Bearer " + os.environ["SPT_TOKEN"]
response = session.post(
    service + "/api/v1/cutout/async",
    data={{"POSITIONS": "RA,DEC\\n0.2499,-57.8066\\n", "SIZE": "10"}},
)
response.raise_for_status()
job = AsyncTAPJob(response.url, session=session)
job.run()
job.wait(timeout=600)
print(job.phase)
with open("stamps.tar", "wb") as file:
    file.write(session.get(job.url + "/results/result").content)"""

_SCOPES: Final = (
    ("jobs:read", "to see jobs and the lists of their results"),
    ("jobs:write", "to make, run, change, abort and delete jobs"),
    ("data:read", "to read the catalogue of maps, to check requests, and to download files"),
)

_ERRORS: Final = (
    ("400", "Something in the request is wrong: the message names the field, the row, the value."),
    ("401", "No token arrived, or it is expired, revoked or mistyped: take a new one."),
    ("403", "The token lacks a scope, you may not use the service, or the phase forbids it."),
    ("404", "There is no such address, job, file or token, or it is not yours."),
    ("405", "The address does not know this method; the header <code>Allow</code> says which."),
    ("413", "The body is larger than the service takes."),
    ("415", "The body is of a media type that this operation does not read."),
    ("416", "The range begins behind the end of the file."),
    ("429", "Too often, or too much at once: wait for the seconds of <code>Retry-After</code>."),
    ("500", "A fault of the service: tell the operators the request's id."),
    ("502", "The identity provider sent an invalid response."),
    ("503", "A part of the service is away, or there is no room for new jobs: try again later."),
)  # fmt: skip


def guide(base: str, *, can_sign_in: bool) -> tuple[tuple[str, str, str], ...]:
    """Write the sections for beginners: the id, title and HTML of each.

    ``base`` is the service's public address.
    """
    return (
        ("first-steps", "First steps", _first_steps(base, can_sign_in=can_sign_in)),
        ("tokens", "Tokens and scopes", _tokens()),
        ("forms", "Forms of requests and responses", _forms()),
        ("errors", "Errors", _errors()),
    )


def _first_steps(base: str, *, can_sign_in: bool) -> str:
    root = escape(base)
    get_token = (
        f'<a href="{root}/app/cutout/account">Make one on your account page</a>; it is shown once.'
        if can_sign_in
        else "Signing in is switched off here: an operator hands one out."
    )
    variables = f'SERVICE={base}\nexport SPT_TOKEN=...\nAUTH="Authorization: Bearer $SPT_TOKEN"'
    return (
        '<section class="part" id="first-steps"><h2>First steps</h2>'
        "<p>A job from a terminal, from the token to the stamps. The examples of all chapters go "
        "on from here: they use the same variables.</p>"
        f"<h3>1. Get an access token</h3><p>A token stands for you in scripts. {get_token} "
        f"Put it in the place of the dots:</p>{_code('start', variables)}"
        "<h3>2. Name targets and send a request</h3>"
        "<p><code>RA,DEC</code> are degrees (ICRS); <code>OBJID</code> names the files; "
        f"<code>SIZE</code> is in arcmin. {_link('createJob', 'All parameters')}.</p>"
        f"{_code('targets', _TABLE)}{_code('submit', _SUBMIT)}"
        "<p>It prints the address of the new job, or what is wrong with the request.</p>"
        "<h3>3. Wait</h3><p><code>WAIT</code> responds as soon as the phase changes: the first one "
        "when the job leaves QUEUED, the second when it ends. A long job needs the second one "
        f"again.</p>{_code('wait', _WAIT)}"
        "<h3>4. Fetch what it made</h3><p>A folder of FITS files for each target, and the "
        "manifest: what became of each target on each map.</p>"
        f"{_code('fetch', _FETCH)}{_code('astropy', _ASTROPY)}"
        "<h3>The same with pyvo</h3><p>Jobs follow the IVOA standard UWS 1.1, so clients of the "
        f"Virtual Observatory know how to handle them.</p>{_code('pyvo', _PYVO.format(base=base))}"
        f'<p>The <a href="{root}/app/cutout/">web app</a> writes any request of its form as code: '
        "<em>Copy as code</em>.</p></section>"
    )


def _tokens() -> str:
    rows = "".join(
        f"<div><dt><code>{name}</code></dt><dd>{text}</dd></div>" for name, text in _SCOPES
    )
    return (
        '<section class="part" id="tokens"><h2>Tokens and scopes</h2>'
        "<p>A token is sent in the header <code>Authorization: Bearer TOKEN</code>, never in an "
        "address. It allows what its scopes say, and never more than you may do yourself:</p>"
        f'<dl class="fields">{rows}</dl>'
        f"<p>Before it expires, it can be {_link('refreshToken', 'exchanged for a new one')}. A "
        f"token that somebody else saw is {_link('revokeToken', 'revoked')}.</p>"
        "<p>A browser that is signed in needs no token. Its changes repeat, in the header "
        "<code>X-CSRF-Token</code>, the value <code>csrf</code> of "
        f"{_link('readAccount', 'who am I')}.</p></section>"
    )


def _forms() -> str:
    return (
        '<section class="part" id="forms"><h2>Forms of requests and responses</h2>'
        "<p>Names of parameters may be written in any case. Jobs are XML, as UWS requires, and "
        "with the same tree in JSON for <code>Accept: application/json</code>. Every GET accepts "
        "HEAD as well. Files support ranges and entity tags, so that a broken download can be "
        "resumed. Times are UTC, angles degrees (ICRS), sizes arcmin.</p>"
        "<p>Every response has an <code>X-Request-ID</code>, by which operators find it in their "
        "logs.</p></section>"
    )


def _errors() -> str:
    rows = "".join(
        f"<div><dt><code>{status}</code></dt><dd>{text}</dd></div>" for status, text in _ERRORS
    )
    return (
        '<section class="part" id="errors"><h2>Errors</h2>'
        "<p>An error is a line of plain text, its label and then the message; a problem in JSON "
        f'(<a href="#schema-Problem">Problem</a>, RFC 9457) for <code>Accept: application/json'
        "</code>; a page in a browser. Nothing is changed silently: what cannot be done is refused "
        f'with the field, the row and the value.</p><dl class="fields">{rows}</dl></section>'
    )


def _code(name: str, text: str) -> str:
    return f'<pre id="code-{name}"><code>{escape(text)}</code></pre>'


def _link(operation: str, text: str) -> str:
    return f'<a href="#{operation}">{text}</a>'
