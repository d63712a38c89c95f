"""The service: every verb of a deal as a request, and a page to look at them all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, Query, Request, Response

from deal_desk import board
from deal_desk.desk import AtDesk, Changing, Desk, Who, named_in_header, shown
from deal_desk.outlook import Outlook
from deal_desk.problems import Problem, explain
from deal_desk.store import DealStore
from deal_desk.views import (
    AgendaView,
    Answer,
    Approval,
    Concern,
    DealView,
    Exceptional,
    ForecastView,
    Knowledge,
    Move,
    NewDeal,
    Note,
    OptionView,
    Pause,
    ProcessView,
    Terms,
    Work,
    learnt,
)
from salesprocess import Actor, Catalog, serialization
from salesprocess.deal import Status

deals = APIRouter(prefix="/deals", tags=["deals"])
processes = APIRouter(prefix="/processes", tags=["processes"])
outlook = APIRouter(tags=["outlook"])


def utc_now() -> datetime:
    """The one clock of the service; a test passes another."""
    return datetime.now(UTC)


def create_app(
    store: DealStore,
    catalog: Catalog,
    *,
    serves: str,
    currency: str = "EUR",
    rates: Mapping[str, Decimal] | None = None,
    clock: Callable[[], datetime] = utc_now,
    whoami: Callable[[Request], Actor | None] = named_in_header,
) -> FastAPI:
    """The service around a store and its rulebooks.

    Args:
        store: where deals are kept.
        catalog: every version of a process that a stored deal follows.
        serves: the process that new deals follow, in its latest version.
        currency: in which the outlook is told.
        rates: what one unit of another currency is worth in it.
        clock, whoami: what time it is, and who asks.
    """
    app = FastAPI(title="Deal desk", version="1", responses={"4XX": {"model": Problem}})
    expected = Outlook(store, catalog.latest(serves), currency, rates or {})
    app.state.desk = Desk(store, catalog, serves, clock, whoami, expected)
    explain(app)
    for router in (deals, processes, outlook, board.pages):
        app.include_router(router)
    return app


@deals.post("", status_code=201)
def open_deal(body: NewDeal, response: Response, change: Changing) -> DealView:
    process = change.desk.catalog.latest(body.process or change.desk.serves)
    deal = process.open(
        body.id,
        at=change.desk.clock(),
        amount=body.amount and body.amount.money(),
        owner=body.owner,
        expected_close=body.expected_close,
        facts=learnt(process, body.facts),
        stage=body.stage,
        by=change.by,
        key=change.key,
    )
    response.headers["Location"] = f"/deals/{deal.id}"
    return change.shown(change.desk.store.add(deal))


@deals.get("")
def list_deals(
    desk: AtDesk, status: Annotated[list[Status] | None, Query()] = None, owner: str | None = None
) -> list[DealView]:
    return [
        DealView.of(deal, desk.catalog[deal])
        for deal in desk.store.all()
        if (not status or deal.status in status) and (owner is None or deal.owner == owner)
    ]


@deals.get("/{deal}")
def get_deal(deal: str, response: Response, desk: AtDesk) -> DealView:
    return shown(desk.store.get(deal), desk, response)


@deals.get("/{deal}/history")
def history(deal: str, desk: AtDesk, after: Annotated[int, Query(ge=0)] = 0) -> list[dict[str, Any]]:
    found = desk.store.get(deal)
    return [serialization.dump(event) for event in found.since(min(after, found.revision))]


@deals.get("/{deal}/options")
def options(deal: str, desk: AtDesk, by: Who) -> list[OptionView]:
    found = desk.store.get(deal)
    return [OptionView.of(option) for option in desk.catalog[found].options(found, at=desk.clock(), by=by)]


@deals.get("/{deal}/agenda")
def agenda(deal: str, desk: AtDesk, by: Who) -> AgendaView:
    found = desk.store.get(deal)
    return AgendaView.of(desk.catalog[found].agenda(found, at=desk.clock(), by=by))


@deals.post("/{deal}/moves")
def move(deal: str, body: Move, change: Changing) -> DealView:
    return change(deal, lambda process, before, **who: process.take(before, body.transition, reason=body.reason, **who))


@deals.post("/{deal}/overrides")
def override(deal: str, body: Exceptional, change: Changing) -> DealView:
    return change(
        deal, lambda process, before, **who: process.override(before, body.destination, reason=body.reason, **who)
    )


@deals.post("/{deal}/activities")
def record(deal: str, body: Work, change: Changing) -> DealView:
    return change(deal, lambda process, before, **who: process.record(before, **dict(body), **who))


@deals.post("/{deal}/facts")
def learn(deal: str, body: Knowledge, change: Changing) -> DealView:
    return change(
        deal,
        lambda process, before, **who: process.learn(
            before, learnt(process, body.facts), forget=body.forget, reason=body.reason, **who
        ),
    )


@deals.patch("/{deal}/terms")
def amend(deal: str, body: Terms, change: Changing) -> DealView:
    given = dict(body) | {"amount": body.amount and body.amount.money()}
    return change(deal, lambda process, before, **who: process.amend(before, **given, **who))


@deals.post("/{deal}/approvals")
def approve(deal: str, body: Approval, change: Changing) -> DealView:
    return change(deal, lambda process, before, **who: process.approve(before, body.subject, role=body.role, **who))


@deals.post("/{deal}/objections")
def raise_objection(deal: str, body: Concern, change: Changing) -> DealView:
    return change(
        deal, lambda process, before, **who: process.raise_objection(before, body.kind, text=body.text, **who)
    )


@deals.post("/{deal}/objections/{number}/answer")
def resolve_objection(deal: str, number: int, body: Answer, change: Changing) -> DealView:
    return change(deal, lambda process, before, **who: process.resolve_objection(before, number, how=body.how, **who))


@deals.post("/{deal}/notes")
def note(deal: str, body: Note, change: Changing) -> DealView:
    return change(deal, lambda process, before, **who: process.note(before, body.text, **who))


@deals.post("/{deal}/hold")
def hold(deal: str, body: Pause, change: Changing) -> DealView:
    return change(
        deal, lambda process, before, **who: process.hold(before, until=body.until, reason=body.reason, **who)
    )


@deals.delete("/{deal}/hold")
def resume(deal: str, change: Changing) -> DealView:
    return change(deal, lambda process, before, **who: process.resume(before, **who))


@processes.get("")
def list_processes(desk: AtDesk) -> list[ProcessView]:
    return [ProcessView(name=each.name, version=each.version, label=each.label) for each in desk.catalog]


@processes.get("/{name}/{version}")
def get_process(name: str, version: int, desk: AtDesk) -> dict[str, Any]:
    return serialization.dump(desk.catalog.get(name, version))


@outlook.get("/forecast")
def forecast(desk: AtDesk, months: Annotated[int, Query(ge=1, le=12)] = 3) -> list[ForecastView]:
    return desk.outlook.by_month(desk.clock(), months)
