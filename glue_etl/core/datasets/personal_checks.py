"""Checks that values of persons pass and few others: forms, checksums of cards and accounts, numbers that states give."""

from __future__ import annotations

import re

_MAIL = re.compile(r"[\w.+'-]{1,64}@[\w-]{1,63}(\.[\w-]{1,63})+")
_IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}")
_CARD = re.compile(r"(3[47]|4|5[0-8]|6|2[2-7])\d{11,17}")
_PHONE = re.compile(
    r"(\+|00)[1-9][\d ()./-]{6,20}\d|\(\d{3}\) ?\d{3}[ .-]\d{4}|\d{3}[.-]\d{3}[.-]\d{4}|0\d{2,4}[ /-]\d[\d -]{4,9}\d"
)
_SSN = re.compile(r"(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}")
_DNI = re.compile(r"([XYZ]|\d)(\d{7})-?([A-Z])")
_FISCAL = re.compile(r"[A-Z]{6}\d{2}[A-EHLMPR-T]\d{2}[A-Z]\d{3}[A-Z]")
_NIR = re.compile(r"([12]\d{2}(0[1-9]|1[0-2])\d{8})(\d{2})")
_DNI_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"
_ODD = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23)
_PESEL, _CPF = (1, 3, 7, 9, 1, 3, 7, 9, 1, 3), range(10, 1, -1)


def is_mail(text: str) -> bool:
    return "@" in text and _MAIL.fullmatch(text) is not None


def is_phone(text: str) -> bool:
    """Written so that nothing else is: with a country, or in groups; a plain number may be anything."""
    return _PHONE.fullmatch(text) is not None and 7 <= sum(map(str.isdigit, text)) <= 15


def is_iban(text: str) -> bool:
    """By ISO 13616: the number that its letters and digits make leaves 1 when it is divided by 97."""
    packed = text.replace(" ", "").upper()
    if not _IBAN.fullmatch(packed):
        return False
    return int("".join(str(int(one, 36)) for one in packed[4:] + packed[:4])) % 97 == 1


def is_card(text: str) -> bool:
    """By ISO/IEC 7812: a network's first digits, and Luhn's checksum."""
    packed = text.replace(" ", "").replace("-", "")
    return _CARD.fullmatch(packed) is not None and _luhn(packed)


def _luhn(digits: str) -> bool:
    doubled = (int(d) * 2 if n % 2 else int(d) for n, d in enumerate(reversed(digits)))
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0


def is_national_id(text: str) -> bool:
    """Of Brazil, France, Germany, Italy, Poland, Spain by their checksums; of the USA by its form."""
    packed = text.replace(" ", "").upper()
    if packed.isascii() and packed.isdigit():
        return {11: _of_eleven, 15: _is_nir}.get(len(packed), _nothing)(packed)
    return _SSN.fullmatch(text) is not None or _is_dni(packed) or _is_fiscal_code(packed) or _is_written_cpf(packed)


def _nothing(_: str) -> bool:
    return False


def _of_eleven(digits: str) -> bool:
    return _is_pesel(digits) or _is_cpf(digits) or _is_tax_id(digits)


def _is_pesel(digits: str) -> bool:
    """Poland's begins with a day of birth, whose century is in the month."""
    month, day = int(digits[2:4]) % 20, int(digits[4:6])
    check = -sum(int(d) * w for d, w in zip(digits, _PESEL, strict=False)) % 10
    return 1 <= month <= 12 and 1 <= day <= 31 and check == int(digits[10])


def _is_cpf(digits: str) -> bool:
    if len({*digits}) == 1:
        return False
    first = sum(int(d) * w for d, w in zip(digits, _CPF, strict=False)) * 10 % 11 % 10
    second = sum(int(d) * w for d, w in zip(digits, range(11, 1, -1), strict=False)) * 10 % 11 % 10
    return digits[9:] == f"{first}{second}"


def _is_written_cpf(text: str) -> bool:
    return re.fullmatch(r"\d{3}\.\d{3}\.\d{3}-\d{2}", text) is not None and _is_cpf(re.sub(r"\D", "", text))


def _is_tax_id(digits: str) -> bool:
    """Germany's: ISO 7064, mod 11,10; of its first ten digits one stands there twice or three times."""
    if digits[0] == "0" or len({*digits[:10]}) not in (8, 9):
        return False
    product = 10
    for digit in digits[:10]:
        product = ((int(digit) + product) % 10 or 10) * 2 % 11
    return (11 - product) % 10 == int(digits[10])


def _is_nir(digits: str) -> bool:
    found = _NIR.fullmatch(digits)
    return found is not None and 97 - int(found[1]) % 97 == int(found[3])


def _is_dni(text: str) -> bool:
    found = _DNI.fullmatch(text)
    if found is None:
        return False
    number = int(found[1].translate(str.maketrans("XYZ", "012")) + found[2])
    return _DNI_LETTERS[number % 23] == found[3]


def _is_fiscal_code(text: str) -> bool:
    if not _FISCAL.fullmatch(text):
        return False
    places = [int(one) if one.isdigit() else ord(one) - ord("A") for one in text[:15]]
    total = sum(_ODD[place] if n % 2 == 0 else place for n, place in enumerate(places))
    return chr(ord("A") + total % 26) == text[15]
