"""The files of the page, and what a browser is told of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable

KINDS = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}
"""What is served: licences and notes that lie beside are not."""


@dataclass(frozen=True, slots=True)
class Asset:
    """One file of the page."""

    content: bytes
    kind: str


@cache
def assets() -> dict[str, Asset]:
    """Path below the page's address -> file. What is not in here is not served, whatever a path says."""
    return dict(_below(resources.files("glue_etl.console") / "page", "/"))


def _below(folder: Traversable, path: str) -> list[tuple[str, Asset]]:
    found: list[tuple[str, Asset]] = []
    for entry in folder.iterdir():
        if entry.is_dir():
            found += _below(entry, f"{path}{entry.name}/")
        elif kind := KINDS.get(_extension(entry.name)):
            asset = Asset(entry.read_bytes(), kind)
            found += [(path + entry.name, asset), *([(path, asset)] if entry.name == "index.html" else [])]
    return found


def _extension(name: str) -> str:
    return "." + name.rpartition(".")[2]


@cache
def policy() -> str:
    """The page's Content-Security-Policy: its own scripts and styles, no inline ones, calls to its own address.

    A report is shown in a frame without scripts, which takes over this policy: so the style sheet of reports is allowed, by the
    hash that the report's own policy has ("Content Security Policy Level 3", W3C).
    """
    from glue_etl.reports.pages import style_hash

    return "; ".join(
        (
            "default-src 'none'", "script-src 'self'", f"style-src 'self' '{style_hash()}'", "img-src 'self' data:",
            "connect-src 'self'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
        )
    )  # fmt: skip


def headers() -> dict[str, str]:
    """Headers of every answer to a browser."""
    return {
        "Content-Security-Policy": policy(),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
