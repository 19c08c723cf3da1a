"""Columns that look like persons': by their names, in several languages, and by checks that few other values pass.

A finding names the column, what its values look like and their share, never a value. Names alone say little (a product has one
too): they count where a person is named beside them, or as a hint that lets fewer values convince.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from glue_etl.core.datasets.contracts import HASH, REDACT, TOKENISE, YEAR
from glue_etl.core.datasets.personal_checks import is_card, is_iban, is_mail, is_national_id, is_phone

NAME, MAIL, PHONE, CARD, IBAN, NATIONAL_ID, BIRTH_DATE = (
    "name", "mail", "phone", "card", "iban", "national id", "birth date",
)  # fmt: skip
SAID = {
    NAME: "names of persons", MAIL: "e-mail addresses", PHONE: "phone numbers", CARD: "numbers of payment cards",
    IBAN: "bank accounts (IBAN)", NATIONAL_ID: "numbers that a state gives to persons", BIRTH_DATE: "dates of birth",
}  # fmt: skip
CHECKS: Mapping[str, Callable[[str], bool]] = {
    MAIL: is_mail, IBAN: is_iban, CARD: is_card, NATIONAL_ID: is_national_id, PHONE: is_phone,
}  # fmt: skip
"""In the order in which they are asked: what passes the first is not asked of the others."""
CONVINCES, CONVINCES_WITH_NAME = 0.8, 0.3
"""The share of values that must pass a check, and that where the column's name says the same."""
FEWEST = {MAIL: 1, IBAN: 1, CARD: 5, NATIONAL_ID: 5, PHONE: 5}
"""Different values that a check must have passed, where the name says nothing: one in ten numbers passes some of them."""
_PROTECT = {
    NAME: REDACT, MAIL: HASH, PHONE: TOKENISE, CARD: TOKENISE, IBAN: TOKENISE, NATIONAL_ID: HASH, BIRTH_DATE: YEAR,
}  # fmt: skip
_WORDS: Mapping[str, str] = {
    MAIL: r"e?mails?|correo|courriel",
    PHONE: r"phones?|tele(ph|f)ones?|telefon(e|o|nummer)?|telephone|tel|mobile|mobil(nummer)?|handy(nummer)?|celular|cellulare"
    r"|portable|movil|fax|msisdn",
    IBAN: r"iban",
    CARD: r"(credit|debit|kredit)?(card|karten?|tarjeta|carta)(number|nummer|no|nr)?|ccn|pan",
    NATIONAL_ID: r"ssn|nif|nie|dni|cpf|pesel|bsn|nir|nino|steuerid|steuernummer|sozialversicherungsnummer|svnr|codicefiscale"
    r"|personnummer|passports?|reisepass(nummer)?|ausweis(nummer)?",
    BIRTH_DATE: r"births?|birth(day|date)|dob|born|geburts?(datum|tag)?|geboren(am)?|naissance|nacimiento|nascita|nascimento"
    r"|geboorte(datum)?|urodzenia",
    NAME: r"(first|last|sur|given|family|middle|maiden|full|user|vor|nach|familien|zu)names?|forename|firstname|lastname|prenom"
    r"|(kunden|mitarbeiter|patienten|be?nutzer)namen?|apellidos?|cognome|sobrenome|voornaam|achternaam|imie|nazwisko",
}
_PERSONS = (
    r"customer|client|user|patient|employee|person|contact|owner|member|student|passenger|cardholder|holder|author|guest|tenant"
    r"|kunden?|patienten|mitarbeiter|person(en)?|klient|cliente|empleado|paciente|employe|dipendente|paziente|klant|first|last"
    r"|given|family|full|middle|maiden|legal"
)
_NAMES = r"names?|namen?|nom|nombre|nome|naam"
_KINDS = {kind: re.compile(words) for kind, words in _WORDS.items()}
_PERSON, _ANY_NAME = re.compile(_PERSONS), re.compile(_NAMES)
_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_PLAIN = str.maketrans(
    {"ä": "a", "ö": "o", "ü": "u", "ß": "ss", "é": "e", "è": "e", "ê": "e", "ó": "o", "í": "i", "ã": "a"}
)


@dataclass(frozen=True, slots=True)
class Looks:
    """What a column looks like. `share`: of the `values` that were looked at; 0 values: its name alone says so."""

    kind: str
    share: float = 1.0
    values: int = 0

    def __str__(self) -> str:
        if not self.values:
            return f"{SAID[self.kind]}, by its name"
        return f"{SAID[self.kind]}, {self.share:.0%} of {self.values} different values"


@lru_cache(4096)
def named_kind(column: str) -> str:
    """What the name of a column says that its values are; "" where it says nothing."""
    words = [word.lower() for word in _PARTS.findall(column.translate(_PLAIN))]
    joined = [*words, *("".join(words[n : n + size]) for size in (2, 3) for n in range(len(words)))]
    for kind, pattern in _KINDS.items():
        if any(pattern.fullmatch(word) for word in joined):
            return kind
    has_name = any(_ANY_NAME.fullmatch(word) for word in words)
    return NAME if has_name and any(_PERSON.fullmatch(word) for word in words) else ""


def looks_like(column: str, type_: str, values: Sequence[str]) -> Looks | None:
    """What a column looks like; None: like none of a person's. `values`: some different ones, as text.

    A name counts alone where nothing can be checked: for names of persons and dates of birth.
    """
    said = named_kind(column)
    if said == NAME:
        return Looks(NAME) if type_ == "string" and any(not value.isdigit() for value in values) else None
    if said == BIRTH_DATE:
        return Looks(BIRTH_DATE) if type_ in ("date", "timestamp", "string") and values else None
    for kind, check in CHECKS.items():
        passed = sum(map(check, values))
        share = passed / len(values) if values else 0.0
        enough = CONVINCES_WITH_NAME if kind == said else CONVINCES
        if passed and share >= enough and (kind == said or passed >= FEWEST[kind]):
            return Looks(kind, share, len(values))
    return None


def contract_line(column: str, type_: str, kind: str) -> str:
    """The line of a contract that would protect the column."""
    how = _PROTECT.get(kind, REDACT)
    if how == YEAR and type_ not in ("date", "timestamp"):
        how = REDACT
    return f'- {{name: "{column}", type: "{type_}", protect: {how}}}'


def kind_of(said: str) -> str:
    """The kind that a finding, as text, is about."""
    return next((kind for kind, words in SAID.items() if said.startswith(words)), "")
