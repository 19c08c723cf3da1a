"""Which columns look like persons': names in several languages, values by their checks, and what all others are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glue_etl.core.datasets import personal_checks as checks
from glue_etl.core.datasets.contracts import parse_contract
from glue_etl.core.datasets.personal import (
    BIRTH_DATE,
    CARD,
    IBAN,
    MAIL,
    NAME,
    NATIONAL_ID,
    PHONE,
    SAID,
    contract_line,
    kind_of,
    looks_like,
    named_kind,
)


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        ("email", MAIL), ("customer_email", MAIL), ("E-Mail", MAIL), ("EmailAddress", MAIL), ("correo", MAIL),
        ("phone", PHONE), ("Telefonnummer", PHONE), ("mobileNumber", PHONE), ("téléphone", PHONE),
        ("iban", IBAN), ("card_number", CARD), ("creditCard", CARD), ("ssn", NATIONAL_ID), ("codice_fiscale", NATIONAL_ID),
        ("date_of_birth", BIRTH_DATE), ("Geburtsdatum", BIRTH_DATE), ("fecha_nacimiento", BIRTH_DATE), ("dob", BIRTH_DATE),
        ("first_name", NAME), ("Vorname", NAME), ("prénom", NAME), ("apellidos", NAME), ("customer_name", NAME),
        ("Kundenname", NAME), ("nome_cliente", NAME), ("last name", NAME),
        ("name", ""), ("product_name", ""), ("filename", ""), ("airline", ""), ("mailbox_count", ""), ("telemetry", ""),
        ("discard", ""), ("airborne", ""), ("panel", ""), ("id", ""),
    ],
)  # fmt: skip
def test_a_name_says_what_a_column_holds(column: str, kind: str) -> None:
    assert named_kind(column) == kind


PASS = {
    MAIL: ["a.b+c@mail.example.org"], PHONE: ["+49 151 23456789", "(212) 555-0199", "0151-2345678"],
    IBAN: ["DE89 3704 0044 0532 0130 00", "GB82WEST12345698765432", "FR1420041010050500013M02606"],
    CARD: ["4111 1111 1111 1111", "5500-0000-0000-0004", "340000000000009"],
    NATIONAL_ID: [
        "12345678Z", "X1234567L", "RSSMRA85T10A562S", "44051401359", "11144477735", "111.444.777-35", "86095742719",
        "255081416802538", "219-09-9999",
    ],
}  # fmt: skip
FAIL = {
    MAIL: ["a@b", "@mail.example", "two words@mail.example"], PHONE: ["2024-01-31", "1.50", "12345678", "10.0.0.1"],
    IBAN: ["DE89370400440532013001", "DE89"], CARD: ["4111111111111112", "1234567890123452"],
    NATIONAL_ID: ["12345678A", "RSSMRA85T10A562T", "44051401358", "00000000000", "000-12-3456", "2024-01-31"],
}  # fmt: skip
CHECK = {
    MAIL: checks.is_mail, PHONE: checks.is_phone, IBAN: checks.is_iban, CARD: checks.is_card, NATIONAL_ID: checks.is_national_id,
}  # fmt: skip


@pytest.mark.parametrize("kind", CHECK)
def test_a_check_takes_what_is_right_and_nothing_else(kind: str) -> None:
    assert [text for text in PASS[kind] if not CHECK[kind](text)] == []
    assert [text for text in FAIL[kind] if CHECK[kind](text)] == []


@given(st.text(max_size=30))
def test_no_text_breaks_a_check(text: str) -> None:
    assert {check(text) for check in CHECK.values()} <= {True, False}


@given(st.integers(10**11, 10**15 - 1), st.integers(0, 9))
def test_of_ten_last_digits_one_makes_a_card(number: int, first: int) -> None:
    passed = [digit for digit in range(10) if checks.is_card(f"4{number}{digit}")]
    assert len(passed) == 1


def test_values_convince_by_their_share_and_a_name_lowers_it() -> None:
    mails = [f"p{n}@mail.example" for n in range(4)]
    looks = looks_like("contact", "string", [*mails, "none"])
    assert looks is not None and str(looks) == "e-mail addresses, 80% of 5 different values"
    assert looks_like("contact", "string", [*mails, "none", "unknown"]) is None
    assert looks_like("email", "string", [*mails, "none", "unknown"]) is not None


def test_numbers_that_pass_by_chance_are_not_told() -> None:
    numbers = [str(4 * 10**15 + n) for n in range(100)]
    assert sum(map(checks.is_card, numbers)) == 10
    assert looks_like("order", "bigint", numbers) is None


@pytest.mark.parametrize("kind", SAID)
def test_the_line_of_a_finding_is_one_that_a_contract_takes(kind: str) -> None:
    import yaml

    assert kind_of(f"{SAID[kind]}, by its name") == kind
    for type_ in ("string", "date"):
        (column,) = yaml.safe_load(contract_line("x", type_, kind))
        assert parse_contract({"dataset": "d", "columns": [column]}, "d").protected
