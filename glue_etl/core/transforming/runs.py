"""What passes between the function that starts a run of transforms, the job, and the function that ends it: as JSON."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

MADE, FAILED, GONE, REFUSED = "made", "failed", "gone", "refused"
"""Outcomes of a part: staged; an error, tried again; an input was replaced meanwhile; its rule or its text: not tried again."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What a part reads of a dataset: keys in the curated bucket, and the columns with their Spark SQL types."""

    keys: tuple[str, ...]
    columns: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Part:
    """One output to make: `name` is its item's in the ledger, `target` the key in the raw bucket where it lands.

    `frames`: dataset -> what is published of it; `input` among them is the first input's, or one file's where the transform
    appends. `base`: the output as it is, of a transform that merges. `made_from`: digest of all that.
    """

    name: str
    transform: str
    day: str
    target: str
    digest: str
    frames: Mapping[str, Frame]
    base: Frame | None = None
    file: str = ""

    @property
    def made_from(self) -> str:
        """Of the transform and what it reads; not of the output that it merges into."""
        read = {name: sorted(frame.keys) for name, frame in self.frames.items()}
        return hashlib.sha256(json.dumps([self.digest, read], sort_keys=True).encode()).hexdigest()[:32]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing in its inputs."""
        return not self.frames["input"].keys

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Part:
        frames = {name: _frame(frame) for name, frame in document["frames"].items()}
        base = _frame(document["base"]) if document.get("base") else None
        return cls(**{**_known(cls, document), "frames": frames, "base": base})


@dataclass(frozen=True, slots=True)
class TransformManifest:
    """What one run of the transform job is to do. `staging` is the s3:// prefix, ending in "/", that it writes below."""

    claim: str
    environment: str
    created_at: str
    curated: str
    staging: str
    parts: tuple[Part, ...]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> TransformManifest:
        return cls(**{**_known(cls, document), "parts": tuple(map(Part.from_json, document["parts"]))})


@dataclass(frozen=True, slots=True)
class PartResult:
    """What the job made of a part: `outcome` is one of those above; `uri` and `digest` are of the staged file.

    `figures` are those of its rule, told in words; `reason` says what went wrong.
    """

    name: str
    outcome: str
    uri: str = ""
    digest: str = ""
    rows: int = 0
    figures: tuple[str, ...] = ()
    reason: str = ""

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> PartResult:
        return cls(**{**_known(cls, document), "figures": tuple(document.get("figures", ()))})


@dataclass(frozen=True, slots=True)
class TransformResult:
    """A run's word on each part of its manifest."""

    claim: str
    run_id: str
    parts: tuple[PartResult, ...] = field(default_factory=tuple)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> TransformResult:
        return cls(document["claim"], document["run_id"], tuple(map(PartResult.from_json, document["parts"])))


def _frame(document: Mapping[str, Any]) -> Frame:
    return Frame(tuple(document["keys"]), document["columns"])


def _known(of: type[Any], document: Mapping[str, Any]) -> dict[str, Any]:
    names = {field.name for field in fields(of)}
    return {name: value for name, value in document.items() if name in names}
