"""From the shapes of a column's texts (`A9999`: a letter, four digits) to the regexes that other texts of their kind fit too."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby

FORMS_MOST = 4
"""More different forms than this are free text, which no regex describes."""
_NUMBER = re.compile(r"([-+]?)(9*)\.?9*([aA][-+]?9+)?")
_CLASSES = {"a": "[a-z]", "A": "[A-Z]", "9": "[0-9]"}


@dataclass(frozen=True, slots=True)
class Form:
    """Texts with the same runs of characters: their `regex`, how many there are, and in how many shapes."""

    regex: str
    count: int
    shapes: int


def forms(shapes: Mapping[str, int]) -> list[Form]:
    """The forms of these shapes, the most common first: empty where they are too many, or where a form has letters beyond ASCII.

    Numbers are one form. A run that is always as long is `{n}`, another is `+`.
    """
    if is_fraction(shapes):
        return [Form(_fraction(shapes), sum(shapes.values()), len(shapes))]
    by_form: dict[tuple[str, ...], list[tuple[list[int], int]]] = defaultdict(list)
    for shape, count in shapes.items():
        runs = [(character, len(list(run))) for character, run in groupby(shape)]
        by_form[tuple(character for character, _ in runs)].append(([length for _, length in runs], count))
    if len(by_form) > FORMS_MOST or not all(
        character.isprintable() and character.isascii() for f in by_form for character in f
    ):
        return []
    found = [_form(characters, seen) for characters, seen in by_form.items()]
    return sorted(found, key=lambda form: (-form.count, form.regex))


def is_fraction(shapes: Mapping[str, int]) -> bool:
    """Whether the texts are numbers, some with a point or an exponent: those that no type holds exactly stay text."""
    return all(_NUMBER.fullmatch(shape) for shape in shapes) and any("." in shape for shape in shapes)


def _fraction(shapes: Iterable[str]) -> str:
    """Numbers with the signs seen, one digit more before the point than the longest, and exponents if any, of any letter."""
    parts = [found.groups("") for shape in shapes if (found := _NUMBER.fullmatch(shape))]
    sign = "[-+]?" if any(sign for sign, _, _ in parts) else ""
    digits = max(len(whole) for _, whole, _ in parts) + 1
    exponent = "(?:[a-zA-Z][-+]?[0-9]+)?" if any(exponent for _, _, exponent in parts) else ""
    return rf"{sign}[0-9]{{0,{digits}}}(?:\.[0-9]*)?{exponent}"


def _form(characters: tuple[str, ...], seen: list[tuple[list[int], int]]) -> Form:
    lengths = [{runs[place] for runs, _ in seen} for place in range(len(characters))]
    parts = [_part(character, found) for character, found in zip(characters, lengths, strict=True)]
    return Form("".join(parts), sum(count for _, count in seen), len(seen))


def _part(character: str, lengths: set[int]) -> str:
    one = _CLASSES.get(character, re.escape(character))
    if len(lengths) > 1:
        return f"{one}+"
    [length] = lengths
    return one if length == 1 else f"{one}{{{length}}}"


def regex_of(found: list[Form]) -> str:
    """One regex for whole texts of any of the forms."""
    return "^(?:" + "|".join(form.regex for form in found) + ")$" if len(found) > 1 else f"^{found[0].regex}$"
