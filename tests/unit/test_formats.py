"""Detection file by file: what each kind of file is taken for, and why some are refused."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile

import fastavro
import pyarrow as pa
import pyarrow.orc
import pyarrow.parquet
import pytest

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


class TestColumnar:
    @pytest.mark.parametrize("name", ["x.parquet", "x", "x.csv", "X.PARQUET", "x.gz.parquet"])
    def test_parquet_whatever_its_name(self, name):
        assert detected(name, parquet()).format == "parquet"

    @pytest.mark.parametrize(("format_", "content"), [("orc", orc()), ("avro", avro()), ("avro", avro(records=0))])
    def test_orc_and_avro(self, format_, content):
        assert detected("x", content).format == detected("x.csv", content).format == format_

    @pytest.mark.parametrize("codec", ["none", "snappy", "gzip", "zstd"])
    def test_parquet_files_of_one_schema_have_one_shape(self, codec):
        more = parquet(pa.table({"id": list(range(5000)), "name": ["x"] * 5000}), compression=codec)
        assert detected("a.parquet", more).shape == detected("b.parquet", parquet()).shape != ""

    def test_files_of_other_schemas_have_other_shapes(self):
        other = pa.table({"id": [1.5], "name": ["a"]})
        assert detected("x", parquet(other)).shape != detected("x", parquet()).shape
        assert detected("x", orc(other)).shape != detected("x", orc()).shape
        assert detected("x", avro("id")).shape != detected("x", avro("no")).shape

    def test_orc_files_of_one_schema_have_one_shape_plain_or_zlib(self):
        more = orc(pa.table({"id": list(range(5000)), "name": ["x"] * 5000}), compression="zlib")
        assert detected("a.orc", more).shape == detected("b.orc", orc(compression="uncompressed")).shape != ""

    def test_avro_files_of_one_schema_have_one_shape(self):
        assert detected("a.avro", avro(records=50)).shape == detected("b.avro", avro(records=1)).shape != ""

    def test_a_footer_larger_than_the_sample_leaves_the_shape_open(self):
        wide = pa.table({f"a_rather_long_column_name_{number}": [1] for number in range(3000)})
        assert detected("x.parquet", parquet(wide)).shape == ""

    @pytest.mark.parametrize(
        ("name", "content", "code"),
        [
            ("x.parquet", parquet()[:-1], "not_parquet"),
            ("x", parquet()[:100], "not_parquet"),
            ("x.parquet", b"PAR1", "not_parquet"),
            ("x.parquet", b"PAR1\xff\xff\xff\x7fPAR1", "not_parquet"),
            ("x.parquet", CSV, "not_parquet"),
            ("x.parquet", b"<html>404</html>", "not_parquet"),
            ("x.parquet.gz", gzipped(CSV), "not_parquet"),
            ("x.orc", orc()[:-1], "not_orc"),
            ("x", orc()[:60], "not_orc"),
            ("x.orc", CSV, "not_orc"),
            ("x.avro", CSV, "not_avro"),
            ("x.avro", avro()[:-1], "truncated_avro"),
            ("x.parquet", parquet()[:-4] + b"PARE", "encrypted"),
            ("x.parquet", b"PARE" + parquet()[4:-4] + b"PARE", "encrypted"),
            ("x.parquet.gz", gzipped(parquet()), "compressed_container"),
            ("x.gz", gzipped(orc()), "compressed_container"),
            ("x.avro.bz2", bz2.compress(avro()), "compressed_container"),
        ],
    )
    def test_damage_is_refused(self, name, content, code):
        assert refusal(name, content).code == code

    @pytest.mark.parametrize("header", [b"PAR1,PAR2", b"ORCID,name", b"PARENT,child", b"MZ,BM"])
    def test_a_table_may_start_with_the_letters_of_a_magic(self, header):
        assert detected("x.csv", header + b"\n1,2\n").columns == tuple(header.decode().split(","))

    def test_a_table_may_end_with_the_letters_of_a_magic(self):
        assert detected("x.csv", b"a,b\n1,PARE").format == "csv"


def test_the_reason_says_what_is_missing():
    assert refusal("x.parquet", parquet()[:-1]).reason.startswith("Not a Parquet file: footer magic missing;")


class TestForeign:
    @pytest.mark.parametrize(
        ("content", "code", "word"),
        [
            (b"", "empty_file", "empty"),
            (b"\xef\xbb\xbf", "empty_file", "empty"),
            (b" \r\n\n", "empty_file", "empty"),
            (gzipped(b""), "empty_file", "empty"),
            (bz2.compress(b""), "empty_file", "empty"),
            (b"\x04\x22\x4d\x18\x64", "unsupported_compression", "lz4"),
            (b"7z\xbc\xaf\x27\x1c\x00", "archive", "7z"),
            (b"%PDF-1.7\n", "unsupported_format", "PDF"),
            (b"-----BEGIN PGP MESSAGE-----\n\nhQ", "encrypted", "PGP"),
            (b"\x8c\x0d\x04\x09\x03\x02", "encrypted", "passphrase"),
            (b"SQLite format 3\x00", "unsupported_format", "SQLite"),
            (bytes(range(256)), "unknown_format", "binary"),
            (gzipped(gzipped(CSV)), "compressed_twice", "twice"),
            (gzipped(CSV)[:-1], "truncated_compression", "cut off"),
            (bz2.compress(CSV)[:-1], "truncated_compression", "cut off"),
            (gzipped(CSV)[:-8] + bytes(8), "corrupt_compression", "decompressed"),
        ],
    )
    def test_is_named_whatever_its_extension(self, content, code, word):
        for name in ("x.csv", "x.json", "x"):
            found = refusal(name, content)
            assert found.code == code
            assert word in found.reason

    def test_a_zip_and_a_spreadsheet_are_told_apart(self):
        assert refusal("x.zip", zipped("sales.csv")).code == "archive"
        assert detected("sales.csv.zip", zipped("sales.csv")).compression == "zip"
        assert refusal("x.csv", zipped("[Content_Types].xml", "xl/workbook.xml")).code == "spreadsheet"

    def test_text_in_any_utf_and_with_control_characters_between_values_is_text(self):
        for encoding in ("utf-16-le", "utf-16-be", "utf-32"):
            assert detected("x.csv", CSV.decode().encode(encoding)).format == "csv"
        assert detected("x.csv", CSV.replace(b",", b"\x01")).format == "csv"

    @pytest.mark.parametrize("content", [lzma.compress(CSV), b"\x28\xb5\x2f\xfd\x04", b"\xff\x06\x00\x00sNaPpY"])
    def test_what_only_the_job_unpacks_is_called_by_its_name(self, content):
        assert detected("x.csv", content).format == detected("x.csv.xz", content).format == "csv"
        assert detected("x.jsonl.zst", content).format == "json"
        assert refusal("x", content).code == "unknown_format"

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
        ],
    )
    def test_prose_without_a_telling_name(self, content):
        assert refusal("x", content).code == "unknown_format"
        assert refusal("notes.txt", content).code == "unknown_format"


def zipped(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, "a,b\n")
    return out.getvalue()


class TestCsv:
    @pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
    @pytest.mark.parametrize("name", ["x.csv", "x.txt", "x", "X.CSV", "x.tsv", "x.2024"])
    def test_any_delimiter_under_any_name(self, name, delimiter):
        content = CSV.decode().replace(",", delimiter).encode()
        found = detected(name, content)
        assert (found.format, found.delimiter, found.columns) == ("csv", delimiter, ("id", "name"))

    def test_decimal_commas_do_not_win_over_semicolons(self):
        assert detected("x.csv", b"id;amount\n1;3,50\n2;4,25\n").delimiter == ";"
        assert detected("x.csv", b"id;net, gross;tax\n1;3,50;2\n2;4,25;2\n").delimiter == ";"

    def test_delimiters_inside_quotes_do_not_count(self):
        assert detected("x.csv", b'"a";"b,c"\n').delimiter == ";"
        assert detected("x.csv", b'"a;b","c;d;e"\n"1;1","2;2;2"\n').columns == ("a;b", "c;d;e")

    def test_a_header_may_hold_line_breaks(self):
        assert detected("x.csv", b'"first\nname",b\r\n1,2\r\n').columns == ("first\nname", "b")

    @pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
    def test_any_line_ending(self, ending):
        assert detected("x.csv", CSV.decode().replace("\n", ending).encode()).columns == ("id", "name")

    def test_leading_blank_lines_are_not_the_header(self):
        assert detected("x.csv", b"\n  \nid,name\n1,a\n").columns == ("id", "name")

    def test_nothing_but_line_breaks_is_judged_by_a_few_of_them(self):
        found = detect("x.csv", 1 << 30, b"id,name\n" + b"\n" * SAMPLE_BYTES, b"\n" * SAMPLE_BYTES)
        assert found.columns == ("id", "name")
        assert detect("x.csv", 1 << 30, b"\n" * SAMPLE_BYTES, b"1,2\n").columns == ()

    def test_one_column(self):
        found = detected("x.csv", b"name\nAda Lovelace\nGrace Hopper\n")
        assert (found.columns, found.delimiter) == (("name",), ",")
        assert detected("x.tsv", b"name\nAda, the first\n").delimiter == "\t"

    def test_header_alone(self):
        assert detected("x.csv", b"id|name").columns == ("id", "name")

    def test_ragged_rows_do_not_hide_the_delimiter(self):
        rows = b"1,a\n" * 20 + b"2\n3,b,c\n"
        assert detected("x.csv", b"id,name\n" + rows).delimiter == ","

    @pytest.mark.parametrize("first", ["[id]", "{id}", '{"a": 1}'])
    def test_a_first_cell_in_brackets_is_no_json(self, first):
        assert detected("x.csv", f"{first},b\n1,2\n".encode()).format == "csv"

    def test_a_header_longer_than_the_sample_has_no_columns_and_no_shape(self):
        names = ";".join(f"column_{number}" for number in range(10_000))
        for header in (names, '"' + names.replace(";", '";"') + '"'):
            found = detected("x.csv", f"{header}\n1;2\n".encode())
            assert (found.columns, found.shape, found.delimiter) == ((), "", ";")

    def test_a_stray_quote_in_the_header_leaves_the_names_to_the_reader(self):
        found = detected("x.csv", b'a;"b"x;c\n1;2;3\n')
        assert (found.delimiter, found.columns, found.shape) == (";", (), "")

    @pytest.mark.parametrize(
        ("codec", "encoding"),
        [
            ("utf-8", "UTF-8"),
            ("utf-8-sig", "UTF-8"),
            ("utf-16", "UTF-16"),
            ("cp1252", "windows-1252"),
            ("latin-1", "windows-1252"),
        ],
    )
    def test_encodings(self, codec, encoding):
        found = detected("x.csv", "Straße;Größe\nä;ö\n".encode(codec))
        assert (found.encoding, found.columns, found.delimiter) == (encoding, ("Straße", "Größe"), ";")

    def test_utf_16_in_either_byte_order(self):
        for mark, codec in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
            assert detected("x.csv", mark + CSV.decode().encode(codec)).columns == ("id", "name")

    @pytest.mark.parametrize("cut", range(4))
    def test_a_character_cut_by_the_end_of_the_sample_is_still_utf_8(self, cut):
        content = b"a,b\n" + b"x" * cut + "€".encode() * 60_000 + b",1\n"
        assert detected("x.csv", content).encoding == "UTF-8"

    def test_an_accent_behind_the_sample_tells_the_encoding(self):
        content = b"id,name\n" + b"1,plain\n" * 20_000 + "2,Zoë\n".encode("cp1252")
        assert detected("x.csv", content).encoding == "windows-1252"

    def test_one_damaged_byte_does_not_change_the_encoding(self):
        assert detected("x.csv", "a,b\nä,ö\nü,".encode() + b"\xff\n").encoding == "UTF-8"

    def test_shape_is_that_of_header_delimiter_and_encoding(self):
        same = detected("x.csv", CSV).shape
        assert same == detected("y.txt", b"id,name\n9,z\n8,y\n").shape != ""
        others = [b"id;name\n1;2\n", b"id,names\n1,2\n", b"name,id\n1,2\n", "id,name\n1,ä\n".encode("cp1252")]
        assert len({same, *(detected("x.csv", other).shape for other in others)}) == 5


class TestJson:
    @pytest.mark.parametrize(
        ("content", "layout"),
        [
            (b'{"a": 1}\n{"a": 2}\n', "lines"),
            (b'\n\n{"a": 1}\r\n\r\n{"a": 2}', "lines"),
            (b'{"a": 1}', "lines"),
            (b'\xef\xbb\xbf{"a": 1}', "lines"),
            (b'{"a": 1,\n "b": 2}', "document"),
            (b"{\n}", "document"),
            (b'[{"a": 1}, {"a": 2}]', "document"),
            (b'[\n{"a": 1},\n{"a": 2}\n]\n', "document"),
            (b"[]", "document"),
            ('[{"a": 1}]\n'.encode("utf-16"), "document"),
        ],
    )
    @pytest.mark.parametrize("name", ["x.json", "x.jsonl", "x", "x.txt", "x.NDJSON"])
    def test_layouts(self, name, content, layout):
        found = detected(name, content)
        assert (found.format, found.json_layout) == ("json", layout)

    def test_a_document_longer_than_the_sample(self):
        array = b"[" + b'{"a": "xxxxxxxx"},' * 10_000 + b'{"a": "y"}]'
        pretty = b'{\n"rows": [' + b'{"a": "xxxxxxxx"},\n' * 10_000 + b"1]}"
        line = b'{"rows": [' + b'{"a": "xxxxxxxx"},' * 10_000 + b"1]}\n"
        for name in ("x.json", "x"):
            assert detected(name, array).json_layout == detected(name, pretty).json_layout == "document"
            assert detected(name, line).json_layout == "lines"

    def test_one_damaged_line_does_not_make_a_document_of_lines(self):
        assert detected("x.json", b'{"a": oops\n{"a": 2}\n').json_layout == "lines"

    def test_shape_is_that_of_the_first_record(self):
        shape = detected("x.json", b'{"a": 1, "b": "x"}\n{"c": 1}\n').shape
        assert shape == detected("y.json", b'{"b": "y", "a": 2.5}').shape != ""
        assert shape != detected("x.json", b'{"a": 1, "b": true}').shape
        assert detected("x.json", b'[{"a": 1}]').shape == detected("x.json", b'[{"a": 2},\n{"b": 1}]').shape != ""
        assert detected("x.json", b'{"a": 1}').shape != detected("x.json", b'[{"a": 1}]').shape
        assert detected("x.json", b'{"a": oops').shape == detected("x.json", b"[1]").shape == ""

    @pytest.mark.parametrize(
        ("content", "code"),
        [
            (CSV, "not_json"),
            (b"<html>", "not_json"),
            (b'"text"', "not_json"),
        ],
    )
    def test_what_begins_with_neither_object_nor_array_is_refused(self, content, code):
        assert refusal("x.json", content).code == code

    @pytest.mark.parametrize(
        ("content", "layout"),
        [
            (b'{"a": 1}{"a": 2}', "lines"),
            (b'{\n"a": 1}\n{\n"a": 2}', "document"),
            ('{"a": 1}\n{"a": 2}\n'.encode("utf-16"), "lines"),
            (b"[1, 2]\n[3, 4]\n", "document"),
            (b'[{"a": 1}, {"a": ', "document"),
            (b'{"a": 1} trailing', "lines"),
        ],
    )
    def test_what_only_the_job_can_judge_record_by_record_passes(self, content, layout):
        assert detected("x.json", content).json_layout == layout

    def test_a_raw_delete_character_is_text(self):
        assert detected("x.json", b'{"\x7f": null}').json_layout == "lines"

    def test_deep_nesting_is_no_crash(self):
        assert detected("x.json", b"[" * 30_000 + b"]" * 30_000).shape == ""


class TestCompression:
    @pytest.mark.parametrize(("pack", "compression"), [(gzipped, "gzip"), (bz2.compress, "bzip2")])
    @pytest.mark.parametrize("name", ["x.csv", "x.csv.gz", "x.CSV.BZ2", "x.gz", "x"])
    def test_the_inside_is_detected_whatever_the_name(self, name, pack, compression):
        found = detected(name, pack(CSV))
        assert (found.format, found.compression, found.columns) == ("csv", compression, ("id", "name"))

    def test_a_name_that_promises_compression_the_content_does_not_have(self):
        assert detected("x.csv.gz", CSV).compression == "none"

    def test_several_streams_in_a_row_and_trailing_zeros(self):
        content = gzipped(b"id,na") + gzipped(b"me\n1,a\n") + b"\0" * 512
        assert detected("x.csv.gz", content).columns == ("id", "name")

    def test_a_file_larger_than_the_sample(self):
        rows = "".join(f"{number * 7919 % 100_003},{number**3 % 99_991}\n" for number in range(60_000))
        content = gzipped(b"id,name\n" + rows.encode())
        assert len(content) > SAMPLE_BYTES
        assert detected("x.csv.gz", content).columns == ("id", "name")

    def test_a_bomb_is_opened_only_a_little(self):
        found = detected("x.csv.gz", gzipped(b"id,name\n" + b"0" * 50_000_000))
        assert (found.columns, found.compression) == (("id", "name"), "gzip")

    def test_a_bzip2_block_larger_than_the_sample_is_known_by_its_name_only(self):
        rows = "".join(f"{number * 7919 % 100_003};{number**3 % 99_991}\n" for number in range(60_000))
        content = bz2.compress(rows.encode())
        assert len(content) > SAMPLE_BYTES
        found = detected("x.csv.bz2", content)
        assert (found.format, found.compression, found.columns, found.shape) == ("csv", "bzip2", (), "")
        assert detected("x.jsonl.bz2", content).json_layout == "lines"
        assert refusal("x.bz2", content).code == "unknown_format"


def test_every_code_that_is_raised_is_documented():
    assert all(meaning.endswith(".") for meaning in REJECTIONS.values())
