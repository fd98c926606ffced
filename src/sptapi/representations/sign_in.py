"""Pages of signing in and out; they work without scripts."""

from collections.abc import Sequence
from html import escape

from sptapi.representations.html import html_page, post_form

_MAX_SHOWN = 20


def sign_out_page(base: str, csrf: str) -> str:
    """Ask whether to sign out."""
    return html_page(
        base,
        "Sign out",
        "<p>This ends the session in this browser, in all of its tabs, and the one at the "
        f'identity provider. Jobs go on.</p><div class="ways">{sign_out_form(base, csrf, kind="")}'
        f'<a class="button quiet" href="{escape(base)}/account">Back to your account</a></div>',
    )


def sign_out_form(base: str, csrf: str, *, kind: str = "quiet") -> str:
    """Write the button that signs out."""
    return post_form(base, "/account/logout", csrf, "Sign out", kind=kind)


def listed_groups(groups: Sequence[str]) -> str:
    """List groups; of very many only the first ones."""
    if not groups:
        return "none"
    shown = ", ".join(f"<code>{escape(group)}</code>" for group in groups[:_MAX_SHOWN])
    more = len(groups) - _MAX_SHOWN
    return shown + (f" and {more} more" if more > 0 else "")
