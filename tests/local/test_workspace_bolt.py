"""A stock Bolt app on the local workspace: what people do reaches it, what it answers reaches them."""

import asyncio
from functools import partial
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError

from bot.demo.person import Person, PersonError
from tests.local.conftest import bolt, connected
from tests.support.workspace import CATALOG, RANDOM, Workspace

BUTTON = {
    "type": "actions",
    "elements": [
        {"type": "button", "action_id": "approve:7", "text": {"type": "plain_text", "text": "Approve"}, "value": "7:1"}
    ],
}


def section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def modal(*blocks: dict[str, Any], **more: Any) -> dict[str, Any]:
    title = {"type": "plain_text", "text": "A form"}
    submit = {"type": "plain_text", "text": "Save"}
    return {"type": "modal", "callback_id": "form", "title": title, "submit": submit, "blocks": list(blocks), **more}


def field(block_id: str, action_id: str, **element: Any) -> dict[str, Any]:
    return {
        "type": "input",
        "block_id": block_id,
        "label": {"type": "plain_text", "text": block_id},
        "element": {"type": "plain_text_input", "action_id": action_id, **element},
    }


async def test_message_is_heard_and_answered_in_its_thread(slack: Workspace) -> None:
    app = bolt(slack)

    @app.message("hello")
    async def greet(event: dict[str, Any], say: Any) -> None:
        await say(text=f"hi <@{event['user']}>", thread_ts=event["ts"])

    async with connected(app, slack):
        ts = await slack.ana.send(CATALOG, "hello & <all>")
        answer = await slack.ben.wait_for_text("hi <@U0ANA>")

    assert answer["thread_ts"] == ts
    [parent] = await slack.ana.history(CATALOG)
    assert parent["text"] == "hello &amp; &lt;all&gt;"
    assert parent["reply_count"] == 1


async def test_mention_reaches_the_app_only_where_it_is_a_member(slack: Workspace) -> None:
    app, heard = bolt(slack), []

    @app.event("app_mention")
    async def mentioned(event: dict[str, Any], say: Any) -> None:
        heard.append(event["channel"])
        await say("yes?")

    @app.event("message")
    async def ignore() -> None: ...

    async with connected(app, slack):
        await slack.ana.send(RANDOM, "@Tester are you here?")
        await slack.ana.send(CATALOG, "@Tester are you here?")
        await slack.ana.wait_for_text("yes?")

    assert heard == [CATALOG]


async def test_button_runs_its_listener_and_the_message_changes(slack: Workspace) -> None:
    app = bolt(slack)

    @app.action("approve:7")
    async def approve(ack: Any, body: dict[str, Any], respond: Any) -> None:
        await ack()
        assert body["container"]["message_ts"] == body["message"]["ts"]
        await respond(text=f"Approved {body['actions'][0]['value']}", replace_original=True)

    async with connected(app, slack):
        await app.client.chat_postMessage(channel=CATALOG, text="One to approve", blocks=[section("One"), BUTTON])
        await slack.ana.click("Approve")
        done = await slack.ben.wait_for_text("Approved 7:1")

    assert "blocks" not in done
    assert [call["args"]["text"] for call in await slack.calls("response_url")] == ["Approved 7:1"]


async def test_silent_app_is_shown_to_the_person_and_the_click_is_not_repeated(slack: Workspace) -> None:
    app, clicks = bolt(slack), []

    @app.action("approve:7")
    async def forget(body: dict[str, Any]) -> None:
        clicks.append(body)

    await slack.control.clock(ack_seconds=0.3, retry_seconds=[0.05])
    async with connected(app, slack):
        await app.client.chat_postMessage(channel=CATALOG, text="x", blocks=[BUTTON])
        with pytest.raises(PersonError) as refused:
            await slack.ana.click("approve:")
        await asyncio.sleep(0.5)

    assert refused.value.code == "no_answer"
    assert len(clicks) == 1
    assert await slack.ana.wait_for_toast("did not answer within 0.3 seconds")


async def test_slash_command_answers_privately_and_opens_a_modal_that_is_submitted(slack: Workspace) -> None:
    app, saved = bolt(slack), []

    @app.command("/try")
    async def start(ack: Any, body: dict[str, Any], client: Any) -> None:
        await ack(f"You said {body['text']}")
        await client.views_open(trigger_id=body["trigger_id"], view=modal(field("name", "text", initial_value="new")))

    @app.view("form")
    async def save(ack: Any, view: dict[str, Any]) -> None:
        saved.append(view["state"]["values"]["name"]["text"]["value"])
        await ack()

    async with connected(app, slack):
        await slack.ana.command(CATALOG, "/try this & @ben")
        note = await slack.ana.wait_for_text("You said this &amp; <@U0BEN>")
        assert await slack.ana.submit() == {}
        await slack.ana.wait_for_no_modal()

    assert note["ephemeral"] is True
    assert await slack.ben.history(CATALOG) == []
    assert saved == ["new"]


