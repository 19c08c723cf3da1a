"""Errors by whose fault they are and what happens next. Each message says what happened, to which file, and what to do."""

from __future__ import annotations


class GlueEtlError(Exception):
    """Base of every error that this package raises on purpose."""


class FileRejected(GlueEtlError):
    """The file cannot be read, whoever tries: it ends REJECTED. `code` is stable, for programs."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Transient(GlueEtlError):
    """The same call may work later (throttling, a concurrency limit, a time-out): give the work back."""


class ObjectGone(Transient):
    """An object that is to be read is not there any more: what names it is out of date, and has to be looked up again."""


class Busy(Transient):
    """The Glue job is at its concurrency limit: the files wait in the ledger and make a larger run later."""


class NoCapacity(Busy):
    """The account or the region has no room for another run: not a failure of any file, and not over in a moment."""


class Terminal(GlueEtlError):
    """The same call will never work: a person has to change something."""


class Refused(Terminal):
    """AWS refuses a call, and will until a person changes something: a permission, a limit, or what is asked for.

    `code` is the service's error code, e.g. "AccessDenied".
    """

    code = ""


class ObjectRefused(Terminal):
    """S3 refuses this object, whoever asks (archived, encrypted with a key of others). `code` is S3's error code."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code


class BadContract(Terminal):
    """A dataset's contract or suite is wrong. The message names the file, the field and the allowed values."""


class BadSource(Terminal):
    """A source's declaration is wrong. The message names the file, the field and the allowed values."""


class MissingSetting(Terminal):
    """A required environment variable is missing. The message names it and the Terraform place that sets it."""


class SourceFailed(GlueEtlError):
    """A source can't be read now: the pull is tried again later. The message says which source, what, and what to do.

    `code` is stable, for programs. `page_refused`: it was the stored place of the next page that the source did not accept.
    """

    def __init__(self, code: str, reason: str, page_refused: bool = False) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason
        self.page_refused = page_refused


class SourceWaits(Transient):
    """The source asks for a pause that is longer than this invocation lasts: its window goes on in a later one."""


class IllegalTransition(Terminal):
    """The ledger was asked for a state change that the table in core.files.states does not have."""


class LostClaim(GlueEtlError):
    """The ledger says that another run owns this file now: the caller must not publish it."""


class SchemaMoved(GlueEtlError):
    """A file was staged under an older version of its dataset's schema, and does not fit any more: it has to be read again.

    `counts`: it is its own fault and uses up an attempt, since the schema is the one that it was staged under.
    """

    def __init__(self, message: str, counts: bool = False) -> None:
        super().__init__(message)
        self.counts = counts


class StagingGone(GlueEtlError):
    """What a run staged of a file is not there any more: the file has to be read again by another run."""


class RowsNotConserved(GlueEtlError):
    """rows read != rows staged + rows set aside: the file must not be published."""
