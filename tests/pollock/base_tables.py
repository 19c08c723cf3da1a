"""The tables that are polluted: made of lists and arithmetic, the same on each machine. First row: names."""

from __future__ import annotations

from datetime import date, timedelta

Table = list[list[str]]

_PEOPLE = (
    "Ada Lovelace",
    "O'Brien, Pat",
    "Grace Hopper",
    "Zoë Müller",
    "Jean-Luc Dupont",
    "Kim, Min-ji",
    "Søren Å.",
    "Li Wei",
)
_CITIES = ("Oslo", "San José", "Köln", "New York", "St. Gallen", "Rio de Janeiro", "Århus")
_TEXTS = (
    "arrived on time",
    'said "fine", then left',
    "two boxes, one damaged",
    "see the note below\nand call back",
    "",
    "5 km north; turn left",
    "paid in cash",
    'the 3.5" disk',
)
_FIRST_DAY = date(2023, 1, 30)


def orders(rows: int = 40) -> Table:
    """Ids, days, people, texts with commas, quotes and line breaks, amounts."""
    table = [["order_id", "day", "time", "customer", "note", "quantity", "amount", "paid"]]
    for row in range(rows):
        day = _FIRST_DAY + timedelta(days=3 * row)
        clock = f"{(7 + row) % 24:02}:{(row * 7) % 60:02}"
        amount = f"{(row * 7919) % 100_000 / 100:.2f}"
        paid = "true" if row % 3 else "false"
        person, text = _PEOPLE[row % len(_PEOPLE)], _TEXTS[row % len(_TEXTS)]
        table.append([str(1000 + row), day.isoformat(), clock, person, text, str(row % 9 + 1), amount, paid])
    return table


def sensors(rows: int = 60) -> Table:
    """Numbers only, with a time."""
    table = [["station", "measured_at", "temp_c", "humidity", "wind", "status"]]
    for row in range(rows):
        at = f"2024-03-{row % 28 + 1:02}T{row % 24:02}:00:00Z"
        temperature = f"{(row * 37) % 400 / 10 - 10:.1f}"
        table.append(
            [f"S{row % 5:02}", at, temperature, str((row * 13) % 100), f"{row * 3 % 20}.5", "OK" if row % 7 else "LOW"]
        )
    return table


def places(rows: int = 30) -> Table:
    """Text only: nothing but the look of the names tells the header from the rows."""
    table = [["city", "country", "mayor", "motto"]]
    countries = ("Norway", "Costa Rica", "Germany", "USA", "Switzerland", "Brazil", "Denmark")
    mottos = ("Onwards", "Light and work", "For all, by all", "North of the lake", "Peace", "Old bridge", "Sea and sky")
    for row in range(rows):
        table.append(
            [
                f"{_CITIES[row % 7]} {row}",
                countries[row % 7],
                _PEOPLE[row * 3 % len(_PEOPLE)],
                mottos[row * 5 % 7],
            ]
        )
    return table


def products(rows: int = 50) -> Table:
    """Codes, addresses, empty cells, names of columns with blanks."""
    table = [
        ["SKU", "Product name", "Web page", "List price", "In stock", "Weight (kg)", "Colour", "Added on", "Supplier"]
    ]
    colours = ("red", "", "dark blue", "green", "")
    for row in range(rows):
        added = (_FIRST_DAY + timedelta(days=row)).strftime("%d/%m/%Y")
        table.append(
            [
                f"AB-{row * 17 % 1000:04}",
                f"Pump {row}, type {chr(65 + row % 4)}" if row % 3 else f"Valve {row}",
                f"https://shop.example/p/{row}?v=2",
                f"${row * 13 % 500}.99",
                str(row * 3 % 40),
                f"{row % 11}.25" if row % 4 else "",
                colours[row % 5],
                added,
                _PEOPLE[row % 5],
            ]
        )
    return table


TABLES = {"orders": orders, "sensors": sensors, "places": places, "products": products}
