"""A dataset's first file makes it known: it is registered in the ledger, before a run begins, so that its schema can be kept.

Datasets that no contract describes are registered within the day's limit. Above it their files are read as the default's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from glue_etl.core.datasets.admission import NewDatasets, admit, tell
from glue_etl.core.datasets.automatic import NAMELESS, Named
from glue_etl.core.datasets.schemas import Schema, register
from glue_etl.core.errors import GlueEtlError
from glue_etl.core.files.notices import full_day_notice
from glue_etl.steps.files.ports import Services


def register_each(services: Services, names: Iterable[Named]) -> tuple[dict[Named, Named], dict[Named, str]]:
    """`registered` of each name, once; and those that can't be registered now, with the reason."""
    failed: dict[Named, str] = {}

    def register_one(named: Named) -> Named:
        try:
            return registered(services, named)
        except GlueEtlError as error:
            failed[named] = str(error)
            return named

    wanted = list(dict.fromkeys(names))
    return dict(zip(wanted, services.each(register_one, wanted), strict=True)), failed


def registered(services: Services, named: Named) -> Named:
    """The name, with its dataset registered; the default's where the day's limit is reached. Raises Transient.

    What is told of the name is told with the dataset's first files.
    """
    if not _keeps_schema(services, named):
        return named
    schema = services.ledger.schema(named.dataset)
    if schema is None and named.is_automatic and not _admitted(services, named.dataset):
        _tell_once(services, named.dataset)
        return replace(NAMELESS, told=_waits(services, named.dataset))
    if schema is None:
        at = services.now().isoformat()
        schema = services.ledger.update_schema(Schema(named.dataset), lambda known: register(known, named.origin, at))
    return replace(named, told="") if schema.version else named


def known_or_default(services: Services, named: Named) -> Named:
    """The name of a file that can't be read: the default's where its dataset has not begun, so that lists have the file."""
    try:
        is_known = not named.is_automatic or services.ledger.schema(named.dataset) is not None
    except GlueEtlError:
        return named
    return named if is_known else NAMELESS


def _keeps_schema(services: Services, named: Named) -> bool:
    return named.is_automatic or bool(services.contracts[named.dataset].schema)


def _admitted(services: Services, dataset: str) -> bool:
    day, limit = _today(services), services.settings.new_datasets_a_day
    return services.ledger.update_new_datasets(lambda now: admit(now, dataset, day, limit)).has(dataset, day)


def _tell_once(services: Services, dataset: str) -> None:
    """One notice a day: first noted, then sent, since each file's own notice says it again."""
    day, mine = _today(services), False

    def note(now: NewDatasets) -> NewDatasets:
        nonlocal mine
        after = tell(now, day)
        mine = after is not now
        return after

    services.ledger.update_new_datasets(note)
    if mine:
        settings = services.settings
        services.notices.publish(full_day_notice(settings.environment, settings.new_datasets_a_day, dataset))


def _waits(services: Services, dataset: str) -> str:
    limit = services.settings.new_datasets_a_day
    return (
        f"the dataset {dataset!r} would be new, and today's limit of {limit} new datasets (new_datasets_a_day) is reached: "
        "read as default; replay the file another day, or raise the limit"
    )


def _today(services: Services) -> str:
    return services.now().date().isoformat()
