"""Keys that sign: a set of secrets by their ids, as the setting gives it."""

import hashlib
import re

MIN_KEY_BYTES = 32
_KEY_ID = re.compile(r"[A-Za-z0-9._-]{1,32}")


def parse_keys(text: str) -> dict[str, bytes]:
    """Read keys: ``ID:SECRET`` each, separated by white space; ``#`` begins a comment line.

    A secret without an id gets one that is made of its hash.

    Raises
    ------
    ValueError
        Says what is wrong, and never quotes a secret.
    """
    keys: dict[str, bytes] = {}
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    for number, entry in enumerate(" ".join(lines).split(), start=1):
        key_id, colon, secret = entry.partition(":")
        if not colon:
            key_id, secret = hashlib.sha256(entry.encode()).hexdigest()[:12], entry
        if _KEY_ID.fullmatch(key_id) is None:
            raise ValueError(f"key {number}: its id must be 1 to 32 of A-Z a-z 0-9 . _ -")
        if len(secret.encode()) < MIN_KEY_BYTES:
            raise ValueError(f"key {number}: must be at least {MIN_KEY_BYTES} bytes long")
        if key_id in keys:
            raise ValueError(f"key {number}: has the id {key_id}, as a key before it")
        keys[key_id] = secret.encode()
    return keys
