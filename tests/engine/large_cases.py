"""Files too large to keep, made with the fault that each stands for: headers beyond a first look, rare bytes, broken quotes."""

from __future__ import annotations

import bz2
import gzip
import json
import random
from collections.abc import Callable, Iterable, Sequence


def _words(count: int, seed: int) -> list[str]:
    """Words that do not compress: they push what is behind them out of a first look at a compressed file."""
    letters = random.Random(seed)
    return ["".join(letters.choices("abcdefghijklmnopqrstuvwxyz0123456789", k=40)) for _ in range(count)]


def _table(header: Sequence[str], rows: Iterable[Sequence[object]], delimiter: str = ",") -> bytes:
    lines = [header, *(map(str, row) for row in rows)]
    return "".join(delimiter.join(line) + "\n" for line in lines).encode()


def compressed(header: Sequence[str], delimiter: str = ",") -> bytes:
    """3,000 rows of which the bzip2 stream's only block holds the header: nothing of it is seen before the whole is read."""
    values = {"id": range(3000), "amount": range(0, 21000, 7), "price": (f"{n}.25" for n in range(3000))}
    values = {**values, "cost": (f"{n},50" for n in range(3000)), "token": _words(3000, 1)}
    return bz2.compress(_table(header, zip(*(values[name] for name in header), strict=False), delimiter))


def two_arrays() -> bytes:
    first = ",\n".join(json.dumps({"n": n, "t": "x" * 60}) for n in range(1500))
    second = ",".join(json.dumps({"n": n, "t": "z"}) for n in range(10))
    return f"[{first}]\n[{second}]\n".encode()


def array_in_bzip2() -> bytes:
    items = ",\n".join(json.dumps({"id": n, "t": word}) for n, word in enumerate(_words(3000, 2)))
    return bz2.compress(f"[\n{items}\n]\n".encode())


def open_quote() -> bytes:
    """Row 5 of a thousand opens a quote that nothing closes."""
    return _table(("id", "t", "v"), ((n, ('"' if n == 5 else "") + f"text {n}", 2 * n) for n in range(1, 1001)))


def one_latin_line(rows: int, place: int) -> bytes:
    """ASCII but for one line, which is Latin-1."""
    lines = [f"{n},name {n},town {n}\n".encode() for n in range(rows)]
    return (
        b"id,name,town\n"
        + b"".join(lines[:place])
        + "90001,André,Orléans\n".encode("latin-1")
        + b"".join(lines[place:])
    )


def wide(columns: int) -> bytes:
    return _table([f"c{n}" for n in range(columns)], ([row * n % 1000 for n in range(columns)] for row in range(3)))


def long_names(first: int, second: int) -> bytes:
    """600 names of 150 characters, two of them exchanged: the header alone is longer than a first look."""
    names = [
        f"Q{n}. {'How satisfied were you with this part of the service in the last year? ' * 2}({n})"
        for n in range(600)
    ]
    names[0], names[1] = names[first], names[second]
    values = {names[0]: f"of {first}", names[1]: f"of {second}"}
    return _table(names, ([values.get(name, "3") for name in names] for _ in range(3)))


LARGE: dict[str, Callable[[], bytes]] = {
    "01a-header-unseen.csv.bz2": lambda: compressed(("id", "token", "amount")),
    "01b-header-unseen.csv.bz2": lambda: compressed(("amount", "token", "id")),
    "02c-array-then-array.json": two_arrays,
    "03b-unclosed-quote-row-5.csv": open_quote,
    "06-latin1-line-in-the-middle.csv": lambda: one_latin_line(9000, 4500),
    "13-wide-2500.csv": lambda: wide(2500),
    "18-wide-21000.csv": lambda: wide(21000),
    "84-semicolon-large.csv.bz2": lambda: compressed(("id", "token", "cost"), ";"),
    "88-array-large.json.bz2": array_in_bzip2,
    "160-header-a.csv.bz2": lambda: compressed(("id", "price", "amount", "token")),
    "161-header-b.csv.bz2": lambda: compressed(("id", "amount", "price", "token")),
    "162-semicolon-no-commas.csv.bz2": lambda: compressed(("id", "amount", "token"), ";"),
    "164-long-header-a.csv": lambda: long_names(0, 1),
    "165-long-header-b.csv": lambda: long_names(1, 0),
    "166-latin1-late.csv.gz": lambda: gzip.compress(one_latin_line(6000, 5990), mtime=0),
}
