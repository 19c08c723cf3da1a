"""Whose fault an error is: the file's (it is rejected, the others go on) or the world's (the run fails and is tried again)."""

from __future__ import annotations

import re
from collections.abc import Iterable

# What is wrong with a file, as the readers of its format say it, and how a person would say it. First match wins.
_OF_THE_FILE = (
    (r"is not a Parquet file|expected magic number at tail", "not-parquet", "not a Parquet file: footer magic missing"),
    (r"is too small|too small to be a (valid )?Parquet", "not-parquet", "not a Parquet file: shorter than its own footer"),
    (r"PARQUET_TYPE_\w+|Parquet type not supported|Illegal Parquet type", "unreadable-column", "the Parquet file has a column of a type that Spark can't read"),
    (r"Malformed ORC|Not a valid ORC|orc.*(postscript|footer)|FileFormatException", "not-orc", "not an ORC file: footer missing or broken"),
    (r"Not an? Avro data file|Not a data file", "not-avro", "not an Avro file: header magic missing"),
    (r"Invalid sync|AvroRuntimeException|AvroTypeException", "corrupt", "the Avro file is damaged: a block does not end where it should"),
    (r"Unexpected end of (ZLIB )?input stream|Unexpected EOF.*gz", "truncated", "truncated gzip stream: the compressed data ends too early"),
    (r"not in GZIP format|incorrect header check|unknown compression method|invalid (block type|stored block|distance|code|bit)|incorrect data check|"
     r"ZipException|DataFormatException", "corrupt", "the gzip stream is damaged"),
    (r"BZip2|bzip2|bad block header|Stream is not BZip2", "corrupt", "the bzip2 stream is damaged"),
    (r"MalformedInputException|UnmappableCharacterException|UTFDataFormatException", "bad-encoding", "the text is not in the encoding that its first bytes show"),
    (r"ParquetDecodingException|could not read page|Can not read value|Corrupt|corrupt|SnappyError|FAILED_TO_UNCOMPRESS|"
     r"Unable to decompress|could not decompress|snappy|zstd|Zstd|LZ4|BrotliCodec|Unknown compression", "corrupt", "a page of the file is damaged, or its codec is unknown"),
    (r"TextParsingException|TextParser|JsonParseException|JsonEOFException|Malformed records", "corrupt", "the text can't be parsed"),
    (r"FAILED_READ_FILE|Encountered error while reading file|EOFException", "corrupt", "the file can't be read: it is damaged or cut short"),
)  # fmt: skip
_OF_THE_WORLD = (
    r"No space left|Disk quota|OutOfMemory|ConnectException|SocketTimeout|UnknownHost|SdkClientException|AmazonS3Exception|"
    r"AmazonClientException|AWSS3IOException|AccessDenied|Access Denied|SlowDown|Status Code: 5\d\d|FileNotFoundException|NoSuchKey|NoClassDefFound|"
    r"ClassNotFound|DATA_SOURCE_NOT_FOUND|SparkContext was shut down|cancelled|ExecutorLostFailure|Connection refused|"
    r"Py4JNetworkError|InterruptedException|Permission denied|Input/output error"
)
_BATCH_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def causes(error: BaseException) -> str:
    """The error's text with those of all its Java causes, without the lines of the stack."""
    text = [str(error), *(str(e) for e in (error.__cause__,) if e)]
    text += [str(getattr(error, "_desc", "") or ""), _java_chain(error)]
    return "\n".join(line for line in "\n".join(text).splitlines() if not line.lstrip().startswith(("at ", "... ")))


def _java_chain(error: BaseException) -> str:
    java = getattr(error, "java_exception", None) or getattr(error, "_origin", None)
    lines = []
    for _ in range(20):
        if java is None:
            break
        lines.append(str(java.toString()))
        java = java.getCause()
    return "\n".join(lines)


def is_of_the_world(error: BaseException) -> bool:
    return bool(re.search(_OF_THE_WORLD, causes(error)))


def diagnose(error: BaseException) -> tuple[str, str] | None:
    """Code and reason where the error is known to be the file's fault."""
    text = causes(error)
    for pattern, code, reason in _OF_THE_FILE:
        if re.search(pattern, text):
            return code, reason
    return None


def suspects(error: BaseException, batch_ids: Iterable[str]) -> set[str]:
    """The files of the run that the error names: Spark often says which one it was reading."""
    return set(_BATCH_ID.findall(causes(error))) & set(batch_ids)
