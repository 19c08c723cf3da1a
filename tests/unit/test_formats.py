"""Detection file by file: what each kind of file is taken for, what is left to the job, and why some are refused."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import tracemalloc
import zipfile

import cramjam
import fastavro
import pyarrow as pa
import pyarrow.orc
import pyarrow.parquet
import pytest
import zstandard

from glue_etl.core.errors import FileRejected
from glue_etl.core.files.model import Detection
from glue_etl.core.formats import REJECTIONS, SAMPLE_BYTES, detect


def detected(name: str, content: bytes) -> Detection:
    return detect(name, len(content), content[:SAMPLE_BYTES], content[-SAMPLE_BYTES:])


def refusal(name: str, content: bytes) -> FileRejected:
    with pytest.raises(FileRejected) as caught:
        detected(name, content)
    assert caught.value.code in REJECTIONS
    return caught.value


def gzipped(content: bytes) -> bytes:
    """Without the time: the bytes are part of tests' names, and two workers have to find the same ones."""
    return gzip.compress(content, mtime=0)


def parquet(table: pa.Table | None = None, **options) -> bytes:
    out = io.BytesIO()
    pa.parquet.write_table(table if table is not None else pa.table({"id": [1, 2], "name": ["a", "b"]}), out, **options)
    return out.getvalue()


def orc(table: pa.Table | None = None, **options) -> bytes:
    out = io.BytesIO()
    pa.orc.write_table(table if table is not None else pa.table({"id": [1, 2], "name": ["a", "b"]}), out, **options)
    return out.getvalue()


def avro(field: str = "id", records: int = 2) -> bytes:
    out = io.BytesIO()
    schema = {"type": "record", "name": "r", "fields": [{"name": field, "type": "long"}]}
    fastavro.writer(out, schema, [{field: number} for number in range(records)])
    return out.getvalue()


CSV = b"id,name\n1,a\n2,b\n"
NOISE = "".join(f"{number * 7919 % 100_003};{number**3 % 99_991}\n" for number in range(60_000)).encode()


def zipped(*names: str, content: bytes = CSV) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, content)
    return out.getvalue()


class TestColumnar:
    @pytest.mark.parametrize("name", ["x.parquet", "x", "x.csv", "X.PARQUET", "x.gz.parquet"])
    def test_parquet_whatever_its_name(self, name):
        assert detected(name, parquet()) == Detection("parquet")

    @pytest.mark.parametrize("codec", ["none", "snappy", "gzip", "zstd"])
    def test_parquet_of_any_codec_inside(self, codec):
        assert detected("x", parquet(pa.table({"id": list(range(5000))}), compression=codec)) == Detection("parquet")

    @pytest.mark.parametrize(("format_", "content"), [("orc", orc()), ("avro", avro()), ("avro", avro(records=0))])
    def test_orc_and_avro(self, format_, content):
        assert detected("x", content).format == detected("x.csv", content).format == format_

    def test_avro_of_a_long_schema_under_a_name_of_text(self):
        content = avro("an_unusually_long_name_" * 40)
        assert b"\0" not in content[:512]
        assert detected("x.csv", content) == detected("x.json", content) == Detection("avro")

    @pytest.mark.parametrize(
        ("name", "content", "code"),
        [
            ("x.parquet", parquet()[:-1], "not_parquet"),
            ("x", parquet()[:100], "not_parquet"),
            ("x.parquet", b"PAR1", "not_parquet"),
            ("x.parquet", CSV, "not_parquet"),
            ("x.parquet", b"<html>404</html>", "not_parquet"),
            ("x.parquet.gz", gzipped(CSV), "not_parquet"),
            ("x.orc", orc()[:-1], "not_orc"),
            ("x", orc()[:60], "not_orc"),
            ("x.orc", CSV, "not_orc"),
            ("x.avro", CSV, "not_avro"),
            ("x.parquet", parquet()[:-4] + b"PARE", "encrypted"),
            ("x.parquet", b"PARE" + parquet()[4:-4] + b"PARE", "encrypted"),
            ("x.parquet.gz", gzipped(parquet()), "compressed_container"),
            ("x.gz", gzipped(orc()), "compressed_container"),
            ("x.avro.bz2", bz2.compress(avro()), "compressed_container"),
        ],
    )
    def test_damage_is_refused(self, name, content, code):
        assert refusal(name, content).code == code

    @pytest.mark.parametrize("name", ["x.csv", "x.txt", "x"])
    @pytest.mark.parametrize("header", [b"PAR1,PAR2", b"ORCID,name", b"PARENT,child", b"MZ,BM"])
    def test_a_table_may_start_with_the_letters_of_a_magic(self, name, header):
        assert detected(name, header + b"\n1,2\n").format == "csv"

    def test_a_table_may_end_with_the_letters_of_a_magic(self):
        assert detected("x.csv", b"a,b\n1,PARE").format == "csv"

    def test_a_table_may_hold_the_letters_of_a_magic_where_another_format_has_them(self):
        assert detected("x.csv", b"id,name\nDUCK,1\n").format == "csv"


