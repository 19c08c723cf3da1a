"""Row conditions of Great Expectations as SQL: its own conditions, its old text syntax, and plain Spark SQL."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from glue_etl.engine.audit.columns import Column, compare, find, in_set, together
from glue_etl.engine.audit.model import Impossible, NotCountable

EVERY_ROW = "TRUE"
_OPERATORS = {"==": "=", "=": "=", "!=": "<>", "<>": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_OTHER_WAY = {"=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


def row_filter(domain: Mapping[str, Any], columns: Mapping[str, Column]) -> str:
    """The rows that the domain's row condition leaves, as a condition in SQL; three-valued, null leaves a row out."""
    condition = domain.get("row_condition")
    if condition is None or condition == "":
        return EVERY_ROW
    if isinstance(condition, str):
        return _of_text(condition, str(domain.get("condition_parser")), columns)
    return _of_condition(condition if isinstance(condition, dict) else condition.dict(), domain, columns)


def _of_text(condition: str, parser: str, columns: Mapping[str, Column]) -> str:
    if parser == "spark":
        return SparkCondition(condition, columns).sql()
    if parser == "pandas":
        raise NotCountable("a row condition in pandas' syntax")
    from great_expectations.expectations.legacy_row_conditions import parse_great_expectations_condition

    parsed = parse_great_expectations_condition(condition)
    column = find(columns, parsed["column"])
    if "notnull" in parsed:
        return f"{column.sql} IS NOT NULL"
    value = parsed["condition_value"] if "condition_value" in parsed else _number(str(parsed["fnumber"]))
    return compare(column, _OPERATORS[parsed["op"]], value)


def _number(text: str) -> int | float:
    return int(text) if re.fullmatch(r"[+-]?\d+", text) else float(text)


def _of_condition(condition: Mapping[str, Any], domain: Mapping[str, Any], columns: Mapping[str, Column]) -> str:
    kind = condition.get("type")
    if kind in ("and", "or"):
        parts = [_of_condition(c, domain, columns) for c in condition["conditions"]]
        return "(" + f" {kind} ".upper().join(parts) + ")"
    if kind == "pass_through":
        return _of_text(condition["pass_through_filter"], str(domain.get("condition_parser")), columns)
    column = find(columns, condition["column"]["name"])
    if kind == "nullity":
        return f"{column.sql} IS {'' if condition['is_null'] else 'NOT '}NULL"
    operator = str(getattr(condition["operator"], "value", condition["operator"]))
    if operator in ("IN", "NOT_IN"):
        found = in_set(column, list(condition["parameter"]))
        return f"({found})" if operator == "IN" else f"(NOT ({found}))"
    return f"({compare(column, _OPERATORS[operator], condition['parameter'])})"


_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+\.?\d*(?:[eE][+-]?\d+)?)|'(?P<text>[^'\\]*)'|\"(?P<other_text>[^\"\\]*)\""
    r"|`(?P<quoted>[^`]+)`|(?P<word>[A-Za-z_]\w*)|(?P<sign><=|>=|<>|!=|==|[=<>(),-]))"
)


class SparkCondition:
    """Spark SQL as far as conditions mostly go: comparisons, IN, BETWEEN, IS NULL, AND, OR, NOT, brackets. NotCountable: more."""

    def __init__(self, text: str, columns: Mapping[str, Column]) -> None:
        self._columns = columns
        self._text = text
        self._tokens: list[tuple[str, str]] = []
        place = 0
        while text[place:].strip():
            token = _TOKEN.match(text, place)
            if token is None:
                raise self._strange()
            self._tokens.append((str(token.lastgroup), str(token.group(str(token.lastgroup)))))
            place = token.end()

    def sql(self) -> str:
        found = self._alternatives()
        if self._tokens:
            raise self._strange()
        return found

    def _strange(self) -> Exception:
        return NotCountable(f"the row condition {self._text!r}")

    def _word(self, *words: str) -> bool:
        """Takes these tokens if they come next."""
        coming = self._tokens[: len(words)]
        if [text.lower() for kind, text in coming if kind in ("word", "sign")] != list(words):
            return False
        del self._tokens[: len(words)]
        return True

    def _alternatives(self) -> str:
        parts = [self._together()]
        while self._word("or"):
            parts.append(self._together())
        return f"({' OR '.join(parts)})"

    def _together(self) -> str:
        parts = [self._single()]
        while self._word("and"):
            parts.append(self._single())
        return f"({' AND '.join(parts)})"

    def _single(self) -> str:
        if self._word("not"):
            return f"(NOT {self._single()})"
        if self._word("("):
            inner = self._alternatives()
            if not self._word(")"):
                raise self._strange()
            return inner
        left = self._operand()
        if not isinstance(left, Column):
            operator = self._operator()
            right = self._operand()
            if not isinstance(right, Column):
                raise self._strange()
            return compare(right, _OTHER_WAY[operator], left)
        return self._of_column(left)

    def _of_column(self, column: Column) -> str:
        if self._word("is", "not", "null"):
            return f"({column.sql} IS NOT NULL)"
        if self._word("is", "null"):
            return f"({column.sql} IS NULL)"
        turned = "NOT " if self._word("not") else ""
        if self._word("in", "("):
            return f"({turned}({in_set(column, self._list())}))"
        if self._word("between"):
            low, _, high = self._operand(), self._word("and"), self._operand()
            return f"({turned}({compare(column, '>=', low)} AND {compare(column, '<=', high)}))"
        operator, right = self._operator(), self._operand()
        if turned:
            raise self._strange()
        if isinstance(right, Column):
            one, other = together(column, right)
            return f"({one} {operator} {other})"
        return f"({compare(column, operator, right)})"

    def _list(self) -> list[Any]:
        values = [self._operand()]
        while self._word(","):
            values.append(self._operand())
        if not self._word(")") or any(isinstance(v, Column) for v in values):
            raise self._strange()
        return values

    def _operator(self) -> str:
        kind, text = self._tokens.pop(0) if self._tokens else ("", "")
        if kind != "sign" or text not in _OPERATORS:
            raise self._strange()
        return _OPERATORS[text]

    def _operand(self) -> Any:
        if self._word("-"):
            value = self._operand()
            if isinstance(value, int | float):
                return -value
            raise self._strange()
        kind, text = self._tokens.pop(0) if self._tokens else ("", "")
        if kind == "number":
            return _number(text)
        if kind in ("text", "other_text"):
            return text
        if kind == "quoted" or (kind == "word" and text in self._columns):
            return find(self._columns, text)
        if kind == "word" and text.lower() in ("true", "false"):
            return text.lower() == "true"
        if kind == "word":
            raise Impossible(f"the row condition {self._text!r} speaks of {text!r}, which is no column of the file")
        raise self._strange()
