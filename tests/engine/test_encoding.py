"""Encodings by their bytes alone: right, or doubtful; cuts at the edges of what is seen change nothing."""

# ruff: noqa: RUF001 - text in many scripts
from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glue_etl.core.errors import FileRejected
from glue_etl.core.formats.encoding import BOUND, NAMES, STATEFUL, Encoding, detect_encoding, settled, stated_encoding

TABLES = {
    "ja": "番号,氏名,住所\n1,山田太郎,東京都新宿区\n2,鈴木花子,大阪府\n3,高橋健,北海道札幌市中央区\n4,ワタナベ,ひらがな\n",
    "zh": "编号,姓名,城市\n1,李明,北京市\n2,王芳,上海市浦东新区\n3,张伟,广州\n4,刘洋,成都市武侯区\n5,陈静,杭州\n",
    "zh_tw": "編號,姓名,城市\n1,陳怡君,臺北市\n2,林志明,高雄市\n3,黃淑芬,新竹縣\n4,張家豪,臺中市西屯區\n",
    "ko": "번호,이름,도시\n1,김민수,서울특별시\n2,이영희,부산광역시\n3,박지훈,대전시 유성구\n4,최수진,제주도\n",
    "ru": "код;товар;цена\n1;насос;10\n2;клапан;20\n3;шланг;30\n4;Труба стальная;40\n5;Москва, ул. Ленина;50\n",
    "uk": "код;товар;місто\n1;насос;Київ\n2;клапан;Харків\n3;Їжак;Одеса\n4;кран кульовий;Чернігів\n",
    "fr": "id,nom,ville\n1,Hélène,Besançon\n2,François,Nîmes\n3,crème brûlée,où\n4,plain,Paris\n",
    "de": "id;name;ort\n1;Jürgen Groß;Köln\n2;Bärbel;München\n3;Preis 5 €;Lübeck\n",
    "es": "id,nombre\n1,José Muñoz\n2,María Ángeles\n3,año “nuevo”\n",
    "one": "id,v\n1,Café\n2,x\n",
    "pl": "id;nazwisko;miasto\n1;Wałęsa;Łódź\n2;Święcicki;Gdańsk\n3;Żółć;Częstochowa\n",
}
CASES = [
    ("ja", "cp932"), ("ja", "euc_jp"), ("zh", "gb18030"), ("zh_tw", "big5"), ("ko", "cp949"), ("ru", "cp1251"),
    ("ru", "koi8_r"), ("uk", "cp1251"), ("fr", "cp1252"), ("de", "cp1252"), ("es", "cp1252"), ("one", "cp1252"),
    ("pl", "cp1250"),
]  # fmt: skip
WIDE = ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")


@pytest.mark.parametrize(("language", "encoding"), CASES)
def test_older_encodings_are_found_and_told(language: str, encoding: str):
    verdict = settled(detect_encoding(TABLES[language].encode(encoding), whole=True))
    assert (verdict.name, verdict.bom) == (encoding, 0)
    assert NAMES[encoding] in verdict.told[0]
    assert verdict.candidates[0][0] == encoding


# Latin text with hardly a letter above ASCII: units, money, fractions, notes. Several of these bytes are letters elsewhere.
SYMBOLS = (
    "Volume (m³),x", "flow m³/s,a", "kg/m³,x", "area km²,a", "10³ t,x", "PM10 (µg/m³)", "m³,m²,°C", "Größe,Inhalt m³,Luft m³",
    "spent (£k),a", "Cost £m,a", "Cost (£),a", "COST£,b", "1,£1.20 each", "£584,1", "5¢,2", "¥500,2", "5 €,x",
    "Staff¹,x", "Total (1)¹,Others²,x", "size 1¼ in,a", "5¾ in,1", "½,1", "¾ cup,x", "µg/l,a", "1º,2ª,x", "nº,c",
    "brand™,a", "note†,2", "10‰,c", "word—word,c", "a b,c", "it´s,c", "3×4,z", "±2,x", "¿Qué?,c",
)  # fmt: skip


