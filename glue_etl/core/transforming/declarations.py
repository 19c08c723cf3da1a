"""What people declare of a transform: which dataset it makes of which, how, when, and what must not get lost on the way.

A transform is `transforms/<name>.sql` or `.py` with a header of YAML. `make package` puts all of them into contracts.json
("transforms"), header and text; the contract of what each makes is beside the others there.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from glue_etl.core.datasets.contracts import NAME_PATTERN
from glue_etl.core.documents import Document
from glue_etl.core.errors import Terminal
from glue_etl.core.transforming.conserving import Conserves, conserves_of

APPEND, REPLACE_DAY, MERGE = "append", "replace_day", "merge"
MATERIALISE = (REPLACE_DAY, APPEND, MERGE)
ON_ARRIVAL = "on_arrival"
INPUT = "input"
"""What the frame of the first input is called besides by its dataset's name."""
FIELDS = (
    "dataset", "description", "inputs", "references", "columns_of", "materialise", "key", "schedule", "conserves", "suite",
    "columns", "gates", "weights", "on_failure",
)  # fmt: skip
CONTRACT_FIELDS = ("columns", "gates", "weights", "on_failure", "suite")
"""What of a header is the contract of the dataset that it makes."""


class BadTransform(Terminal):
    """A transform is wrong. The message names the file, the line where that is known, and what is allowed or near."""


@dataclass(frozen=True, slots=True)
class Transform:
    """One transform. `kind`: sql or python. `inputs`: datasets read for the day that is made, the first of which is `input`.

    `references`: datasets read whole, all their days. `key`: columns that tell rows apart, for a merge. `schedule`: on_arrival,
    or a rate() or cron() of EventBridge Scheduler. `columns`: input -> its columns and their types, where they are fixed.
    `digest` is of header and text: another one, another transform.
    """

    name: str
    dataset: str
    kind: str
    text: str
    inputs: tuple[str, ...]
    references: tuple[str, ...] = ()
    materialise: str = REPLACE_DAY
    key: tuple[str, ...] = ()
    schedule: str = ON_ARRIVAL
    conserves: Conserves = field(default_factory=Conserves)
    description: str = ""
    columns: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    digest: str = ""

    @property
    def file(self) -> str:
        """Its file in the checkout."""
        return f"transforms/{self.name}.{'sql' if self.kind == 'sql' else 'py'}"

    @property
    def by_file(self) -> bool:
        """Whether it makes a file of each file of its input, rather than one of each day."""
        return self.materialise == APPEND

    @property
    def reads(self) -> tuple[str, ...]:
        """All datasets that it reads."""
        return (*self.inputs, *self.references)


@dataclass(frozen=True, slots=True)
class Transforms:
    """All transforms of a deployment, by name."""

    by_name: Mapping[str, Transform] = field(default_factory=dict)

    def readers_of(self, dataset: str) -> list[Transform]:
        """Those of which a day is due when one of `dataset` changes: references alone make nothing due."""
        return [transform for transform in self.by_name.values() if dataset in transform.inputs]

    def referring_to(self, dataset: str) -> list[Transform]:
        return [transform for transform in self.by_name.values() if dataset in transform.references]

    def makers_of(self, dataset: str) -> list[Transform]:
        return [transform for transform in self.by_name.values() if transform.dataset == dataset]


def parse_transform(name: str, document: Mapping[str, Any], where: str, mistakes: list[str] | None = None) -> Transform:
    """The transform in `document`: its `header`, `text`, `kind` and `columns`. Raises BadTransform, as contracts do."""
    header = Document(document.get("header") or {}, where, BadTransform, mistakes)
    header.only(FIELDS)
    if not re.fullmatch(NAME_PATTERN, name):
        header.complain(
            f"{where}: a transform's file is called by 1 to 63 small letters, digits and '_', a letter first"
        )
    materialise = header.one_of("materialise", MATERIALISE, REPLACE_DAY)
    key = header.texts("key")
    if (materialise == MERGE) is not bool(key):
        header.complain(
            f"{where}: field 'key' must name the columns that tell rows apart where `materialise` is merge, and only there"
        )
    inputs = header.texts("inputs")
    if not inputs:
        header.complain(f"{where}: field 'inputs' must list the datasets that it reads, the one called `input` first")
    return Transform(
        name=name,
        dataset=_dataset(header, name),
        kind=str(document["kind"]),
        text=str(document["text"]),
        inputs=inputs,
        references=header.texts("references"),
        materialise=materialise,
        key=key,
        schedule=header.text("schedule", ON_ARRIVAL),
        conserves=conserves_of(header, inputs[:1]),
        description=header.text("description", ""),
        columns=document.get("columns") or {},
        digest=digest_of(json.dumps([header.values, document["text"]], sort_keys=True, default=str)),
    )


def _dataset(header: Document, name: str) -> str:
    dataset = header.text("dataset", name)
    if not re.fullmatch(NAME_PATTERN, dataset):
        header.complain(
            f"{header.where}: field 'dataset' is {dataset!r}. Allowed: 1 to 63 small letters, digits and '_'"
        )
    return dataset


def load_transforms(bundle: Mapping[str, Any]) -> Transforms:
    """All transforms of contracts.json; none where it has none."""
    found = bundle.get("transforms") or {}
    return Transforms({name: parse_transform(name, found[name], found[name]["file"]) for name in sorted(found)})


def digest_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def in_order(transforms: Iterable[Transform]) -> list[Transform]:
    """Each behind those that make what it reads. Raises BadTransform, naming the circle, where there is one."""
    left = {transform.name: transform for transform in transforms}
    done: list[Transform] = []
    while left:
        made = {transform.dataset for transform in left.values()}
        free = [transform for transform in left.values() if not made & set(transform.reads)]
        if not free:
            circle = _circle(left)
            told = " -> ".join(f"{t.name} (reads {', '.join(t.reads)}, makes {t.dataset})" for t in circle)
            raise BadTransform(
                f"{circle[0].file}: transforms go in a circle: {told}. One of them must read something else"
            )
        for transform in free:
            done.append(left.pop(transform.name))
    return done


def _circle(left: Mapping[str, Transform]) -> list[Transform]:
    """The transforms of one circle: each of `left` reads what another of them makes."""
    walked: list[Transform] = []
    at = next(iter(left.values()))
    while at not in walked:
        walked.append(at)
        at = next(other for other in left.values() if other.dataset in at.reads)
    return walked[walked.index(at) :]
