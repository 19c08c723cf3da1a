"""Files of the same kinds as those in tests/cases, each with what must come of it and why; small enough to stand here."""

from __future__ import annotations

import io
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.engine.endings import ending_of

# name, content; the columns; the rows; the lines and codes of bad records; why
READ: list[tuple[str, bytes, str, str, str, str]] = [
    ("aligned.csv", b"name   age  town\nann     17  oslo\nbob      5  rome\ncy     100  bern\n",
     "name: string, age: bigint, town: string", "ann 17 oslo / bob 5 rome / cy 100 bern", "",
     "a run of blanks is one delimiter"),
    ("markdown.md", b"|a|b|\n|---|:-:|\n|1|x|\n|2|y|\n", "column_1: string, a: bigint, b: string",
     "None 1 x / None 2 y", "", "the rule of a table of Markdown is no row"),
    ("trailing.csv", b"a,b,\n1,2,\n3,4,\n5,6,\n", "a: bigint, b: bigint", "1 2 / 3 4 / 5 6", "",
     "an empty cell behind the last of header and rows is no column"),
    ("backtick.csv", b"a,b\n1,`x y`\n2,`z`\n", "a: bigint, b: string", "1 `x y` / 2 `z`", "",
     "a backtick is no part of a delimiter"),
    ("short.csv", b"id,price\n1,1,50\n2,2,75\n3,3,00\n", "id: string, price: string", "",
     "2 too_many_cells, 3 too_many_cells, 4 too_many_cells", "no value is put under a name that may be another's"),
    ("from_r.csv", b'"mpg","cyl"\n"Mazda",21,6\n"Honda",33,4\n"Fiat",32,4\n',
     "column_1: string, mpg: bigint, cyl: bigint", "Mazda 21 6 / Honda 33 4 / Fiat 32 4", "",
     "texts name the rows, as R writes them"),
    ("nul.csv", b"a,b\n1,x\0y\n2,z\n", "a: bigint, b: string", "1 x\0y / 2 z", "", "one NUL does not make a file binary"),
    ("filled_up.csv", b"a,b\n1,x\n2,z\n" + b"\0" * 6, "a: bigint, b: string", "1 x / 2 z", "4 too_few_cells",
     "zeros behind the text are a bad record, and not the end of the file"),
    ("cut.csv", "id,name\n1,Zoë\n2,Jü".encode()[:-1], "id: bigint, name: string", "1 Zoë", "3 invalid_bytes",
     "a character that is cut off at the end costs its own line"),
    ("greek.csv", "id,όνομα\n1,Γιώργος\n2,Θεσσαλονίκη\n".encode("cp1253"), "id: bigint, όνομα: string",
     "1 Γιώργος / 2 Θεσσαλονίκη", "", "Greek is not read as Cyrillic"),
    ("hebrew.csv", "id,שם\n1,דוד לוי\n2,ירושלים\n3,שרה כהן\n4,תל אביב\n".encode("cp1255"), "id: bigint, שם: string",
     "1 דוד לוי / 2 ירושלים / 3 שרה כהן / 4 תל אביב", "", "Hebrew is not read as Cyrillic"),
    ("dos.csv", "id,имя\n1,Иван Петров\n2,Анна Смирнова\n".encode("cp866"), "id: bigint, имя: string",
     "1 Иван Петров / 2 Анна Смирнова", "", "Cyrillic of DOS"),
    ("wide.csv", "id,имя\n1,Иван\n2,Анна\n".encode("utf-16-le"), "id: bigint, имя: string", "1 Иван / 2 Анна", "",
     "UTF-16 without a mark, of an alphabet that is not Latin"),
    ("empty_key.jsonl", b'{"x":{"":1,"y z":2}}\n', "x: string", '{"":1,"y z":2}', "",
     "no table has a field without a name: the object is kept as text"),
    ("twice.csv", b"a,b\n1,2\n3,4\na,b\n5,6\n", "a: string, b: string", "1 2 / 3 4 / a b / 5 6", "",
     "a header that stands again among the rows still names the columns"),
    ("exponents.csv", b"id,v\n1,1e5\n2,2e6\n", "id: bigint, v: string", "1 1e5 / 2 2e6", "", "written as it is"),
    ("signs.csv", b"id,v\n1,+5\n2,007\n", "id: bigint, v: string", "1 +5 / 2 007", "", "signs and zeros stay"),
    ("sums.csv", b'id,v\n1,"1,234.5"\n2,$5.00\n3,5%\n', "id: bigint, v: string", "1 1,234.5 / 2 $5.00 / 3 5%", "",
     "separators, currencies and percent are no numbers"),
    ("long.csv", b"id,v\n1,0.12345678901234567890\n2,2.5\n", "id: bigint, v: string",
     "1 0.12345678901234567890 / 2 2.5", "", "no digit is lost to a double"),
    ("dates.csv", b"id,d\n1,01/02/2024\n2,31/12/2023\n", "id: bigint, d: string", "1 01/02/2024 / 2 31/12/2023", "",
     "nobody knows which is the month"),
    ("leap.csv", b"id,t\n1,2016-12-31 23:59:60\n2,2017-01-01 00:00:00\n", "id: bigint, t: string",
     "1 2016-12-31 23:59:60 / 2 2017-01-01 00:00:00", "", "a leap second is no timestamp"),
]  # fmt: skip

