"""moto's HTTP request handler, made quick and quiet."""

from __future__ import annotations

from typing import Any

from moto.moto_server.werkzeug_app import MotoRequestHandler


class QuietRequestHandler(MotoRequestHandler):
    """Writes no access log; sends an answer's head and body without waiting for acknowledgements (Nagle)."""

    disable_nagle_algorithm = True

    def log_request(self, code: Any = "-", size: Any = "-") -> None:
        return None
