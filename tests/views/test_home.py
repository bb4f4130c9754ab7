from dataclasses import replace

from bot.domain.home import Counts, HomeCard, ProjectCard, Stage
from bot.views import home as views
from bot.views.ids import Action

CARD = ProjectCard(
    id=7,
    name="Tea & <b>cups</b>",
    channel="C1",
    owners=("UANA",),
    stage=Stage.REVIEW,
    counts=Counts(products=60, catalog_used=True, open=12, approved=3, unfrozen=3),
)


def buttons(blocks: list[dict[str, object]]) -> list[str]:
    return [e["action_id"] for b in blocks if b["type"] == "actions" for e in b["elements"]]  # type: ignore[attr-defined]


def test_a_project_card_leads_with_the_button_of_the_next_step() -> None:
    message = views.project_card(CARD)

    assert buttons(message.blocks)[0] == Action.REVIEW_NEXT


def test_a_project_card_says_everything_to_a_screen_reader_and_escapes_the_name() -> None:
    message = views.project_card(CARD)

    assert message.text.startswith("Tea &amp; &lt;b&gt;cups&lt;/b&gt;: Texts are waiting")
    assert "3 approved, 0 rejected, 12 open" in message.text


def test_app_home_says_first_how_much_waits_and_how_long_it_takes() -> None:
    view = views.home_view(HomeCard("UANA", (CARD,), waiting=12, review_in=CARD.id))

    assert "*12 texts* for you, about 6 minutes" in view["blocks"][1]["text"]["text"]
    assert buttons(view["blocks"]) == [Action.REVIEW_NEXT]


def test_app_home_without_projects_says_how_to_begin() -> None:
    view = views.home_view(HomeCard("UANA", (), waiting=0))

    assert "/invite @Tunesmith" in str(view["blocks"])


def test_one_of_a_thing_is_not_several() -> None:
    one = replace(CARD, counts=replace(CARD.counts, products=1, datasets=1))

    assert "1 product · " in views.project_card(one).text and "1 training set" in views.project_card(one).text
    assert "*1 text* for you, about 1 minute." in str(views.home_view(HomeCard("UANA", (), waiting=1)))


def test_once_a_model_is_taught_its_card_offers_to_ask_whether_it_helped() -> None:
    taught = replace(CARD, stage=Stage.MODEL)

    assert buttons(views.project_card(taught).blocks)[:3] == [
        Action.TRY_MODEL, Action.COMPARE_OPEN, Action.FINISH_OPEN,
    ]  # fmt: skip
