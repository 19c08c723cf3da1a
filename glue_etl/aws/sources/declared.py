"""The declaration of a source, as a source's function reads it from the artifacts."""

from __future__ import annotations

from typing import Any

from glue_etl.aws.files.objects import Objects
from glue_etl.core.errors import Terminal
from glue_etl.core.settings import SourceSettings
from glue_etl.core.sources.kinds import COLLECTED, PULLED, parse_source

KINDS = {"pull": PULLED, "collect": COLLECTED}


def declared_source(settings: SourceSettings, s3: Any, verb: str) -> Any:
    """The source that this function is to `verb` (see KINDS). `s3` is a boto3 client. Raises Terminal where there is none."""
    bundle = Objects(s3).read_json(settings.sources_uri) or {}
    declared = bundle.get("sources", {}).get(settings.source)
    if declared is None or declared.get("kind") not in KINDS[verb]:
        raise Terminal(
            f"{settings.sources_uri} declares no source {settings.source!r} to {verb}: `make package` builds it from sources/, "
            "`terraform apply` uploads it"
        )
    return parse_source(settings.source, declared, f"{settings.sources_uri}: {settings.source}")
