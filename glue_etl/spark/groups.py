"""Files that can be read together: same dataset, same format and reading options, same columns."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from glue_etl.core.datasets.contracts import Contract
from glue_etl.core.files.model import Detection, ManifestFile

_EXTENSIONS = {"none": "", "gzip": ".gz", "bzip2": ".bz2"}


@dataclass(frozen=True, slots=True)
class Input:
    """A file of the manifest with the uri of its pinned copy."""

    entry: ManifestFile
    uri: str

    @property
    def batch_id(self) -> str:
        return self.entry.batch_id


@dataclass(frozen=True, slots=True)
class Group:
    """Inputs that Spark reads as one frame; `detection` holds for all of them."""

    contract: Contract
    detection: Detection
    inputs: tuple[Input, ...]

    @property
    def uris(self) -> list[str]:
        return [i.uri for i in self.inputs]

    @property
    def bytes(self) -> int:
        return sum(i.entry.file.size for i in self.inputs)

    def of(self, inputs: Iterable[Input]) -> Group:
        return replace(self, inputs=tuple(inputs))

    def by_id(self) -> dict[str, Input]:
        return {i.batch_id: i for i in self.inputs}


def group_inputs(inputs: Iterable[Input], contracts: Mapping[str, Contract]) -> list[Group]:
    members: dict[tuple[str, Detection], list[Input]] = defaultdict(list)
    for item in inputs:
        members[(item.entry.dataset, item.entry.detection)].append(item)
    return [Group(contracts[dataset], detection, tuple(items)) for (dataset, detection), items in members.items()]


def input_name(entry: ManifestFile) -> str:
    """The name of a file's pinned copy: the extension tells Spark the compression, so it follows what was detected."""
    detection = entry.detection
    return f"input/{entry.batch_id}/data.{detection.format}{_EXTENSIONS[detection.compression]}"
