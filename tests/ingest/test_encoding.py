"""Encodings are told by the whole file, also of small ones."""

from __future__ import annotations

import pytest

from bot.errors import BadCatalog
from bot.ingest.encoding import decode
from bot.ingest.read import read_table
from bot.ingest.table import ReadOptions

WRITTEN = {
    "French": ("Nom,Prix\nCrème brûlée à l'ancienne,5 €\nPâté forêt,été\n", ["cp1252", "mac-roman"]),
    "German": ("Name,Größe\nTür für Käse,Straße\nÜbermaß – „gut“,ß\n", ["cp1252", "mac-roman"]),
    "Spanish": ("Año,señor\n¿Qué niño?,camión\n", ["latin-1"]),
    "Polish": ("Nazwa,Opis\nŁódka żaglowa,mała\nźdźbło,świąteczny pączek\n", ["cp1250", "iso8859-2"]),
    "Czech": ("Název,Popis\nPříliš žluťoučký kůň,úpěl\nďábelské ódy,šťáva\n", ["cp1250"]),
    "Russian": ("Название,Описание\nМолоко пастеризованное,вкусное\n", ["cp1251", "koi8-r", "cp866", "iso8859-5"]),
    "Greek": ("Όνομα,Περιγραφή\nΨωμί σικάλεως,φρέσκο\n", ["cp1253"]),
    "Turkish": ("Ürün,Açıklama\nışıklı çiçek,güzel şık\nyoğurt,süt\n", ["cp1254"]),
    "Hebrew": ("שם מוצר,תיאור\nחלב טרי,טעים מאוד\n", ["cp1255"]),
    "Arabic": ("اسم المنتج,الوصف\nحليب طازج,لذيذ جدا\n", ["cp1256"]),
    "Japanese": (
        "商品名,説明\n牛乳パック,新鮮なおいしい牛乳です\n食パン,ふわふわ\n",
        ["cp932", "euc_jp", "iso2022_jp"],
    ),
    "Chinese": ("产品名称,描述\n牛奶,新鲜的巴氏杀菌牛奶\n面包,全麦健康\n", ["gb18030", "gbk"]),
    "Taiwanese": ("產品名稱,描述\n鮮奶,新鮮的牛奶飲料\n麵包,全麥健康\n", ["big5"]),
    "Korean": ("상품명,설명\n우유,신선한 우유입니다\n빵,맛있는 통밀빵\n", ["cp949"]),
    "one accent": ("name,price\nCafe,1\nTea,2\nCafé noir,3\nMilk,4\n", ["cp1252", "mac-roman"]),
    "signs only": ("item\nTM symbol™\nfoo’s\nbar – baz\n", ["cp1252"]),
}
WIDE = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"]
CASES = [(text, encoding) for text, own in WRITTEN.values() for encoding in [*own, *WIDE]]


@pytest.mark.parametrize(("text", "encoding"), CASES)
def test_text_comes_back_whatever_it_was_written_in(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)).text == text


def test_one_accent_far_down_decides() -> None:
    text = "name,price\n" + "Cafe,1\n" * 20_000 + "Café,2\n"

    found = decode(text.encode("cp1252"))

    assert found.text == text and found.encoding == "latin-1"


def test_some_broken_bytes_do_not_damage_the_good_ones() -> None:
    found = decode("Café crème, señor\n".encode() + b"caf\xe9\n")

    assert found.text == "Café crème, señor\ncaf\ufffd\n" and found.replaced == 1


@pytest.mark.parametrize("data", [b"\x01\x02\x03\x04" * 100, bytes(range(256)) * 4])
def test_bytes_that_are_no_text_are_refused(data: bytes) -> None:
    with pytest.raises(BadCatalog, match="not text"):
        decode(data)


def test_a_cut_character_at_the_end_is_a_broken_upload() -> None:
    with pytest.raises(BadCatalog, match="middle of a character"):
        decode("name,é\n".encode("utf-16")[:-1])


def test_a_person_can_choose_the_encoding() -> None:
    data = "name\nщит\n".encode("cp1251")

    assert list(read_table(data, options=ReadOptions(encoding="cp1251")).rows) == [["щит"]]
    with pytest.raises(BadCatalog, match="no encoding named"):
        read_table(data, options=ReadOptions(encoding="klingon"))
    with pytest.raises(BadCatalog, match="byte 6"):
        read_table(data, options=ReadOptions(encoding="ascii"))