def test_the_reason_says_what_is_missing():
    assert refusal("x.parquet", parquet()[:-1]).reason.startswith("Not Parquet: its footer is missing;")


class TestForeign:
    @pytest.mark.parametrize(
        ("content", "code", "word"),
        [
            (b"", "empty_file", "empty"),
            (b"\xef\xbb\xbf", "empty_file", "blank"),
            (b" \r\n\n", "empty_file", "blank"),
            (gzipped(b""), "empty_file", "empty"),
            (bz2.compress(b""), "empty_file", "empty"),
            (gzipped(b"\n"), "empty_file", "blank"),
            (b"\x04\x22\x4d\x18\x64", "unsupported_compression", "lz4"),
            (b"7z\xbc\xaf\x27\x1c\x00", "archive", "7z"),
            (b"PK\x05\x06" + bytes(18), "archive", "empty zip"),
            (b"%PDF-1.7\n", "unsupported_format", "PDF"),
            (b"-----BEGIN PGP MESSAGE-----\n\nhQ", "encrypted", "PGP"),
            (b"\x8c\x0d\x04\x09\x03\x02", "encrypted", "passphrase"),
            (b"SQLite format 3\x00", "unsupported_format", "SQLite"),
            (b"\x00" * 8 + b"DUCK" + b"\x00" * 8, "unsupported_format", "DuckDB"),
            (bytes(range(256)), "unknown_format", "binary"),
            (gzipped(gzipped(CSV)), "compressed_twice", "twice"),
            (bz2.compress(lzma.compress(CSV)), "compressed_twice", "xz inside bzip2"),
            (gzipped(CSV)[:-1], "truncated_compression", "cut off"),
            (bz2.compress(CSV)[:-1], "truncated_compression", "cut off"),
            (gzipped(CSV)[:-8] + bytes(8), "corrupt_compression", "decompressed"),
            (b"<!DOCTYPE html><p>404</p>", "unsupported_format", "HTML"),
            (b"<?xml version='1.0'?><a>1,2</a>\n", "unsupported_format", "XML"),
        ],
    )
    def test_is_named_whatever_its_extension(self, content, code, word):
        for name in ("x.csv", "x.json", "x"):
            found = refusal(name, content)
            assert found.code == code
            assert word in found.reason

    def test_a_zip_of_many_files_and_a_spreadsheet_are_told_apart(self):
        assert refusal("x.zip", zipped("sales.csv", "more.csv")).code == "archive"
        assert refusal("x.csv", zipped("[Content_Types].xml", "xl/workbook.xml")).code == "spreadsheet"
        assert refusal("x.ods", zipped("mimetype", "content.xml")).code == "spreadsheet"

    def test_a_zip_is_known_by_the_list_at_its_end_alone(self):
        content = zipped("a.csv", "b.csv", content=NOISE)
        assert len(content) > 2 * SAMPLE_BYTES
        assert refusal("x.csv", content).code == "archive"

    def test_a_tar_also_inside_gzip(self):
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w") as archive:
            archive.addfile(tarfile.TarInfo("sales.csv"))
        assert refusal("x.tar", out.getvalue()).code == "archive"
        assert refusal("x.csv.gz", gzipped(out.getvalue())).code == "archive"

    @pytest.mark.parametrize("content", [b"<?xml version='1.0'?><a/>", b"\n<!DOCTYPE html><p>", b"<rows><row>1</row>"])
    def test_markup_without_a_telling_name(self, content):
        assert refusal("x.txt", content).code == "unsupported_format"
        assert refusal("x", content).code == "unsupported_format"

    @pytest.mark.parametrize(
        "content",
        [
            b"Dear reader,\nthis is a letter. It has commas, some of them, here.\nBye\n",
            b"import os\n\nprint(os.getcwd(), 1, 2)\n",
            b"[section]\nkey = value\n",
            b"<code_set_name> IBM437\n<comment_char> %\n",
            b"[1] first note\n[2] second note\n",
            b"hello",
            b"John Smith\nJane Doe\nAnn Lee\nTom Ray\n",
            b"1 apple\n2 pears, ripe\n3 plums\n",
            b"10 20\n30 40\n",
        ],
    )
    def test_prose_without_a_telling_name(self, content):
        assert refusal("x", content).code == "unknown_format"
        assert refusal("notes.txt", content).code == "unknown_format"


