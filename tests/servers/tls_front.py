"""TLS in front of a PostgreSQL that was built without it (the wheel's is): answers its SSLRequest, then passes bytes on."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from ssl import SSLContext, SSLError

# "SSLRequest" and "GSSENCRequest", PostgreSQL's "Message Formats": length 8 and a code in place of a version.
_SSL_REQUEST = (8).to_bytes(4, "big") + (80877103).to_bytes(4, "big")
_GSS_REQUEST = (8).to_bytes(4, "big") + (80877104).to_bytes(4, "big")


@contextmanager
def tls_front(target_port: int, context: SSLContext) -> Iterator[int]:
    """The port, on 127.0.0.1, where the server behind `target_port` speaks TLS."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="tls-front", daemon=True)
    thread.start()

    async def serve() -> asyncio.Server:
        return await asyncio.start_server(lambda r, w: _serve(r, w, target_port, context), "127.0.0.1", 0)

    server = asyncio.run_coroutine_threadsafe(serve(), loop).result()
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        asyncio.run_coroutine_threadsafe(_close(server), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _close(server: asyncio.Server) -> None:
    server.close()
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


async def _serve(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, target_port: int, context: SSLContext
) -> None:
    with suppress(ConnectionError, SSLError, asyncio.IncompleteReadError, asyncio.CancelledError):
        first = await reader.readexactly(8)
        while first == _GSS_REQUEST:
            writer.write(b"N")
            first = await reader.readexactly(8)
        if first == _SSL_REQUEST:
            writer.write(b"S")
            await writer.drain()
            await writer.start_tls(context)
            first = b""
        server_reader, server_writer = await asyncio.open_connection("127.0.0.1", target_port)
        server_writer.write(first)
        await asyncio.gather(_pump(reader, server_writer), _pump(server_reader, writer))
    writer.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError, SSLError):
        while block := await reader.read(65536):
            writer.write(block)
            await writer.drain()
    with suppress(RuntimeError):
        writer.close()
