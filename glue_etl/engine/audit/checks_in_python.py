"""Looks at values that SQL has no word for, as functions that DuckDB calls with a vector of texts: once a distinct text."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from glue_etl.engine.audit.model import Impossible
from glue_etl.engine.audit.regexes import for_python

Look = Callable[[str], bool | None]
"""True or False; None where the stock metric would raise, and so fail its expectation altogether."""


def over_arrow(look: Look) -> Callable[[pa.Array], pa.Array]:
    """The look at a vector of texts; nulls stay null."""
    known: dict[str, bool | None] = {}

    def check(texts: Any) -> pa.Array:
        whole = texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts
        coded = whole.dictionary_encode()
        if len(known) > _LARGEST_MEMORY:
            known.clear()
        found = [_looked_up(text, known, look) for text in coded.dictionary.to_pylist()]
        return pa.array(found, pa.bool_()).take(coded.indices)

    return check


_LARGEST_MEMORY = 100_000


def _looked_up(text: str, known: dict[str, bool | None], look: Look) -> bool | None:
    if text not in known:
        known[text] = look(text)
    return known[text]


def regex(pattern: str) -> Look:
    compiled = for_python(pattern)
    return lambda text: compiled.search(text) is not None


def is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def fits_schema(schema: Mapping[str, Any]) -> Look:
    """Whether a JSON text fits; what is no JSON, or a broken schema, fails the whole expectation in stock GX."""
    import jsonschema

    def look(text: str) -> bool | None:
        try:
            jsonschema.validate(json.loads(text), schema)
        except jsonschema.ValidationError:
            return False
        except (ValueError, RecursionError, jsonschema.SchemaError):
            return None
        return True

    return look


def has_format(strftime_format: str) -> Look:
    try:
        datetime.strptime(datetime(2024, 2, 3, 4, 5, 6, tzinfo=UTC).strftime(strftime_format), strftime_format)  # noqa: DTZ007
    except ValueError as error:
        raise Impossible(f"{strftime_format!r} can't be used to read a date: {error}") from error

    def look(text: str) -> bool:
        try:
            datetime.strptime(text, strftime_format)  # noqa: DTZ007  only whether it can be read
        except ValueError:
            return False
        return True

    return look


def is_date_for_dateutil(text: str) -> bool | None:
    from dateutil.parser import parse

    try:
        parse(text)
    except (ValueError, OverflowError):
        return False
    except (TypeError, AttributeError):
        return None
    return True
