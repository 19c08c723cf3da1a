"""What passes between the sweep, the Glue job and finalize of a compaction, as JSON: the plan of a run and what it made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

PLAN = "compaction.json"
"""Name of a run's manifest that is a plan of compaction."""


@dataclass(frozen=True, slots=True)
class DayPlan:
    """A day of a dataset: which objects of its folder, keys in the curated bucket, come together in each share."""

    dataset: str
    partition: str
    shares: tuple[tuple[str, ...], ...]

    @property
    def objects(self) -> int:
        return sum(map(len, self.shares))


@dataclass(frozen=True, slots=True)
class Plan:
    """What one run is to compact. `staging` is the s3:// prefix that it writes below, `curated` the bucket that it reads."""

    claim: str
    staging: str
    curated: str
    days: tuple[DayPlan, ...]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Plan:
        days = tuple(
            DayPlan(day["dataset"], day["partition"], tuple(map(tuple, day["shares"]))) for day in document["days"]
        )
        return cls(document["claim"], document["staging"], document["curated"], days)


@dataclass(frozen=True, slots=True)
class Share:
    """What became of a share: the rows of its objects, and the staged objects (keys in the raw bucket) with rows and bytes."""

    rows: int
    objects: tuple[str, ...]
    object_rows: tuple[int, ...]
    object_bytes: tuple[int, ...]

    @property
    def is_conserved(self) -> bool:
        """Whether no row is missing or there twice."""
        return sum(self.object_rows) == self.rows and len(self.objects) == len(self.object_rows)

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Share:
        return cls(
            document["rows"],
            tuple(document["objects"]),
            tuple(document["object_rows"]),
            tuple(document["object_bytes"]),
        )


@dataclass(frozen=True, slots=True)
class Made:
    """What a run made of its plan: the shares of each day, in order."""

    claim: str
    run_id: str
    days: tuple[tuple[Share, ...], ...]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Made:
        days = tuple(tuple(map(Share.from_json, day)) for day in document["days"])
        return cls(document["claim"], document["run_id"], days)


def is_compaction(manifest: str) -> bool:
    """Whether the address of a run's manifest is that of a plan of compaction."""
    return manifest.endswith(f"/{PLAN}")
