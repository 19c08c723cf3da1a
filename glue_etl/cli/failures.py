"""The one place where errors become a line for people and an exit code."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

from glue_etl.core.errors import BadSource, FileRejected, GlueEtlError
from glue_etl.core.reasons import shown

FAILED = 1
INTERRUPTED = 128 + signal.SIGINT


class CommandFailed(GlueEtlError):
    """What was asked for can't be done. The message is one line that says why and what to do."""


def reported(command: Callable[[], Any]) -> int:
    """Run `command`; an error that somebody can do something about ends as one line on stderr, all others as they are."""
    try:
        command()
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(bool(ended.code))
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has gone (`| head`): nothing to say, and nobody to say it to.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except _expected() as error:
        print(f"glue-etl: {one_line(error)}", file=sys.stderr)
        return FAILED
    return 0


def one_line(error: BaseException) -> str:
    """The error's message in one line; of an OSError, what the system said and of which file."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    text = f"rejected ({error.code}): {shown(error.reason, True)}" if isinstance(error, FileRejected) else str(error)
    if isinstance(error, BadSource):  # a mistake a line
        text = text.replace("\n", "; ")
    return " ".join(text.split()) or type(error).__name__


def _expected() -> tuple[type[Exception], ...]:
    errors: list[type[Exception]] = [GlueEtlError, OSError]
    # Only a command that has loaded these parts can have raised their errors.
    for module, name in (
        ("local.java", "JavaMissing"),
        ("local.jars", "JarsUnavailable"),
        ("local.deploy", "NotPackaged"),
    ):
        if module in sys.modules:
            errors.append(getattr(sys.modules[module], name))
    return tuple(errors)


def end_on_sigterm() -> None:
    """Let SIGTERM be an exception: what was started is ended on the way out."""
    signal.signal(signal.SIGTERM, _end)


def _end(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)
