import re
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given

from salesprocess import Deal, Stage, diagrams, display
from salesprocess import criteria as c
from salesprocess import events as ev
from salesprocess.process import Process
from salesprocess.rules import Transition
from salesprocess.testing import Walk, processes, walks
from tests.diagrams.hostile import deal_of, process_of, texts
from tests.solar import AT, at_stage, solar
from tests.strategies import KINDS, deals


class Reader(HTMLParser):
    """The tags and the cells of a page, as a browser reads them."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    reader.close()
    assert reader.open == []
    return reader


def escaped(text: str) -> str:
    return "".join(display._shown([text]))


@given(texts().filter(str.strip))
def test_no_text_becomes_a_tag_or_a_control_sequence(label: str) -> None:
    process = process_of(label)
    deal = deal_of(label, process)
    for page in (display.deal_html(deal), display.process_html(process, say=str), display.process_html(process)):
        reader = read(page)
        assert reader.tags <= {"div", "h3", "table", "caption", "thead", "tbody", "tr", "th", "td", "br"}
        assert reader.attributes <= {"style", "scope"}
    assert escaped(label) in read(display.deal_html(deal)).text
    assert escaped(label) in read(display.process_html(process)).text
    for text in (display.deal_text(deal), display.process_text(process)):
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff]", text)


@given(deals(max_size=12))
def test_every_event_of_any_deal_has_a_row(deal: Deal) -> None:
    reader = read(display.deal_html(deal))
    assert {"table", "th"} <= reader.tags
    table = display.deal_text(deal).split("History, times in UTC\n")[1].split("\n")
    numbers = [line.split()[0] for line in table[1:] if line and not line.startswith(" ")]
    assert numbers == [str(event.revision) for event in deal.history]


@given(walks(processes()))
def test_what_a_deal_knows_is_shown(walk: Walk) -> None:
    text = read(display.deal_html(walk.deal)).text
    for name in (*walk.deal.terms, *walk.deal.facts, *walk.deal.waived):
        assert name in text
    assert text.count("Open objections") == any(each.resolved_at is None for each in walk.deal.objections)


@given(processes())
def test_every_stage_and_transition_of_a_process_is_shown(process: Process) -> None:
    text = read(display.process_html(process)).text
    for stage in process.stages:
        assert stage.label in text
        assert all(diagrams.say(each) in text for _, each in stage.criteria())
    for transition in process.transitions:
        assert f"{transition.source} → {transition.destination}" in text
        assert all(diagrams.say(each) in text for each in transition.criteria)


def event(kind: Any, **content: Any) -> Any:
    return kind(deal="ACME-1", revision=2, at=AT, **content)


LATER = AT + timedelta(days=30)


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (event(ev.Opened, process="solar", version=1, stage="lead"), ("opened in lead",)),
        (
            event(
                ev.Opened, process="solar", version=1, stage="lead", facts={"seats": 5, "tags": ("a", "b"), "no": ()}
            ),
            ("opened in lead: seats = 5, tags = a, b, no = none",),
        ),
        (
            event(ev.Entered, transition="advance", source="lead", destination="offer", status="open"),
            ("lead → offer (advance)",),
        ),
        (
            event(
                ev.Entered,
                transition="override",
                source=None,
                destination="offer",
                status="open",
                skipped=("a", "b"),
                overridden=("has", "done"),
                imported=True,
            ),
            ("? → offer (override, skipping a, b, passing has, done)", "imported"),
        ),
        (event(ev.ActivityDone, activity="call"), ("done: call",)),
        (
            event(ev.ActivityDone, activity="golf", extra=True, text="18 holes", happened=AT - timedelta(days=1)),
            ("done: golf (extra): 18 holes", "happened 2026-01-04 09:00"),
        ),
        (
            event(ev.FactsLearnt, facts={"met": datetime(2026, 1, 5, 9, tzinfo=UTC)}, forgotten=("seats", "area")),
            ("learnt: met = 2026-01-05 09:00 UTC, no longer known seats, area",),
        ),
        (
            event(ev.Amended, terms={"expected_close": date(2026, 3, 1)}, cleared=("amount",)),
            ("amended: expected_close = 2026-03-01, cleared amount",),
        ),
        (event(ev.Approved, subject="discount"), ("approved: discount",)),
        (event(ev.Approved, subject="discount", role="deal_desk"), ("approved: discount as deal_desk",)),
        (event(ev.ApprovalWithdrawn, subject="discount"), ("approval withdrawn: discount",)),
        (event(ev.ObjectionRaised, objection="price"), ("objection 2 raised: price",)),
        (event(ev.ObjectionRaised, objection="price", text="too dear"), ("objection 2 raised: price: too dear",)),
        (
            event(ev.ObjectionResolved, raised=2, how="showed the numbers"),
            ("objection 2 resolved: showed the numbers",),
        ),
        (event(ev.Noted, text="called back"), ("note: called back",)),
        (event(ev.Held), ("put on hold",)),
        (event(ev.Held, until=LATER), ("put on hold until 2026-02-04 09:00",)),
        (event(ev.Resumed), ("resumed",)),
        (event(ev.Waived, requirement="offer.entry:has(seats)"), ("waived: offer.entry:has(seats)",)),
        (event(ev.Migrated, process="solar", version=2, stage="offer"), ("migrated to solar version 2, in offer",)),
    ],
)
def test_an_event_says_what_happened(told: Any, words: tuple[str, ...]) -> None:
    assert display._event_row(told)[2] == words


def test_every_kind_of_event_has_words() -> None:
    assert set(display._WHAT) == set(KINDS)


def test_a_process_is_a_table_of_its_stages() -> None:
    shown = display.process_text(solar, say=diagrams.say).split("\n")
    assert shown[:2] == ["solar-installer, version 1", ""]
    assert shown[3].split() == ["stage", "kind", "prior", "typical", "to", "enter", "to", "leave"]
    assert shown[6].split() == ["Site", "survey", "open", "30%", "7", "d", "Site", "visit", "done"]
    assert "a reason: price, roof, duplicate" in "\n".join(shown)
    assert shown[-1].split("  ") == ["fast_track", "site_survey → financing", "fast is approved by manager"]


def test_a_conditional_transition_says_when_it_is_there() -> None:
    process = Process(
        "small",
        stages=[Stage("lead", typical_duration=timedelta(hours=36)), Stage.won("won"), Stage.lost("lost")],
        transitions=[Transition("jump", "lead", "won", when=c.has_term("owner"))],
    )
    assert "only if owner is stated" in display.process_text(process)
    assert "36 h" in display.process_text(process)
    minutes = process.revise(change={"lead": {"typical_duration": timedelta(minutes=30)}})
    assert "30 min" in display.process_text(minutes)


def test_long_cells_are_broken_and_lines_stay_lines() -> None:
    deal = solar.note(solar.open("ACME-1", at=AT), "first line\n\n" + "word " * 20, at=AT, by="kari")
    lines = display.deal_text(deal).split("\n")
    assert max(map(len, lines)) < 90
    first = next(place for place, line in enumerate(lines) if "first line" in line)
    assert lines[first].endswith("  kari")
    assert lines[first + 1] == ""
    assert "first line<br><br>word" in display.deal_html(deal)


def test_a_notebook_shows_processes_and_deals() -> None:
    assert solar._repr_html_() == display.process_html(solar)
    deal = at_stage("offer")
    assert deal._repr_html_() == display.deal_html(deal)
