"""The word diff: both texts can be read out of it, and phrases change as phrases."""

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.word_diff import Change, Run, shortened, word_diff

TEXTS = st.text(alphabet="ab \n,.安全é", max_size=40)


@given(TEXTS, TEXTS)
def test_both_texts_are_in_their_diff(old: str, new: str) -> None:
    runs = word_diff(old, new)

    assert "".join(run.words for run in runs if run.change != Change.NEW) == old
    assert "".join(run.words for run in runs if run.change != Change.GONE) == new


def test_words_change_whole_and_neighbours_together() -> None:
    runs = word_diff("A warm red lamp for the hall.", "A cosy blue lamp for the hall!")

    assert runs[:3] == (Run(Change.SAME, "A "), Run(Change.GONE, "warm red"), Run(Change.NEW, "cosy blue"))
    assert [run.words for run in runs[3:]] == [" lamp for the hall", ".", "!"]


def test_long_unchanged_stretches_are_cut_in_their_middle() -> None:
    long = "word " * 200

    [same, _] = shortened(word_diff(long, long + "new"), context=20)

    assert same.words == f"{long[:20]} … {long[-20:]}"