@pytest.mark.parametrize("row", SYMBOLS)
def test_symbols_of_western_text_are_no_letters(row: str):
    data = f"{row}\n1,2\n".encode("cp1252")
    verdict = settled(detect_encoding(data, whole=True))
    assert data.decode(verdict.name) == f"{row}\n1,2\n"


@pytest.mark.parametrize(
    ("row", "encoding"),
    [
        ("cena (zł),a", "cp1250"), ("5 zł,a", "cp1250"), ("Michał,Paweł,Rafał", "cp1250"), ("Wałbrzych,Łomża", "cp1250"),
        ("Łukasz,1", "cp1250"), ("№ 5,Дом", "cp1251"), ("5 €,x", "iso8859-15"),
    ],
)  # fmt: skip
def test_letters_that_are_symbols_of_western_text_are_letters(row: str, encoding: str):
    data = f"{row}\n1,2\n".encode(encoding)
    assert data.decode(settled(detect_encoding(data, whole=True)).name) == f"{row}\n1,2\n"


@pytest.mark.parametrize(
    ("row", "encoding"),
    [("№,x", "cp1251"), ("円,1", "cp932"), ("č. 5,x", "cp1250"), ("а,б", "cp1251")],
)
def test_one_character_alone_tells_no_alphabet(row: str, encoding: str):
    data = f"{row}\n1,2\n".encode(encoding)
    verdict = detect_encoding(data, whole=True)
    assert verdict.confidence < BOUND or data.decode(verdict.name) == f"{row}\n1,2\n"


@pytest.mark.parametrize(
    ("cells", "encoding"),
    [
        ("二", "big5"), ("一 二 三 四", "big5"), ("男 女", "big5"), ("有 無", "big5"), ("男 女", "cp932"), ("テ ソ 予", "cp932"),
        ("男 女", "gb18030"), ("남 여", "cp949"), ("№1 №2", "cp1251"), ("mł. asp.", "cp1250"),
    ],
)  # fmt: skip
def test_a_column_of_one_letter_each_is_not_taken_for_symbols(cells: str, encoding: str):
    """The second byte of an East Asian letter may be ASCII, and Big5's first ones are the euro sign of ISO-8859-15."""
    few = cells.split()
    data = ("id;v\n" + "".join(f"{n};{few[n % len(few)]}\n" for n in range(30))).encode(encoding)
    verdict = detect_encoding(data, whole=True)
    assert verdict.confidence < BOUND or data.decode(verdict.name) == data.decode(encoding)


@pytest.mark.parametrize("rows", [b"1,\0,3\n4,\0,6\n", b"a,\0\0\0\n\0,b\n"])
def test_nuls_for_absent_values_make_no_text_wide(rows: bytes):
    assert detect_encoding(b"name,other,last\n" + rows, whole=True).name == "utf-8"


def test_bytes_that_windows_1252_has_not_are_no_symbols():
    assert detect_encoding(b"id,v\n1,\xbfqu\x81 \x8d?\n", whole=True).confidence < BOUND


def test_text_of_a_mainframe_is_refused_by_name():
    data = "id,name,amount\n1,ann,10.5\n2,bob,11\n".encode("cp037")
    with pytest.raises(FileRejected, match="EBCDIC") as caught:
        settled(detect_encoding(data, whole=True))
    assert caught.value.code == "doubtful_encoding"


@pytest.mark.parametrize(("language", "encoding"), CASES)
def test_a_wrong_verdict_is_a_doubtful_one(language: str, encoding: str):
    """Every single row by itself: too little to tell, often, but then it must not tell."""
    for row in TABLES[language].splitlines():
        verdict = detect_encoding(row.encode(encoding), whole=True)
        right = row.encode(encoding).decode(verdict.name, "replace") == row
        assert right or verdict.confidence < BOUND or (language == "pl" and verdict.name == "cp1252"), (row, verdict)


