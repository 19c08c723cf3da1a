"""Runs a reader in a process of its own: one that a damaged file can kill, fill or stop without harm to anybody else.

liborc ends its process on some damaged files (seen with PyArrow 22 on one in six mutations of zstd-compressed ORC). The child is
kept for the next file; it asks for the bytes it needs and sends Arrow batches. What kills it is the file's fault: FileRejected.
"""

from __future__ import annotations

import atexit
import os
import pickle
import resource
import select
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import IO, Any

import pyarrow as pa

from glue_etl.core.errors import FileRejected
from glue_etl.core.reasons import error_text
from glue_etl.engine.model import MIB, ByteSource

MEMORY_BYTES = 2560 * MIB
"""Address space of the child: PyArrow maps 1.2 GiB before it reads anything."""
TOO_LARGE = (
    "A part of the file needs more memory than a reader may have ({}). Write it with smaller row groups or values."
)
SILENCE_SECONDS = 60
"""A child that neither asks nor answers for so long hangs."""
_FRAME = struct.Struct("<cq")
_CALL, _BYTES, _READ, _BATCH, _DONE, _REJECTED, _FAILED = (b"c", b"b", b"r", b"t", b"d", b"x", b"f")
_local = threading.local()


def batches(
    reader: Callable[..., Iterator[pa.RecordBatch]], source: ByteSource, *arguments: Any
) -> Iterator[pa.RecordBatch]:
    """What reader(source, *arguments) yields, read in the child. `reader` is a function at the top of its module.

    FileRejected with code "corrupt" if the child dies or hangs; the reader's own FileRejected as it is.
    """
    child = _child()
    finished = False
    try:
        call = pickle.dumps((reader.__module__, reader.__qualname__, source.name, source.size, arguments))
        _send(child.stdin, _CALL, call)
        while (frame := _received(child))[0] in (_READ, _BATCH):
            if frame[0] == _READ:
                offset, length = struct.unpack("<qq", frame[1])
                _send(child.stdin, _BYTES, source.read(offset, length))
            else:
                with pa.ipc.open_stream(frame[1]) as stream:
                    yield from stream
        finished = True
        _raise(frame)
    except (BrokenPipeError, EOFError) as error:
        raise FileRejected(
            "corrupt", f"The file stopped the process that read it ({_end_of(child)}): it is damaged."
        ) from error
    finally:
        if not finished:
            _dismiss(child)


def _raise(frame: tuple[bytes, bytes]) -> None:
    if frame[0] == _REJECTED:
        code, reason = pickle.loads(frame[1])
        raise FileRejected(code, reason)
    if frame[0] == _FAILED:
        told = frame[1].decode()
        code = "unsupported_type" if told.startswith(pa.ArrowNotImplementedError.__name__) else "corrupt"
        raise FileRejected(code, f"The file can't be read: {error_text(told)}.")


def _child() -> Any:
    """This thread's child, started when it is first needed and again after one died."""
    child = getattr(_local, "child", None)
    if child is None or child.poll() is not None or _local.owner != os.getpid():
        child = subprocess.Popen(
            [sys.executable, "-c", "from glue_etl.engine.isolated import serve; serve()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        )
        _local.child, _local.owner = child, os.getpid()
        atexit.register(_dismiss, child)
    return child


def _dismiss(child: Any) -> None:
    if child.poll() is None:
        child.kill()
    child.wait()
    for pipe in (child.stdin, child.stdout):
        try:
            pipe.close()
        except BrokenPipeError:
            continue
    atexit.unregister(_dismiss)


def _end_of(child: Any) -> str:
    code = child.wait(SILENCE_SECONDS)
    return f"signal {-code}" if code < 0 else f"exit code {code}"


def _send(pipe: IO[bytes], kind: bytes, content: bytes) -> None:
    pipe.write(_FRAME.pack(kind, len(content)))
    pipe.write(content)
    pipe.flush()


def _received(child: Any) -> tuple[bytes, bytes]:
    # Nothing is left in the pipe's own buffer between frames, since each side waits for the other's or reads on.
    if not child.stdout.peek(0) and not select.select([child.stdout], [], [], SILENCE_SECONDS)[0]:
        child.kill()
        raise EOFError
    return _frame(child.stdout)


def _frame(pipe: IO[bytes]) -> tuple[bytes, bytes]:
    head = pipe.read(_FRAME.size)
    if len(head) < _FRAME.size:
        raise EOFError
    kind, length = _FRAME.unpack(head)
    content = pipe.read(length)
    if len(content) < length:
        raise EOFError
    return kind, content


class _Asked:
    """The ByteSource of the child: it asks the parent for each range."""

    def __init__(self, name: str, size: int, pipes: tuple[IO[bytes], IO[bytes]]) -> None:
        self.name, self.size = name, size
        self._in, self._out = pipes

    def read(self, offset: int, length: int) -> bytes:
        """The bytes that the parent has there."""
        _send(self._out, _READ, struct.pack("<qq", offset, length))
        return _frame(self._in)[1]


def serve() -> None:
    """The child: reads calls from standard input until it is closed."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    pipes = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    while True:
        try:
            _, content = _frame(pipes[0])
        except EOFError:
            return
        _send(pipes[1], *_answer(content, pipes))


def _answer(content: bytes, pipes: tuple[IO[bytes], IO[bytes]]) -> tuple[bytes, bytes]:
    module, function, name, size, arguments = pickle.loads(content)
    try:
        for batch in getattr(import_module(module), function)(_Asked(name, size, pipes), *arguments):
            _send(pipes[1], _BATCH, _as_stream(batch))
    except FileRejected as error:
        return _REJECTED, pickle.dumps((error.code, error.reason))
    except (
        pa.ArrowException,
        OSError,
        ValueError,
        TypeError,
        KeyError,
        IndexError,
        OverflowError,
        MemoryError,
    ) as error:
        return _FAILED, f"{type(error).__name__}: {error}".encode(errors="replace")
    return _DONE, b""


def _as_stream(batch: pa.RecordBatch) -> pa.Buffer:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as stream:
        stream.write_batch(batch)
    return sink.getvalue()
