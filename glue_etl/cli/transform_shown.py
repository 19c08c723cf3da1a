"""What `glue-etl transform show` shows: parts with the files that they landed, or what is missing where nothing is deployed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from glue_etl.cli.failures import CommandFailed, one_line
from glue_etl.core.errors import GlueEtlError
from glue_etl.core.files.ledger import Record
from glue_etl.core.transforming.declarations import Transform
from glue_etl.core.transforming.due import Due

if TYPE_CHECKING:
    from glue_etl.aws.operating.deployment import Deployment


def deployed(name: str, folder: Path, look: Callable[[], Deployment]) -> Deployment:
    """The deployment, in which the transform is. Raises CommandFailed that says what is missing: a name that nobody declared, a
    deployment, or the transform in it.
    """
    from glue_etl.cli.transform_files import chosen, read_transforms
    from shipping.contracts import transform_files

    here = read_transforms(folder)[0] if transform_files(folder.resolve()) else []
    try:
        found = look()
    except GlueEtlError as error:
        chosen(here, [name] if here else [])
        where = (
            f"transform {name} is declared here" if here else f"no transform {name} is declared in {folder.resolve()}"
        )
        raise CommandFailed(f"{where}, and no deployment can be asked what it has made: {one_line(error)}") from error
    known = found.services.transforming.declared.by_name if found.services.transforming else {}
    if name not in known and any(transform.name == name for transform in here):
        raise CommandFailed(
            f"transform {name} is declared here, but not in {found.name}: `make package`, then deploy (`make apply`, or "
            "`glue-etl local up` again); it makes the days of files that are published from then on, others by `transform run`"
        )
    return found


def parts_with_files(found: Deployment, transform: Transform, day: str) -> list[tuple[Due, Record | None]]:
    """The parts of one day or of all, each with the newest file that it landed."""
    from glue_etl.steps.transforming.ordering import shown
    from glue_etl.steps.transforming.starting import target_key

    settings = found.services.settings

    def landed(due: Due) -> Record | None:
        key = target_key(settings.incoming_prefix, transform, due)
        return next(iter(found.ledger.by_key(settings.raw_bucket, key)), None)

    parts = shown(found.services, transform.name, day)
    return list(zip(parts, found.services.each(landed, parts), strict=True))
