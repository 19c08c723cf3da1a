"""How usual a character is in the scripts that core/formats/encoding.py tells apart. Characters of running text and of tables.

Right text decoded wrongly gives characters that are rare in any language: a few hundred common ones tell the encodings of
East Asia apart, and the letters' case and neighbours those with one byte a character.
"""

from __future__ import annotations

import unicodedata
from functools import cache

# ruff: noqa: RUF001 - characters that look alike are what this file is about
_WESTERN = frozenset("éèêëàâäáãåçñöôóòõøüûúùîïíìßæœÉÈÀÄÖÜØÅÇÑÁÓÚÍ")
LATIN = {
    "cp1252": _WESTERN,
    "iso8859-15": _WESTERN,
    "cp1250": frozenset("áčďéěíňóřšťúůýžąćęłńśźżőűöüäôľăâîÁČĎÉĚÍŇÓŘŠŤÚŮÝŽĄĆĘŁŃŚŹŻŐŰÖÜ"),
    "cp1254": frozenset("çğıöşüİÇĞÖŞÜâîû"),
}
"""Letters with marks that are common in the languages of each."""
TYPOGRAPHY = frozenset("€£§©®°·«»“”„‘’–—…•\u00a0²³½ºª¿¡№×±µ¼¾¢¥™÷´")
IN_WORDS = frozenset("’´·\u00ad\u00a0–—•")
"""What of TYPOGRAPHY may stand between letters."""
_CYRILLIC = {
    **dict.fromkeys("оеаинтсрвл", 1.0),
    **dict.fromkeys("кмдпуяі", 0.85),
    **dict.fromkeys("ыьгзбчйї", 0.6),
    **dict.fromkeys("хжшюцщэфъёєґ", 0.25),
}
_GREEK = {
    **dict.fromkeys("αοιετσνηυςρπκμλ", 1.0),
    **dict.fromkeys("άόίέδγώήύ", 0.85),
    **dict.fromkeys("ωχθφβξζψϊΐ", 0.5),
}
_HEBREW = {**dict.fromkeys("יוהלאתרבשמנ", 1.0), **dict.fromkeys("דחקםעפכג", 0.8), **dict.fromkeys("טזצסןףךץ", 0.5)}
FINAL = frozenset("ςךםןףץ")
"""Letters that end a word."""
_ARABIC = {
    **dict.fromkeys("اليمونرتبعةد", 1.0),
    **dict.fromkeys("سفهكقأحجىشص", 0.7),
    **dict.fromkeys("طخضزإذثغظءئؤآ", 0.4),
}
_THAI = {
    **dict.fromkeys("านรอกเง่มยลวดทส้ตีั", 1.0),
    **dict.fromkeys("บปคหิแจพชุขใไ์ูโืะถำ", 0.8),
    **dict.fromkeys("ธผศ็ซณึษญภฟฉฐฎฏฒ", 0.4),
}
ALPHABETS: dict[str, dict[str, float]] = {
    **dict.fromkeys(("cp1251", "koi8_r", "iso8859-5", "cp866"), _CYRILLIC),
    **dict.fromkeys(("cp1253", "iso8859-7"), _GREEK),
    "cp1255": _HEBREW,
    **dict.fromkeys(("cp1256", "iso8859-6"), _ARABIC),
    "cp874": _THAI,
}
"""For the encodings of other alphabets, how common each small letter is: in Russian and Ukrainian, in Greek ..."""

