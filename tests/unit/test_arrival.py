"""The day of a file, from its key."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glue_etl.core.files.arrival import is_folder_marker, partition_of
from glue_etl.core.files.model import Partition

PREFIX = "data/incoming/"
ARRIVED = "2024-06-30T23:59:59+00:00"
ARRIVAL_DAY = "2024-06-30"


def day_of(below: str, arrived_at: str = ARRIVED) -> str:
    partition = partition_of(PREFIX + below, PREFIX, arrived_at)
    return f"{partition.year}-{partition.month}-{partition.day}"


@pytest.mark.parametrize(
    ("below", "day"),
    [
        ("2024/01/31/sales.csv", "2024-01-31"),
        ("shop/2024/01/31/sales.csv", "2024-01-31"),
        ("shop/berlin/2024/01/31/late/sales.csv", "2024-01-31"),
        ("2024/1/5/sales.csv", "2024-01-05"),
        ("year=2024/month=01/day=31/sales.csv", "2024-01-31"),
        ("shop/Year=2024/Month=1/Day=5/sales.csv", "2024-01-05"),
        ("2024/02/29/leap.csv", "2024-02-29"),
        ("2024/13/01/2024/12/01/x.csv", "2024-12-01"),
        ("7/2024/01/31/x.csv", "2024-01-31"),
        ("2023/2024/01/31/x.csv", "2024-01-31"),
    ],
)
def test_the_folders_say_the_day(below, day):
    assert day_of(below) == day


@pytest.mark.parametrize(
    "below",
    [
        "sales.csv",
        "2024/01/31",  # the file's own name is no folder
        "2024/02/30/no_such_day.csv",
        "2023/02/29/no_leap_year.csv",
        "0000/01/01/no_such_year.csv",
        "2024-01-31/sales.csv",
        "12024/01/31/sales.csv",
        "2024/01/311/sales.csv",
        "\u0662\u0660\u0662\u0664/\u0660\u0661/\u0663\u0661/arabic_digits.csv",
        "",
    ],
)
def test_without_a_calendar_day_the_arrival_decides(below):
    assert day_of(below) == ARRIVAL_DAY


def test_a_date_in_the_prefix_is_not_the_files():
    assert partition_of("2020/01/01/in/x.csv", "2020/01/01/in/", ARRIVED).year == "2024"


@pytest.mark.parametrize(
    ("arrived_at", "day"),
    [
        ("2024-06-30T23:30:00-02:00", "2024-07-01"),
        ("2024-06-30T23:30:00Z", "2024-06-30"),
        ("2024-06-30T23:30:00.123456", "2024-06-30"),
    ],
)
def test_the_day_of_arrival_is_in_utc(arrived_at, day):
    assert day_of("sales.csv", arrived_at) == day


@given(st.dates(), st.sampled_from(["{}/{}/{}", "a b/{}/{}/{}", "year={}/month={}/day={}"]))
def test_any_day_is_found_again(day: date, folders: str):
    parts = (f"{day.year:04}", f"{day.month:02}", f"{day.day:02}")
    assert partition_of(f"{PREFIX}{folders.format(*parts)}/x.csv", PREFIX, ARRIVED) == Partition(*parts)


@given(st.text())
def test_any_key_has_a_day(below):
    assert len(day_of(below)) == 10


def test_the_consoles_folder_is_no_file():
    assert is_folder_marker("data/incoming/new folder/")
    assert not is_folder_marker("data/incoming/new folder")
