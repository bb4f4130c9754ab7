"""Numbers with a checksum, keys, languages: what is found, and what is left alone."""

from __future__ import annotations

import pytest

from bot.preflight.language import language_of
from bot.preflight.private import is_card, is_iban, personal_data_in, secrets_in
from bot.preflight.texts import FILLER, PLACEHOLDER, REFUSAL

LETTERS = "abcdefghij" * 5


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Write to ann.smith@shop-of-ann.com.", "an e-mail address"),
        ("Call +49 30 901820 today.", "a telephone number"),
        ("Call (212) 555-0142 today.", "a telephone number"),
        ("Pay to DE89 3704 0044 0532 0130 00 please.", "a bank account number (IBAN)"),
        ("Card 4111 1111 1111 1111 was used.", "a card number"),
        ("Card 378282246310005 was used.", "a card number"),
        ("Her number is 219-09-9999.", "an identity number"),
        ("Su DNI es 12345678Z.", "an identity number"),
    ],
)
def test_personal_data_is_found(text: str, kind: str) -> None:
    assert list(personal_data_in(text)) == [kind]


@pytest.mark.parametrize(
    "text",
    [
        "Write to ann@example.com.",
        "Article 4006381333931, 12 x 1,000 ml, 2024-05-17.",
        "DE89 3704 0044 0532 0130 01 has a wrong checksum.",
        "4111 1111 1111 1112 has a wrong checksum.",
        "34009 301 2345 6 and 3400930012345 are package codes.",
        "From 1,299.00 to 2,499.00, sizes 36-38-40-42.",
        "12345678A has a wrong letter.",
        "Model 300-20-4500-X, ISO 9001:2015.",
    ],
)
def test_ordinary_numbers_are_left_alone(text: str) -> None:
    assert list(personal_data_in(text)) == []


@pytest.mark.parametrize(
    "secret",
    [
        "sk-" + "proj-" + LETTERS,
        "AKIA" + "ABCDEFGHIJKLMNOP",
        "ghp" + "_" + LETTERS[:36],
        "xoxb" + "-123456789012-abcdefghijkl",
        "AIza" + LETTERS[:35],
        "hf" + "_" + LETTERS[:34],
        "eyJ" + "hbGciOiJIUzI1NiJ9" + "." + "eyJ" + "zdWIiOiIxMjM0In0" + "." + "c2lnbmF0dXJlLXNpZw",
        "-----BEGIN " + "RSA PRIVATE KEY-----",
        "postgresql" + "://user:word@db.local/shop",
    ],
)
def test_keys_and_passwords_are_found(secret: str) -> None:
    assert len(list(secrets_in(f"Use {secret} for it."))) == 1


def test_words_that_only_look_like_keys_are_left_alone() -> None:
    assert list(secrets_in("A risk-free task-based desk-lamp, sk-8000, https://shop.test:8080/a")) == []


@pytest.mark.parametrize(
    "text", ["[product name]", "{{name}}", "{brand_name}", "${price}", "[insert text here]", "TODO: write"]
)
def test_gaps_are_found(text: str) -> None:
    assert PLACEHOLDER.search(f"Buy {text} now.") or FILLER.search(f"Buy {text} now.")


@pytest.mark.parametrize(
    "text", ["[the guide](https://shop.test)", "[1]", "[sic]", "TODO LO QUE BUSCAS", "5 {a}", "50 %"]
)
def test_brackets_with_a_meaning_are_left_alone(text: str) -> None:
    assert not PLACEHOLDER.search(text) and not FILLER.search(text)


def test_refusals_are_told_from_texts_about_ai() -> None:
    assert REFUSAL.search("I'm sorry, but I can't help with that.") and REFUSAL.search("As an AI, I have no taste.")
    assert not REFUSAL.search("A speaker with AI inside; you cannot help but dance.")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The lamp is made of brass and it will light your room for years with a warm glow.", "English"),
        ("Die Lampe ist aus Messing und macht das Zimmer mit ihrem Licht auch im Winter warm.", "German"),
        ("La lampe est en laiton et éclaire votre salon avec une lumière douce pour les soirées.", "French"),
        ("La lámpara es de latón y llena el salón con una luz suave para las noches que más te gustan.", "Spanish"),
        ("1 flacon(s) de poudre en verre - 1 flacon(s) de solvant en verre de 100 ml", ""),
        ("真鍮のランプが部屋をやさしく照らします。", "Japanese"),
        ("Латунная лампа наполняет комнату мягким светом.", "Russian or a neighbour"),
        ("Brass lamp, 40 W", ""),
    ],
)
def test_a_language_is_named_only_where_it_is_clear(text: str, language: str) -> None:
    assert language_of(text) == language


def test_checksums_take_the_right_and_refuse_the_wrong() -> None:
    assert is_iban("GB82 WEST 1234 5698 7654 32") and not is_iban("GB82 WEST 1234 5698 7654 33")
    assert is_card("5500005555555559") and not is_card("5500005555555558") and not is_card("0000000000000000")
