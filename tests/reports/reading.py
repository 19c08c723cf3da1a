"""A page as a program reads it: its elements with their attributes, and its texts."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class Read(HTMLParser):
    """`elements`: names with attributes, in order; `text`: all texts but the style sheet."""

    elements: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    text: str = ""
    style: str = ""
    open: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag in ("style", "script"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.open and self.open[-1] == tag:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        if self.open:
            self.style += data
        else:
            self.text += data

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.elements]

    @property
    def words(self) -> str:
        """The text with single spaces."""
        return " ".join(self.text.split())


def read(page: str) -> Read:
    found = Read()
    found.feed(page)
    found.close()
    return found
