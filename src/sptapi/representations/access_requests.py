"""The page of somebody whom no group lets in: how to ask for access, and what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from sptapi.representations.html import html_page, post_form, time_element
from sptapi.representations.sign_in import listed_groups
from sptjobs.store.access_requests import AccessRequest, AccessState, AccessWish

ASK_PATH = "/account/access"


@dataclass(frozen=True, slots=True)
class Outsider:
    """Who is known and not let in.

    Attributes
    ----------
    request
        What they asked for, None when they did not.
    ticket
        What their form repeats: see :mod:`sptapi.services.access_requests`.
    """

    name: str
    groups: Sequence[str]
    request: AccessRequest | None
    ticket: str


def outsider_page(base: str, outsider: Outsider) -> str:
    """Say that somebody is known and not let in, and what helps."""
    return html_page(
        base,
        "Not authorised yet",
        f"<p>You signed in as <strong>{escape(outsider.name)}</strong>, but none of your groups "
        f"may use this service.</p><p>Your groups: {listed_groups(outsider.groups)}</p>"
        f"{_standing(base, outsider)}"
        '<p class="note">If this is the wrong account, sign out and take another.</p>'
        f'<p class="ways"><a class="button quiet" href="{escape(base)}/account/logout">Sign out</a>'
        "</p>",
    )


def _standing(base: str, outsider: Outsider) -> str:
    """Say how the request stands; ask for one where there is none, or it was declined."""
    request = outsider.request
    if request is None:
        return _form(base, outsider.ticket)
    if request.state is AccessState.DECLINED:
        answer = f"<blockquote>{escape(request.answer or '')}</blockquote>"
        return (
            f"<h2>Your request was declined</h2><p>On {time_element(request.changed)} UTC, with "
            f"this answer:</p>{answer}<p>If something has changed, ask again.</p>"
            f"{_form(base, outsider.ticket)}"
        )
    again = f'<a class="button" href="{escape(base)}/account/login?next=/account">Look again</a>'
    if request.state is AccessState.APPROVED:
        said = f"<blockquote>{escape(request.answer)}</blockquote>" if request.answer else ""
        return (
            f"<h2>Your request was approved</h2><p>On {time_element(request.changed)} UTC.</p>"
            f"{said}<p>Your new group counts from the next sign-in.</p>"
            f'<p class="ways">{again}</p>'
        )
    return (
        f"<h2>You have asked for access</h2><p>On {time_element(request.asked)} UTC. The "
        "administrators of the service see your request; what they decide stands here when you "
        f'sign in the next time.</p><dl class="facts"><dt>institute</dt>'
        f"<dd>{escape(request.wish.institute)}</dd><dt>what for</dt>"
        f'<dd class="lines">{escape(request.wish.why)}</dd></dl><p class="ways">{again}</p>'
    )


def _form(base: str, ticket: str) -> str:
    inputs = (
        '<label class="field">Your institute '
        f'<input name="INSTITUTE" maxlength="{AccessWish.LONGEST_INSTITUTE}" required '
        'autocomplete="organization"></label><label class="field">What you want to use the service '
        f'for, and who in the collaboration knows you <textarea name="WHY" rows="5" '
        f'maxlength="{AccessWish.LONGEST_WHY}" required></textarea></label>'
    )
    button = post_form(base, ASK_PATH, ticket, "Ask for access", kind="", inputs=inputs)
    return (
        "<h2>Ask for access</h2><p>The administrators of the service decide; they see your name, "
        f'what you write here, and when.</p><div class="asking">{button}</div>'
    )
