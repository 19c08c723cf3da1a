"""The profile of what a deployed pipeline has published of a dataset, from a bounded sample of it."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from glue_etl.core.datasets.profile import Profile, merged
from glue_etl.core.datasets.schemas import RESCUED
from glue_etl.core.files.model import ENRICHMENT_COLUMNS, PARTITION_COLUMNS
from glue_etl.core.messages import counted

if TYPE_CHECKING:
    from glue_etl.aws.operating.deployment import Deployment

MIB = 1024**2


def profile_published(found: Deployment, dataset: str) -> tuple[Profile, str]:
    """The profile, and what was looked at. Rows that the pipeline has set aside are not among them."""
    from glue_etl.aws.files.store import S3Store
    from glue_etl.steps.operating.sample import choose_sample

    sample = choose_sample(found.services.objects, found.services.settings.curated_bucket, dataset)
    profiles = []
    for uris in sample.files.values():
        with tempfile.TemporaryDirectory(prefix="glue-etl-infer-") as folder:
            paths = [Path(folder) / f"{n:05d}.parquet" for n in range(len(uris))]
            for uri, path in zip(uris, paths, strict=True):
                S3Store().get(uri, path)
            profiles.append(_profile(paths))
    bytes_ = f"{sample.size / MIB:,.1f} MiB"
    which = "all that is published" if sample.whole else "the newest; more is published"
    return merged(profiles), f"{counted(len(sample.files), 'published file')}, {bytes_} ({which})"


def _profile(paths: list[Path]) -> Profile:
    import pyarrow.parquet as pq

    from glue_etl.engine.audit.model import FileRows
    from glue_etl.engine.profile import profile_file

    schema = pq.read_schema(paths[0])
    own = [name for name in schema.names if name not in (*ENRICHMENT_COLUMNS, *PARTITION_COLUMNS, RESCUED)]
    return profile_file(FileRows(schema, tuple(map(str, paths))), own)
