"""Drafts from one half of a data set, and has the engine judge the other half, as it is and with planted defects."""

from __future__ import annotations

import json
import random
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import yaml

from glue_etl.core.datasets.contract_drafts import contract_text, draft_contract, suite_text
from glue_etl.core.datasets.contracts import Contract, parse_contract, with_suite
from glue_etl.core.datasets.drafting import draft_suite
from glue_etl.core.files.model import FileResult, Partition
from glue_etl.engine.enrich import Origin
from glue_etl.engine.ingest import FileToIngest
from glue_etl.engine.sources import LocalFile
from local.infer import Inferred, infer
from tests.contracts.defects import KINDS, places_of, plant
from tests.contracts.public_data import DataSet, Table, halves
from tests.engine.ingesting import ingest_files

NOW = datetime(2026, 11, 1, tzinfo=UTC)
DEFECTS = 10


@dataclass
class Answer:
    """What the suite drafted from the first half says of the second: what fails there, and how many planted defects it caught."""

    expectations: int
    failures: list[str]
    caught: dict[str, int | None] = field(default_factory=dict)
    missed: list[str] = field(default_factory=list)


def drafted(name: str, inferred: Inferred, severity: str = "") -> Contract:
    """The contract and its suite, through the texts that people commit and the product's own loader."""
    contract = yaml.safe_load(
        contract_text(draft_contract(inferred.profile, name, inferred.null_values), inferred.profile)
    )
    suite = json.loads(suite_text(draft_suite(inferred.profile, name, severity, NOW.isoformat())))
    return parse_contract(with_suite(contract, {name: suite}, name), f"datasets/{name}.yaml")


def judged(files: Mapping[str, Path], contract: Contract) -> dict[str, FileResult]:
    """The verdicts on files, audited together, by the names given."""
    with tempfile.TemporaryDirectory() as folder:
        given = [to_ingest(label, path, contract) for label, path in files.items()]
        return ingest_files(given, Path(folder), str)


def to_ingest(label: str, path: Path, contract: Contract) -> FileToIngest:
    origin = Origin(f"s3://raw/{path.name}", label, "csv", "test", NOW)
    return FileToIngest(LocalFile(path), contract, origin, Partition("2026", "11", "01"), 1.0)


def failed(result: FileResult) -> list[str]:
    if result.verdict is None:
        return list(result.reasons)
    return [failure.message for failure in result.verdict.failures]


def answer(
    data: DataSet, folder: Path, by_time: bool = False, most: int = 0, seed: int = 0, kinds: Sequence[str] = KINDS
) -> Answer:
    """Draft from a half of at most `most` rows, judge the other as it is and with defects of `kinds`."""
    whole = data.load(most)
    first, second = halves(whole, data.time if by_time else (), seed)
    contract = drafted(data.name, infer([first.write(folder / f"{data.name}_1.csv")]))
    clean = judged({"clean": second.write(folder / f"{data.name}_2.csv")}, contract)["clean"]
    found = Answer(len(contract.suite), failed(clean))
    for kind in kinds:
        _count(found, kind, whole, second, contract, folder)
    return found


def _count(found: Answer, kind: str, whole: Table, second: Table, contract: Contract, folder: Path) -> None:
    places = places_of(whole, kind)
    if not places:
        found.caught[kind] = None
        return
    chosen = _turns(places, kind)
    files = {
        str(n): plant(second, kind, place, n).write(folder / f"{kind.replace(' ', '_')}_{n}.csv")
        for n, place in enumerate(chosen)
    }
    results = judged(files, contract)
    missed = [whole.header[chosen[int(n)]] for n, result in results.items() if not (_new(result, found.failures))]
    found.caught[kind] = DEFECTS - len(missed)
    found.missed += [f"{kind}: {name}" for name in missed]


def _new(result: FileResult, known: Iterable[str]) -> list[str]:
    return [message for message in failed(result) if message not in known]


def _turns(places: list[int], kind: str) -> list[int]:
    """Ten columns, each as often as the others."""
    order = list(places)
    random.Random(kind).shuffle(order)
    return [order[n % len(order)] for n in range(DEFECTS)]