@pytest.mark.parametrize("language", TABLES)
@pytest.mark.parametrize("encoding", WIDE)
def test_wide_encodings_need_no_mark(language: str, encoding: str):
    for text in (TABLES[language], '{"a":"' + TABLES[language][:20].replace("\n", "") + '"}\n'):
        assert settled(detect_encoding(text.encode(encoding), whole=True)).name == encoding


@pytest.mark.parametrize("encoding", ("utf-8", *WIDE))
def test_a_mark_decides(encoding: str):
    marked = ("\ufeff" + TABLES["ja"]).encode(encoding)
    verdict = detect_encoding(marked, whole=True)
    assert (verdict.name, verdict.bom, verdict.confidence) == (encoding, len("\ufeff".encode(encoding)), 1.0)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(TABLES)), st.integers(0, 40), st.integers(0, 40))
def test_characters_cut_at_the_edges_are_no_damage(language: str, first: int, last: int):
    data = TABLES[language].encode() * 3
    verdict = detect_encoding(data[: len(data) - last], data[first:])
    assert (verdict.name, verdict.confidence) == ("utf-8", 1.0)


def test_one_damaged_byte_leaves_utf_8():
    verdict = settled(detect_encoding(b"id,name\n1,Zo\xc3\xab\n2,J\xc3\xbcrgen\n3,Ren\xe9e\n4,Ann\n", whole=True))
    assert verdict.name == "utf-8"
    assert verdict.told


def test_bytes_that_read_as_nothing_are_refused_with_the_candidates():
    with pytest.raises(FileRejected) as caught:
        settled(detect_encoding(bytes(range(0x80, 0x100)) * 3 + b"\n", whole=True))
    assert caught.value.code == "doubtful_encoding"
    assert "contract" in caught.value.reason


def test_binary_is_no_text():
    with pytest.raises(FileRejected) as caught:
        settled(detect_encoding(b"\x00\x01\x02\x03\xff\xfe\x00\x80" * 20, whole=True))
    assert caught.value.code == "unknown_format"


def test_a_contract_may_state_the_encoding():
    assert stated_encoding("Windows-1252", b"abc") == Encoding("cp1252", 0, 1.0)
    assert stated_encoding("UTF-8", b"\xef\xbb\xbfabc") == Encoding("utf-8", 3, 1.0)
    assert stated_encoding("utf-16", b"\xfe\xff\0a") == Encoding("utf-16-be", 2, 1.0)
    for name in [told for codec, told in NAMES.items() if codec not in STATEFUL]:
        assert stated_encoding(name, b"").name in NAMES
    with pytest.raises(FileRejected, match="unknown"):
        stated_encoding("klingon", b"")


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300), st.binary(max_size=50), st.booleans())
def test_any_bytes_have_a_verdict_or_a_reason(head: bytes, tail: bytes, whole: bool):
    verdict = detect_encoding(head, tail, whole)
    assert 0 <= verdict.confidence <= 1
    try:
        assert settled(verdict).name in NAMES
    except FileRejected as refused:
        assert refused.code in ("doubtful_encoding", "unknown_format")


@pytest.mark.parametrize("name", ["iso2022_jp", "iso2022_kr", "utf-7", "hz", "rot13", "base64", "idna", "no such"])
def test_what_can_not_be_read_record_by_record_is_refused_by_name(name: str):
    with pytest.raises(FileRejected) as error:
        stated_encoding(name, b"a,b")
    assert error.value.code == "unsupported_encoding"


@pytest.mark.parametrize(
    "name", ["cp437", "mac_roman", "iso8859-15", "Windows-1252", "Shift_JIS", "UTF-8", "utf-16", "ascii"]
)
def test_other_encodings_may_be_stated(name: str):
    assert stated_encoding(name, b"a,b").confidence == 1.0