REFUSED: list[tuple[str, bytes, str, str]] = [
    ("deep.json", b'{"a":' * 2000 + b"1" + b"}" * 2000, "no_columns", "deeper than 200 levels"),
    ("none.json", b"[]", "no_columns", "nothing of it can become a row"),
    ("python.jsonl", b"{'a':1}\n{'a':2}\n", "no_columns", "property name enclosed in double quotes"),
    ("rows.json", b'[["a","b"],[1,2]]', "no_columns", "A record is an object; here stands"),
    (
        "dump.csv",
        b"INSERT INTO t (a,b) VALUES (1,'x');\nINSERT INTO t (a,b) VALUES (2,'y');\n",
        "unsupported_format",
        "SQL",
    ),
    (
        "lfs.csv",
        b"version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 12\n",
        "unsupported_format",
        "Git LFS",
    ),
    ("card.csv", b"BEGIN:VCARD\nVERSION:3.0\nN:Lee;Ann\nEND:VCARD\n", "unsupported_format", "vCard"),
    ("mail.csv", "番号,名前\n1,山田\n2,鈴木\n".encode("iso2022_jp"), "unsupported_encoding", "ISO-2022-JP"),
    ("page.csv", b"<!DOCTYPE html>\n<html><body>Denied</body></html>\n", "unsupported_format", "HTML"),
    ("picture.csv", b"\x89PNG\r\n\x1a\n" + bytes(range(200)), "unsupported_format", "PNG"),
    ("object.json", b"\x16\0\0\0\x02a\0\2\0\0\0b\0\0", "unknown_format", "binary"),
]


@pytest.mark.parametrize("case", READ, ids=[case[0] for case in READ])
def test_a_file_is_read_without_loss(case: tuple[str, bytes, str, str, str, str], tmp_path: Path) -> None:
    name, content, columns, rows, bad, why = case
    found = ending_of(name, content, tmp_path)
    got = " / ".join(" ".join(map(str, row)) for row in found.rows)
    places = ", ".join(f"{one.split('/')[0]} {one.split(':')[0].split()[1]}" for one in found.bad)
    assert (", ".join(found.columns), got, places) == (columns, rows, bad), why


@pytest.mark.parametrize(("name", "content", "code", "reason"), REFUSED, ids=[case[0] for case in REFUSED])
def test_a_file_is_refused_with_its_reason(name: str, content: bytes, code: str, reason: str, tmp_path: Path) -> None:
    (told,) = ending_of(name, content, tmp_path).told
    assert told.startswith(f"{code}: ")
    assert reason in told


def test_dates_before_the_gregorian_calendar_say_which_they_are_in(tmp_path: Path) -> None:
    """Spark refuses to read them from a file that does not."""
    ending_of("old.csv", b"id,d\n1,0001-01-01\n2,1500-02-28\n", tmp_path)
    (path,) = (tmp_path / "rows").iterdir()
    assert pq.read_metadata(path).metadata[b"org.apache.spark.version"].startswith(b"3.")


def test_fields_without_a_name_are_called_by_their_place(tmp_path: Path) -> None:
    written = io.BytesIO()
    pq.write_table(pa.table({"s": pa.array([{"": 1, "`a": 2, "b:c,<": 3}])}), written)
    found = ending_of("s.parquet", written.getvalue(), tmp_path)
    assert found.columns == ("s: struct<field_1:bigint,```a`:bigint,`b:c,<`:bigint>",)
    assert found.rows == (("{'field_1': 1, '`a': 2, 'b:c,<': 3}",),)


def test_thousands_of_renamed_columns_are_told_in_few_sentences(tmp_path: Path) -> None:
    header = ",".join(f"v.{n}" for n in range(600))
    found = ending_of("wide.csv", f"{header}\n{','.join('x' * 600)}\n".encode(), tmp_path)
    assert len(found.columns) == 600
    assert found.told[-1] == "590 more columns have other names in the table than in the file"
    assert sum(" is called " in sentence for sentence in found.told) == 10
