"""Regular expressions as Java's `find` (Spark's rlike) understands them, for RE2 (DuckDB) and, where RE2 can't, for Python's re.

\\d \\w \\s are ASCII in Java, "." leaves out five line terminators, "$" also holds before the last one. \\b is ASCII here.
"""

from __future__ import annotations

import re

_TERMINATORS = {"re2": r"\n\r\x{85}\x{2028}\x{2029}", "python": "\\n\\r\\x85\\u2028\\u2029"}
_SPACES = r" \t\n\x0B\f\r"
_POSIX = {
    "Lower": "a-z",
    "Upper": "A-Z",
    "Alpha": "a-zA-Z",
    "Digit": "0-9",
    "Alnum": "a-zA-Z0-9",
    "Space": _SPACES,
    "ASCII": r"\x00-\x7F",
}
_TOKEN = re.compile(
    r"(?P<quoted>\\Q.*?(?:\\E|$))"
    r"|(?P<unicode>\\u[0-9A-Fa-f]{4})"
    r"|(?P<property>\\[pP](?:\{\w+\}|\w))"
    r"|(?P<escape>\\.)"
    r"|(?P<possessive>[*+?}]\+)"
    r"|(?P<look>\(\?(?:[=!>]|<[=!]))"
    r"|(?P<named>\(\?<(?=\w))"
    r"|(?P<flags>\(\?[a-zA-Z-]*[mxuUds][a-zA-Z-]*[:)])"
    r"|(?P<other>.)",
    re.DOTALL,
)


class OnlyPython(Exception):
    """RE2 has no equal of this part."""


def for_re2(pattern: str) -> str:
    """The pattern for RE2; OnlyPython where it has none."""
    return _translate(pattern, "re2")


def for_python(pattern: str) -> re.Pattern[str]:
    """The pattern for Python; re.error where it is none. Behind flags that change "." and "$" these are Python's own."""
    flagged = any(token.lastgroup == "flags" for token in _TOKEN.finditer(pattern))
    return re.compile(pattern if flagged else _translate(pattern, "python"), re.ASCII)


def _translate(pattern: str, target: str) -> str:
    written: list[str] = []
    in_class = False
    for token in _TOKEN.finditer(pattern):
        text = token.group()
        if token.lastgroup == "other":
            written.append(_plain(text, pattern, token.end(), in_class, target))
            in_class = _class_goes_on(text, in_class, pattern, token.start())
        else:
            written.append(_special(str(token.lastgroup), text, in_class, target))
    return "".join(written)


def _class_goes_on(text: str, in_class: bool, pattern: str, start: int) -> bool:
    if text == "[" and not in_class:
        return True
    first = pattern[:start].endswith(("[", "[^"))
    return in_class and not (text == "]" and not first)


def _plain(text: str, pattern: str, end: int, in_class: bool, target: str) -> str:
    if in_class:
        if text == "[" or pattern[end - 1 : end + 1] == "&&":
            raise re.error("nested character classes are Java's alone", pattern, end)
        return text
    if text == ".":
        return f"[^{_TERMINATORS[target]}]"
    return _end(pattern, end, target) if text == "$" else text


def _end(pattern: str, end: int, target: str) -> str:
    terminator = rf"(?:\r\n|[{_TERMINATORS[target]}])?"
    if target == "python":
        return rf"(?={terminator}\Z)"
    if pattern[end:].strip(")"):
        raise OnlyPython("$ in the middle")
    return terminator + r"\z"


def _special(kind: str, text: str, in_class: bool, target: str) -> str:
    if kind in ("possessive", "look", "flags") and not in_class:
        if target == "re2":
            raise OnlyPython(text)
        return text
    if kind == "quoted":
        return re.escape(text[2:].removesuffix(r"\E"))
    if kind == "unicode":
        return f"\\x{{{text[2:]}}}" if target == "re2" else text
    if kind == "property":
        return _property(text, in_class, target)
    if kind == "named" and not in_class:
        return "(?P<"
    return _escape(text, in_class, target) if kind == "escape" else text


def _property(text: str, in_class: bool, target: str) -> str:
    name = text[2:].strip("{}")
    if name in _POSIX and not (in_class and text[1] == "P"):
        return _POSIX[name] if in_class else f"[{'^' if text[1] == 'P' else ''}{_POSIX[name]}]"
    if target == "python":
        raise re.error(f"Python has no {text}", text, 0)
    return f"\\{text[1]}{{{name.removeprefix('Is')}}}"


def _escape(text: str, in_class: bool, target: str) -> str:
    letter = text[1]
    if letter == "s":
        return _SPACES if in_class else f"[{_SPACES}]"
    if letter == "S" and not in_class:
        return f"[^{_SPACES}]"
    if letter in "bBSkZ123456789" and target == "re2":
        raise OnlyPython(text)
    if letter == "z" and target == "python":
        return r"\Z"
    if letter == "Z":
        return _end("", 0, target)
    if letter in "hHvVRXGN":
        raise re.error(f"{text} is Java's alone", text, 0)
    return r"\x1B" if letter == "e" else text
