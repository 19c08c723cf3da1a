"""A console of one deployment, listening on this machine."""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Iterable
from typing import Any

from werkzeug.serving import WSGIRequestHandler, make_server

from glue_etl.access.application import OPERATING, READING, Api
from glue_etl.access.settings import ApiSettings, api_settings_from
from glue_etl.access.starting import estate_of
from glue_etl.aws.operating.deployment import Deployment
from glue_etl.console.server import ConsoleServer

LOG = logging.getLogger(__name__)
HOST = "127.0.0.1"


class Console:
    """Listens once it is made; `serve` answers until `close`. `address` holds the token of this start."""

    def __init__(self, found: Deployment, name: str, roles: Iterable[str], port: int = 0) -> None:
        token = secrets.token_urlsafe(32)
        self._server = make_server(HOST, port, _nothing, threaded=True, request_handler=QuietHandler)
        own = self._server.server_port
        hosts = frozenset({f"{HOST}:{own}", f"localhost:{own}"})
        estate = estate_of(found, _api_settings(found))
        api = Api((*READING, *OPERATING), lambda: estate, quiet)
        self._server.app = ConsoleServer(api, hosts, token, name, roles)
        self.address = f"http://{HOST}:{own}/#token={token}"

    def serve(self) -> None:
        """Answer requests; returns after `close`."""
        self._server.serve_forever()

    def start(self) -> None:
        """Answer requests beside what this process does."""
        threading.Thread(target=self.serve, name="console", daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def _api_settings(found: Deployment) -> ApiSettings:
    """Rows are asked as the deployment's own API asks, else of DuckDB on this machine."""
    told = found.environment_of("query")
    if told is not None:
        return api_settings_from(told)
    return ApiSettings("duckdb", "", f"s3://{found.services.settings.artifacts_bucket}/athena-results/console/")


def quiet(message: str, /, **fields: Any) -> None:
    """Who asked for what goes to the log, which a terminal does not show."""
    LOG.info("%s %s", message, fields)


def _nothing(environ: Any, start_response: Any) -> Any:
    raise NotImplementedError("the application is set before the first request")


class QuietHandler(WSGIRequestHandler):
    """Keeps connections, and prints no line a request: a terminal shows what its user asked for."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body leave in one piece: a kept connection waits for no acknowledgement in between

    def log(self, type: str, message: str, *args: Any) -> None:
        LOG.debug(message, *args)
