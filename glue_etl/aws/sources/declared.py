"""The declaration of a source, as a source's function reads it from the artifacts."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from glue_etl.aws.objects import read_json
from glue_etl.core.errors import Terminal
from glue_etl.core.sources.settings import SourceSettings

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def declaration(settings: SourceSettings, s3: S3Client, verb: str, kinds: Collection[str]) -> Mapping[str, Any]:
    """What was declared of the source that this function is to `verb`, still to be parsed. `s3` is a boto3 client.

    Raises Terminal where none of `kinds` is declared under the function's name.
    """
    bundle = read_json(s3, settings.sources_uri) or {}
    declared: Mapping[str, Any] | None = bundle.get("sources", {}).get(settings.source)
    if declared is None or declared.get("kind") not in kinds:
        raise Terminal(
            f"{settings.sources_uri} declares no source {settings.source!r} to {verb}: `make package` builds it from sources/, "
            "`terraform apply` uploads it"
        )
    return declared
