"""Bytes to text: byte order mark, strict UTF-8, then a short list of candidates judged over the whole file."""

from __future__ import annotations

import codecs
import re
import unicodedata
from dataclasses import dataclass
from itertools import islice

from bot.errors import BadCatalog

MARKS = (  # the longer first: a UTF-32 mark begins like a UTF-16 one
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
CANDIDATES = (  # of equally plausible ones the first is taken
    *(
        "cp1252",
        "cp932",
        "gb18030",
        "cp949",
        "big5",
        "euc_jp",
        "cp1251",
        "cp1250",
        "koi8-r",
        "cp1253",
        "cp1254",
        "cp1255",
    ),
    *("cp1256", "iso8859-2", "iso8859-5", "cp866", "mac-roman", "mac-cyrillic", "cp850"),
)
LAST_RESORT = "latin-1"
SAMPLE = 20_000  # characters beyond ASCII that are judged
BROKEN_UTF8 = 0.25  # share of well-formed sequences from which damaged UTF-8 is believed
NUL_SHARE = 0.01  # more NUL bytes than this, nearly all at one parity, are UTF-16 without a mark
BINARY_SHARE, BINARY_LEAST = 0.02, 8  # control characters that no text has
CONTROLS = bytes(set(range(32)) - {0, 9, 10, 11, 12, 13, 26, 27, 28, 29, 30, 31}) + b"\x7f"
ISO_2022 = re.compile(rb"\x1b\$[@B]")
KANA = re.compile("[\u3041-\u30fe]")
WITHOUT_KANA = frozenset({"gb18030", "cp949", "big5"})  # they have kana, but who writes kana uses another encoding
NEARLY = 0.04  # a smaller difference in plausibility says nothing
C1 = re.compile(rb"[\x80-\x9f]")
FEW = 3  # broken characters that are forgiven whatever else the bytes could mean
SAMPLE_BYTES = 256 * 1024
WELL_FORMED = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}")
MARKED_OFF = "’‘“”„–—…€•™®©°½¼¾«»²³±µ·¿¡§ºª£¥×\u00a0、。・「」（），：；！？～〜ー－％＋／＊※★○●◎△▲■□◆◇→　"
OPENING = "“‘„‚«¿¡§©®·–—’‑µ°£€¥×½¼¾"  # may stand right before a letter in the middle of a line
LANGUAGES = (  # the letters beyond ASCII that one language uses
    "éèêëàâçîïôùûüœÿæ",
    "äöüß",
    "áéíóúüñ",
    "àèéìíîòóùú",
    "áâãàçéêíóôõúü",
    "åäöæøé",
    "áčďéěíňóřšťúůýžľĺŕôä",
    "ąćęłńóśźż",
    "áéíóöőúüű",
    "ăâîșțşţ",
    "čćđšž",
    "çğıİöşüâîû",
)
RARE_LETTERS = frozenset("ъщфэцюшћќђѓѕџљњјўґєїΐΰϊϋ")
LATIN_HINT = 0.75  # isolated accented letters between ASCII ones


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text, the name of its encoding, and how many broken characters were replaced. `certain` is False for a guess."""

    text: str
    encoding: str
    replaced: int = 0
    certain: bool = True


def decode(data: bytes, encoding: str | None = None) -> Decoded:
    """Decode a whole file. Raises BadCatalog for bytes that are no text, or not text in the encoding that was
    asked for."""
    if encoding is not None:
        return _decode_as(data, encoding)
    for mark, name in MARKS:
        if data.startswith(mark):
            return _decode_marked(data, name)
    if (wide := _wide_encoding(data)) is not None:
        return Decoded(data.decode(wide, "replace"), wide)
    if ISO_2022.search(data) and _reads(data, "iso2022_jp"):
        return Decoded(data.decode("iso2022_jp"), "iso2022_jp")
    if len(data) - len(data.translate(None, CONTROLS)) > max(BINARY_LEAST, len(data) * BINARY_SHARE):
        raise BadCatalog(
            "This file is not text and no table format known here.", todo="Save the table as CSV or XLSX and send that."
        )
    try:
        return Decoded(data.decode("utf-8"), "utf-8")
    except UnicodeDecodeError:
        return _best_guess(data)


def _decode_as(data: bytes, encoding: str) -> Decoded:
    try:
        return Decoded(data.decode(encoding).removeprefix("\ufeff"), encoding)
    except LookupError:
        raise BadCatalog(
            f"There is no encoding named '{encoding}'.", todo="Usual ones are utf-8, cp1252, cp932, gb18030."
        ) from None
    except UnicodeDecodeError as error:
        raise BadCatalog(
            f"The file is not {encoding}: byte {error.start + 1:,} does not fit.", todo="Leave the encoding to us."
        ) from None


def _decode_marked(data: bytes, name: str) -> Decoded:
    """A byte order mark is believed, but a wide encoding cut inside a character is a broken upload."""
    width = {"utf-16": 2, "utf-32": 4}.get(name, 1)
    if len(data) % width:
        raise BadCatalog(
            f"The file is {name.upper()} text that ends in the middle of a character, so its end is missing.",
            kept="Nothing was imported.",
            todo="Upload it again.",
        )
    text = data.decode(name, "replace").removeprefix("\ufeff")
    return Decoded(text, name, replaced=_replaced(text, data))


def _replaced(text: str, data: bytes) -> int:
    return text.count("\ufffd") - data.count("\ufffd".encode()) if "\ufffd" in text else 0


def _wide_encoding(data: bytes) -> str | None:
    """UTF-16 or UTF-32 without a byte order mark, told by where its NUL bytes stand and by what comes out."""
    nuls = data.count(0)
    if nuls <= len(data) * NUL_SHARE or len(data) % 2:
        return None
    if len(data) % 4 == 0 and nuls >= len(data) * 0.2:
        for name in ("utf-32-le", "utf-32-be"):
            if _reads(data, name):
                return name
    odd = data[1::2].count(0)
    if odd >= nuls * 0.95:
        return "utf-16-le"
    if nuls - odd >= nuls * 0.95:
        return "utf-16-be"
    readable = [(plausibility(data.decode(name)), name) for name in ("utf-16-le", "utf-16-be") if _reads(data, name)]
    score, name = max(readable, default=(0.0, ""))
    return name if score >= LATIN_HINT else None


def _reads(data: bytes, name: str) -> bool:
    """True if the bytes are text with line ends in this encoding."""
    try:
        return "\n" in data.decode(name)
    except UnicodeDecodeError:
        return False


def _best_guess(data: bytes) -> Decoded:
    """The most plausible candidate that gives every byte of the file a meaning, or UTF-8 with some damage."""
    broken = _broken_utf8(data)
    ranked = ranked_candidates(telling_lines(data))
    for score, name in ranked:
        if broken is not None and (score < LATIN_HINT or broken.replaced <= FEW):
            return broken
        try:
            text = data.decode(name)
        except UnicodeDecodeError:
            continue
        if name == "cp1252" and not C1.search(data):
            name = LAST_RESORT
        return Decoded(text, name, certain=score >= LATIN_HINT)
    return broken or Decoded(data.decode(LAST_RESORT), LAST_RESORT, certain=False)


def telling_lines(data: bytes) -> bytes:
    """The lines with bytes beyond ASCII, up to a bound, taken evenly from the whole file."""
    lines = [line for line in data.splitlines() if not line.isascii()]
    step = max(1, sum(map(len, lines)) // SAMPLE_BYTES)
    return b"\n".join(lines[::step])


def ranked_candidates(sample: bytes) -> list[tuple[float, str]]:
    """Candidates from the most to the least plausible; of nearly equal ones, the one named first."""
    scored = []
    for name in CANDIDATES:
        try:
            text = sample.decode(name)
        except UnicodeDecodeError:
            continue
        score = plausibility(text) * (0.5 if name in WITHOUT_KANA and KANA.search(text) else 1.0)
        if score > 0:
            scored.append((score, name))
    scored.sort(key=lambda entry: -round(entry[0] / NEARLY))
    return scored


def _broken_utf8(data: bytes) -> Decoded | None:
    """UTF-8 with some damaged bytes, if enough of its sequences are whole."""
    whole = len(WELL_FORMED.findall(data))
    text = data.decode("utf-8", "replace")
    bad = _replaced(text, data)
    return Decoded(text, "utf-8", replaced=bad) if whole >= BROKEN_UTF8 * (whole + bad) and whole else None


def plausibility(text: str) -> float:
    """How much the characters beyond ASCII look like writing, from -3 (none of it) to 1 (all of it)."""
    places = [match.start() for match in islice(re.finditer(r"[^\x00-\x7f]", text), SAMPLE)]
    if not places:
        return 1.0
    mean = sum(_likely(text, place) for place in places) / len(places)
    return mean * _one_language([text[place].lower() for place in places]) if mean > 0 else mean


def _one_language(characters: list[str]) -> float:
    """From 0.5 to 1: the share of the accented Latin letters that a single language explains best."""
    latin = [c for c in characters if c.isalpha() and _script(c) == "LATIN"]
    if not latin:
        return 1.0
    return 0.5 + 0.5 * max(sum(c in letters for c in latin) for letters in LANGUAGES) / len(latin)


def _likely(text: str, at: int) -> float:
    char = text[at]
    code = ord(char)
    if char in MARKED_OFF:
        return -0.5 if code < 0x2E80 and char not in OPENING and text[at + 1 : at + 2].isalpha() else 0.8
    if code < 0xA0 or 0xE000 <= code <= 0xF8FF or code == 0xFFFD:
        return -3.0
    if (
        0xFF61 <= code <= 0xFF9F or 0x2500 <= code <= 0x259F
    ):  # half-width katakana and box drawing: usual in wrong guesses
        return -1.0
    if 0x2E80 <= code <= 0x9FFF or 0xAC00 <= code <= 0xD7A3 or 0xFF01 <= code <= 0xFF5E:
        return _likely_east_asian(text, at)
    return _likely_letter(text, at) if char.isalpha() else -0.5


def _likely_east_asian(text: str, at: int) -> float:
    """Scripts of East Asia, which seldom touch small Latin letters. Hangul and kana come with their own kind."""
    char, before, after = text[at], text[at - 1 : at], text[at + 1 : at + 2]
    if (before + after).isascii() and any(n.islower() for n in (before, after)):
        return -0.5
    if "\uac00" <= char <= "\ud7a3":
        return 0.97 if char.encode("euc_kr", "ignore") else -0.5
    if any("\uac00" <= n <= "\ud7a3" for n in (before, after)):
        return -0.5
    if "\u3040" <= char <= "\u30ff" or "\uff01" <= char <= "\uff5e":
        return 1.0
    return _likely_ideograph(char)


def _likely_ideograph(char: str) -> float:
    """Characters of the everyday sets of Japan and China count fully; rare ones are what wrong guesses are made of."""
    try:
        if 0x88 <= char.encode("cp932")[0] <= 0x97:
            return 0.9
    except UnicodeEncodeError:
        pass
    try:
        return 0.9 if 0xB0 <= char.encode("gb2312")[0] <= 0xD7 else 0.2
    except UnicodeEncodeError:
        return 0.3 if char.encode("big5", "ignore")[:1] < b"\xc9" else -0.5


def _likely_letter(text: str, at: int) -> float:
    """Accented Latin letters stand alone among ASCII letters; letters of other scripts stand together; capitals
    come first."""
    char, before, after = text[at], text[at - 1 : at], text[at + 1 : at + 2]
    neighbours = [n for n in (before, after) if n.isalpha()]
    if char.isupper() and before.islower():
        return -1.0
    script = _script(char)
    if script == "LATIN":
        foreign = sum(1 for n in neighbours if not n.isascii())
        return 1.0 - 0.9 * foreign - (0.4 if not neighbours else 0.0)
    if any(_script(n) != script for n in neighbours):
        return -0.5
    if char.lower() in RARE_LETTERS or (char == "ς" and after.isalpha()):
        return 0.3
    return 0.9 if neighbours else 0.1


def _script(char: str) -> str:
    return unicodedata.name(char, "?").partition(" ")[0]