class TestCsv:
    @pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "\x01"])
    @pytest.mark.parametrize("name", ["x.csv", "x.txt", "x", "X.CSV", "x.tsv", "x.2024", "000000_0"])
    def test_any_delimiter_under_any_name(self, name, delimiter):
        assert detected(name, CSV.decode().replace(",", delimiter).encode()) == Detection("csv")

    @pytest.mark.parametrize(
        "content",
        [
            b"year price index\n1951 26.56 0.7\n1952 27.3 0.71\n",
            b"1700   5\n1701  11\n1702  16\n",
            b" 2 6 1\n 3 6 0\n 4 5 1",
        ],
    )
    def test_columns_of_numbers_between_blanks(self, content):
        assert detected("x.dat", content) == Detection("csv")

    @pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
    def test_any_line_ending(self, ending):
        assert detected("x", CSV.decode().replace("\n", ending).encode()).format == "csv"

    @pytest.mark.parametrize(
        "codec", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "cp932", "cp1251"]
    )
    def test_any_encoding(self, codec):
        content = "id;größe;Ω\n1;2;3\n4;5;6\n".encode(codec, "replace")
        assert detected("x.csv", content).format == detected("x", content).format == "csv"

    def test_a_quoted_line_break_is_no_end_of_a_record(self):
        assert detected("x", b'"first\nname",b\r\n1,2\r\n').format == "csv"

    def test_leading_blank_lines_are_no_records(self):
        assert detected("x", b"\n  \nid,name\n1,a\n").format == "csv"

    def test_nothing_but_line_breaks_is_judged_by_a_few_of_them(self):
        assert detect("x", 1 << 30, b"id,name\n1,2\n" + b"\n" * SAMPLE_BYTES, b"\n" * SAMPLE_BYTES).format == "csv"
        assert detect("x.csv", 1 << 30, b"\n" * SAMPLE_BYTES, b"1,2\n").format == "csv"

    def test_a_record_that_the_sample_cuts_off_does_not_count(self):
        row = b"a,b,c\n"
        content = row * 3 + b"x," * SAMPLE_BYTES
        assert detect("x", len(content), content[: len(row) * 2 + 1], b"").format == "csv"

    def test_a_tenth_of_the_records_may_be_ragged(self):
        rows = b"1,a\n" * 20
        assert detected("x", b"id,name\n" + rows + b"2\n3,b,c\n").format == "csv"
        assert refusal("x", b"id,name\n" + rows + b"2\n" * 5).code == "unknown_format"

    @pytest.mark.parametrize("content", [b"name\nAda Lovelace\nGrace Hopper\n", b"id|name", b'a;"b"x;c\n1;2;3\n'])
    def test_a_name_that_says_csv_needs_no_table_beyond_doubt(self, content):
        assert detected("x.csv", content).format == "csv"
        assert refusal("x", content).code == "unknown_format"

    @pytest.mark.parametrize("first", ["[id]", "{id}", '{"a": 1}'])
    def test_a_first_cell_in_brackets_is_no_json(self, first):
        assert detected("x.csv", f"{first},b\n1,2\n".encode()).format == "csv"

    def test_a_header_longer_than_the_sample(self):
        names = ";".join(f"column_{number}" for number in range(10_000))
        for header in (names, '"' + names.replace(";", '";"') + '"'):
            assert detected("x.csv", f"{header}\n1;2\n".encode()).format == "csv"


