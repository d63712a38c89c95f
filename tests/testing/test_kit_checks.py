"""The checks of criteria, forecasters and stores say what is wrong, and refuse what they cannot check."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest
from hypothesis.errors import Flaky

from salesprocess import Activity, Deal, Fact, Process, Stage
from salesprocess import criteria as c
from salesprocess.deal import replay
from salesprocess.errors import OutOfRange, UnknownRule
from salesprocess.forecasting import CompetingRisks
from salesprocess.testing import Command, check_criterion, check_forecaster, check_store, ways
from salesprocess.testing.commands import START
from salesprocess.testing.telling import life
from tests.testing.planted.criteria import divides
from tests.testing.planted.forecasters import LINE, Book, Faulty, FittedFaulty

DAY = timedelta(days=1)
LOST = Stage.lost("lost", reasons=["price"])


def process_with(criterion: c.Criterion, **more: Any) -> Process:
    stages = [Stage("lead", activities=[Activity("call")]), Stage("offer", exit=[criterion])]
    return Process("kiosk", stages=[*stages, Stage.won("sold"), LOST], **more)


class TestCriteria:
    @pytest.mark.parametrize(
        "criterion",
        [
            c.has("seats"),
            c.all_of(c.done("call"), c.at_least("seats", 3)),
            c.when(c.equals("region", "north"), c.approved("price", role="boss")),
            c.within(5 * DAY, since="stage"),
            c.asked_by_owner(),
        ],
        ids=str,
    )
    def test_stock_rules_pass(self, criterion: c.Criterion) -> None:
        facts = [Fact("seats", int), Fact("region", str, choices=["north", "south"])]
        check_criterion(criterion, process_with(criterion, facts=facts))

    def test_a_criterion_that_stands_elsewhere_is_refused(self) -> None:
        with pytest.raises(UnknownRule, match="call"):
            check_criterion(c.done("calls"), process_with(c.done("call")))

    def test_one_that_stands_inside_another_is_asked_by_itself(self) -> None:
        check_criterion(c.done("call"), process_with(c.any_of(c.done("call"), c.has_term("owner"))))

    def test_what_meets_a_rule_can_be_said(self) -> None:
        with pytest.raises(AssertionError, match="none of 100 deals meets it"):
            check_criterion(noted_often(), process_with(noted_often()))
        meet = {"noted_often": [Command("note", {"text": "they called", "at": START})] * 6}
        check_criterion(noted_often(), process_with(noted_often()), meet=meet)

    def test_what_does_not_pickle_is_told(self) -> None:
        @c.criterion("inner", "no")
        def inner(deal: Deal, ask: c.Ask) -> bool:
            return bool(deal.activities)

        with pytest.raises(AssertionError, match="pickles: "):
            check_criterion(inner(), process_with(inner()))

    def test_a_rule_whose_parameter_is_not_stored_as_it_is(self) -> None:
        with pytest.raises(AssertionError, match="stores: what comes back is another criterion"):
            check_criterion(stamped(thing=2), process_with(stamped(thing=2)))

    def test_what_is_possible_only_once_is_told(self) -> None:
        left[0] = 10**6
        ways(process_with(only_once()))
        left[0] = 10**6 - left[0]  # enough for the search, and not for what comes after it
        with pytest.raises(AssertionError, match="repeats: what was possible is refused again"):
            check_criterion(only_once(), process_with(only_once()))

    def test_what_does_not_show_again_is_shown_as_it_was_seen(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def not_again(*_: object) -> None:
            raise Flaky("it does not fail any more")

        monkeypatch.setattr("salesprocess.testing.criterion_checks.simplest", not_again)
        with pytest.raises(AssertionError, match="answers: ZeroDivisionError"):
            check_criterion(divides(), process_with(divides()))


left = [0]


@c.criterion("only_once", "not any more")
def only_once(deal: Deal, ask: c.Ask) -> bool:
    left[0] -= 1
    return left[0] >= 0


@c.criterion("noted_often", "too little was written down")
def noted_often(deal: Deal, ask: c.Ask) -> bool:
    return sum(event.kind == "noted" for event in deal.history) >= 6


@c.criterion("stamped", "no", converters={"thing": lambda value: value + 1})
def stamped(deal: Deal, ask: c.Ask, *, thing: int) -> bool:
    return bool(deal.activities)


def half(book: Book, deal: Deal, period: Any) -> float:
    return 0.5


def test_a_life_is_told_with_its_times() -> None:
    deal = LINE.note(LINE.open("A", at=START), "they called", at=START + DAY)
    assert life(deal).splitlines()[1] == "    A: noted (text='they called', 1 day, 0:00:00 later)"


class TestForecasters:
    def test_a_book_of_ones_own_and_its_moment(self) -> None:
        at = datetime(2026, 1, 5, tzinfo=UTC)
        deals = [LINE.open(f"D-{n}", at=at) for n in range(3)]
        with pytest.raises(AssertionError, match="speaks: NoHistory"):
            check_forecaster(Faulty("half", half), LINE, book=deals, as_of=at + DAY)
        check_forecaster(Faulty("half", half), LINE, book=deals, as_of=at + DAY, without=["speaks"])

    def test_rules_that_are_none_and_an_empty_book_are_refused(self) -> None:
        with pytest.raises(OutOfRange, match="names among speaks, answers"):
            check_forecaster(Faulty("half", half), LINE, without=["horizons"])
        with pytest.raises(OutOfRange, match="at least one deal"):
            check_forecaster(Faulty("half", half), LINE, book=[])

    def test_the_same_seed_gives_the_same_book(self) -> None:
        check_forecaster(Faulty("half", half), LINE, seed=3)

    def test_a_forecast_that_does_not_add_up(self) -> None:
        with pytest.raises(AssertionError, match="sums: the probabilities of the revenue sum to 2") as failed:
            check_forecaster(Changed(twice_as_sure), LINE)
        assert str(failed.value).count("\n- ") == 1
        with pytest.raises(AssertionError, match="sums: the mean is "):
            check_forecaster(Changed(richer), LINE)

    def test_deals_twice_and_chances_that_are_none(self) -> None:
        with pytest.raises(AssertionError, match="chances: a deal is in the forecast twice"):
            check_forecaster(Changed(lambda found: attrs.evolve(found, deals=found.deals * 2)), LINE)

        def doubled(found: Any) -> Any:
            return attrs.evolve(found, deals=[attrs.evolve(row, probability=1.5) for row in found.deals])

        with pytest.raises(AssertionError, match=r"chances: D-\d+ has 1.5"):
            check_forecaster(Changed(doubled), LINE)

    def test_who_is_in_the_forecast_must_not_hang_on_the_order(self) -> None:
        def first_open(book: Book, deal: Deal, period: Any) -> float | None:
            opened = [each.id for each in book.known if each.status == "open" and each.amount is not None]
            return 0.5 if deal.id == opened[0] else None

        with pytest.raises(AssertionError, match="order: the order of the deals decides whether"):
            check_forecaster(Faulty("first", first_open), LINE)

    def test_counts_that_do_not_add_up(self) -> None:
        with pytest.raises(AssertionError, match="merges: counting in two halves changes"):
            check_forecaster(Halved(), LINE)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        check_forecaster(CompetingRisks(), LINE)


def twice_as_sure(found: Any) -> Any:
    revenue = found.revenue
    return attrs.evolve(found, revenue=attrs.evolve(revenue, chances=tuple(2 * p for p in revenue.chances)))


def richer(found: Any) -> Any:
    amounts = tuple(amount + 1000 for amount in found.revenue.amounts)
    return attrs.evolve(found, revenue=attrs.evolve(found.revenue, amounts=amounts))


@attrs.frozen
class Changed:
    """A forecaster whose forecasts are tampered with."""

    change: Any
    method: str = "changed"

    def fit(self, deals: Iterable[Deal], *, as_of: datetime) -> Any:
        return FittedChanged(self.change, Faulty("half", half).fit(deals, as_of=as_of))


@attrs.frozen
class FittedChanged:
    change: Any
    fitted: FittedFaulty

    def forecast(self, deals: Iterable[Deal], **more: Any) -> Any:
        return self.change(self.fitted.forecast(deals, **more))


@attrs.frozen
class Halved:
    """Competing risks that forget the second half when counts are added up."""

    method: str = "halved"

    def fit(self, deals: Iterable[Deal], *, as_of: datetime) -> Any:
        return CompetingRisks().fit(deals, as_of=as_of)

    def counts(self, deals: Iterable[Deal], *, as_of: datetime) -> Any:
        return First(CompetingRisks().counts(deals, as_of=as_of))

    def fit_counts(self, counts: Any) -> Any:
        return CompetingRisks().fit_counts(counts.counts)


@attrs.frozen
class First:
    counts: Any

    def __add__(self, other: First) -> First:
        return self


class TestStores:
    def test_another_kind_of_event_and_a_deal_that_is_not_its_history(self) -> None:
        def noted(deal: Deal) -> Deal:
            return LINE.note(replay(deal.history[:1]), "hello", at=deal.opened_at) if len(deal.history) == 2 else deal

        with pytest.raises(AssertionError, match=r"event 2, \w+: Noted instead of"):
            check_store(noted, LINE)

        def moved(deal: Deal) -> Deal:
            return attrs.evolve(deal, stage="elsewhere")

        with pytest.raises(AssertionError, match="stage is 'elsewhere' instead of"):
            check_store(moved, LINE)
