"""Characters that an XML document can carry. Standard library only.

References
----------
XML 1.0, section 2.2 "Characters".
"""

import re

_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def illegal_character(text: str) -> str | None:
    """Find the first character that XML cannot carry; None when there is none."""
    found = _ILLEGAL.search(text)
    return None if found is None else found[0]