async def test_modal_shows_errors_then_an_update_then_a_pushed_view_then_clears(slack: Workspace) -> None:
    app = bolt(slack)

    @app.shortcut("start")
    async def start(ack: Any, shortcut: dict[str, Any], client: Any) -> None:
        await ack()
        await client.views_open(trigger_id=shortcut["trigger_id"], view=modal(field("name", "text")))

    @app.view("form")
    async def step(ack: Any, view: dict[str, Any]) -> None:
        typed = view["state"]["values"]["name"]["text"]["value"]
        if typed == "bad":
            await ack(response_action="errors", errors={"name": "Not that one."})
        elif typed == "update":
            await ack(response_action="update", view=modal(field("name", "text"), section("Updated")))
        elif typed == "push":
            await ack(response_action="push", view=modal(field("name", "text"), section("Pushed")))
        else:
            await ack(response_action="clear")

    ana = slack.ana
    async with connected(app, slack):
        await ana.shortcut("start")
        await ana.wait_for_modal()
        assert await ana.submit({"name": ""}) == {"name": "Please complete this required field."}
        assert await ana.submit({"name": "bad"}) == {"name": "Not that one."}
        assert ana.modals[-1]["errors"] == {"name": "Not that one."}
        await ana.submit({"name": "update"})
        await ana.wait_for_modal(lambda view: "Updated" in str(view["blocks"]))
        assert len(ana.modals) == 1
        await ana.submit({"text": "push"})
        await ana.wait_for_modal(lambda view: "Pushed" in str(view["blocks"]))
        assert len(ana.modals) == 2
        await ana.submit({"name": "done"})
        await ana.wait_for_no_modal()


async def test_errors_for_a_block_that_is_no_input_are_refused_as_slack_does(slack: Workspace) -> None:
    app = bolt(slack)

    @app.shortcut("start")
    async def start(ack: Any, shortcut: dict[str, Any], client: Any) -> None:
        await ack()
        await client.views_open(trigger_id=shortcut["trigger_id"], view=modal(field("name", "text")))

    @app.view("form")
    async def step(ack: Any) -> None:
        await ack(response_action="errors", errors={"elsewhere": "No."})

    async with connected(app, slack):
        await slack.ana.shortcut("start")
        with pytest.raises(PersonError, match="trouble connecting"):
            await slack.ana.submit({"name": "x"})

    [bad] = await slack.calls("response_action")
    assert "input blocks" in bad["error"]


async def test_typed_text_survives_an_update_that_keeps_the_ids(slack: Workspace) -> None:
    app = bolt(slack)
    preview = {
        "type": "actions",
        "elements": [
            {"type": "button", "action_id": "preview", "text": {"type": "plain_text", "text": "Preview"}, "value": "1"}
        ],
    }

    @app.shortcut("start")
    async def start(ack: Any, shortcut: dict[str, Any], client: Any) -> None:
        await ack()
        view = modal(field("kept", "text"), field("dropped", "text"), preview)
        await client.views_open(trigger_id=shortcut["trigger_id"], view=view)

    @app.action("preview")
    async def show(ack: Any, body: dict[str, Any], client: Any) -> None:
        await ack()
        view = modal(field("kept", "text"), field("fresh", "text"), preview, section("Shown"))
        await client.views_update(view_id=body["view"]["id"], hash=body["view"]["hash"], view=view)

    async with connected(app, slack):
        await slack.ana.shortcut("start")
        await slack.ana.wait_for_modal()
        typed = {
            "kept": {"text": {"type": "plain_text_input", "value": "stay"}},
            "dropped": {"text": {"type": "plain_text_input", "value": "go"}},
        }
        await slack.ana.click("Preview", state=typed)
        view = await slack.ana.wait_for_modal(lambda view: "Shown" in str(view["blocks"]))

    values = view["state"]["values"]
    assert values["kept"]["text"]["value"] == "stay"
    assert values["fresh"]["text"]["value"] is None
    assert "dropped" not in values


async def test_trigger_works_once_and_not_for_long(slack: Workspace) -> None:
    app, answers = bolt(slack), asyncio.Queue[str]()
    patience = 0.0

    @app.shortcut("start")
    async def start(ack: Any, shortcut: dict[str, Any], client: Any) -> None:
        await ack()
        await asyncio.sleep(patience)
        for _ in range(2):
            try:
                await client.views_open(trigger_id=shortcut["trigger_id"], view=modal(section("Hi")))
                await answers.put("opened")
            except SlackApiError as refusal:
                await answers.put(refusal.response["error"])

    async with connected(app, slack):
        await slack.ana.shortcut("start")
        await slack.ana.wait_for_modal()
        await slack.control.clock(trigger_seconds=0.2)
        patience = 0.3
        await slack.ana.shortcut("start")
        got = [await asyncio.wait_for(answers.get(), 5) for _ in range(4)]

    assert got == ["opened", "exchanged_trigger_id", "expired_trigger_id", "expired_trigger_id"]


