"""Secrets Manager: values are read when a source is used, by name, and never stored."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from glue_etl.aws.calls import call, code_of
from glue_etl.core.errors import SourceFailed

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

MISSING = ("ResourceNotFoundException", "InvalidRequestException")
DENIED = ("AccessDeniedException", "AccessDenied", "DecryptionFailure")


class Secrets:
    """`client` is a boto3 Secrets Manager client."""

    def __init__(self, client: SecretsManagerClient) -> None:
        self._client = client

    def read(self, name: str) -> dict[str, str]:
        """The fields of a secret's JSON object; a secret that is none has the one field "". Raises SourceFailed."""
        try:
            answer = call(self._client.get_secret_value, SecretId=name)
        except ClientError as error:
            raise SourceFailed("secret_missing", _told(name, code_of(error))) from error
        return _fields(answer.get("SecretString") or bytes(answer.get("SecretBinary", b"")).decode("utf-8", "replace"))


def _told(name: str, code: str) -> str:
    if code in MISSING:
        return (
            f"there is no secret {name!r} in Secrets Manager (or it is being deleted): create it, or correct the name"
        )
    if code in DENIED:
        return f"the function may not read the secret {name!r}: its role allows the secrets that the source names; apply again"
    return f"the secret {name!r} can't be read: Secrets Manager says {code}"


def _fields(text: str) -> dict[str, str]:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        return {"": text.strip()}
    return {str(name): value if isinstance(value, str) else json.dumps(value) for name, value in found.items()}
