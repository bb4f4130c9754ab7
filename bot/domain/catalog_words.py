"""Words that column headers are made of, in the languages that catalogs come in."""

from __future__ import annotations

import re
import unicodedata


def word_set(text: str) -> frozenset[str]:
    """The words of a text, which is easier to read and extend than a list of quoted ones."""
    return frozenset(text.split())


NAME_WORDS = word_set(
    """name title product item article titel nombre nom titre titulo titolo nome naam produkt produit producto prodotto
    produto artikel articulo bezeichnung libelle designation denominazione medicine drug brand label
    品名 商品名 製品名 名称 产品名称 商品名称 产品 نام اسم العنوان название наименование"""
)
TYPE_WORDS = word_set(
    """type category kind class group form genre sort department tipo categoria kategorie typ art categorie
    familie gruppe
    clase groupe family facets subcategory 区分 種類 カテゴリ 分類 类别 类型 分类 категория тип الفئة نوع"""
)
DETAIL_WORDS = word_set(
    """detail details feature features tag tags attribute attributes spec specs specification specifications variant
    variants option options ingredient ingredients substance material materials keyword keywords color colour colors
    colours size sizes strength merkmale eigenschaften caracteristicas caracteristiques dettagli values facets
    規格 成分名 特徴 详情 规格 التفاصيل"""
)
TEXT_WORDS = word_set(
    """description text copy body blurb summary texte beschreibung descripcion descrizione omschrijving descricao texto
    testo story completion 説明 描述 الوصف описание"""
)
OWN_WORDS = word_set("our house existing current own final approved unser unsere notre nuestra nuestro")
LIST_WORDS = word_set(
    """tags keywords features values options categories colors colours sizes ingredients materials synonyms labels
    variants attributes images names brands languages species uses benefits flavors flavours forms details types
    allergens etiquetas palabras colores tallas mots tailles couleurs farben groessen grossen schlagworter"""
)
ID_WORDS = word_set("id code number no url link image slug handle sku price")
NOT_A_NAME = ID_WORDS | word_set("vendor company holder file group status type category date")


def words_of(header: str) -> tuple[str, ...]:
    """A header as plain lower-case words: accents off, camelCase and punctuation taken apart."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", header)
    plain = "".join(c for c in unicodedata.normalize("NFKD", spaced) if not unicodedata.combining(c))
    return tuple(re.findall(r"[^\W_]+", plain.casefold()))


def names_a_product(header: str) -> bool:
    """True for headers such as "Product Name", "Title", "DrugName"; false for "Brand Name(s)" or "Product ID".

    What a header says in round brackets does not count."""
    words = set(words_of(header.partition("(")[0]))
    return bool(words & NAME_WORDS) and not words & NOT_A_NAME and not names_a_list(header)


def names_a_list(header: str) -> bool:
    """True for headers that promise several values: a listing word in the plural, or "(s)" after a word."""
    return "(s)" in header.casefold() or bool(set(words_of(header)) & LIST_WORDS)
