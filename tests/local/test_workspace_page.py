"""The workspace's page in a real browser, with a stock Bolt app on the other side."""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Locator, Page, WebSocketRoute, async_playwright, expect
from slack_bolt.async_app import AsyncApp

from tests.local.conftest import MANIFEST, bolt, connected
from tests.support.browser import drop_file
from tests.support.workspace import CATALOG, RANDOM, Workspace, visit

CHROMIUM = Path("/usr/bin/chromium")
CALM = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
PHONE_WIDTH = 375
HOSTILE = """<img src=x onerror="window.hacked=1"><script>window.hacked=1</script><svg onload=window.hacked=1>"""
HOSTILE_LINK = "javascript:window.hacked=1"

# One browser for all: starting one takes seconds. It, the pages and the workspace's people share the module's loop.
pytestmark = [
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no chromium: install Debian's package"),
    pytest.mark.asyncio(loop_scope="module"),
]
expect.set_options(timeout=10_000)


def mrkdwn(text: str) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": text}


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def button(text: str, action_id: str, **more: Any) -> dict[str, Any]:
    return {"type": "button", "text": plain(text), "action_id": action_id, "value": "7:1", **more}


def section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": mrkdwn(text)}


def actions(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "actions", "elements": list(elements)}


def field(block_id: str, **element: Any) -> dict[str, Any]:
    typed = {"type": "plain_text_input", "action_id": "typed", **element}
    return {"type": "input", "block_id": block_id, "label": plain(block_id), "element": typed}


def modal(*blocks: dict[str, Any]) -> dict[str, Any]:
    words = {"title": plain("House style"), "submit": plain("Save"), "close": plain("Cancel")}
    return {"type": "modal", "callback_id": "style", **words, "blocks": list(blocks)}


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=CHROMIUM, args=CALM)
        yield started
        await started.close()


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def desk(browser: Browser) -> BrowserContext:
    """A wide window; its cache spares most tests from loading the page anew."""
    return await browser.new_context(viewport={"width": 1280, "height": 800})


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def pocket(browser: Browser) -> BrowserContext:
    return await browser.new_context(viewport={"width": PHONE_WIDTH, "height": 812}, has_touch=True, is_mobile=True)


@pytest_asyncio.fixture(loop_scope="module")
async def slack(workspace_server: dict[str, str]) -> AsyncIterator[Workspace]:
    async with visit(workspace_server, MANIFEST) as running:
        yield running


@asynccontextmanager
async def visitor(context: BrowserContext, slack: Workspace, place: str = "") -> AsyncIterator[Page]:
    """Ana at the page. Fails if the page raised an error."""
    page = await context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    await page.goto(f"{slack.url}/{place}")
    await expect(page.locator(".person.mine")).to_be_attached()
    yield page
    await page.evaluate("localStorage.clear()")
    await page.close()
    assert problems == []


@pytest_asyncio.fixture(loop_scope="module")
async def page(desk: BrowserContext, slack: Workspace) -> AsyncIterator[Page]:
    async with visitor(desk, slack) as ready:
        yield ready


def composer(page: Page) -> Locator:
    return page.locator(".talk .composer-input")


def message(page: Page, text: str) -> Locator:
    return page.locator(".talk .message", has_text=text).last


async def say(page: Page, text: str) -> None:
    await composer(page).fill(text)
    await composer(page).press("Enter")


async def drop(page: Page, name: str, content: str) -> None:
    """Drag a file over the messages and let go."""
    await drop_file(page.locator(".talk .scroller"), name, content)


def with_form(app: AsyncApp, form: dict[str, Any]) -> None:
    """`/try` opens the form."""

    @app.command("/try")
    async def open_form(ack: Any, body: dict[str, Any], client: Any) -> None:
        await client.views_open(trigger_id=body["trigger_id"], view=form)
        await ack()


async def test_dropped_file_is_shared_and_the_app_can_ask_for_it(slack: Workspace, page: Page) -> None:
    app = bolt(slack)

    @app.event("file_shared")
    async def shared(event: dict[str, Any], client: Any) -> None:
        about = await client.files_info(file=event["file_id"])
        await client.chat_postMessage(channel=event["channel_id"], text=f"I see {about['file']['name']}")

    @app.event("message")
    async def ignore() -> None: ...

    async with connected(app, slack):
        await drop(page, "products.csv", "name,type\ncan,tool\n")

        await expect(page.locator(".file-card", has_text="products.csv")).to_be_visible()
        await expect(message(page, "I see products.csv")).to_be_visible()


