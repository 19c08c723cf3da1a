"""The small files that tests, docs and the health check name by their content."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

COLUMNS = ("id", "customer_id", "transaction_date", "amount")

TEST_CSV = """\
id,customer_id,transaction_date,amount
1,C001,2023-01-01,100.00
2,C002,2023-01-02,200.00
3,C003,2023-01-03,300.00
"""

SAMPLE_DATA_CSV = """\
id,name,value,timestamp
1,test1,100,2023-01-01 00:00:00
2,test2,200,2023-01-02 00:00:00
3,test3,300,2023-01-03 00:00:00
"""

FIVE_ROWS: tuple[tuple[int, str, str, float], ...] = (
    (1, "C001", "2023-01-01", 100.00),
    (2, "C002", "2023-01-02", 200.00),
    (3, "C003", "2023-01-03", 300.00),
    (4, "C004", "2023-01-04", 400.00),
    (5, "C005", "2023-01-05", 500.00),
)
"""Rows of COLUMNS."""


def health_check_row(now: datetime) -> dict[str, Any]:
    """The one row that a health check sends through the job, without any file."""
    return {"id": "test_1", "value": "value_1", "timestamp": now}


def write_known(folder: Path) -> list[Path]:
    """Write test.csv and sample_data.csv into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {"test.csv": TEST_CSV, "sample_data.csv": SAMPLE_DATA_CSV}
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8", newline="")
    return [folder / name for name in files]
