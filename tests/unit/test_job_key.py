"""The key of protected columns in the job: one version for a run, and without a key nothing is begun."""

from __future__ import annotations

import argparse
import importlib.util
import pickle
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import boto3
import pytest
from moto import mock_aws

from glue_etl.aws import clients
from glue_etl.aws.files import keys as secret_keys
from glue_etl.aws.files.keys import SecretKeys
from glue_etl.core.datasets.protection import KeyMissing, keys_of
from glue_etl.core.files.circuit import is_systemic

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2024, 1, 31, tzinfo=UTC)
VALUE = "v" * 64
MANIFEST: dict[str, Any] = {
    "claim": "c", "environment": "dev", "created_at": "", "staging": "s3://raw/staging/", "files": [],
    "contracts": {"people": {"columns": [{"name": "email", "type": "string", "protect": "hash"}]}},
}  # fmt: skip


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    clients.client.cache_clear()
    secret_keys._keys.cache_clear()
    with mock_aws():
        yield
    clients.client.cache_clear()


def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("ingest_script", ROOT / "glue_scripts" / "ingest.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Written:
    """The objects that a run reads and writes."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def read_json(self, uri: str) -> dict[str, Any]:
        return MANIFEST

    def write_json(self, uri: str, document: Any) -> None:
        self.names.append(uri)


@pytest.mark.parametrize(
    ("secret", "told"),
    [
        ("", "apply again"),
        ("nowhere", "ResourceNotFoundException"),
        ("empty", "ResourceNotFound"),
        ("short", "fewer than"),
    ],
)
def test_without_a_key_a_run_ends_before_it_begins_and_says_what_to_do(secret: str, told: str) -> None:
    manager = boto3.client("secretsmanager")
    manager.create_secret(Name="empty")
    manager.create_secret(Name="short", SecretString="too short to keep")
    objects = Written()
    arguments = argparse.Namespace(protection_secret=secret, manifest="s3://raw/runs/c/manifest.json", JOB_RUN_ID="jr")
    with pytest.raises(KeyMissing, match=told) as found:
        script().ingest(None, arguments, objects, NOW)
    assert objects.names == [], "it has not begun: no file is at fault"
    assert is_systemic(str(found.value), began=False)
    assert "too short to keep" not in str(found.value)
    if secret:
        assert "put-secret-value" in str(found.value)


def test_a_run_keeps_its_version_of_the_key_while_it_is_changed() -> None:
    manager = boto3.client("secretsmanager")
    manager.create_secret(Name="key", SecretString=VALUE)
    ring = SecretKeys.found("key")
    manager.put_secret_value(SecretId="key", SecretString="n" * 64)
    secret_keys._keys.cache_clear()  # as in a process that has not read it yet
    travelled = pickle.loads(pickle.dumps(ring))
    assert travelled.keys() == keys_of(VALUE) != SecretKeys.found("key").keys()
    assert VALUE.encode() not in pickle.dumps(ring) and VALUE not in repr(ring)