async def test_file_from_the_button_waits_for_send(slack: Workspace, page: Page) -> None:
    file = {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"hello"}
    await page.locator(".talk .composer input[type=file]").set_input_files(file)  # type: ignore[arg-type]
    await expect(page.locator(".staged-file")).to_contain_text("notes.txt")
    await say(page, "have a look")

    shared = await slack.ben.wait_for_text("have a look")
    assert [file["name"] for file in shared["files"]] == ["notes.txt"]
    await expect(page.locator(".staged-file")).to_have_count(0)


async def test_command_is_suggested_and_its_answer_is_for_me_alone(slack: Workspace, page: Page) -> None:
    app = bolt(slack)

    @app.command("/try")
    async def answer(ack: Any, body: dict[str, Any], respond: Any) -> None:
        await ack()
        await respond(f"You said {body['text']}")

    async with connected(app, slack):
        await composer(page).press_sequentially("/t")
        await expect(page.locator(".suggestion.active")).to_contain_text("/try")
        await composer(page).press("Tab")
        await composer(page).press_sequentially("five")
        await composer(page).press("Enter")

        await expect(message(page, "You said five")).to_contain_text("Only visible to you")


async def test_unknown_command_comes_back_to_the_composer_with_a_reason(page: Page) -> None:
    await say(page, "/nonsense now")

    await expect(page.locator(".toast")).to_contain_text("/nonsense is not a command here")
    await expect(composer(page)).to_have_value("/nonsense now")


async def test_button_is_busy_until_the_app_answers_and_the_card_changes_in_place(slack: Workspace, page: Page) -> None:
    app = bolt(slack)
    head = section("Copper watering can")

    @app.action("approve")
    async def approve(ack: Any, body: dict[str, Any], client: Any) -> None:
        blocks = [head, actions(button("Undo", "undo"))]
        await client.chat_update(channel=CATALOG, ts=body["message"]["ts"], text="Approved", blocks=blocks)
        await ack()

    async with connected(app, slack):
        buttons = actions(button("Approve", "approve", style="primary"))
        await app.client.chat_postMessage(channel=CATALOG, text="Decide", blocks=[head, buttons])
        card = message(page, "Copper watering can")
        await card.locator(".block-section").evaluate("node => { node.dataset.same = 'yes'; }")
        await composer(page).fill("half a thought")
        await card.get_by_role("button", name="Approve").click()

        await expect(card.get_by_role("button", name="Undo")).to_be_visible()
        await expect(card.locator(".block-section")).to_have_attribute("data-same", "yes")
        await expect(composer(page)).to_have_value("half a thought")


async def test_silent_app_is_reported_and_the_button_works_again(slack: Workspace, page: Page) -> None:
    await slack.control.clock(ack_seconds=0.3)
    app = bolt(slack)

    @app.action("approve")
    async def forget(ack: Any) -> None: ...

    async with connected(app, slack):
        await app.client.chat_postMessage(
            channel=CATALOG, text="Decide", blocks=[actions(button("Approve", "approve"))]
        )
        approve = page.get_by_role("button", name="Approve")
        await approve.click()

        await expect(page.locator(".toast-error")).to_contain_text("did not answer")
        await expect(approve).to_have_attribute("aria-busy", "false")


async def test_confirm_dialog_stands_before_a_dangerous_button(slack: Workspace, page: Page) -> None:
    app, dropped = bolt(slack), []

    @app.action("drop")
    async def drop_it(ack: Any) -> None:
        await ack()
        dropped.append(True)

    question = {
        "title": plain("Drop it?"),
        "text": plain("It is gone then."),
        "confirm": plain("Yes"),
        "deny": plain("No"),
    }
    async with connected(app, slack):
        blocks = [actions(button("Drop", "drop", style="danger", confirm={**question, "style": "danger"}))]
        await app.client.chat_postMessage(channel=CATALOG, text="Careful", blocks=blocks)
        danger = page.get_by_role("button", name="Drop")
        await danger.click()
        await page.get_by_role("dialog").get_by_role("button", name="No").click()
        await expect(page.get_by_role("dialog")).to_have_count(0)
        assert dropped == []
        await danger.click()
        await page.get_by_role("dialog").get_by_role("button", name="Yes").click()

        await expect(danger).to_have_attribute("aria-busy", "false")
    assert dropped == [True]


