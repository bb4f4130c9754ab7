"""Tokens are counted with the model's own tokenizer where it is at hand, else estimated, and which it was is said."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.errors import BotError
from bot.preflight import Options
from bot.preflight.tokens import HOSTED_LIMIT, counter_for
from tests.preflight.files import GOOD, checked, lines

TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}"
)


def given_model(folder: Path, *, template: str = TEMPLATE) -> Path:
    """A model's folder with a tokenizer that splits at blanks, and room for 30 tokens."""
    tokenizers = pytest.importorskip("tokenizers", reason="the tokenizers library is part of the extra `local`")
    tokenizer = tokenizers.Tokenizer(tokenizers.models.WordLevel({"?": 0}, unk_token="?"))
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.WhitespaceSplit()
    folder.mkdir()
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "config.json").write_text('{"max_position_embeddings": 30}')
    (folder / "tokenizer_config.json").write_text(json.dumps({"chat_template": template} if template else {}))
    return folder


def test_without_a_model_tokens_are_estimated(tmp_path: Path) -> None:
    report = checked(tmp_path, lines(GOOD))

    assert not report.tokens.exact and 12 * 20 < report.tokens.total < 12 * 80


def test_with_the_models_tokenizer_and_template_they_are_exact(tmp_path: Path) -> None:
    pytest.importorskip("jinja2", reason="the chat template's library is part of the extra `local`")
    counter = counter_for(given_model(tmp_path / "model"))

    report = checked(tmp_path, lines(GOOD), Options(counter=counter))

    words = [sum(len(turn["content"].split()) + 1 for turn in line["messages"]) for line in GOOD]
    assert report.tokens.exact and (report.tokens.total, report.tokens.longest) == (sum(words), max(words))
    assert {one.line for one in report.errors} == {at for at, count in enumerate(words, 1) if count > 30}


def test_without_a_chat_template_the_count_is_not_called_exact(tmp_path: Path) -> None:
    counter = counter_for(given_model(tmp_path / "model", template=""))

    assert not counter.exact and counter.limit == 30


def test_a_folder_without_a_model_is_a_sentence(tmp_path: Path) -> None:
    pytest.importorskip("tokenizers", reason="the tokenizers library is part of the extra `local`")
    with pytest.raises(BotError, match=r"no tokenizer\.json"):
        counter_for(tmp_path)


def test_the_limit_can_be_given() -> None:
    assert (counter_for(None).limit, counter_for(None, limit=99).limit) == (HOSTED_LIMIT, 99)


@pytest.mark.slow
def test_the_starter_models_tokens_are_counted_as_its_trainer_counts_them() -> None:
    transformers = pytest.importorskip("transformers", reason="transformers is part of the extra `local`")
    from bot.local.engine.fetch import starter_dir
    from bot.preflight.foreign import read_any

    if not (starter_dir() / "tokenizer.json").is_file():
        pytest.skip("the starter model is not on this machine")
    counter = counter_for(starter_dir())
    theirs = transformers.AutoTokenizer.from_pretrained(starter_dir())
    for line in GOOD:
        example = read_any(line, lambda code, message: None)
        ids = theirs.apply_chat_template(line["messages"], return_dict=True)["input_ids"]
        assert counter.count(example) == len(ids)
