"""Judges every file of a run by its dataset's suite: DuckDB counts the figures of all expectations for all files, a few queries
in all, and Great Expectations decides on them. What is counted equals what its Spark engine would find in each file alone;
where its pandas engine would find something else, docs/audit.md says so.
"""

from glue_etl.engine.audit.audited import Audited, audit
from glue_etl.engine.audit.masks import failing
from glue_etl.engine.audit.model import FailingRow, FileRows, Limits, Slow
from glue_etl.engine.audit.plan import expand
from glue_etl.engine.audit.samples import Failing

__all__ = ["Audited", "Failing", "FailingRow", "FileRows", "Limits", "Slow", "audit", "expand", "failing"]
