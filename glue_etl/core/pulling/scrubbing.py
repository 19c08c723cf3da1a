"""Taking the values of secrets out of texts: out of messages for good, out of stored places so that they can be put back.

Rows are never edited: one that repeats the credential fails its pull instead.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, quote_plus

from glue_etl.core.errors import SourceFailed

HIDDEN = "***"
PUBLIC_FIELDS = ("username", "client_id", "host", "port", "dbname", "engine", "dbInstanceIdentifier")
"""Fields of a source's secret that are no secrets."""
LEAST_IN_ROWS = 8
"""Shorter values occur in data by chance: rows are not searched for them."""


class Scrubber:
    """Knows the values of a source's secrets, by name. `public`: names whose values are no secrets (a host, a user)."""

    def __init__(self, values: Mapping[str, str], public: Iterable[str] = ()) -> None:
        forms: dict[str, str] = {}
        for name, value in values.items():
            if value and name not in public:
                for form, text in _forms(value).items():
                    forms.setdefault(text, f"{{{{secret:{name}:{form}}}}}")
        if basic := _basic(values):
            forms.setdefault(basic, "{{secret:basic}}")
        # The longest first: a value may be a part of another, or of its own quoted form.
        self._forms = dict(sorted(forms.items(), key=lambda item: -len(item[0])))

    def hide(self, text: str) -> str:
        """The text without any secret, for people."""
        for value in self._forms:
            text = text.replace(value, HIDDEN)
        return text

    def put_away(self, place: Mapping[str, Any]) -> dict[str, Any]:
        """A page's place as it may be stored: secrets become their names."""
        return _texts(place, self._forms)

    def put_back(self, place: Mapping[str, Any]) -> dict[str, Any]:
        """A stored place as it was."""
        return _texts(place, {name: value for value, name in self._forms.items()})


class Credential:
    """The values that are sent to a source to be let in, which no row may repeat. By the names of the secret's fields."""

    def __init__(self, values: Mapping[str, str]) -> None:
        known = {
            name: value for name, value in {**values, "basic": _basic(values)}.items() if name not in PUBLIC_FIELDS
        }
        self._forms = {
            text: name or "token"
            for name, value in known.items()
            if len(value) >= LEAST_IN_ROWS
            for text in _forms(value).values()
        }
        self._in_bytes = [text.encode("utf-8", "surrogatepass") for text in self._forms]
        longest_first = sorted(self._forms, key=len, reverse=True)
        # As a word of its own: digits within a number, or letters within a name, are no echo.
        self._pattern = (
            re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)") if self._forms else None
        )

    def in_bytes(self, data: bytes) -> bool:
        """Whether encoded rows may hold one: a quick look, which `check` confirms."""
        return any(form in data for form in self._in_bytes)

    def check(self, rows: Iterable[Mapping[str, Any]], where: str) -> None:
        """Raise SourceFailed where a row repeats a value, naming the row's field, so that nothing of its page lands."""
        if not self._forms:
            return
        for row in rows:
            for field, value in row.items():
                if found := self._found(value):
                    raise SourceFailed(
                        "credential_in_rows",
                        f"{where}: field {field!r} of a row repeats the source's credential ({found!r} of its secret), so its "
                        "page is not landed. Leave that field out of what is asked for, or give the source another credential",
                    )

    def _found(self, value: Any) -> str:
        """The name of the value that is in a text of a field, however deep; numbers are no texts."""
        if isinstance(value, Mapping | list | tuple):
            inner = value.values() if isinstance(value, Mapping) else value
            return next((found for one in inner if (found := self._found(one))), "")
        text = value.decode("utf-8", "replace") if isinstance(value, bytes) else value
        match = self._pattern.search(text) if self._pattern and isinstance(text, str) else None
        return self._forms[match[0]] if match else ""


def _basic(values: Mapping[str, str]) -> str:
    """User and password as HTTP's basic authentication sends them; "" without both."""
    username, password = values.get("username"), values.get("password")
    return b64encode(f"{username}:{password}".encode()).decode() if username and password else ""


def _forms(value: str) -> dict[str, str]:
    """The ways in which a value is written: plain, in an address, in a form, in JSON."""
    return {"plain": value, "quoted": quote(value, safe=""), "form": quote_plus(value), "json": json.dumps(value)[1:-1]}


def _texts(value: Any, replaced: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        for old, new in replaced.items():
            value = value.replace(old, new)
        return value
    if isinstance(value, Mapping):
        return {key: _texts(inner, replaced) for key, inner in value.items()}
    return [_texts(inner, replaced) for inner in value] if isinstance(value, list | tuple) else value