async def test_field_error_is_shown_at_its_field_and_typed_text_is_kept(slack: Workspace, page: Page) -> None:
    app, saved = bolt(slack), []
    with_form(app, modal(field("tone"), field("length")))

    @app.view("style")
    async def save(ack: Any, view: dict[str, Any]) -> None:
        tone = view["state"]["values"]["tone"]["typed"]["value"]
        if tone == "loud":
            await ack(response_action="errors", errors={"tone": "Not loud, please."})
            return
        saved.append(tone)
        await ack()

    async with connected(app, slack):
        await say(page, "/try")
        form = page.get_by_role("dialog", name="House style")
        await form.locator("[data-block=tone] input").fill("loud")
        await form.locator("[data-block=length] input").fill("60")
        await form.get_by_role("button", name="Save").click()
        await expect(form.locator("[data-block=tone] .field-error")).to_have_text("Not loud, please.")
        await expect(form.locator("[data-block=tone] input")).to_be_focused()
        await expect(form.locator("[data-block=length] input")).to_have_value("60")
        await form.locator("[data-block=tone] input").fill("warm")
        await expect(form.locator(".field-error")).to_have_count(0)
        await form.get_by_role("button", name="Save").click()

        await expect(form).to_be_hidden()
    assert saved == ["warm"]


async def test_every_kind_of_field_is_sent_as_slack_sends_it(slack: Workspace, page: Page) -> None:
    app, seen = bolt(slack), []
    choices = [{"text": plain(word), "value": word.lower()} for word in ("English", "German", "French")]
    elements: dict[str, dict[str, Any]] = {
        "language": {"type": "static_select", "options": choices},
        "people": {"type": "multi_users_select"},
        "also": {"type": "checkboxes", "options": choices},
        "one": {"type": "radio_buttons", "options": choices},
        "day": {"type": "datepicker"},
        "number": {"type": "number_input", "is_decimal_allowed": False},
    }
    with_form(app, modal(*(field(name, **element) for name, element in elements.items())))

    @app.view("style")
    async def save(ack: Any, view: dict[str, Any]) -> None:
        await ack()
        seen.append({name: actions["typed"] for name, actions in view["state"]["values"].items()})

    async with connected(app, slack):
        await say(page, "/try")
        form = page.get_by_role("dialog", name="House style")
        await form.locator("[data-block=language] .select").click()
        await form.get_by_role("option", name="German").click()
        await form.locator("[data-block=people] .select").click()
        await form.get_by_role("option", name="Cam").click()
        await form.get_by_role("option", name="Ana").click()
        await page.keyboard.press("Escape")
        await form.locator("[data-block=also]").get_by_text("French").click()
        await form.locator("[data-block=one]").get_by_text("English").click()
        await form.locator("[data-block=day] input").fill("2026-12-24")
        await form.locator("[data-block=number] input").fill("42")
        await form.get_by_role("button", name="Save").click()
        await expect(form).to_be_hidden()

    [values] = seen
    assert values["language"]["selected_option"]["value"] == "german"
    assert values["people"]["selected_users"] == ["U0CAM", "U0ANA"]
    assert [option["value"] for option in values["also"]["selected_options"]] == ["french"]
    assert values["one"]["selected_option"]["value"] == "english"
    assert values["day"]["selected_date"] == "2026-12-24"
    assert values["number"]["value"] == "42"


