"""What people are told when a stream's columns change."""

from __future__ import annotations

from glue_etl.core.pulling.reports import changes, stored_columns


def test_each_change_is_a_sentence():
    before = stored_columns({"id": "int4", "note": "text", "größe": "int4"})
    now = {"id": "int8", "größe": "int4", "code": "varchar"}
    assert changes(before, now) == [
        "column 'code' (varchar) is new",
        "column 'note' (text) is gone",
        "column 'id' was int4 and is int8 now",
    ]


def test_nothing_is_said_of_equal_columns_in_another_order_or_at_the_first_pull():
    assert changes(stored_columns({"a": "int4", "b": "text"}), {"b": "text", "a": "int4"}) == []
    assert changes("", {"a": "int4"}) == []
