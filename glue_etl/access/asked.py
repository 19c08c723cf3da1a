"""What requests on rows look like, as pydantic models: bounded lists of names and values, and no SQL anywhere."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

MOST_ROWS, MOST_COLUMNS, MOST_FILTERS, MOST_ORDERS, MOST_AGGREGATES = 1_000, 500, 20, 8, 20
LONGEST_NAME = 255
"""Bytes of a column's name in the catalog ("Column", AWS Glue Web API Reference)."""

Name = Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]
Scalar = bool | int | float | str
Function = Literal["count", "sum", "min", "max", "avg"]
Operator = Literal["eq", "ne", "lt", "le", "gt", "ge", "in", "is_null", "prefix"]


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class FilterAsked(_Asked):
    """A column compared with a value: rows whose column is null match `is_null` alone."""

    column: Name
    operator: Operator
    value: Scalar | list[Scalar] = Field(description="Of the column's type; a list for in; true or false for is_null")


class OrderAsked(_Asked):
    """A column that rows are ordered by; texts by their first 500 characters. Nulls come last unless `nulls` is first."""

    column: Name
    descending: bool = False
    nulls: Literal["first", "last"] = "last"


class RowsAsked(_Asked):
    """Rows of a dataset. Without `order` they come in no certain order, each once all the same."""

    columns: list[Name] | None = Field(
        default=None, max_length=MOST_COLUMNS, description="null: all, in the table's order"
    )
    filters: list[FilterAsked] = Field(default_factory=list, max_length=MOST_FILTERS, description="All must match")
    order: list[OrderAsked] = Field(default_factory=list, max_length=MOST_ORDERS)
    limit: int = Field(default=100, ge=1, le=MOST_ROWS)
    cursor: str | None = Field(
        default=None, max_length=8_192, description="`next` of the page before, for the same question"
    )


class AggregateOf(_Asked):
    """A figure; without `column`, count counts rows."""

    function: Function
    column: Name | None = None


class FigureOrder(_Asked):
    """A group's column, or a figure as it is called in the answer: count, or <function>_<column>."""

    by: Name
    descending: bool = False


class AggregateAsked(_Asked):
    """Figures of all rows, or of groups of them. Values that are NaN are left out of sum, min, max and avg."""

    aggregates: list[AggregateOf] = Field(min_length=1, max_length=MOST_AGGREGATES)
    group_by: list[Name] = Field(default_factory=list, max_length=MOST_ORDERS)
    filters: list[FilterAsked] = Field(default_factory=list, max_length=MOST_FILTERS)
    order: list[FigureOrder] = Field(default_factory=list, max_length=MOST_ORDERS)
    limit: int = Field(default=100, ge=1, le=MOST_ROWS)


class DownloadAsked(_Asked):
    """Rows of a dataset as a file."""

    format: Literal["csv", "parquet"]
    columns: list[Name] | None = Field(default=None, max_length=MOST_COLUMNS)
    filters: list[FilterAsked] = Field(default_factory=list, max_length=MOST_FILTERS)
    limit: int = Field(default=1_000_000, ge=1, le=10_000_000, description="Rows at most")


class AnsweredColumn(BaseModel):
    """A column of an answer."""

    name: str
    type: str
    json_type: str


class RowsAnswer(BaseModel):
    """A page of rows, each a list in the order of `columns`. A page may be shorter than asked, by its bytes."""

    columns: list[AnsweredColumn]
    rows: list[list[Any]]
    next: str | None = Field(default=None, description="The cursor of the next page; null on the last")


class AggregateAnswer(BaseModel):
    """A row a group. `truncated`: there are more groups than `limit`; narrow the filters, or order them."""

    columns: list[AnsweredColumn]
    rows: list[list[Any]]
    truncated: bool


class DownloadedObject(BaseModel):
    """One object of a download."""

    url: str = Field(description="Good for `seconds`, for whoever has it")
    bytes: int
    seconds: int


class DownloadAnswer(BaseModel):
    """What was made for a download."""

    format: str
    objects: list[DownloadedObject]
