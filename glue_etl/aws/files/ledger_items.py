"""The ledger's values as items of its table and back. `open_state` puts an item into the sparse index of open work, where
files that are set aside and datasets are listed too.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

from glue_etl.aws.tables import fields_of
from glue_etl.core.datasets.admission import NewDatasets
from glue_etl.core.datasets.drawn import Drawn
from glue_etl.core.datasets.gaps import Expected
from glue_etl.core.datasets.history import History
from glue_etl.core.datasets.schemas import Schema
from glue_etl.core.files.circuit import Circuit
from glue_etl.core.files.compaction import Day, Obsolete, Writer
from glue_etl.core.files.heads import Head, Intent, Publication
from glue_etl.core.files.ledger import Move, Record, RunRecord
from glue_etl.core.files.model import File
from glue_etl.core.files.states import State, listed_state

HEAD = "HEAD"
RUN = "RUN"
DATASET = "DATASET"
EXPECTED = "EXPECTED"
DAY = "DAY"
NEW_DATASETS = "note#new-datasets"
DUE_NOW = "0"
NEVER = "9"
CIRCUIT = "circuit#runs"


def record_item(record: Record) -> dict[str, Any]:
    """A file's item. `open_state` has it listed by the sparse index by-state while somebody has work to do on it."""
    values = {field.name: getattr(record, field.name) for field in fields(Record)}
    values.update(asdict(values.pop("file")))
    values["history"] = [asdict(entry) for entry in record.history]
    keys = {
        "batch_id": record.batch_id,
        "object_key": f"{record.file.bucket}/{record.file.key}",
        "open_state": listed_state(record.state, record.parked, bool(record.claim)),
    }
    return values | keys


def item_record(values: Mapping[str, Any]) -> Record:
    file = File(**{field.name: values.get(field.name, "") for field in fields(File)})
    known = {field.name for field in fields(Record)} - {"file"}
    kept = {name: value for name, value in values.items() if name in known}
    kept["state"] = State(kept["state"])
    kept["reasons"] = tuple(kept.get("reasons", ()))
    kept["history"] = tuple(Move(**entry) for entry in kept.get("history", ()))
    return Record(file=file, **kept)


def head_item(head: Head) -> dict[str, Any]:
    """A head's item: while it is pending, `updated_at` says from when on the sweep has work with it."""
    values = {**asdict(head), "batch_id": head.name}
    if head.pending:
        now = head.obsolete or head.is_ahead
        due = DUE_NOW if now else min(intent.expires_at for intent in head.intents)
        values |= {"open_state": HEAD, "updated_at": due}
    return values


def item_head(values: Mapping[str, Any]) -> Head:
    published = values.get("published")
    return Head(
        name=values["name"],
        bucket=values["bucket"],
        key=values["key"],
        published=_publication(published) if published else None,
        obsolete=tuple(map(_publication, values.get("obsolete", ()))),
        intents=tuple(Intent(_publication(i["publication"]), i["expires_at"]) for i in values.get("intents", ())),
        entering=bool(values.get("entering")),
        leaving=tuple(map(_publication, values.get("leaving", ()))),
        rev=values["rev"],
    )


def _publication(values: Mapping[str, Any]) -> Publication:
    lists = {name: tuple(map(int, values.get(name, ()))) for name in ("rows", "sizes")}
    return Publication(**{**values, **lists})


def day_item(day: Day) -> dict[str, Any]:
    """A day's item: while something is due with it, `updated_at` says from when on the sweep has work with it."""
    values = {**asdict(day), "batch_id": day.name, "updated_at": day.due or NEVER}
    values["day_state"] = values.pop("state")  # what has a `state` is a file
    return values | ({"open_state": DAY} if day.due else {})


def item_day(values: Mapping[str, Any]) -> Day:
    known = fields_of(Day, values)
    lists = {
        "writers": tuple(Writer(**w) for w in values.get("writers", ())),
        "obsolete": tuple(Obsolete(**o) for o in values.get("obsolete", ())),
    }
    return Day(**{**known, **lists, "state": values["day_state"]})


def run_item(run: RunRecord) -> dict[str, Any]:
    return {**asdict(run), "batch_id": f"run#{run.claim}", "open_state": RUN if run.open else None}


def item_run(values: Mapping[str, Any]) -> RunRecord:
    return RunRecord(**fields_of(RunRecord, values))


def circuit_item(circuit: Circuit) -> dict[str, Any]:
    return {**asdict(circuit), "batch_id": CIRCUIT}


def item_circuit(values: Mapping[str, Any]) -> Circuit:
    known = fields_of(Circuit, values)
    return Circuit(**{**known, "runs": tuple(known.get("runs", ()))})


def schema_item(schema: Schema) -> dict[str, Any]:
    """A schema's item: always in the index of open work, where datasets are listed by what changed last."""
    keys = {"batch_id": schema.name, "open_state": DATASET, "updated_at": schema.updated_at}
    return schema.to_json() | keys


def item_schema(values: Mapping[str, Any]) -> Schema:
    return Schema.from_json(values)


def drawn_item(drawn: Drawn) -> dict[str, Any]:
    return {**drawn.to_json(), "batch_id": drawn.name}


def new_datasets_item(known: NewDatasets) -> dict[str, Any]:
    return {**asdict(known), "batch_id": NEW_DATASETS}


def item_new_datasets(values: Mapping[str, Any]) -> NewDatasets:
    found = fields_of(NewDatasets, values)
    return NewDatasets(**{**found, "names": tuple(values.get("names", ()))})


def history_item(history: History) -> dict[str, Any]:
    """The past of a dataset: in no index, for it is large. Its days are packed, to a fourth of what they would cost."""
    document = history.to_json()
    packed = zlib.compress(json.dumps([document.pop("days"), document.pop("silences")]).encode(), 9)
    return {
        "batch_id": history.name,
        "of_dataset": history.dataset,  # "dataset" would put it into the index of files
        "last": document["last"],
        "last_arrival": history.last_arrival,
        "past": base64.b85encode(packed).decode(),
        "rev": history.rev,
    }


def item_history(values: Mapping[str, Any]) -> History:
    days, silences = json.loads(zlib.decompress(base64.b85decode(values["past"])))
    return History.from_json({
        "dataset": values["of_dataset"],
        "days": days,
        "silences": silences,
        "last": values.get("last", {}),
        "last_arrival": values.get("last_arrival", ""),
        "rev": values["rev"],
    })  # fmt: skip


def expected_item(expected: Expected) -> dict[str, Any]:
    """In the index of open work while somebody would have to be told: from `due` on the sweep has work with it."""
    values = {**asdict(expected), "batch_id": expected.name, "of_dataset": expected.dataset}
    del values["dataset"]
    if expected.due and not expected.told:
        values |= {"open_state": EXPECTED, "updated_at": expected.due}
    return values


def item_expected(values: Mapping[str, Any]) -> Expected:
    known = fields_of(Expected, values)
    return Expected(**{**known, "dataset": values["of_dataset"]})
