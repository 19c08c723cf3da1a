"""Whose fault an error is: the file's (it is rejected, the others go on) or the world's (the run fails and is tried again)."""

from __future__ import annotations

import re
from collections.abc import Iterable

from glue_etl.core.errors import FileRejected

# What is wrong with a file, as the readers of its format say it, and how a person would say it. The first match counts.
_OF_THE_FILE = (
    (
        ("is not a Parquet file", "expected magic number at tail"),
        ("not_parquet", "not a Parquet file: footer magic missing"),
    ),
    (
        ("is too small", "too small to be a"),
        ("not_parquet", "not a Parquet file: shorter than its own footer"),
    ),
    (
        (r"PARQUET_TYPE_\w+", "Parquet type not supported", "Illegal Parquet type"),
        (
            "unreadable_column",
            "the Parquet file has a column of a type that Spark can't read (a TIME, say): write it as text or a timestamp",
        ),
    ),
    (
        ("Malformed ORC", "Not a valid ORC", "orc.*(postscript|footer)", "FileFormatException"),
        ("not_orc", "not an ORC file: footer missing or broken"),
    ),
    (
        ("Avro schema cannot be converted to a Spark SQL StructType",),
        ("not_records", "the Avro file holds single values: only records with named fields make rows"),
    ),
    (
        ("recursive reference in Avro schema",),
        ("recursive_schema", "the Avro schema contains itself: rows of a table can't; write the inner records as text"),
    ),
    (
        ("IncompatibleSchemaException",),
        ("unreadable_column", "the Avro file has a column of a type that Spark can't read"),
    ),
    (
        ("Not an? Avro data file", "Not a data file"),
        ("not_avro", "not an Avro file: header magic missing"),
    ),
    (
        ("Invalid sync", "AvroRuntimeException", "AvroTypeException"),
        ("corrupt", "the Avro file is damaged: a block does not end where it should"),
    ),
    (
        ("Unexpected end of (ZLIB )?input stream",),
        ("truncated", "truncated gzip stream: the compressed data ends too early"),
    ),
    (
        (
            "not in GZIP format",
            "header check",
            "unknown compression method",
            "data check",
            "ZipException",
            "invalid (block type|stored block|distance|code|bit|literal)",
            "DataFormatException",
        ),
        ("corrupt", "the gzip stream is damaged"),
    ),
    (
        ("(?i)bzip2", "bad block header", "stream corrupted", "crc error", "unexpected end of stream"),
        ("corrupt", "the bzip2 stream is damaged or cut short"),
    ),
    (
        ("MalformedInputException", "UnmappableCharacterException", "UTFDataFormatException"),
        ("bad_encoding", "the text is not in the encoding that its first bytes show"),
    ),
    (
        (
            "ParquetDecodingException",
            "could not read page",
            "Can not read value",
            "(?i)(de|un)compress",
            "(?i)corrupt",
            "(?i)snappy",
            "(?i)zstd",
            "LZ4",
            "BrotliCodec",
            "expected (data|dictionary) page",
        ),
        ("corrupt", "a page of the file is damaged, or its codec is unknown"),
    ),
    (
        ("TextParsingException", "TextParser", "JsonParseException", "JsonEOFException", "Malformed records"),
        ("corrupt", "the text can't be parsed"),
    ),
    (
        ("FAILED_READ_FILE", "Encountered error while reading file", "EOFException"),
        ("corrupt", "the file can't be read: it is damaged or cut short"),
    ),
)
# The disk, the network, the permissions, the cluster: none of them says anything about the file being read.
_OF_THE_WORLD = "|".join(
    (
        "No space left|Disk quota|OutOfMemory|Input/output error|Permission denied|FileNotFoundException",
        "ConnectException|ConnectionClosed|Connection (refused|reset)|SocketTimeout|UnknownHost|SSLException",
        "Premature end of Content-Length|SdkClientException|AmazonS3Exception|AmazonClientException|AWSS3IOException",
        r"AccessDenied|Access Denied|SlowDown|Status Code: 5\d\d|NoSuchKey|NoSuchBucket",
        "NoClassDefFound|ClassNotFound|DATA_SOURCE_NOT_FOUND|Py4JNetworkError",
        "SparkContext was shut down|cancelled|ExecutorLostFailure|InterruptedException",
    )
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
    for patterns, known in _OF_THE_FILE:
        if any(re.search(pattern, text) for pattern in patterns):
            return known
    return None


def reject_unexplained(error: BaseException) -> FileRejected:
    """An error that nobody has seen before, where other files of its kind went well."""
    return FileRejected("unreadable", f"the file can't be read, though others of its kind can: {last_cause(error)}")


def last_cause(error: BaseException) -> str:
    lines = [line.strip() for line in causes(error).splitlines() if line.strip()]
    return (lines[-1] if lines else type(error).__name__)[:300]


def suspects(error: BaseException, batch_ids: Iterable[str]) -> set[str]:
    """The files of the run that the error names: Spark often says which one it was reading."""
    return set(_BATCH_ID.findall(causes(error))) & set(batch_ids)
