"""What an API answered, read strictly: rows are found where the declaration says, or the pull fails with what was there."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from dlt.common import jsonpath

from glue_etl.core.errors import SourceFailed

EACH = "[*]"


def rows_at(answer: Any, path: str, single: bool, where: str) -> list[dict[str, Any]]:
    """The rows at `path`; `single`: an object there is one row. An absent list fails, null is an empty one."""
    container, each, rest = path.partition(EACH)
    found = values_at(answer, container or "$", where)
    if not found:
        raise SourceFailed(
            "rows_missing", f"{where}: the answer has nothing at {path!r}, {has(answer)}. Correct 'rows'"
        )
    value = found[0] if len(found) == 1 else found
    if value is None:
        return []
    if single and not each and isinstance(value, dict):
        return [value]
    if not isinstance(value, list):
        raise SourceFailed(
            "rows_not_a_list",
            f"{where}: at {path!r} the answer has no list but {_kind(value)}, {has(value)}. Correct 'rows'",
        )
    rows = values_at(answer, path, where) if rest else value
    for row in rows:
        if not isinstance(row, dict):
            message = f"{where}: a row at {path!r} is no object but {_kind(row)}. Correct 'rows'"
            raise SourceFailed("rows_not_objects", message)
    return rows


@cache
def compiled(path: str) -> jsonpath.JSONPath:
    """The path, parsed once: that takes longer than finding what it names in a page."""
    return jsonpath.compile_path(path)


def values_at(answer: Any, path: str, where: str) -> list[Any]:
    """All values that a JSONPath finds."""
    try:
        found = compiled(path)
    except Exception as error:  # jsonpath_ng raises plain Exception for a path that it can't parse
        raise SourceFailed("bad_path", f"{where}: {path!r} is no JSONPath: {error}") from error
    return list(jsonpath.find_values(found, answer))


def has(value: Any) -> str:
    """What keys an answer has: names only, no values."""
    if isinstance(value, dict):
        names = [str(name) for name in value]
        return f"it has the keys {', '.join(names[:20]) or '(none)'}" + (" and more" if len(names) > 20 else "")
    return f"it is {_kind(value)}"


def json_lines(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Rows as gzipped JSON lines, the same bytes for the same rows: no time in the header."""
    try:
        text = _lines(rows, ascii_only=False).encode()
    except UnicodeEncodeError:  # half a surrogate pair, which JSON may hold and UTF-8 may not
        text = _lines(rows, ascii_only=True).encode()
    return gzip.compress(text, mtime=0)


def _lines(rows: Sequence[Mapping[str, Any]], ascii_only: bool) -> str:
    return "".join(json.dumps(row, ensure_ascii=ascii_only, separators=(",", ":")) + "\n" for row in rows)


def _kind(value: Any) -> str:
    names = {dict: "an object", list: "a list", str: "text", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")
