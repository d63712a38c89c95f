"""Writing and reading a deal, beside pydantic with models of the same events, and beside json alone."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

import pytest

from salesprocess import Deal, Event, Money, Process, Stage, serialization, templates
from salesprocess import criteria as c
from tests.benchmarks.conftest import Compare

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)


def deal_of_seven_events() -> Deal:
    process = Process(
        "bench",
        stages=[Stage("lead", exit=[c.has("size")]), Stage("offer"), Stage.won("won"), Stage.lost("lost")],
        policy=templates.load("generic").policy.__class__(facts="free"),
    )
    deal = process.open(
        "ACME-1",
        amount=Money("48000.50", "EUR"),
        owner="kari",
        expected_close=date(2026, 3, 31),
        facts={"size": 5, "area": 40.0, "heritage": False, "source": "industry event", "margin": Decimal("0.25")},
        at=AT,
        by="kari",
    )
    deal = process.amend(deal, amount=Money("52000", "EUR"), at=AT, by="kari", reason="two more seats")
    deal = process.advance(deal, at=AT, by="kari", key="msg-123")
    deal = process.note(deal, "asked for a reference", at=AT, by="kari")
    deal = process.approve(deal, "discount", role="deal_desk", at=AT, by="ola", extra=True)
    deal = process.learn(deal, {"size": 7}, at=AT, by="kari")
    return process.win(deal, at=AT, by="kari")


def peer() -> Any:
    """The same rows as models of pydantic; they are checked as strictly, and not folded."""
    pydantic = pytest.importorskip("pydantic", minversion="2")
    strict = pydantic.ConfigDict(extra="forbid", frozen=True)
    strictly = pydantic.Strict()
    text, truth = Annotated[str, strictly], Annotated[bool, strictly]
    whole, real = Annotated[int, strictly], Annotated[float, strictly, pydantic.Field(allow_inf_nan=False)]

    def model(name: str, /, **fields: Any) -> Any:
        fields = {field: each if isinstance(each, tuple) else (each, ...) for field, each in fields.items()}
        return pydantic.create_model(name, __config__=strict, **fields)

    money = model("Money", amount=Decimal, currency=text)
    actor = model("Actor", id=text, roles=(frozenset[text], frozenset()))  # type: ignore[valid-type]
    tags = [model("Tag", **{tag: kind}) for tag, kind in (("decimal", Decimal), ("date", date), ("datetime", datetime))]
    scalar = text | truth | whole | real | money | tags[0] | tags[1] | tags[2]  # type: ignore[operator]
    facts = dict[text, scalar | tuple[scalar, ...]]  # type: ignore[valid-type]
    terms = model(
        "Terms",
        amount=(money | None, None),
        owner=(text | None, None),  # type: ignore[operator]
        expected_close=(date | None, None),
        probability=(real | None, None),  # type: ignore[operator]
        category=(text | None, None),  # type: ignore[operator]
    )
    maybe = (text | None, None)  # type: ignore[operator]
    status = Literal["open", "on_hold", "won", "lost"]
    content: dict[str, dict[str, Any]] = {
        "opened": {
            "process": text,
            "version": whole,
            "stage": text,
            "status": (status, "open"),
            "terms": (terms, None),
            "facts": (facts, {}),
            "observed": (truth, True),
        },
        "entered": {
            "transition": text,
            "source": (text | None, ...),  # type: ignore[operator]
            "destination": text,
            "status": status,
            "overridden": (tuple[text, ...], ()),  # type: ignore[valid-type]
            "skipped": (tuple[text, ...], ()),  # type: ignore[valid-type]
        },
        "facts_learnt": {"facts": (facts, {}), "forgotten": (tuple[text, ...], ())},  # type: ignore[valid-type]
        "amended": {"terms": (terms, None), "cleared": (tuple[text, ...], ())},  # type: ignore[valid-type]
        "approved": {"subject": text, "role": maybe},
        "noted": {"text": text, "happened": (pydantic.AwareDatetime | None, None)},
    }
    events = [
        model(
            kind,
            kind=Literal[kind],
            deal=text,
            revision=whole,
            at=pydantic.AwareDatetime,
            by=(actor | None, None),
            reason=maybe,
            key=maybe,
            imported=(truth, False),
            **fields,
        )
        for kind, fields in content.items()
    ]
    union: Any = events[0]
    for each in events[1:]:
        union = union | each
    event = Annotated[union, pydantic.Field(discriminator="kind")]
    return model("Deal", schema_=(Literal[1], pydantic.Field(alias="schema")), history=tuple[event, ...])  # type: ignore[valid-type]


def test_writing_and_reading_a_deal_of_seven_events(compare: Compare) -> None:
    deal = deal_of_seven_events()
    model = peer()
    document = serialization.dump(deal)
    theirs = model.model_validate(document)
    assert len(deal.history) == len(theirs.history) == 7
    assert serialization.load(document, Deal) == deal
    text = json.dumps(document)
    runs = {
        "pydantic, dump and load": lambda: model.model_validate(theirs.model_dump(mode="json", by_alias=True)),
        "pydantic, dump": lambda: theirs.model_dump(mode="json", by_alias=True),
        "pydantic, load": lambda: model.model_validate(document),
        "json alone, dumps and loads": lambda: json.loads(json.dumps(document)),
        "serialization.dump": lambda: serialization.dump(deal),
        "serialization.load": lambda: serialization.load(document, Deal),
        "serialization.load from text": lambda: serialization.load(json.loads(text), Deal),
        "serialization, dump and load": lambda: serialization.load(serialization.dump(deal), Deal),
    }
    compare(runs, calls=20, rounds=300)


def test_rows_one_by_one(compare: Compare) -> None:
    deal = deal_of_seven_events()
    rows = [serialization.dump(event) for event in deal.history]
    runs = {
        "dump(event)": lambda: [serialization.dump(event) for event in deal.history],
        "load(row, Event)": lambda: [serialization.load(row, Event) for row in rows],
        "load_deals(rows)": lambda: list(serialization.load_deals(rows)),
    }
    compare(runs, calls=2_000, per=7, unit="event")


def test_a_rulebook(compare: Compare) -> None:
    process = templates.load("startup")
    document = serialization.dump(process)
    compare(
        {"dump": lambda: serialization.dump(process), "load": lambda: serialization.load(document, Process)}, calls=20
    )