async def test_modal_update_keeps_what_was_typed_and_a_new_block_id_starts_over(slack: Workspace, page: Page) -> None:
    app = bolt(slack)
    preview = {**actions(button("Preview", "preview")), "block_id": "tools"}
    with_form(app, modal(field("template", initial_value="Write"), field("old", initial_value="first"), preview))

    @app.action("preview")
    async def show(ack: Any, body: dict[str, Any], client: Any) -> None:
        await ack()
        form = modal(section("A preview"), field("template", initial_value="?"), field("new", initial_value="second"))
        await client.views_update(view_id=body["view"]["id"], view=form)

    async with connected(app, slack):
        await say(page, "/try")
        form = page.get_by_role("dialog", name="House style")
        await form.locator("[data-block=template] input").fill("Describe [name]")
        await form.get_by_role("button", name="Preview").click()

        await expect(form.get_by_text("A preview")).to_be_visible()
        await expect(form.locator("[data-block=template] input")).to_have_value("Describe [name]")
        await expect(form.locator("[data-block=new] input")).to_have_value("second")


async def test_thumb_in_any_skin_tone_reaches_the_app_and_can_be_taken_back(slack: Workspace, page: Page) -> None:
    app, heard = bolt(slack), []

    @app.event("reaction_added")
    async def added(event: dict[str, Any]) -> None:
        heard.append(f"+{event['reaction']}")

    @app.event("reaction_removed")
    async def removed(event: dict[str, Any]) -> None:
        heard.append(f"-{event['reaction']}")

    async with connected(app, slack):
        await app.client.chat_postMessage(channel=CATALOG, text="Is this good?")
        card = message(page, "Is this good?")
        await card.hover()
        await card.get_by_role("button", name="Add a reaction").first.click()
        await page.get_by_role("radio", name="Skin tone 4").click()
        await page.get_by_role("button", name="+1", exact=True).first.click()
        thumb = card.locator(".reaction.mine")
        await expect(thumb).to_contain_text("👍🏽")
        await thumb.click()
        await expect(card.locator(".reaction.mine")).to_have_count(0)
        await slack.ben.send(CATALOG, "done")
        await expect(message(page, "done")).to_be_visible()

    assert heard == ["++1::skin-tone-4", "-+1::skin-tone-4"]


