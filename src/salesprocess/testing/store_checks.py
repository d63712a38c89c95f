"""Whether a store gives back what it was given."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import attrs
from hypothesis import Phase, given, settings

from salesprocess.deal import Deal
from salesprocess.events import Event
from salesprocess.process import Process
from salesprocess.testing.commands import told
from salesprocess.testing.finding import QUIET, simplest
from salesprocess.testing.lives import deals
from salesprocess.testing.planning import Meeting
from salesprocess.testing.telling import life


def check_store(
    round_trip: Callable[[Deal], Deal],
    process: Process,
    *,
    facts: Mapping[str, Any] | None = None,
    meet: Mapping[str, Meeting] | None = None,
    examples: int = 100,
) -> None:
    """Check that deals come back from your store, or from your own serialised form, as they were.

    Args:
        round_trip: writes a deal to an empty store and reads it again. The ids of the deals repeat.
        process: the rulebook: its deals are written, on values at which its criteria change their minds.
        facts, meet: how facts are drawn and rules met, as for `deals`.
        examples: how many deals are tried.

    Raises:
        UnknownFact, UnknownRule: `facts` or `meet` names what the process does not have.
        AssertionError: a deal does not come back, or cannot be written; with the smallest one.

    >>> from salesprocess import serialization, templates
    >>> def through_a_document(deal: Deal) -> Deal:
    ...     return serialization.load(serialization.dump(deal), Deal)
    >>> check_store(through_a_document, templates.load("generic"), examples=20)
    """
    lives = deals(process, facts=facts, meet=meet)
    lost: list[Deal] = []

    @settings(QUIET, max_examples=examples, derandomize=True, phases=[Phase.generate])
    @given(lives)
    def look(deal: Deal) -> None:
        if not lost and _loss(round_trip, deal):
            lost.append(deal)

    look()
    if lost:
        (deal,) = simplest(lives, lambda deal: bool(_loss(round_trip, deal))) or lost
        raise AssertionError(f"a deal does not come back: {_loss(round_trip, deal)}\n{life(deal)}")


def _loss(round_trip: Callable[[Deal], Deal], deal: Deal) -> str:
    """What is lost of a deal; empty when nothing is."""
    try:
        back = round_trip(deal)
    except Exception as error:  # noqa: BLE001 - whatever a store raises is the fault to tell
        return told(error)
    if len(back.history) != len(deal.history):
        return f"{len(back.history)} events instead of {len(deal.history)}"
    for was, now in zip(deal.history, back.history, strict=True):
        if was != now:
            return f"event {was.revision}, {was.kind}: {'; '.join(_differences(was, now))}"
    return "; ".join(_differences(deal, back))


def _differences(was: Event | Deal, now: Event | Deal) -> Iterator[str]:
    if type(was) is not type(now):
        yield f"{type(now).__name__} instead of {type(was).__name__}"
        return
    for field in attrs.fields(type(was)):
        before, after = getattr(was, field.name), getattr(now, field.name)
        if before != after:
            yield f"{field.name} is {after!r} instead of {before!r}"
