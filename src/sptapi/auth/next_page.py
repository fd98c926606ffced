"""Where a user goes on after signing in, when the address asks for it.

The text comes from a link that anybody may have made. What ``urlsplit`` and
browsers read differently (tabs, backslashes, two slashes) is refused, not
interpreted.
"""

import re
from urllib.parse import unquote

_MAX_CHARACTERS = 2_048
# As it is sent: backslash, white space, and everything outside of printable ASCII.
_STRANGE = re.compile(r"[^\x21-\x5b\x5d-\x7e]")
# As a server would read it: backslash and control characters, what is no text included.
_STRANGE_READ = re.compile(r"[\x00-\x1f\x5c\x7f-\x9f\ufffd]")
_DOTS = re.compile(r"/\.{1,2}(/|\?|#|$)")


def safe_next(text: str | None, base_path: str) -> str:
    """Give the page if it is one of this service, else the page at the root.

    Parameters
    ----------
    text
        Path with query and fragment.
    base_path
        What the path must begin with; pages below ``/account/`` are no goals.
    """
    home = f"{base_path}/"
    if not text or len(text) > _MAX_CHARACTERS:
        return home
    path = re.split("[?#]", text, maxsplit=1)[0]
    read = unquote(path)
    if _STRANGE.search(text) or _STRANGE_READ.search(read):
        return home
    # Once as it stands, once as a server would read it; queries and fragments lead nowhere.
    return text if all(_is_ours(each, base_path) for each in (path, read)) else home


def _is_ours(path: str, base_path: str) -> bool:
    return (
        re.match("/(?!/)", path) is not None
        and not _DOTS.search(path)
        and (path == base_path or path.startswith(f"{base_path}/"))
        and not path.startswith(f"{base_path}/account/")
    )
