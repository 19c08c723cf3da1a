"""A transform's file taken apart: the header of YAML, in the leading comment of SQL or in the docstring of Python, and the rest.

Every complaint of a header's field gets the line where the field stands.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from glue_etl.core.documents import near
from glue_etl.core.transforming.declarations import FIELDS, BadTransform

_BLOCK = re.compile(r"\s*/\*(.*?)\*/", re.DOTALL)
_DASHES = re.compile(r"^--[ \t]?", re.MULTILINE)
_FIELD = re.compile(r"field '([^']+)'|unknown field '([^']+)'|: (\w+)(?:\[\d+\])?:")


@dataclass(frozen=True, slots=True)
class Written:
    """A transform as it is written. `lines`: field of the header -> its line in the file."""

    where: str
    kind: str
    header: Mapping[str, Any]
    text: str
    lines: Mapping[str, int]

    @property
    def document(self) -> dict[str, Any]:
        """What contracts.json has of it."""
        return {"file": self.where, "kind": self.kind, "header": dict(self.header), "text": self.text}

    def with_line(self, message: str) -> str:
        """The message with the line of the field that it is about behind the file's name."""
        if not message.startswith(f"{self.where}: "):
            return message
        names = [name for found in _FIELD.findall(message) for name in found if name]
        line = next((self.lines[name] for name in names if name in self.lines), 1)
        return f"{self.where}:{line}: {message.removeprefix(f'{self.where}: ')}"


def take_apart(text: str, where: str, kind: str) -> Written:
    """The file `where` of kind "sql" or "python". Raises BadTransform where it has no header, or one that is no YAML."""
    head, first = _python_head(text, where) if kind == "python" else _sql_head(text)
    if not head.strip():
        comment = "its docstring" if kind == "python" else "a comment"
        raise BadTransform(
            f"{where}:1: it must begin with {comment} of YAML that says `inputs` and `conserves`. Fields: {', '.join(FIELDS)}"
        )
    try:
        document, node = yaml.safe_load(head), yaml.compose(head, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or str(error)
        raise BadTransform(
            f"{where}:{first + mark.line if mark else first}: the header is no YAML: {problem}"
        ) from error
    if not isinstance(document, dict) or not isinstance(node, yaml.MappingNode):
        raise BadTransform(f"{where}:{first}: the header must be fields with values, found {type(document).__name__}")
    lines = {str(key.value): first + key.start_mark.line for key, _ in node.value}
    return Written(where, kind, document, text, lines)


def _sql_head(text: str) -> tuple[str, int]:
    """The text of the leading comment, and the line that it begins in."""
    if block := _BLOCK.match(text):
        return block[1], text.count("\n", 0, block.start(1)) + 1
    lines = text.splitlines()
    first = next((n for n, line in enumerate(lines) if line.strip()), 0)
    commented = []
    for line in lines[first:]:
        if not line.startswith("--"):
            break
        commented.append(line)
    return _DASHES.sub("", "\n".join(commented)), first + 1


def _python_head(text: str, where: str) -> tuple[str, int]:
    try:
        tree = ast.parse(text)
    except SyntaxError as error:
        raise BadTransform(
            f"{where}:{error.lineno or 1}:{error.offset or 1}: this is no Python: {error.msg}"
        ) from error
    names = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
    if "transform" not in names:
        raise BadTransform(f"{where}:1: there must be a function transform(inputs, context){near('transform', names)}")
    statement = tree.body[0]
    head = ast.get_docstring(tree, clean=False) or ""
    return head, statement.lineno if head else 1
