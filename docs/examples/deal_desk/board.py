"""One page rendered on the server: the book by stage, what may happen next and why not, what it will bring."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import attrs
from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, FileSystemLoader, select_autoescape

from deal_desk.desk import AtDesk, Desk, Who
from deal_desk.problems import problem
from deal_desk.store import NoSuchDeal, StaleDeal
from salesprocess import Actor, Deal, Decision, Money, Process, SalesProcessError
from salesprocess.agenda import Item
from salesprocess.stages import Sourced

_PAGES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "pages"),
    autoescape=select_autoescape(),
    trim_blocks=True,
    lstrip_blocks=True,
)


def _whole(money: Money) -> str:
    return f"{money.amount:,.0f}\N{NO-BREAK SPACE}{money.currency}"


_PAGES.filters["money"] = _whole


pages = APIRouter(include_in_schema=False)


@attrs.frozen
class Card:
    """A deal on the board."""

    deal: Deal
    days: int
    likely: Sourced[float]
    options: tuple[Decision, ...]
    overdue: tuple[Item, ...]


@attrs.frozen
class Column:
    """A stage with its deals, the most pressing first."""

    name: str
    label: str
    cards: tuple[Card, ...]

    @property
    def sums(self) -> list[Money]:
        """What the deals are worth, by currency: nothing is converted in passing."""
        amounts = [card.deal.amount for card in self.cards if card.deal.amount is not None]
        currencies = sorted({amount.currency for amount in amounts})
        return [Money.total((each for each in amounts if each.currency == code), code) for code in currencies]


def _card(process: Process, deal: Deal, now: datetime, by: Actor | None) -> Card:
    return Card(
        deal=deal,
        days=round(deal.stage_age(now) / timedelta(days=1)),
        likely=process.probability(deal),
        options=process.options(deal, at=now, by=by),
        overdue=process.agenda(deal, at=now, by=by).overdue,
    )


def _columns(desk: Desk, now: datetime, by: Actor | None) -> list[Column]:
    """Deals of every version stand in the stage of that name; one that the latest version does not have comes last."""
    by_stage: dict[str, list[Card]] = {stage.name: [] for stage in desk.process.stages if stage.kind == "open"}
    labels = {stage.name: stage.label or stage.name for process in desk.catalog for stage in process.stages}
    for deal in desk.store.all():
        if deal.process == desk.serves and deal.outcome is None:
            by_stage.setdefault(deal.stage, []).append(_card(desk.catalog[deal], deal, now, by))
    return [
        Column(name, labels[name], tuple(sorted(cards, key=lambda card: (not card.overdue, -card.days))))
        for name, cards in by_stage.items()
    ]


def _page(desk: Desk, by: Actor | None, status: int = 200, **told: Any) -> HTMLResponse:
    now = desk.clock()
    columns = _columns(desk, now, by)
    try:
        told |= {"forecasts": desk.outlook.by_month(now, 3)}
    except SalesProcessError as error:  # such as a deal in a currency without a rate: the board is there all the same
        told |= {"no_forecast": str(error)}
    pressing = [card for column in columns for card in column.cards if card.overdue]
    return HTMLResponse(
        _PAGES.get_template("board.html").render(
            process=desk.process,
            columns=columns,
            attention=sorted(pressing, key=lambda card: min(item.due or now for item in card.overdue)),
            now=now,
            **told,
        ),
        status,
    )


@pages.get("/")
def show(desk: AtDesk, by: Who, moved: str | None = None) -> HTMLResponse:
    return _page(desk, by, moved=moved)


@pages.post("/board/{deal}")
def take(
    deal: str,
    desk: AtDesk,
    by: Who,
    transition: Annotated[str, Form()],
    revision: Annotated[int, Form()],
    reason: Annotated[str, Form()] = "",
) -> Response:
    try:
        desk.change(
            deal,
            lambda process, before, **who: process.take(before, transition, reason=reason or None, **who),
            by=by,
            revision=revision,
        )
    except (SalesProcessError, NoSuchDeal, StaleDeal) as error:
        told = problem(error, f"/board/{deal}")
        return _page(desk, by, told.status, problem=told)
    return RedirectResponse(f"/?moved={quote(deal)}#{quote(deal)}", status_code=303)
