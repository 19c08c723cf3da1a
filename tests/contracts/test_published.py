"""A dataset of a deployment is profiled from a bounded sample of what is published: whole files, the newest days first."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import boto3
import pytest
from moto import mock_aws

from glue_etl.aws.clients import client
from glue_etl.aws.files.objects import Objects
from glue_etl.cli.contract_samples import profile_published
from glue_etl.core.datasets.contracts import Contract
from glue_etl.core.errors import Terminal
from glue_etl.steps.operating import sample
from tests.contracts.public_data import DATA_SETS, halves

GAPMINDER = next(data for data in DATA_SETS if data.name == "gapminder")


@pytest.fixture
def deployed(tmp_path: Path) -> Iterator[Any]:
    """A curated bucket with four files of `gapminder` in three days, written by the engine; one has two objects."""
    credentials = {"AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none", "AWS_DEFAULT_REGION": "us-east-1"}
    with patch.dict(os.environ, credentials), mock_aws():
        client.cache_clear()
        s3: Any = boto3.client("s3")
        s3.create_bucket(Bucket="curated")
        for number, (day, path) in enumerate(_parquet(tmp_path)):
            key = f"gapminder/year=2024/month=01/day={day}/jr_1_batch{number // 2 if number < 2 else number}_tok_{number:05d}"
            s3.put_object(Bucket="curated", Key=f"{key}.snappy.parquet", Body=path.read_bytes())
        settings = SimpleNamespace(curated_bucket="curated")
        yield SimpleNamespace(services=SimpleNamespace(objects=Objects(s3), settings=settings))
        client.cache_clear()


def _parquet(folder: Path) -> list[tuple[str, Path]]:
    from glue_etl.engine import ingest
    from tests.contracts.inferring import to_ingest

    first, second = halves(GAPMINDER.load())
    parts = [part for half in (first, second) for part in halves(half)]
    written = [part.write(folder / f"{n}.csv") for n, part in enumerate(parts)]
    staged = [
        ingest.stage(to_ingest(str(n), path, Contract("gapminder")), folder / "staged")
        for n, path in enumerate(written)
    ]
    paths = [piece.rows for each in staged for piece in each.pieces if piece.rows]
    return list(zip(("01", "01", "02", "03"), paths, strict=True))


def test_all_that_is_published_is_one_profile_without_the_pipelines_own_columns(deployed: Any) -> None:
    profile, told = profile_published(deployed, "gapminder")
    assert (profile.files, profile.rows) == (3, len(GAPMINDER.load().rows))
    assert [c.name for c in profile.columns] == ["country", "continent", "year_source", "lifeExp", "pop", "gdpPercap"]
    assert told.startswith("3 published files, 0.")
    assert told.endswith("(all that is published)")


def test_a_sample_ends_at_its_limit_with_the_newest_days(deployed: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sample, "SAMPLE_FILES", 2)
    chosen = sample.choose_sample(deployed.services.objects, "curated", "gapminder")
    assert ["day=03" in stem for stem in chosen.files] == [True, False]
    assert not any("day=01" in stem for stem in chosen.files)
    assert not chosen.whole
    assert "more is published" in profile_published(deployed, "gapminder")[1]
    monkeypatch.setattr(sample, "SAMPLE_BYTES", 1)
    assert len(sample.choose_sample(deployed.services.objects, "curated", "gapminder").files) == 1


def test_objects_of_one_file_are_sampled_together(deployed: Any) -> None:
    chosen = sample.choose_sample(deployed.services.objects, "curated", "gapminder")
    assert sorted(map(len, chosen.files.values())) == [1, 1, 2]


def test_an_unknown_dataset_is_told_with_what_is_near(deployed: Any) -> None:
    with pytest.raises(Terminal, match="did you mean 'gapminder'"):
        sample.choose_sample(deployed.services.objects, "curated", "gapmider")