_JAPANESE = (
    "日本人年大出中会国月生行分時自社者上間前場手力東京都府県市区町村山田川中小木林森高橋佐藤鈴伊渡辺加吉野原口島藤井松石清"
    "水子男女太郎花一二三四五六七八九十百千万円名氏住所番号電話品目数量金額合計価格税込商店株式会社部課長員業事務店舗住商注文顧客"
    "受付備考区分種別単価入出庫担当北南西海道大阪神奈川横浜埼玉千葉愛知福岡京新幸美恵和正明雄夫介香織健次表示予算実績計画"
)
_SIMPLIFIED = (
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种事成方多"
    "经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实日军者意无力它与长把机十民第公此已工使情明性"
    "知全三又关点正业外将两高间由问很最重并物手应战向头文体政美相见被利什二等产或新己制身果加西斯月话合回特代内信表化老给世位次"
    "度门任常先海通教儿原东声提立及比员解水名真论处走义各入几口认条平系气题活尔更别打女变四神总何电数安少报才结反受目太量再感建"
    "务做接必场件计管期市直德资命山金指克许统区保至队形社便空决治展马科司五基眼书非则听白却界达光放强即像难且权思王象完设式色路"
    "记南品住告类求据程北边死张该交规万取拉格望觉术领共确传师观清今切院让识候带导争运李赵刘陈杨黄吴周徐孙朱胡林郭何罗宋郑谢唐"
    "姓名地址号码价格数量日期编号备注城省街北京上海广州深圳元单客户订商店销售类型状态电话邮箱性别男年龄产品称额订单生效"
)
_TRADITIONAL = (
    "的一是不了在人有我他這個們中來上大為和國地到以說時要就出會可也你對生能而子那得於著下自之年過發後作里用道行所然家種事成方多"
    "經麼去法學如都同現當沒動面起看定天分還進好小部其些主樣理心她本前開但因只從想實日軍者意無力它與長把機十民第公此已工使情明性"
    "知全三又關點正業外將兩高間由問很最重並物手應戰向頭文體政美相見被利什二等產或新己制身果加西斯月話合回特代內信表化老給世位次"
    "度門任常先海通教兒原東聲提立及比員解水名真論處走義各入幾口認條平系氣題活爾更別打女變四神總何電數安少報才結反受目太量再感建"
    "務做接必場件計管期市直德資命山金指克許統區保至隊形社便空決治展馬科司五基眼書非則聽白卻界達光放強即像難且權思王象完設式色路"
    "記南品住告類求據程北邊張該交規萬取格望覺術領共確傳師觀清今切院讓識候帶導爭運李趙劉陳楊黃吳周徐孫朱胡林郭羅宋鄭謝許蔡曾"
    "姓名地址號碼價格數量日期編號備註縣市鄉鎮臺台灣北高雄元單客戶訂商店銷售類型狀態電話郵箱性別男年齡產品稱額"
)
_KOREAN = (
    "이다는의에을를가고은하지한로기도사서인자나시어라대리그아해으정스일수있들만부제상보장전과주여것적게와없우조소구동공면생무당원비"
    "연유방화신안세문관계중금개성선오물경회미관명국민학교실내위마름번호주소전화품목량금액합계가격날짜김이박최정강조윤장임한오서신"
    "권황안송류홍서울부산대구인천광주대전울산경기도시군구동길남북영수민지현준우성호진희은혜재철숙고객주문상태제품단가비고"
)
_KANA = frozenset(chr(code) for code in (*range(0x3041, 0x3094), *range(0x30A1, 0x30F7), 0x30FC))
_CJK_MARKS = frozenset("、。，・：；？！「」『』（）【】〜～　％￥—…《》“”年月日")

COMMON: dict[str, frozenset[str]] = {
    "cp932": frozenset(_JAPANESE) | _KANA | _CJK_MARKS,
    "euc_jp": frozenset(_JAPANESE) | _KANA | _CJK_MARKS,
    "gb18030": frozenset(_SIMPLIFIED) | _CJK_MARKS,
    "big5": frozenset(_TRADITIONAL) | _CJK_MARKS,
    "cp949": frozenset(_KOREAN) | _CJK_MARKS,
}
"""By Python's name of the encoding, for those with two bytes a character."""

NAMES = {
    "utf-8": "UTF-8",
    "utf-16-le": "UTF-16LE",
    "utf-16-be": "UTF-16BE",
    "utf-32-le": "UTF-32LE",
    "utf-32-be": "UTF-32BE",
    "cp1252": "Windows-1252",
    "latin-1": "ISO-8859-1",
    "iso8859-15": "ISO-8859-15",
    "cp1250": "Windows-1250",
    "cp1254": "Windows-1254",
    "cp1251": "Windows-1251",
    "koi8_r": "KOI8-R",
    "iso8859-5": "ISO-8859-5",
    "cp866": "CP866",
    "cp1253": "Windows-1253",
    "iso8859-7": "ISO-8859-7",
    "cp1255": "Windows-1255",
    "cp1256": "Windows-1256",
    "iso8859-6": "ISO-8859-6",
    "cp874": "CP874",
    "cp037": "EBCDIC-CP-US",
    "iso2022_jp": "ISO-2022-JP",
    "cp932": "Shift-JIS",
    "euc_jp": "EUC-JP",
    "gb18030": "GB18030",
    "big5": "Big5",
    "cp949": "EUC-KR",
}
"""What people call them."""


@cache
def kind_of(character: str) -> str:
    """ "kanji", "kana", "hangul", "mark" or "odd": the part of East Asian text that a character belongs to."""
    code = ord(character)
    if 0x4E00 <= code <= 0x9FFF:
        return "kanji"
    if 0x3040 <= code <= 0x30FF:
        return "kana"
    if 0xAC00 <= code <= 0xD7A3:
        return "hangul"
    if 0x3000 <= code <= 0x303F or 0xFF01 <= code <= 0xFF5E:
        return "mark"
    return "mark" if unicodedata.category(character)[0] == "P" else "odd"