async def test_stale_hash_is_a_conflict_and_a_closed_modal_is_not_found(slack: Workspace) -> None:
    app, closed = bolt(slack), asyncio.Event()

    @app.shortcut("start")
    async def start(ack: Any, shortcut: dict[str, Any], client: Any) -> None:
        await ack()
        await client.views_open(trigger_id=shortcut["trigger_id"], view=modal(section("Hi"), notify_on_close=True))

    @app.view_closed("form")
    async def gone(ack: Any) -> None:
        await ack()
        closed.set()

    async with connected(app, slack):
        await slack.ana.shortcut("start")
        view = await slack.ana.wait_for_modal()
        await app.client.views_update(view_id=view["id"], hash=view["hash"], view=modal(section("Ho")))
        with pytest.raises(SlackApiError, match="hash_conflict"):
            await app.client.views_update(view_id=view["id"], hash=view["hash"], view=modal(section("Hu")))
        await slack.ana.wait_for_modal(lambda view: "Ho" in str(view["blocks"]))
        await app.client.views_update(view_id=view["id"], view=modal(section("Ha"), notify_on_close=True))
        await slack.ana.close_modal()
        await asyncio.wait_for(closed.wait(), 5)
        with pytest.raises(SlackApiError, match="not_found"):
            await app.client.views_update(view_id=view["id"], view=modal(section("Hu")))


def is_on_top(person: Person, depth: int, view: dict[str, Any]) -> bool:
    return len(person.modals) == depth and person.modals[-1]["id"] == view["id"]


async def test_fourth_modal_is_one_too_many(slack: Workspace) -> None:
    app, refusals = bolt(slack), asyncio.Queue[str]()
    more = {"type": "button", "action_id": "more", "text": {"type": "plain_text", "text": "More"}}

    @app.shortcut("start")
    async def start(ack: Any, shortcut: dict[str, Any], client: Any) -> None:
        await ack()
        await client.views_open(trigger_id=shortcut["trigger_id"], view=modal({"type": "actions", "elements": [more]}))

    @app.action("more")
    async def push(ack: Any, body: dict[str, Any], client: Any) -> None:
        await ack()
        try:
            view = modal({"type": "actions", "elements": [more]})
            await client.views_push(trigger_id=body["trigger_id"], view=view)
        except SlackApiError as refusal:
            await refusals.put(refusal.response["error"])

    async with connected(app, slack):
        await slack.ana.shortcut("start")
        for depth in (1, 2, 3):
            await slack.ana.wait_for_modal(partial(is_on_top, slack.ana, depth))
            await slack.ana.click("More")
        refused = await asyncio.wait_for(refusals.get(), 5)
        await slack.ana.close_modal()
        assert len(slack.ana.modals) == 2
        await slack.ana.close_modal(everything=True)

    assert refused == "push_limit_reached"
    assert slack.ana.modals == []


async def test_response_url_works_five_times_and_then_no_more(slack: Workspace) -> None:
    app, statuses = bolt(slack), asyncio.Queue[int]()

    @app.command("/try")
    async def chatter(ack: Any, respond: Any) -> None:
        await ack()
        for number in range(6):
            kind = "in_channel" if number == 0 else "ephemeral"
            answer = await respond(text=f"answer {number}", response_type=kind)
            await statuses.put(answer.status_code)

    async with connected(app, slack):
        await slack.ana.command(RANDOM, "/try")
        got = [await asyncio.wait_for(statuses.get(), 5) for _ in range(6)]

    assert got == [200] * 5 + [404]
    assert [message["text"] for message in await slack.ben.history(RANDOM)] == ["answer 0"]
    assert len(await slack.ana.history(RANDOM)) == 5


