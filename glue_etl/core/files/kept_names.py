"""Names of kept copies: S3 takes keys of 1,024 bytes, and a copy's folder comes before its file's own name."""

from __future__ import annotations

import hashlib

KEY_BYTES = 1024
"""Longest key, in UTF-8 ("Creating object key names", Amazon S3 User Guide)."""
_DIGEST = 12
_LONGEST_ENDING = 32
"""Bytes of an ending (".csv.gz") that is kept; what is longer is none."""


def kept_key(folder: str, key: str) -> str:
    """Where a copy of `key` is kept below `folder` (a key prefix, ending in "/"): under its last name, if that fits.

    A longer one is cut between characters and has a digest of the whole key instead, so that no two are equal.
    """
    name = key.rsplit("/", 1)[-1]
    room = KEY_BYTES - len(folder.encode())
    if len(name.encode("utf-8", "surrogatepass")) <= room:
        return f"{folder}{name}"
    stem, dot, ending = name.partition(".")
    ending = f"{dot}{ending}" if len(f"{dot}{ending}".encode()) <= _LONGEST_ENDING else ""
    digest = hashlib.blake2b(key.encode(), digest_size=_DIGEST // 2).hexdigest()
    short = (stem if ending else name).encode()[: room - _DIGEST - 1 - len(ending.encode())].decode("utf-8", "ignore")
    return f"{folder}{short}~{digest}{ending}"
