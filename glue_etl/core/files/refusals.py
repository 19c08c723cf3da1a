"""What to do about an object that S3 refuses to give, by S3's error code ("Error responses", Amazon S3 API Reference)."""

from __future__ import annotations

_ADVICE = {
    "InvalidObjectState": "it is archived: restore it (aws s3api restore-object), then glue-etl replay",
    "AccessDenied": "its owner, its KMS key or a policy keeps this deployment out: allow it, or upload the file again with "
    "the bucket's own encryption",
    "InvalidRequest": "it is encrypted with a key that only its sender has (SSE-C): upload it again without",
}
_SAME = {
    "403": "AccessDenied",
    "Forbidden": "AccessDenied",
    "400": "InvalidRequest",
    "InvalidArgument": "InvalidRequest",
}
_KMS = "KMS."
_OF_KEYS = "its KMS key is disabled, deleted or not for us: enable it and glue-etl replay, or upload the file again"


def is_refusal(code: str) -> bool:
    """Whether S3's error code is about the object rather than about the caller, the bucket or the moment."""
    return code in _ADVICE or code in _SAME or code.startswith(_KMS)


def refusal(code: str, message: str) -> str:
    """A refusal as people read it: S3's code and words, and what to do."""
    advice = _OF_KEYS if code.startswith(_KMS) else _ADVICE[_SAME.get(code, code)]
    return f"S3 refuses this object ({code}: {message.rstrip('.')}): {advice}"
