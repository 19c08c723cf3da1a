"""How files of delimited text end, by their name in tests/cases: why so, and what comes of it (see endings.Ending)."""

from __future__ import annotations

from tests.engine.endings import Ending

# ruff: noqa: RUF001 - the files are in many scripts

TEXT: dict[str, tuple[str, Ending]] = {
    "01c-header-stray-quote.csv": (
        "columns by the file's own header; the quote is part of a name",
        Ending(columns=("id: bigint", '5" pipe: bigint', "price: bigint"), rows=(("1", "2", "3"), ("4", "5", "6"))),
    ),
    "01d-header-stray-quote.csv": (
        "the same names in another order: its own header again",
        Ending(columns=("price: bigint", '5" pipe: bigint', "id: bigint"), rows=(("3", "2", "1"), ("6", "5", "4"))),
    ),
    "02-mixed-eol.csv": (
        "integers: each record's own line end is no part of a value",
        Ending(
            columns=("id: bigint", "city: string", "pop: bigint"),
            rows=(("1", "Oslo", "700"), ("2", "Rome", "2800"), ("3", "Bern", "130"), ("4", "Riga", "600")),
        ),
    ),
    "03a-unclosed-quote.csv": (
        "the line with the open quote is bad, the others publish",
        Ending(
            columns=("a: bigint", "b: string"),
            rows=(("2", "y"), ("3", "z"), ("4", "w")),
            bad=(
                '2/4 unclosed_quote: A quote is opened in this line and not closed where the record should end. | 1,"x',
            ),
        ),
    ),
    "04-sep-hint.csv": (
        "sep= names the delimiter and is no record",
        Ending(
            columns=("id: bigint", "name: string", "amount: string"),
            rows=(("1", "Pump", "2,50"), ("2", "Valve", "7,10"), ("3", "Hose", "3,00")),
            told=("A `sep=` line names the delimiter; it is no record.",),
        ),
    ),
    "08-trailing-delimiter-rows.csv": (
        "an empty cell behind the last of every row is no column",
        Ending(
            columns=("id: bigint", "name: string", "qty: bigint"),
            rows=(("1", "a", "10"), ("2", "b", "20"), ("3", "c", "30")),
            told=("Each row ends with a delimiter too many: the empty cell behind it is no column.",),
        ),
    ),
    "08a-blank-first-line.csv": (
        "a blank line is no header",
        Ending(
            columns=("a: bigint", "b: bigint"),
            rows=(("1", "2"), ("3", "4")),
            told=("1 line before the table is no part of it.",),
        ),
    ),
    "08b-tabs-first-line.tsv": (
        "a line of tabs is no header",
        Ending(
            columns=("a: bigint", "b: bigint", "c: bigint"),
            rows=(("1", "2", "3"),),
            told=("1 line before the table is no part of it.",),
        ),
    ),
    "09a-digits.csv": (
        "1.1 and 1.10 are two texts, leading zeros stay, and so do digits beyond 64 bits",
        Ending(
            columns=("v: string", "code: string", "big: string"),
            rows=(("1.1", "00123", "9007199254740993"), ("1.10", "00007", "12345678901234567890123")),
        ),
    ),
    "09b-fractions.csv": (
        "nanoseconds and an offset stay as text",
        Ending(columns=("t: string",), rows=(("2024-01-31 10:00:00.123456789",), ("2024-01-31T10:00:00+02:00",))),
    ),
    "10-preamble-plain.csv": (
        "lines before the table are counted and told, and leading zeros stay",
        Ending(
            columns=("sku: string", "site: string", "qty: bigint"),
            rows=(("00123", "North", "10"), ("00456", "South", "20"), ("00789", "East", "5")),
            told=("2 lines before the table are no part of it.", "Lines that begin with # are comments."),
        ),
    ),
    "10a-mixed-line-ends.csv": (
        "no value keeps a CR of its line's end",
        Ending(columns=("a: bigint", "b: string"), rows=(("1", "2"), ("3", "x"), ("4", "5"))),
    ),
    "10b-crlf-in-quotes.csv": (
        "a value keeps its CR LF",
        Ending(columns=("a: bigint", "b: string"), rows=(("1", "line one\r\nline two"), ("2", "z"))),
    ),
    "12-date-zero.csv": (
        "days that do not exist keep the column text",
        Ending(
            columns=("d: string", "v: bigint"), rows=(("0000-01-01", "1"), ("2024-02-30", "2"), ("2024-01-31", "3"))
        ),
    ),
    "12-headerless.csv": (
        "no header is made of values",
        Ending(
            columns=("column_1: string", "column_2: string", "column_3: date", "column_4: bigint"),
            rows=(
                ("Ann", "Oslo", "2024-01-02", "17"),
                ("Bob", "Rome", "2024-01-03", "18"),
                ("Cy", "Bern", "2024-01-04", "19"),
            ),
            told=(
                "No row names the columns: they are named by their place (the first row looks like the rows below it).",
            ),
        ),
    ),
    "16-single-column-blank-values.csv": (
        "in a table of one column a blank line is a null",
        Ending(columns=("reading: decimal(18,1)",), rows=(("1.5",), (None,), ("2.5",), (None,), ("3.5",))),
    ),
    "20-decimal-comma-tie.csv": (
        "semicolons, with commas in the amounts",
        Ending(
            columns=("Betrag, EUR: string", "Ort: string"),
            rows=(("12,50", "Bonn"), ("7,25", "Jena"), ("100,00", "Kiel")),
        ),
    ),
    "22-xml-error.csv": (
        "XML is no table, whatever its name",
        Ending(
            told=(
                "unsupported_format: The file is XML, which the pipeline does not read. Export the data as CSV, JSON, Parquet, ORC or Avro and upload that.",  # noqa: E501
            )
        ),
    ),
    "24-control-a-delimiter.csv": (
        "Hive's delimiter",
        Ending(columns=("id: bigint", "name: string", "qty: bigint"), rows=(("1", "a", "10"), ("2", "b", "20"))),
    ),
    "26-whole-line-quoted.csv": (
        "three columns inside lines that are quoted as a whole",
        Ending(
            columns=("id: bigint", "name: string", "qty: bigint"),
            rows=(("1", "pump", "10"), ("2", "valve", "20"), ("3", "big, hose", "30")),
            told=("Each line is quoted as a whole: the records are inside the quotes.",),
        ),
    ),
    "32-shift-jis.csv": (
        "Japanese of Windows, found and told",
        Ending(
            columns=("番号: bigint", "名前: string", "住所: string"),
            rows=(("1", "山田太郎", "東京都"), ("2", "鈴木花子", "大阪府"), ("3", "表計算", "北海道")),
            told=("The text is not UTF-8; read as Shift-JIS.",),
        ),
    ),
    "34-cp1251.csv": (
        "Cyrillic of Windows, found and told",
        Ending(
            columns=("код: bigint", "товар: string", "цена: bigint"),
            rows=(("1", "Насос", "10"), ("2", "Клапан", "20"), ("3", "Шланг", "30")),
            told=("The text is not UTF-8; read as Windows-1251.",),
        ),
    ),
    "36-utf16le-bom.csv": (
        "a value keeps its CR LF in UTF-16 too",
        Ending(
            columns=("id: bigint", "name: string", "note: string"),
            rows=(("1", "Zoë", "two\r\nlines"), ("2", "山田", "plain")),
        ),
    ),
    "38-cp1252-undefined-bytes.csv": (
        "a byte without a meaning makes its line bad, with its bytes",
        Ending(
            columns=("id: bigint", "name: string", "price: string"),
            rows=(("1", "café", "€ 5"), ("3", "plain", "7")),
            bad=(
                "3/25 invalid_bytes: The record has bytes that mean nothing in the file's encoding. | hex 322c6f646481627974652c802036",  # noqa: E501
            ),
            told=("The text is not UTF-8; read as Windows-1252.",),
        ),
    ),
    "40-mixed-encodings.csv": (
        "one Latin-1 line among UTF-8 is bad, with its bytes",
        Ending(
            columns=("id: bigint", "name: string"),
            rows=(("1", "Zoë"), ("2", "Jürgen"), ("4", "Ann")),
            bad=(
                "4/25 invalid_bytes: The record has bytes that mean nothing in the file's encoding. | hex 332c52656ee965",
            ),
            told=("The text is UTF-8 but for 1 byte: the records that hold such bytes are bad.",),
        ),
    ),
    "44-version-numbers.csv": (
        "1.9 beside 1.10 are no numbers",
        Ending(
            columns=("package: string", "release: string", "icd9: string"),
            rows=(
                ("alpha", "1.9", "250.0"),
                ("beta", "1.10", "250.00"),
                ("gamma", "1.1", "250.5"),
                ("delta", "2.0", "401.1"),
            ),
        ),
    ),
    "48-booleans.csv": (
        "true and false in small letters alone are a boolean: each other spelling stays as it is written",
        Ending(
            columns=("a: boolean", "b: string", "c: string", "d: bigint", "e: string"),
            rows=(("True", "TRUE", "Y", "1", "t"), ("False", "FALSE", "N", "0", "f"), ("True", "True", "Y", "1", "t")),
        ),
    ),
    "82-gzip-trailing-zeros.csv.gz": (
        "zeros behind a gzip member are padding",
        Ending(columns=("id: bigint", "v: string"), rows=(("1", "a"), ("2", "b"))),
    ),
    "168-crlf-large.csv": (
        "each value keeps its CR LF",
        Ending(
            columns=("id: bigint", "note: string"),
            rows=(("0", "a0\r\nb"), ("1", "a1\r\nb"), ("2", "a2\r\nb"), ("3", "a3\r\nb"), ("4", "a4\r\nb")),
        ),
    ),
    "180-quoted-empty-vs-absent.csv": (
        "a quoted empty text is none absent",
        Ending(columns=("id: bigint", "v: string"), rows=(("1", ""), ("2", None), ("3", "x"))),
    ),
}
