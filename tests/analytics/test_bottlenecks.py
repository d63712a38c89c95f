"""Which stage is worth fixing first, and what the result says about it."""

from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any

import attrs
import pytest

from salesprocess import Deal, Money
from salesprocess.analytics import Bottleneck, Bottlenecks, bottlenecks, stage_visits
from salesprocess.errors import CurrencyMismatch, MissingRate, NoHistory, OutOfRange, SmallSample
from salesprocess.events import Amended
from salesprocess.frozen import FrozenDict
from tests.analytics.books import PROCESS, add, after, enter, opened, path

STAGES = ("lead", "survey", "offer", "closing")


THOUSAND = Money(1000, "EUR")


def book(
    rng: Random,
    size: int,
    *,
    onward: dict[str, float],
    stays: dict[str, float] | None = None,
    days: float = 700,
    amount: Money | None = THOUSAND,
) -> list[Deal]:
    """Deals that are lost in each stage with the chance left over by `onward`, and opened over `days`."""
    made = []
    for number in range(size):
        at = days * number / size
        terms: dict[str, Any] = {} if amount is None else {"amount": amount}
        deal = opened(f"D{number}", at, **terms)
        for stage, following in zip(STAGES, (*STAGES[1:], "won"), strict=True):
            at += rng.expovariate(1 / (stays or {}).get(stage, 5))
            if rng.random() >= onward.get(stage, 0.9):
                deal = enter(deal, "lost", at)
                break
            deal = enter(deal, following, at)
        made.append(deal)
    return made


def found(deals: list[Deal], *, with_deals: bool = True, until: float = 1000, **options: Any) -> Bottlenecks:
    visits = stage_visits(deals, as_of=after(until))
    return bottlenecks(visits, PROCESS, deals=deals if with_deals else None, **options)


def by_stage(result: Bottlenecks) -> dict[str, Bottleneck]:
    return {row.stage: row for row in result.rows}


def test_the_stage_that_loses_late_and_much_comes_before_the_longest_bar() -> None:
    deals = book(Random(1), 400, onward={"offer": 0.4, "lead": 1.0}, stays={"lead": 60, "offer": 4})
    result = found(deals)
    rows = by_stage(result)
    assert result.rows[0].stage == "offer"
    assert max(rows.values(), key=lambda row: row.stay or 0).stage == "lead"
    assert rows["lead"].days_saved > rows["offer"].days_saved
    assert rows["lead"].more_won.value == 0 < rows["offer"].more_won.value


def test_without_loops_the_gain_is_the_part_of_those_lost_that_would_have_been_won() -> None:
    deals = book(Random(2), 300, onward={"survey": 0.5})
    result = found(deals)
    lost = sum(deal.status == "lost" and deal.outcome is not None and deal.outcome.left == "survey" for deal in deals)
    past = [deal for deal in deals if any(getattr(event, "destination", "") == "offer" for event in deal.history)]
    won = sum(deal.status == "won" for deal in past) / len(past)
    yearly = result.new_deals / len(deals)
    assert by_stage(result)["survey"].more_won.value == pytest.approx(0.1 * lost * won * yearly)
    assert by_stage(result)["survey"].beyond == pytest.approx(won)


def test_worth_is_the_deals_won_more_times_what_they_bring_and_what_comes_earlier() -> None:
    result = found(book(Random(3), 300, onward={}))
    assert result.average_won == Money(1000, "EUR")
    for row in result.rows:
        assert row.conversion_worth is not None
        assert row.time_worth is not None
        assert float(row.conversion_worth.amount) == pytest.approx(1000 * row.more_won.value, abs=1)
        together = row.conversion_worth + row.time_worth
        assert row.worth.value == pytest.approx(float(together.amount), abs=2)
        assert row.worth.low <= row.worth.value <= row.worth.high
    assert [row.worth.value for row in result.rows] == sorted((row.worth.value for row in result.rows), reverse=True)


def test_avoiding_twice_as_much_saves_twice_the_days() -> None:
    deals = book(Random(4), 200, onward={})
    once, twice = by_stage(found(deals)), by_stage(found(deals, improvement=0.2))
    for stage in STAGES:
        assert twice[stage].days_saved == pytest.approx(2 * once[stage].days_saved)
        assert twice[stage].more_won.value == pytest.approx(2 * once[stage].more_won.value, rel=1e-6)


def test_hours_give_the_same_days() -> None:
    deals = book(Random(4), 200, onward={})
    days, hours = by_stage(found(deals)), by_stage(found(deals, unit=timedelta(hours=1)))
    for stage in STAGES:  # a stay counts in completed units: up to a day, half a day on average
        assert hours[stage].days_saved == pytest.approx(days[stage].days_saved, abs=0.1)


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    onward = {"lead": 0.7, "survey": 0.6, "offer": 0.8, "closing": 0.9}
    truth = 0.1 * 0.7 * 0.4 * 0.8 * 0.9
    held = 0
    rng = Random(5)
    for _ in range(40):
        deals = book(rng, 120, onward=onward)
        result = found(deals, with_deals=False)
        gain = by_stage(result)["survey"].more_won
        held += gain.low <= truth * result.new_deals <= gain.high
    assert 26 <= held <= 40


