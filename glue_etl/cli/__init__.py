"""The command line `glue-etl`. One module a group of commands; what they do is in the packages that they call."""

from __future__ import annotations

import sys

from glue_etl.cli.failures import end_on_sigterm, reported


def main() -> None:
    """Run the command line: 0 done, 1 what was asked for did not come true, 2 used wrongly."""
    from glue_etl.cli.application import application

    end_on_sigterm()
    sys.exit(reported(application))