class TestJson:
    @pytest.mark.parametrize(
        "content",
        [
            b'{"a": 1}\n{"a": 2}\n',
            b'\n\n{"a": 1}\r\n\r\n{"a": 2}',
            b'{"a": 1}',
            b'\xef\xbb\xbf{"a": 1}',
            b'{"a": 1,\n "b": 2}',
            b'[{"a": 1}, {"a": 2}]',
            b'[\n{"a": 1},\n{"a": 2}\n]\n',
            '[{"a": 1}]\n'.encode("utf-16"),
            b'{"a": 1}{"a": 2}',
            b'{\n"a": 1}\n{\n"a": 2}',
            '{"a": 1}\n{"a": 2}\n'.encode("utf-16"),
            b'\xef\xbb\xbf[{"a": 1}, {"a": 2}]',
            b'[null, 7, {"a": 1}]',
        ],
    )
    @pytest.mark.parametrize("name", ["x.json", "x.jsonl", "x", "x.txt", "x.NDJSON", "x.csv"])
    def test_any_layout_under_any_name(self, name, content):
        assert detected(name, content) == Detection("json")

    def test_a_document_longer_than_the_sample(self):
        array = b"[" + b'{"a": "xxxxxxxx"},' * 10_000 + b'{"a": "y"}]'
        pretty = b'{\n"rows": [' + b'{"a": "xxxxxxxx"},\n' * 10_000 + b"1]}"
        line = b'{"rows": [' + b'{"a": "xxxxxxxx"},' * 10_000 + b"1]}\n"
        for name in ("x.json", "x"):
            assert {detected(name, content).format for content in (array, pretty, line)} == {"json"}

    @pytest.mark.parametrize(
        "content", [b"{\n}", b"[]", b'{"a": oops\n{"a": 2}\n', b'[{"a": 1}, {"a": ', b"[1, 2]\n[3, 4]\n", CSV]
    )
    def test_a_name_that_says_json_is_believed_and_the_job_finds_the_rest(self, content):
        assert detected("x.json", content) == Detection("json")

    def test_a_raw_delete_character_is_text(self):
        assert detected("x.json", b'{"\x7f": null}').format == "json"

    def test_deep_nesting_is_no_crash(self):
        assert detected("x.json", b"[" * 30_000 + b"]" * 30_000).format == "json"


class TestContainers:
    @pytest.mark.parametrize(("pack", "container"), [(gzipped, "gzip"), (bz2.compress, "bzip2")])
    @pytest.mark.parametrize("name", ["x.csv", "x.csv.gz", "x.CSV.BZ2", "x.gz", "x"])
    def test_the_inside_is_detected_whatever_the_name(self, name, pack, container):
        assert detected(name, pack(CSV)) == Detection("csv", container)
        assert detected(name, pack(b'{"a": 1}\n')) == Detection("json", container)

    @pytest.mark.parametrize(
        ("content", "container"),
        [
            (zstandard.compress(CSV), "zstd"),
            (lzma.compress(CSV), "xz"),
            (cramjam.snappy.compress(CSV), "snappy"),
            (zipped("sales.csv"), "zip"),
            (bz2.compress(NOISE), "bzip2"),
        ],
        ids=lambda value: value if isinstance(value, str) else "",
    )
    def test_what_cannot_be_seen_is_what_its_name_says_or_left_to_the_job(self, content, container):
        content = bytes(content)
        assert detected(f"x.csv.{container}", content).compression == container
        assert detected("x.tsv", content) == Detection("csv", container)
        assert detected("x.jsonl.zst", content) == Detection("json", container)
        assert {detected(name, content).format for name in ("x", "x.zip", "x.dat.bz2", "x.parquet", "x.orc.xz")} == {""}

    def test_a_name_that_promises_compression_the_content_does_not_have(self):
        assert detected("x.csv.gz", CSV) == Detection("csv")

    def test_several_streams_in_a_row_and_trailing_zeros(self):
        content = gzipped(b"id,na") + gzipped(b"me\n1,a\n") + b"\0" * 512
        assert detected("x.gz", content) == Detection("csv", "gzip")

    def test_a_file_larger_than_the_sample(self):
        content = gzipped(NOISE)
        assert len(content) > SAMPLE_BYTES
        assert detected("x.gz", content) == Detection("csv", "gzip")

    def test_a_bomb_is_opened_only_a_little(self):
        bomb = gzipped(b"id,name\n" + b"0" * 50_000_000)
        tracemalloc.start()
        try:
            assert detected("x.csv.gz", bomb) == Detection("csv", "gzip")
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert peak < 2_000_000