def test_without_amounts_the_worth_is_in_deals() -> None:
    result = found(book(Random(6), 100, onward={}), with_deals=False)
    assert result.currency is None
    assert result.average_won is None
    assert all(row.worth == row.more_won for row in result.rows)
    assert "worth, won deals" in str(result)


def test_amounts_nobody_knows_are_counted_and_told() -> None:
    deals = [*book(Random(7), 50, onward={}), *(opened(f"N{n}", n) for n in range(3))]
    result = found(deals)
    assert result.n == 53
    assert result.excluded["amount not known, deal counted at the average"] == 3


def test_several_currencies_want_rates() -> None:
    deals = [*book(Random(8), 30, onward={}), opened("N", amount=Money(1000, "NOK"))]
    with pytest.raises(CurrencyMismatch, match=r"EUR and NOK .* pass currency= and rates="):
        found(deals)
    with pytest.raises(MissingRate):
        found(deals, currency="EUR")
    assert found(deals, currency="EUR", rates={"NOK": Decimal("0.1")}).currency == "EUR"
    with pytest.raises(NoHistory, match="pass currency="):
        found(book(Random(8), 30, onward={}, amount=None))
    nothing = found(book(Random(8), 30, onward={}, amount=None), currency="EUR")
    assert all(row.conversion_worth == Money(0, "EUR") for row in nothing.rows)


def test_open_deals_older_than_nine_of_ten_are_named_with_what_they_are_worth() -> None:
    deals = book(Random(9), 200, onward={}, days=300)
    waiting = [enter(opened("W1", 900, amount=Money(7, "EUR")), "survey", 901), opened("W2", 850)]
    rows = by_stage(found([*deals, *waiting]))
    assert (rows["survey"].stuck, rows["survey"].stuck_amount) == (1, Money(7, "EUR"))
    assert "1 open deal, 7 EUR, is here for longer than nine of ten visits" in rows["survey"].why
    assert rows["lead"].stuck == 1
    assert rows["offer"].stuck == 0


def test_a_queue_grows_where_more_come_than_go() -> None:
    deals = book(Random(10), 300, onward={}, days=900)
    rush = [opened(f"R{n}", 960 + n / 2, amount=Money(1, "EUR")) for n in range(60)]
    rows = by_stage(found([*deals, *rush]))
    assert rows["lead"].queue == "grows"
    assert "the queue grows" in rows["lead"].why
    assert rows["survey"].queue in ("steady", "shrinks")


def test_a_queue_shrinks_where_more_go_than_come() -> None:
    steady = [enter(opened(f"D{n}", 2 * n), "lost", 2 * n + 50) for n in range(400)]
    cleared = [enter(opened(f"C{n}", 700 + n), "lost", 901 + n) for n in range(60)]
    lead = by_stage(found([*steady, *cleared], with_deals=False, until=980))["lead"]
    assert (lead.queue, lead.came, lead.went) == ("shrinks", 0, 60)
    assert "In the last 90 days 0 came and 60 left: the queue shrinks." in lead.why


def test_a_record_that_began_with_an_empty_stage_says_nothing_of_its_queue() -> None:
    deals = book(Random(11), 100, onward={}, days=80)
    assert {row.queue for row in found(deals, until=85).rows} == {"unknown"}


def test_few_visits_warn_and_none_say_so() -> None:
    with pytest.warns(SmallSample, match="lead"):
        result = found([opened("A"), path("B", "lead", "survey")], with_deals=False)
    rows = by_stage(result)
    assert rows["closing"].why == "No visit was observed."
    assert "Losing less here would win nothing" in rows["lead"].why
    assert rows["closing"].stay is None


def test_it_prints_a_table_and_the_words_and_gives_plain_rows() -> None:
    result = found(book(Random(12), 300, onward={"offer": 0.4}))
    text = str(result)
    assert text.startswith("Bottlenecks, stays in days, as of")
    assert "- offer: If 10 % of what is lost here went on like the rest" in text
    assert "worth:" in text
    assert "n = 300" in text
    rows = result.to_rows()
    assert rows[0]["stage"] == "offer"
    assert rows[0]["conversion_worth_currency"] == "EUR"
    assert rows[0]["worth_low"] < rows[0]["worth_high"]


def test_what_was_amended_later_is_not_known_yet() -> None:
    deals = [
        add(deal, Amended, 1200, terms=FrozenDict(amount=Money(9, "EUR"))) for deal in book(Random(13), 30, onward={})
    ]
    assert found(deals).average_won == Money(1000, "EUR")


@pytest.mark.parametrize(
    "options", [{"improvement": 0}, {"improvement": 1.5}, {"unit": timedelta(0)}, {"window": timedelta(0)}]
)
def test_options_that_cannot_be_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(OutOfRange):
        found([opened("A")], **options)


def test_a_book_of_closed_deals_alone_has_nothing_to_fix() -> None:
    with pytest.raises(NoHistory):
        found([opened("A", observed=False)], with_deals=False)


def test_the_result_is_a_value() -> None:
    result = found(book(Random(14), 50, onward={}))
    assert attrs.evolve(result) == result
