"""How files of JSON end, by their name in tests/cases: why so, and what comes of it (see endings.Ending)."""

from __future__ import annotations

from tests.engine.endings import Ending

JSON: dict[str, tuple[str, Ending]] = {
    "02a-text-after-object.jsonl": (
        "two objects on a line are two rows; text behind an object makes its line bad: nothing vanishes",
        Ending(
            columns=("a: bigint",),
            rows=(("1",), ("2",), ("3",)),
            bad=(
                "3/23 text_after_document: Behind a document stands 'trailing'. | {\"a\":4} trailing",
                "4/40 text_after_document: Behind a document stands ','. | {\"a\":5},",
            ),
        ),
    ),
    "02b-two-pretty-objects.json": (
        "documents one behind the other are rows",
        Ending(columns=("a: bigint", "b: string"), rows=(("1", "x"), ("2", "y"))),
    ),
    "04a-json-digits.jsonl": (
        "each digit is kept",
        Ending(
            columns=("amount: decimal(18,2)", "id: bigint"),
            rows=(("1234567890123456.78", "9007199254740993"), ("0.10", "1")),
        ),
    ),
    "04b-json-long-beside-double.jsonl": (
        "9007199254740993 stays what it is beside a fraction",
        Ending(columns=("x: decimal(17,1)",), rows=(("9007199254740993.0",), ("1.5",))),
    ),
    "05-raw-and-file-columns.jsonl": (
        "the file's own columns are kept under other names, and told",
        Ending(
            columns=("_raw_source: string", "_file_source: string", "host: string"),
            rows=(("GET /a 200", "access.log", "h1"), ("GET /b 404", "access.log", "h2")),
            told=(
                "column '_raw' is called '_raw_source' in the table",
                "column '_file' is called '_file_source' in the table",
            ),
        ),
    ),
    "07-repeated-key.jsonl": (
        "a repeated key makes the line bad, not the file",
        Ending(
            columns=("a: bigint",),
            rows=(("1",), ("4",)),
            bad=('2/8 repeated_key: The key \'a\' stands twice in an object. | {"a":2,"a":3}',),
        ),
    ),
    "11a-bom-array.json": ("a byte order mark before an array", Ending(columns=("a: bigint",), rows=(("1",), ("2",)))),
    "11b-array-with-nulls.json": (
        "what is no object is bad, at its place",
        Ending(
            columns=("a: bigint",),
            rows=(("1",), ("2",)),
            bad=(
                "1/9 not_an_object: A record is an object; here stands 'null'. | null,",
                "1/22 not_an_object: A record is an object; here stands '7'. | 7",
            ),
        ),
    ),
    "54-concatenated-later-lines.jsonl": (
        "several objects on later lines are rows too",
        Ending(
            columns=("id: bigint", "v: string"),
            rows=(("1", "a"), ("2", "b"), ("3", "c"), ("4", "d"), ("5", "e"), ("6", "f")),
        ),
    ),
    "56-big-numbers.jsonl": (
        "all digits of large numbers",
        Ending(
            columns=("u64: decimal(38,0)", "dec: decimal(19,3)", "mix: decimal(17,1)", "huge: string"),
            rows=(
                ("18446744073709551615", "1234567890123456.789", "9007199254740993.0", "1"),
                ("1", "0.100", "0.5", "1234567890123456789012345678901234567890"),
            ),
            told=("Values of several kinds, with an empty key, or too deep or wide, are JSON text: 'huge'.",),
        ),
    ),
    "64-raw-and-file-fields.jsonl": (
        "columns of Splunk's exports are kept under other names",
        Ending(
            columns=("_time_source: string", "host: string", "_raw_source: string", "_file_source: string"),
            rows=(
                ("2024-05-01T10:00:00Z", "web1", "GET /a 200", "/var/log/a.log"),
                ("2024-05-01T10:00:01Z", "web2", "GET /b 500", "/var/log/b.log"),
            ),
            told=(
                "column '_time' is called '_time_source' in the table",
                "column '_raw' is called '_raw_source' in the table",
                "column '_file' is called '_file_source' in the table",
            ),
        ),
    ),
    "66-lone-surrogate.jsonl": (
        "half a surrogate pair is no character: bad, not a question mark",
        Ending(
            columns=("id: bigint", "t: string"),
            rows=(("1", "ok 😀"), ("3", "plain")),
            bad=(
                '2/31 bad_json: A string holds half of a surrogate pair, which is no character. | {"id":2,"t":"cut \\ud83d"}',
            ),
        ),
    ),
    "68-dotted-keys.jsonl": (
        "each key is kept under a name that can be used, and told",
        Ending(
            columns=(
                "user_id: bigint",
                "user: struct<id:bigint>",
                "a b: bigint",
                "column_4: bigint",
                "A B_2: bigint",
                "x: struct<`p.q`:bigint>",
            ),
            rows=(("1", "{'id': 2}", "3", "4", "5", "{'p.q': 6}"), ("7", "{'id': 8}", "9", "10", "11", "{'p.q': 12}")),
            told=(
                "column 'user.id' is called 'user_id' in the table",
                "column '' is called 'column_4' in the table",
                "column 'A B' is called 'A B_2' in the table",
            ),
        ),
    ),
    "76-trailing-garbage.jsonl": (
        "text behind an object makes its line bad",
        Ending(
            columns=("id: bigint", "v: string"),
            rows=(("1", "a"),),
            bad=(
                '2/17 text_after_document: Behind a document stands \', extra\'. | {"id":2,"v":"b"}, extra',
                '3/41 text_after_document: Behind a document stands \']\'. | {"id":3,"v":"c"}]',
                '4/59 text_after_document: Behind a document stands \';\'. | {"id":4,"v":"d"};',
                '5/77 text_after_document: Behind a document stands \'}\'. | {"id":5,"v":"e"}}',
            ),
        ),
    ),
    "80-wrapped-records.json": (
        "one document is one row; it is told how to take its list as records",
        Ending(
            columns=("count: bigint", "items: array<struct<id:bigint,v:double>>"),
            rows=(("2", "[{'id': 1, 'v': 1.1}, {'id': 2, 'v': 2.0}]"),),
            told=(
                "The file is one document, and so one row. It holds a list of 2 objects: to take these as records, state json.records: items in the dataset's contract.",  # noqa: E501
            ),
        ),
    ),
    "170-duplicate-keys-nested.jsonl": (
        "a key repeated in a nested object makes the line bad",
        Ending(
            columns=("id: bigint", "d: struct<dev:string>"),
            rows=(("2", "{'dev': 'sdc'}"),),
            bad=(
                '1/0 repeated_key: The key \'dev\' stands twice in an object. | {"id":1,"d":{"dev":"sda","dev":"sdb"}}',
            ),
        ),
    ),
    "172-bom-one-line-array.json": (
        "an array on one line behind a byte order mark",
        Ending(columns=("id: bigint",), rows=(("1",), ("2",))),
    ),
    "174-json-latin1.jsonl": (
        "JSON in Windows-1252 is read so, and told",
        Ending(
            columns=("id: bigint", "v: string"),
            rows=(("1", "Café"), ("2", "x")),
            told=("The text is not UTF-8; read as Windows-1252.",),
        ),
    ),
    "176-nested-key-with-space.jsonl": (
        "a blank in a nested name",
        Ending(
            columns=("id: bigint", "addr: struct<`zip code`:string,city:string>"),
            rows=(("1", "{'zip code': '02134', 'city': 'Boston'}"), ("2", "{'zip code': '10001', 'city': 'NYC'}")),
        ),
    ),
}
