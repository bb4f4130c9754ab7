"""The window says what goes; the card becomes a receipt that says what is left and what to do about it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

from bot.domain.deletion import Contents, DeletionWindow, ErasureCard, ErasureState, Sealed, Thing, ThingKind, Why
from bot.domain.deletion import ThingState as State
from bot.views.deletion import deletion_modal, erasure_card

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
CARD = ErasureCard(
    id=4, project_id=7, name="Tea <&> Co", why=Why.ASKED, asked_by="UANA", asked_at=NOW, state=ErasureState.WAITING,
    not_before=NOW,
)  # fmt: skip
FILE = Thing("lab", ThingKind.FILE, "file-1")


def test_the_window_counts_what_goes_and_asks_for_the_name() -> None:
    contents = Contents(products=1200, texts=1, versions=2, provider_files=2, models=1, runs=1, jobs=1)

    view = deletion_modal(DeletionWindow(7, "Teas", contents, ("lab",)))

    shown = json.dumps(view, ensure_ascii=False)
    for words in ("1,200 products", "1 text", "2 frozen versions", "At lab", "2 training files", "Exactly: Teas"):
        assert words in shown
    assert "Still at work, and cancelled with it:* 1 run that writes texts and 1 model being taught" in shown
    assert view["private_metadata"] == "7" and "verdict" not in shown.split("Here only numbers")[0]


def test_an_empty_project_is_said_to_be_empty_and_nothing_is_said_of_a_provider() -> None:
    shown = json.dumps(deletion_modal(DeletionWindow(7, "Teas", Contents())))

    assert "Nothing yet." in shown and "*At " not in shown and "at work" not in shown


def test_the_receipt_has_short_hashes_in_the_channel_and_whole_ones_for_who_ordered_it() -> None:
    done = replace(CARD, state=ErasureState.DONE, finished_at=NOW, versions=(Sealed(1, "ab" * 32, 12),),
                   contents=Contents(texts=12), things=(replace(FILE, state=State.GONE),))  # fmt: skip

    short, full = (json.dumps(erasure_card(done, full=full).blocks) for full in (False, True))

    assert "ab" * 32 in full and "ab" * 32 not in short and "`abababababab`" in short
    assert "12 texts" in short and "1 training file at the provider" in short
    assert erasure_card(done).text == "“Tea &lt;&amp;&gt; Co” is deleted." and "Try again" not in short


def test_what_is_left_at_a_provider_is_named_with_what_to_do() -> None:
    failed = replace(FILE, state=State.FAILED, problem="The lab has trouble.")
    by_hand = replace(FILE, kind=ThingKind.MODEL, id="ft:x", state=State.BY_HAND)
    done = replace(CARD, state=ErasureState.DONE, finished_at=NOW, things=(failed, by_hand))

    shown = json.dumps(erasure_card(done).blocks)

    assert "2 things still lie at the provider." in erasure_card(done).text
    assert "Training file `file-1` at lab: The lab has trouble." in shown
    assert "Tuned model `ft:x` at lab: this provider has no call for it" in shown
    assert "Delete it in the provider's console." in shown and "deletion.retry" in shown
    assert "deletion.retry" not in json.dumps(erasure_card(replace(done, things=(by_hand,))).blocks)
    waiting = json.dumps(erasure_card(replace(done, state=ErasureState.WAITING)).blocks)
    assert "I try again by myself." in waiting and "deletion.retry" not in waiting


def test_an_old_project_can_be_kept_and_is_said_to_stay() -> None:
    old = replace(CARD, why=Why.AGE, asked_by="")

    assert "deletion.keep" in json.dumps(erasure_card(old).blocks)
    assert "stays. Nothing was deleted." in erasure_card(replace(old, state=ErasureState.CANCELLED)).text


def test_while_it_goes_on_the_card_says_what_it_waits_for() -> None:
    assert "Waiting until what is at work has ended" in erasure_card(replace(CARD, waiting_for_work=True)).text
    assert "500 rows erased so far" in json.dumps(erasure_card(replace(CARD, erased=500)).blocks)
