"""`glue-etl console`: the page on what happens in a deployment, served on this machine to one person."""

from __future__ import annotations

import getpass
import webbrowser
from typing import Annotated

import typer

from glue_etl.cli.environment import DEFAULT_ENVIRONMENT, DEFAULT_PREFIX, Environment, Prefix, deployment
from glue_etl.cli.failures import CommandFailed
from glue_etl.cli.tables import console as out


def console(
    environment: Environment = DEFAULT_ENVIRONMENT,
    prefix: Prefix = DEFAULT_PREFIX,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port on 127.0.0.1; 0 takes a free one.")] = 0,
    read_only: Annotated[bool, typer.Option("--read-only", help="Without replay, release and roll back.")] = False,
    open_browser: Annotated[bool, typer.Option("--open", help="Open it in this machine's browser.")] = False,
) -> None:
    """Serve a page on arrivals, files, runs, datasets, sources and alarms. Ctrl-C ends it.

    It listens on 127.0.0.1, with your own AWS credentials behind it; who opens it needs the token in the address that is printed.

    Examples: glue-etl console --open; glue-etl console --environment prod --read-only
    """
    from glue_etl.access.callers import OPERATE, ROLES
    from glue_etl.console.serving import Console

    found = deployment(environment, prefix)
    roles = [role for role in ROLES if role != OPERATE or not read_only]
    try:
        page = Console(found, getpass.getuser(), roles, port)
    except OSError as error:
        raise CommandFailed(
            f"port {port} can't be listened on ({error.strerror}): --port 0 takes a free one"
        ) from error
    out().print(f"The console of {found.name}, for you alone: {page.address}", soft_wrap=True)
    out().print("Ctrl-C ends it.")
    if open_browser:
        webbrowser.open(page.address)
    try:
        page.serve()
    except KeyboardInterrupt:
        page.close()
