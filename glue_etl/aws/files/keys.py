"""The key of protected columns: one secret of Secrets Manager, read by each process of a run and kept in its memory alone."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from botocore.exceptions import ClientError

from glue_etl.aws.calls import call, code_of
from glue_etl.aws.clients import client
from glue_etl.core.datasets.protection import KeyMissing, Keys, keys_of

HOW = (
    "Give it a value that nobody can guess, once: aws secretsmanager put-secret-value --secret-id {name} "
    '--secret-string "$(openssl rand -hex 32)" (docs/personal-data.md). The files wait; nothing of them was read'
)


@dataclass(frozen=True, slots=True)
class SecretKeys:
    """A KeyRing. It names the secret and its version, which is the same for all processes of a run, also while it is rotated."""

    name: str
    version: str

    @classmethod
    def found(cls, name: str) -> SecretKeys:
        """The current version of the secret `name`, which has a key in it. Raises KeyMissing, Transient."""
        if not name:
            raise KeyMissing(
                "a contract protects columns with a key, but the job has no --protection-secret: `make package`, then apply again"
            )
        ring = cls(name, _read(name, "")[1])
        ring.keys()
        return ring

    def keys(self) -> Keys:
        return _keys(self.name, self.version)


@cache
def _keys(name: str, version: str) -> Keys:
    try:
        return keys_of(_read(name, version)[0])
    except KeyMissing as error:
        raise KeyMissing(f"{error}. {HOW.format(name=name)}") from None


def _read(name: str, version: str) -> tuple[str, str]:
    """The secret's text and the id of its version. Raises KeyMissing."""
    which = {"VersionId": version} if version else {}
    try:
        answer = call(client("secretsmanager").get_secret_value, SecretId=name, **which)
    except ClientError as error:
        code = code_of(error)
        raise KeyMissing(
            f"the key of protected columns can't be read: Secrets Manager says {code} for {name}. {HOW.format(name=name)}"
        ) from error
    return answer.get("SecretString", ""), answer["VersionId"]