async def test_menu_choice_is_one_of_the_offered_options(slack: Workspace) -> None:
    app, chosen = bolt(slack), []
    options = [{"text": {"type": "plain_text", "text": name}, "value": name.lower()} for name in ("Skip", "Flag")]
    menu = {"type": "overflow", "action_id": "menu", "options": options}
    people = {"type": "users_select", "action_id": "who"}

    @app.action("menu")
    async def picked(ack: Any, action: dict[str, Any]) -> None:
        await ack()
        chosen.append(action["selected_option"]["value"])

    @app.action("who")
    async def named(ack: Any, action: dict[str, Any]) -> None:
        await ack()
        chosen.append(action["selected_user"])

    async with connected(app, slack):
        block = {"type": "actions", "block_id": "b", "elements": [menu, people]}
        posted = await app.client.chat_postMessage(channel=CATALOG, text="x", blocks=[block])
        await slack.ana.click("menu", choose="Flag")
        await slack.ana.click("who", choose="U0BEN")
        with pytest.raises(PersonError, match="not offered"):
            action = {"block_id": "b", "action_id": "menu", "selected_option": {"value": "other"}}
            container = {"type": "message", "channel": CATALOG, "ts": posted["ts"]}
            await slack.ana.act("click", container=container, action=action)

    assert chosen == ["flag", "U0BEN"]


async def test_external_menu_asks_the_app_for_options(slack: Workspace) -> None:
    app = bolt(slack)
    select = {"type": "external_select", "action_id": "product", "min_query_length": 1}
    label = {"type": "plain_text", "text": "Product"}

    @app.shortcut("start")
    async def start(ack: Any, shortcut: dict[str, Any], client: Any) -> None:
        await ack()
        block = {"type": "input", "block_id": "b", "label": label, "element": select}
        await client.views_open(trigger_id=shortcut["trigger_id"], view=modal(block))

    @app.options("product")
    async def find(ack: Any, payload: dict[str, Any]) -> None:
        text = {"type": "plain_text", "text": f"Garden {payload['value']}"}
        await ack(options=[{"text": text, "value": "1"}])

    async with connected(app, slack):
        await slack.ana.shortcut("start")
        view = await slack.ana.wait_for_modal()
        action = {"block_id": "b", "action_id": "product", "value": "ho"}
        answer = await slack.ana.act("options", view_id=view["id"], action=action)

    assert answer["options"][0]["text"]["text"] == "Garden ho"


async def test_reaction_with_a_skin_tone_arrives_as_clients_send_it(slack: Workspace) -> None:
    app, seen = bolt(slack), asyncio.Queue[tuple[str, ...]]()

    @app.event("reaction_added")
    async def added(event: dict[str, Any]) -> None:
        await seen.put(("added", event["user"], event["reaction"], event["item"]["ts"], event["item_user"]))

    @app.event("reaction_removed")
    async def removed(event: dict[str, Any]) -> None:
        await seen.put(("removed", event["reaction"]))

    async with connected(app, slack):
        posted = await app.client.chat_postMessage(channel=CATALOG, text="Good?")
        message = await slack.ben.wait_for_text("Good?")
        await slack.ben.react(message, "+1::skin-tone-4")
        added_ = await asyncio.wait_for(seen.get(), 5)
        await slack.ben.unreact(message, "+1::skin-tone-4")
        removed_ = await asyncio.wait_for(seen.get(), 5)

    assert added_ == ("added", "U0BEN", "+1::skin-tone-4", posted["ts"], "U0TUNE")
    assert removed_ == ("removed", "+1::skin-tone-4")


async def test_message_shortcut_carries_the_message_and_its_files(slack: Workspace) -> None:
    app, got = bolt(slack), []

    @app.shortcut("look")
    async def look(ack: Any, shortcut: dict[str, Any]) -> None:
        await ack()
        got.append((shortcut["message"]["text"], shortcut["message"]["files"][0]["name"]))

    @app.event("message")
    @app.event("file_shared")
    async def ignore() -> None: ...

    async with connected(app, slack):
        await slack.ana.upload(CATALOG, ("list.csv", b"Name\nHose\n"), text="our list")
        message = await slack.ana.wait_for_text("our list")
        await slack.ana.shortcut("look", message)

    assert got == [("our list", "list.csv")]


async def test_home_is_published_when_it_is_opened(slack: Workspace) -> None:
    app = bolt(slack)

    @app.event("app_home_opened")
    async def opened(event: dict[str, Any], client: Any) -> None:
        view = {"type": "home", "blocks": [section(f"Hello <@{event['user']}>"), BUTTON]}
        await client.views_publish(user_id=event["user"], view=view)

    @app.action("approve:7")
    async def approve(ack: Any, body: dict[str, Any], client: Any) -> None:
        await ack()
        await client.views_publish(user_id=body["user"]["id"], view={"type": "home", "blocks": [section("Approved")]})

    async with connected(app, slack):
        assert await slack.ana.home() is None
        await slack.ana.wait_for_home(lambda view: "Hello <@U0ANA>" in str(view["blocks"]))
        await slack.ana.click("Approve", home=True)
        await slack.ana.wait_for_home(lambda view: "Approved" in str(view["blocks"]))

    assert slack.ben.home_view is None
