"""Taking the values of secrets out of texts: out of messages for good, out of stored places so that they can be put back."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, quote_plus

HIDDEN = "***"
PUBLIC_FIELDS = ("username", "client_id", "host", "port", "dbname", "engine", "dbInstanceIdentifier")
"""Fields of a source's secret that are no secrets."""
LEAST_IN_ROWS = 8
"""Shorter values occur in data by chance: rows keep them."""


class Scrubber:
    """Knows the values of a source's secrets, by name. `public`: names whose values are no secrets (a host, a user)."""

    def __init__(self, values: Mapping[str, str], public: Iterable[str] = ()) -> None:
        forms: dict[str, str] = {}
        for name, value in values.items():
            if value and name not in public:
                for form, text in _forms(value).items():
                    forms.setdefault(text, f"{{{{secret:{name}:{form}}}}}")
        username, password = values.get("username"), values.get("password")
        if username and password:
            forms.setdefault(b64encode(f"{username}:{password}".encode()).decode(), "{{secret:basic}}")
        # The longest first: a value may be a part of another, or of its own quoted form.
        self._forms = dict(sorted(forms.items(), key=lambda item: -len(item[0])))

    def hide(self, text: str) -> str:
        """The text without any secret, for people."""
        for value in self._forms:
            text = text.replace(value, HIDDEN)
        return text

    def hide_in_rows(self, text: str) -> str:
        """The encoded rows without any secret that a source repeats in its answers."""
        for value in self._forms:
            if len(value) >= LEAST_IN_ROWS and value in text:
                text = text.replace(value, HIDDEN)
        return text

    def put_away(self, place: Mapping[str, Any]) -> dict[str, Any]:
        """A page's place as it may be stored: secrets become their names."""
        return _texts(place, self._forms)

    def put_back(self, place: Mapping[str, Any]) -> dict[str, Any]:
        """A stored place as it was."""
        return _texts(place, {name: value for value, name in self._forms.items()})


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