async def test_hostile_text_stays_text_wherever_it_appears(slack: Workspace, page: Page) -> None:
    escaped = HOSTILE.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    rich = [{"type": "text", "text": HOSTILE}, {"type": "link", "url": HOSTILE_LINK, "text": "rich link"}]
    option = {"text": plain("<b>option</b>"), "value": "1"}
    blocks = [
        {"type": "header", "text": plain("<i>header</i>")},
        section(f"{escaped} <{HOSTILE_LINK}|mrkdwn link> {HOSTILE}"),
        {"type": "context", "elements": [mrkdwn(escaped), plain(HOSTILE)]},
        {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": rich}]},
        {"type": "markdown", "text": f"{HOSTILE} [markdown link]({HOSTILE_LINK})"},
        {"type": "table", "rows": [[{"type": "raw_text", "text": HOSTILE}]]},
        actions(
            {"type": "static_select", "action_id": "pick", "placeholder": plain("<u>pick</u>"), "options": [option]}
        ),
    ]
    await bolt(slack).client.chat_postMessage(channel=CATALOG, text=HOSTILE, blocks=blocks)
    await slack.ben.send(CATALOG, f"typed {HOSTILE}")
    await drop(page, "<img src=x onerror=window.hacked=1>.csv", "a,b\n")
    await expect(page.locator(".file-card")).to_be_visible()

    log = page.locator(".talk .log")
    await expect(log.locator("img, script, svg[onload], i:not(:empty), b, u")).to_have_count(0)
    hrefs: list[str] = await log.locator("a").evaluate_all("links => links.map(link => link.href)")
    assert not [href for href in hrefs if href.startswith("javascript")]
    assert await log.get_by_text("<script>window.hacked=1</script>").count() >= 6
    assert await page.evaluate("window.hacked") is None


@pytest.mark.parametrize("place", ["", "#/U0ANA/C0CATALOG/thread", "#/U0ANA/D0ANA/home"])
async def test_phone_never_scrolls_sideways(slack: Workspace, pocket: BrowserContext, place: str) -> None:
    long = "Donaudampfschifffahrtsgesellschaftskapitän" * 4
    row = [{"type": "raw_text", "text": word} for word in (long, "second", "third", "fourth")]
    words = ("Approve", "Edit this text", "Reject with a reason", "Regenerate it")
    blocks = [
        {"type": "header", "text": plain(long[:140])},
        {**section(f"```{long}``` `{long}`"), "accessory": button("One per product: 62", "fold")},
        {"type": "section", "fields": [mrkdwn(f"*{long[:60]}*"), mrkdwn(long)]},
        {"type": "table", "rows": [row, row]},
        actions(*(button(word, f"b{place}") for place, word in enumerate(words))),
    ]
    client = bolt(slack).client
    posted = await client.chat_postMessage(channel=CATALOG, text=long, blocks=blocks)
    await client.chat_postMessage(channel=CATALOG, text=long, blocks=blocks, thread_ts=posted["ts"])
    await client.views_publish(user_id="U0ANA", view={"type": "home", "blocks": [*blocks[:3], blocks[4]]})

    async with visitor(pocket, slack, place.replace("thread", str(posted["ts"]))) as phone:
        await expect(phone.locator(".block-actions").last).to_be_visible()
        inner = "nodes => nodes.filter(node => node.scrollWidth > node.clientWidth + 1).length"
        assert await phone.locator("html, body, .page, .scroller:visible, .home:visible").evaluate_all(inner) == 0
        right = "nodes => Math.max(...nodes.map(node => node.getBoundingClientRect().right))"
        assert await phone.locator(".block:visible").evaluate_all(right) <= PHONE_WIDTH


async def test_on_a_phone_channels_are_a_drawer_and_a_tap_unfolds_a_messages_tools(
    slack: Workspace, pocket: BrowserContext
) -> None:
    await slack.ben.send(CATALOG, "tap me")
    async with visitor(pocket, slack) as phone:
        await message(phone, "tap me").locator(".message-text").tap()
        await message(phone, "tap me").get_by_role("button", name="Thumbs up").tap()
        await expect(message(phone, "tap me").locator(".reaction.mine")).to_be_visible()
        await expect(phone.locator(".sidebar")).not_to_be_in_viewport()
        await phone.get_by_role("button", name="Open the list of channels").tap()
        await phone.locator(".sidebar").get_by_role("button", name="random").tap()

        await expect(phone.get_by_role("heading", level=1)).to_have_text("random")
        await expect(phone.locator(".sidebar")).not_to_be_in_viewport()


async def test_message_elsewhere_is_announced_counted_and_marked_as_new(slack: Workspace, page: Page) -> None:
    await slack.ben.send(RANDOM, "lunch?")

    await expect(page.locator("[data-channel=C0RANDOM] .unread-count")).to_have_text("1")
    await page.locator(".toast", has_text="Ben Okafor in #random").locator(".toast-open").click()
    await expect(message(page, "lunch?")).to_be_visible()
    await expect(page.locator(".new-line")).to_be_visible()
    await expect(page.locator("[data-channel=C0RANDOM] .unread-count")).to_have_count(0)


async def test_replies_live_in_the_thread_panel_and_are_counted_on_the_parent(slack: Workspace, page: Page) -> None:
    ts = await slack.ben.send(CATALOG, "a question")
    await message(page, "a question").hover()
    await message(page, "a question").get_by_role("button", name="Reply in thread").click()
    reply = page.locator(".thread .composer-input")
    await reply.fill("an answer")
    await reply.press("Enter")

    await expect(page.locator(".thread .message", has_text="an answer")).to_be_visible()
    await expect(message(page, "a question").locator(".thread-button")).to_contain_text("1 reply")
    answer = await slack.ben.wait_for_text("an answer")
    assert answer["thread_ts"] == ts


async def test_another_person_sees_the_same_channel_with_their_own_eyes(slack: Workspace, page: Page) -> None:
    await bolt(slack).client.chat_postEphemeral(channel=CATALOG, user="U0ANA", text="for Ana alone")
    await expect(message(page, "for Ana alone")).to_be_visible()
    await page.get_by_role("radio", name="Ben Okafor").click()
    await expect(page.get_by_role("radio", name="Ben Okafor")).to_be_checked()
    await expect(message(page, "for Ana alone")).to_have_count(0)
    await say(page, "Ben here")

    [said] = [one for one in await slack.cam.history(CATALOG) if one["text"] == "Ben here"]
    assert said["user"] == "U0BEN"


async def test_unknown_person_in_the_address_becomes_the_first_one(slack: Workspace, desk: BrowserContext) -> None:
    async with visitor(desk, slack, "#/U0NOBODY/C0RANDOM") as page:
        await expect(page.get_by_role("radio", name="Ana Ruiz")).to_be_checked()
        await expect(composer(page)).to_be_visible()


async def test_home_tab_follows_what_the_app_publishes(slack: Workspace, page: Page) -> None:
    app = bolt(slack)

    @app.event("app_home_opened")
    async def opened(event: dict[str, Any], client: Any) -> None:
        await client.views_publish(user_id=event["user"], view={"type": "home", "blocks": [section("12 texts wait")]})

    async with connected(app, slack):
        await page.locator(".sidebar-row", has_text="Tester").click()
        await expect(page.locator(".home")).to_contain_text("12 texts wait")
        await app.client.views_publish(user_id="U0ANA", view={"type": "home", "blocks": [section("11 texts wait")]})

        await expect(page.locator(".home")).to_contain_text("11 texts wait")


async def test_message_menu_runs_the_apps_shortcut_on_that_message(slack: Workspace, page: Page) -> None:
    app = bolt(slack)

    @app.shortcut("look")
    async def look(ack: Any, shortcut: dict[str, Any], respond: Any) -> None:
        await ack()
        await respond(f"looked at {shortcut['message']['text']}")

    async with connected(app, slack):
        await slack.ben.send(CATALOG, "this one")
        await message(page, "this one").hover()
        await message(page, "this one").get_by_role("button", name="More actions").click()
        await page.get_by_role("menuitem", name="Look at this").click()

        await expect(message(page, "looked at this one")).to_be_visible()


async def test_notice_fills_a_bar_and_fades_when_done(slack: Workspace, page: Page) -> None:
    await page.clock.install()
    await slack.control.notice("model", "Fetching the model", percent=40)
    bar = page.locator(".notice", has_text="Fetching the model")
    await expect(bar.locator("progress")).to_have_js_property("value", 40)
    await slack.control.notice("model", "The model is here", percent=100, done=True)
    await expect(page.locator(".notice-done")).to_contain_text("The model is here")
    await page.clock.fast_forward(6000)

    await expect(page.locator(".notice")).to_have_count(0)


class Line:
    """The page's WebSocket, held in between: cut it, or say something to the page."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._routes: list[WebSocketRoute] = []

    async def hold(self) -> None:
        await self._page.route_web_socket(re.compile("/client/ws"), self._through)
        await self._page.reload()
        await expect(self._page.locator(".person.mine")).to_be_attached()

    def _through(self, route: WebSocketRoute) -> None:
        route.connect_to_server()
        self._routes.append(route)

    async def cut(self) -> None:
        await self._routes[-1].close()

    def say(self, frame: dict[str, Any]) -> None:
        self._routes[-1].send(json.dumps(frame))


async def test_sample_catalog_is_one_click_away(page: Page) -> None:
    line = Line(page)
    await line.hold()
    sample = {"name": "garden.csv", "url": "/static/icon.svg"}
    line.say({"type": "notice", "notice": {"id": "sample", "text": "No catalog at hand?", "sample": sample}})
    await page.get_by_role("button", name="Use the sample catalog").click()

    await expect(page.locator(".file-card", has_text="garden.csv")).to_be_visible()
    await expect(page.locator(".sample-card")).to_have_count(0)


async def test_page_comes_back_by_itself_and_shows_what_it_missed(slack: Workspace, page: Page) -> None:
    line = Line(page)
    await line.hold()
    await line.cut()
    await expect(page.locator(".connection-lost")).to_be_attached()
    await slack.ben.send(CATALOG, "while you were away")

    await expect(message(page, "while you were away")).to_be_visible()
    await expect(page.locator(".connection-open")).to_be_attached()


async def test_page_is_served_from_the_package_alone() -> None:
    page = Path(__file__).parents[2] / "bot" / "local" / "workspace" / "page"
    sources = {path.name: path.read_text() for path in page.iterdir()}

    assert not [name for name, text in sources.items() if re.search(r"\.innerHTML|insertAdjacentHTML|\beval\(", text)]
    outside = re.compile(r"""(?:src|href|url\(|from|import)\s*[=(]?\s*["']?https?://""")
    assert not [name for name, text in sources.items() if outside.search(text)]
