"""A training file is accepted or refused before anything is trained, and the refusal names the lines."""

import json

import pytest

from bot.local.engine.validate import Example, InvalidFile, read_examples
from tests.support.engine import chat_line, chat_lines


def words(example: Example) -> int:
    return sum(len(message.content.split()) for message in example)


def read(content: bytes, *, limit: int = 100) -> list[Example]:
    return read_examples(content.splitlines(keepends=True), count_tokens=words, token_limit=limit)


def turns(*messages: object) -> bytes:
    return json.dumps({"messages": messages}).encode() + b"\n"


USER = {"role": "user", "content": "a thing"}
ASSISTANT = {"role": "assistant", "content": "a text"}


def test_a_good_file_comes_out_in_order() -> None:
    examples = read(chat_lines(12))

    assert [example[0].content for example in examples] == [f"thing {n}" for n in range(12)]


def test_a_byte_order_mark_blank_lines_and_windows_line_ends_do_no_harm() -> None:
    content = b"\xef\xbb\xbf" + chat_lines(10).replace(b"\n", b"\r\n") + b"\r\n\n"

    assert len(read(content)) == 10


def test_nine_examples_are_too_few_and_both_numbers_are_said() -> None:
    with pytest.raises(InvalidFile, match="9 examples; at least 10") as refused:
        read(chat_lines(9))

    assert refused.value.code == "invalid_n_examples"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"not json\n", "is not JSON"),
        (b'{"messages": [\xff]}\n', "is not UTF-8"),
        (b'["messages"]\n', "needs an object"),
        (b'{"prompt": "a", "completion": "b"}\n', "is in completion form; the lines before it are in chat form"),
        (turns(), "last message must come from the assistant"),
        (turns(ASSISTANT, USER), "last message must come from the assistant"),
        (turns(USER, {"role": "assistant", "content": " "}), "message 2 is empty"),
        (turns(USER, {"role": "assistant", "content": None}), "message 2 is not a text"),
        (turns({"role": "robot", "content": "a"}, ASSISTANT), "role 'robot'"),
        (turns("hello", ASSISTANT), "message 1 is not an object"),
        (turns(USER, {**ASSISTANT, "weight": 2}), "neither 0 nor 1"),
        (turns(USER, {**ASSISTANT, "weight": 0}), "nothing to learn"),
        (chat_line("thing", "word " * 200), "201 tokens long; 100 is the most"),
    ],
)
def test_a_bad_line_is_named_by_its_number(line: bytes, said: str) -> None:
    with pytest.raises(InvalidFile) as refused:
        read(chat_lines(10) + line)

    assert "line 11: " in refused.value.message and said in refused.value.message


def test_of_many_bad_lines_the_first_few_are_told_and_the_rest_counted() -> None:
    with pytest.raises(InvalidFile) as refused:
        read(b"x\n" * 40)

    assert refused.value.message.count("line ") == 5 and "and 35 more" in refused.value.message


def test_an_answer_with_weight_zero_is_context_only() -> None:
    line = turns(USER, {**ASSISTANT, "weight": 0}, USER, ASSISTANT)

    example = read(line * 10)[0]

    assert [message.trained for message in example] == [True, False, True, True]
