"""Books of deals that did all sorts of things, also what no rulebook would allow, for the tests of the numbers."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import attrs
from hypothesis import strategies as st

from salesprocess import Deal, Money, Process, Stage, evolve, replay
from salesprocess.events import (
    ActivityDone,
    Amended,
    Entered,
    Event,
    FactsLearnt,
    Held,
    Migrated,
    Noted,
    Opened,
    Resumed,
)
from salesprocess.frozen import FrozenDict

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
OPEN = ("lead", "survey", "offer", "closing")
STATUS = {"won": "won", "care": "won", "lost": "lost"}

PROCESS = Process(
    "solar",
    stages=[
        Stage("lead", probability=0.05, category="omitted"),
        Stage("survey", probability=0.3),
        Stage("offer", probability=0.55, category="best_case"),
        Stage("closing", category="commit"),
        Stage.won("won"),
        Stage.after_sale("care"),
        Stage.lost("lost"),
    ],
)


def after(days: float) -> datetime:
    return START + timedelta(days=days)


def enter(deal: Deal, stage: str, days: float, *, known: bool = True, reason: str | None = None) -> Deal:
    """The deal moved to a stage, whatever the rules say; with `known=False` nobody saw from where."""
    event = Entered(
        deal=deal.id,
        revision=deal.revision + 1,
        at=after(days),
        transition="imported",
        source=deal.stage if known else None,
        destination=stage,
        status=STATUS.get(stage, "open"),  # type: ignore[arg-type]
        reason=reason,
        imported=True,
    )
    return evolve(deal, event)


def add(deal: Deal, kind: type[Event], days: float, **content: Any) -> Deal:
    made: Any = kind
    return evolve(deal, made(deal=deal.id, revision=deal.revision + 1, at=after(days), **content))


def opened(name: str, days: float = 0, stage: str = "lead", *, observed: bool = True, **terms: Any) -> Deal:
    """A deal that begins in a stage, which may be a closed one, as imports have them."""
    event = Opened(
        deal=name,
        revision=1,
        at=after(days),
        process="solar",
        version=1,
        stage=stage,
        status=STATUS.get(stage, "open"),  # type: ignore[arg-type]  # pyright: ignore
        terms=FrozenDict(terms),
        observed=observed,
    )
    return replay([event])


def began_open(deal: Deal) -> bool:
    """Whether the record of a deal begins before its close."""
    first = deal.history[0]
    return isinstance(first, Opened) and first.status == "open"


def path(name: str, *stages: str, days: float = 1) -> Deal:
    """A deal that went through the stages, `days` in each."""
    deal = opened(name, stage=stages[0])
    for count, stage in enumerate(stages[1:], 1):
        deal = enter(deal, stage, count * days)
    return deal


def copied(deal: Deal, name: str) -> Deal:
    """The same deal under another id."""
    return replay([attrs.evolve(event, deal=name) for event in deal.history])


moments = st.floats(0, 40).map(lambda days: round(days, 2))
"""Days since the start."""


def amounts(draw: st.DrawFn) -> Money:
    return Money(draw(st.decimals(0, 10**6, places=2)), draw(st.sampled_from(["EUR", "EUR", "NOK"])))


def dates(draw: st.DrawFn) -> date:
    return date(2026, 1, 1) + timedelta(days=draw(st.integers(0, 400)))


def amended(draw: st.DrawFn, deal: Deal, days: float) -> Deal:
    """One of the terms that the numbers read is another one."""
    what = draw(st.sampled_from(["owner", "amount", "expected_close", "cleared"]))
    if what == "cleared" and deal.expected_close is not None:
        return add(deal, Amended, days, cleared=("expected_close",))
    value = dates(draw) if what == "expected_close" else amounts(draw) if what == "amount" else None
    return add(deal, Amended, days, terms=FrozenDict({what: value} if value else {"owner": "per"}))


@st.composite
def histories(draw: st.DrawFn, name: str, *, clean: bool = False) -> Deal:
    """One deal; a `clean` one has no unseen moves, migrations or waits."""
    terms: dict[str, Any] = {}
    if draw(st.booleans()) or draw(st.booleans()):
        terms["amount"] = amounts(draw)
    if draw(st.booleans()) or draw(st.booleans()):
        terms["expected_close"] = dates(draw)
    if draw(st.integers(0, 3)) == 0:
        terms["probability"] = draw(st.floats(0, 1))
    if draw(st.integers(0, 3)) == 0:
        terms["category"] = draw(st.sampled_from(["omitted", "pipeline", "best_case", "most_likely", "commit"]))
    terms["owner"] = draw(st.sampled_from(["kari", "ola"]))
    times = sorted(draw(st.lists(moments, min_size=1, max_size=8)))
    observed = clean or draw(st.integers(0, 5)) > 0
    deal = opened(name, times[0], draw(st.sampled_from(OPEN)), observed=observed, **terms)
    for days in times[1:]:
        moves = ["enter", "enter", "enter"] if clean else ["enter", "enter", "unseen", "hold", "migrate", "amend"]
        move = draw(st.sampled_from(moves))
        if move == "enter":
            deal = enter(deal, draw(st.sampled_from([*OPEN, *STATUS])), days)
        elif move == "unseen":
            deal = enter(deal, draw(st.sampled_from([*OPEN, *STATUS])), days, known=False)
        elif move == "hold" and deal.status in ("open", "on_hold"):
            deal = add(deal, Held if deal.status == "open" else Resumed, days)
        elif move == "migrate" and deal.stage in OPEN:
            stage = draw(st.sampled_from(OPEN))
            deal = add(deal, Migrated, days, process="solar", version=1, stage=stage)
        else:
            deal = amended(draw, deal, days)
    return deal


@st.composite
def books(draw: st.DrawFn, *, clean: bool = False, max_size: int = 8) -> list[Deal]:
    """Several deals with different ids."""
    size = draw(st.integers(1, max_size))
    return [draw(histories(f"D{number}", clean=clean)) for number in range(size)]


@st.composite
def worked_books(draw: st.DrawFn, *, max_size: int = 10) -> list[Deal]:
    """Deals with work, sources and reasons; some lost as duplicates, some known only since their close."""
    deals: list[Deal] = []
    for number in range(draw(st.integers(1, max_size))):
        times = sorted(draw(st.lists(moments, min_size=1, max_size=7)))
        terms: dict[str, Any] = {"amount": Money(draw(st.integers(0, 1000)), "EUR")} if draw(st.integers(0, 4)) else {}
        stage = draw(st.sampled_from([*OPEN, *OPEN, "won", "lost"]))
        deal = opened(f"D{number}", times[0], stage, observed=draw(st.booleans()), **terms)
        for days in times[1:]:
            move = draw(st.sampled_from(["move", "move", "call", "note", "source"]))
            if move == "move":
                stage = draw(st.sampled_from([*OPEN, "won", "lost"]))
                reasons = {"won": [None, "service"], "lost": [None, "price", "timing", "duplicate"]}.get(stage, [None])
                deal = enter(deal, stage, days, reason=draw(st.sampled_from(reasons)))
            elif move == "call":
                deal = add(deal, ActivityDone, days, activity="call")
            elif move == "note":
                deal = add(deal, Noted, days, text="asked for a reference")
            else:
                deal = add(deal, FactsLearnt, days, facts=FrozenDict(source=draw(st.sampled_from(["fair", "web"]))))
        deals.append(deal)
    return deals


RATES = {"NOK": Decimal("0.085")}
