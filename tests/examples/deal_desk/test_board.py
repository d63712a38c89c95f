"""The board as people see it: what it says, that everybody can use it, and that a button moves a deal."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.repo

VOID = {"meta", "link", "input", "br", "img"}


class Page(HTMLParser):
    """A page as a flat list of elements with their attributes and their text; refuses tags that do not match."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[dict[str, str]] = []
        self._open: list[dict[str, str]] = []
        self.feed(text)
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = {"tag": tag, "text": "", **{name: value or "" for name, value in attrs}}
        self.elements.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop()["tag"] == tag

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element["text"] += data

    def of(self, tag: str) -> list[dict[str, str]]:
        return [element for element in self.elements if element["tag"] == tag]


def page(client: Any, path: str = "/") -> Page:
    answer = client.get(path)
    assert answer.status_code == 200
    return Page(answer.text)


def fill(client: Any, clock: Any) -> None:
    client.post("/deals", json={"id": "ACME-1", "amount": {"amount": "48000", "currency": "EUR"}, "owner": "kari"})
    client.post("/deals", json={"id": "ACME-2", "amount": {"amount": "900", "currency": "USD"}, "owner": "nils"})
    client.post("/deals", json={"id": "<b>ACME & Sons</b>", "owner": "nils"})
    client.post("/deals/ACME-2/activities", json={"activity": "outreach"})
    client.post("/deals/ACME-2/facts", json={"facts": {"source": "referral"}})
    client.post("/deals/ACME-2/moves", json={"transition": "advance"})
    clock.pass_by(days=20)


def test_an_empty_board_says_so(client: Any) -> None:
    text = client.get("/").text
    assert "There are no deals to forecast from." in text
    assert "0 deals" in text


def test_the_board_shows_deals_by_stage_with_what_they_are_worth(client: Any, clock: Any) -> None:
    fill(client, clock)
    columns = {element["aria-labelledby"]: element["text"] for element in page(client).of("section")}
    assert "2 deals, 48,000\N{NO-BREAK SPACE}EUR" in columns["stage-prospecting"]
    assert "1 deal, 900\N{NO-BREAK SPACE}USD" in columns["stage-first_contact"]
    assert "<b>ACME & Sons</b>" in columns["stage-prospecting"]


def test_a_currency_without_a_rate_keeps_nobody_from_the_board(client: Any, clock: Any) -> None:
    fill(client, clock)
    assert "no rate to EUR for USD" in page(client).of("main")[0]["text"]
    client.patch("/deals/ACME-2/terms", json={"clear": ["amount"]})
    assert "competing risks" in page(client).of("main")[0]["text"]


def test_what_is_not_allowed_says_why_beside_its_button(client: Any, clock: Any) -> None:
    fill(client, clock)
    shown = page(client)
    advance = next(
        each
        for each in shown.of("button")
        if each["value"] == "advance" and "ACME-1" in each.get("aria-describedby", "")
    )
    assert (advance["aria-disabled"], advance["type"]) == ("true", "button")
    why = next(each for each in shown.elements if each.get("id") == advance["aria-describedby"])
    assert "outreach is required" in why["text"]
    assert "source is not known" in why["text"]


def test_deals_that_need_attention_come_with_the_reason(client: Any, clock: Any) -> None:
    fill(client, clock)
    items = next(each for each in page(client).of("ol"))["text"]
    assert "ACME-2, nils" in items
    assert "in first_contact for 20 days, typical is 7 days" in items


def test_the_page_can_be_used_by_everybody(client: Any, clock: Any) -> None:
    fill(client, clock)
    shown = page(client)
    assert shown.of("html")[0]["lang"] == "en"
    assert [each["text"] for each in shown.of("h1")] == ["Software start-up"]
    ids = [each["id"] for each in shown.elements if "id" in each]
    assert len(ids) == len(set(ids))
    for reference in ("aria-labelledby", "aria-describedby"):
        assert {each[reference] for each in shown.elements if reference in each} <= set(ids)
    assert {each["href"].removeprefix("#") for each in shown.of("a")} <= set(ids)
    levels = [int(each["tag"][1]) for each in shown.elements if each["tag"] in {"h1", "h2", "h3"}]
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert all(each["text"].strip() for each in shown.of("button"))
    labelled = "".join(each["text"] for each in shown.of("label"))
    assert labelled.count("Reason") == len(shown.of("select")) + len(
        [i for i in shown.of("input") if i["type"] != "hidden"]
    )


def test_a_button_moves_a_deal(client: Any, clock: Any) -> None:
    fill(client, clock)
    client.post("/deals/ACME-1/activities", json={"activity": "outreach"})
    client.post("/deals/ACME-1/facts", json={"facts": {"source": "referral"}})
    form = {"transition": "advance", "revision": "3"}
    answer = client.post("/board/ACME-1", data=form, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/?moved=ACME-1#ACME-1")
    assert "ACME-1 was moved." in client.get("/?moved=ACME-1").text
    assert client.get("/deals/ACME-1").json()["stage"] == "first_contact"


def test_a_button_of_an_outdated_page_changes_nothing_and_says_so(client: Any, clock: Any) -> None:
    fill(client, clock)
    answer = client.post("/board/ACME-1", data={"transition": "lose", "revision": "9", "reason": "no_decision"})
    assert answer.status_code == 412
    assert "deal ACME-1 has changed since you read it" in next(
        each["text"] for each in Page(answer.text).elements if each.get("role") == "alert"
    )
    refused = client.post("/board/ACME-1", data={"transition": "advance", "revision": "1"})
    assert refused.status_code == 409
    assert "source is not known" in refused.text
    assert client.post("/board/NONE", data={"transition": "advance", "revision": "1"}).status_code == 404
    assert client.get("/deals/ACME-1").json()["revision"] == 1


@pytest.fixture
def address(client: Any) -> Iterator[str]:
    """The service on a port of this machine."""
    uvicorn = pytest.importorskip("uvicorn")
    server = uvicorn.Server(uvicorn.Config(client.app, port=0, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


@pytest.mark.tools
@pytest.mark.parametrize("width", [1280, 390])
def test_a_deal_is_moved_in_a_browser(client: Any, clock: Any, address: str, width: int, tmp_path: Path) -> None:
    playwright = pytest.importorskip("playwright.sync_api")
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("Chromium is not here")
    fill(client, clock)
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        shown = browser.new_page(viewport={"width": width, "height": 800})
        faults: list[str] = []
        shown.on("pageerror", lambda error: faults.append(str(error)))
        shown.goto(address)
        card = shown.locator("article", has_text="ACME-1")
        card.get_by_text("Moves").click()
        blocked = card.get_by_role("button", name="Advance to First contact")
        assert blocked.get_attribute("aria-disabled") == "true"
        blocked.click(force=True)  # a mouse does not ask whether it may
        assert client.get("/deals/ACME-1").json()["revision"] == 1
        card.get_by_label("Reason").select_option("no_decision")
        card.get_by_role("button", name="Lose").click()
        playwright.expect(shown.get_by_role("status")).to_have_text("ACME-1 was moved.")
        assert shown.locator("article", has_text="ACME-1").count() == 0
        assert shown.evaluate("document.documentElement.scrollWidth") <= width
        shown.screenshot(path=tmp_path / "board.png", full_page=True)
        browser.close()
    assert not faults
    assert client.get("/deals/ACME-1").json()["status"] == "lost"
