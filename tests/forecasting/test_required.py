"""How much pipeline a target needs: looked at in the same week of earlier periods, as the record stood then."""

import pickle
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesprocess import Calendar, Deal, Money, Period, simulation, templates
from salesprocess.analytics import pipeline_coverage
from salesprocess.errors import MissingRate, NoHistory, OutOfRange
from salesprocess.forecasting import RequiredPipeline, required_pipeline
from salesprocess.forecasting.required import NO_AMOUNT, TOO_EARLY
from tests.analytics.books import PROCESS, RATES, START, after, books, enter, moments, opened

DAY = timedelta(days=1)
FIRST, SECOND, THIRD = Calendar().quarters(2026)[:3]


def eur(amount: float) -> Money:
    return Money(str(amount), "EUR")


def deal(name: str, begin: int, close: date, amount: int | None = 100, **terms: Any) -> Deal:
    worth = {} if amount is None else {"amount": eur(amount)}
    return opened(name, begin, "offer", expected_close=close, **worth, **terms)


def day_of(moment: datetime) -> float:
    return (moment - START) / DAY


def needed(deals: list[Deal], target: float = 1000, **more: Any) -> RequiredPipeline:
    options: dict[str, Any] = {"period": SECOND, "past": [FIRST], "as_of": SECOND.start + 30 * DAY, **more}
    return required_pipeline(deals, eur(target), **options)


def spring() -> list[Deal]:
    """A quarter whose scheduled pipeline converted by 40 %, beside which 150 came, and the beginning of the next."""
    inside = [deal(f"in{n}", 0, date(2026, 3, 1)) for n in range(10)]
    inside[:4] = [enter(each, "won", 80) for each in inside[:4]]
    elsewhere = enter(deal("unscheduled", 0, date(2026, 9, 1)), "won", 70)
    created = enter(deal("created", 60, date(2026, 3, 20), 50), "won", 75)
    too_late = enter(deal("too late", 0, date(2026, 3, 20), 0), "won", 86)
    now = [deal("now", 95, date(2026, 6, 1), 500), enter(deal("quick", 90, date(2026, 5, 1), 200), "won", 100)]
    return [*inside, elsewhere, created, too_late, *now, deal("unpriced", 95, date(2026, 6, 1), None)]


def test_the_pipeline_of_the_same_week_tells_what_is_needed() -> None:
    found = needed(spring())
    row = found.rows[0]
    assert (row.deals, row.pipeline, row.won, row.conversion, row.beside) == (11, eur(1000), eur(400), 0.4, eur(150))
    assert (found.won, found.missing, found.pipeline, found.n) == (eur(200), eur(800), eur(500), 1)
    assert (found.required, found.gap, found.required_at_worst) == (eur(2000.00), eur(1500.00), eur(2000.00))
    assert (found.coverage, found.required_coverage) == (0.625, 2.5)
    assert (found.beside, found.enough) == (eur(150), 0)
    assert found.excluded == {NO_AMOUNT: 1}


def test_the_pipeline_can_be_all_that_is_open() -> None:
    found = needed(spring(), pipeline="open")
    row = found.rows[0]
    assert "open deals of any expected close" in found.definition
    assert (row.deals, row.pipeline, row.won, row.beside) == (12, eur(1100), eur(500), eur(50))


@given(books(), st.sampled_from([None, PROCESS]), moments)
def test_the_pipeline_of_today_is_that_of_the_coverage(deals: list[Deal], process: Any, days: float) -> None:
    book = [*deals, deal("sure", 0, date(2026, 1, 8))]
    options: dict[str, Any] = {"period": FIRST, "as_of": after(days + 1), "process": process, "rates": RATES}
    (row,) = pipeline_coverage(book, target=eur(10**9), **options).rows
    early = Period(START - DAY, after(days + 1) - DAY / 2)
    try:
        found = required_pipeline(book, eur(10**9), past=[early], **options)
    except NoHistory:
        return
    assert (found.won, found.pipeline, found.n, found.coverage) == (row.won, row.pipeline, row.deals, row.coverage)


def test_the_week_is_counted_from_the_end_of_the_period() -> None:
    last_minute = deal("last minute", 0, date(2026, 3, 31))
    found = needed([*spring(), last_minute], as_of=SECOND.end - 2 * DAY)
    assert found.rows[0].moment == FIRST.end - 2 * DAY
    assert found.rows[0].conversion == 0.0
    assert found.required is None
    assert found.gap is None
    assert found.required_coverage is None
    assert "nothing was ever won from such a pipeline" in str(found)


def test_what_is_won_at_the_very_moment_is_won_already_and_at_the_end_belongs_to_the_next() -> None:
    left = SECOND.end - (SECOND.start + 30 * DAY)
    at, end = day_of(FIRST.end - left), day_of(FIRST.end)
    book = [deal(f"D{n}", 0, date(2026, 3, 1)) for n in range(3)]
    row = needed([enter(book[0], "won", at), enter(book[1], "won", end), book[2]]).rows[0]
    assert (row.deals, row.won, row.beside) == (2, eur(0), eur(0))
    now = enter(deal("now", 90, date(2026, 6, 1)), "won", day_of(SECOND.start + 30 * DAY))
    assert needed([*book, now]).won == eur(100)
    edge = enter(deal("edge", 80, date(2026, 6, 1)), "won", day_of(SECOND.start))
    assert needed([*book, edge]).won == eur(100)


def test_later_knowledge_does_not_leak_into_the_past() -> None:
    book = spring()
    moved = PROCESS.amend(book[9], expected_close=date(2026, 8, 1), amount=eur(9999), at=FIRST.end + DAY)
    assert needed([*book[:9], moved, *book[10:]]).rows == needed(book).rows


def test_a_target_that_is_met_needs_nothing() -> None:
    found = needed(spring(), 200)
    assert (found.missing, found.required, found.coverage) == (eur(0), eur(0), None)
    assert "target met: 200.00 EUR won" in str(found)


def test_periods_before_the_record_began_are_named() -> None:
    found = needed(spring(), past=[*Calendar().quarters(2025), FIRST])
    assert len(found.rows) == 1
    assert found.excluded[TOO_EARLY] == 4
    with pytest.raises(NoHistory, match="no past period"):
        needed(spring(), past=Calendar().quarters(2025))


@given(books(), st.sampled_from(["scheduled", "open"]))
def test_what_was_won_is_split_without_rest(deals: list[Deal], kind: Any) -> None:
    january = Period(START, after(20))
    now = after(45)
    book = [*deals, deal("sure", 0, january.start.date() + 19 * DAY)]
    found = required_pipeline(
        book, eur(1), period=Period(after(40), after(60)), past=[january], as_of=now, pipeline=kind, rates=RATES
    )
    row = found.rows[0]

    def won_by(moment: datetime) -> dict[str, Money]:
        states = [state for each in book if (state := each.as_of(moment)) is not None and state.status == "won"]
        return {
            state.id: state.amount
            for state in states
            if state.amount is not None and state.closed_at is not None and state.closed_at in january
        }

    before, by_the_end = won_by(row.moment), won_by(january.end - datetime.resolution)
    won = [amount for name, amount in by_the_end.items() if name not in before]
    assert row.won + row.beside == Money.total(won, "EUR", RATES)
    low, high = found.conversions
    assert low <= found.conversion <= high


@pytest.mark.long
def test_required_pipeline_at_a_steady_rate_is_what_the_rate_says() -> None:
    process = templates.load("startup")
    start, now = SECOND.start - 900 * DAY, SECOND.start + 30 * DAY
    book = simulation.book(process, 1500, rng=Random(3), start=start, as_of=now).deals
    quarters = [*Calendar().quarters(2024)[1:], *Calendar().quarters(2025), FIRST]
    found = required_pipeline(book, eur(3_000_000), period=SECOND, past=quarters, as_of=now, pipeline="open")
    assert len(found.rows) == 8
    low, high = found.conversions
    assert 0 < low < found.conversion < high < 1
    assert found.required is not None
    assert found.required_at_worst is not None
    assert found.required < found.required_at_worst
    bring = float(found.required.amount) * found.conversion
    assert bring == pytest.approx(float(found.missing.amount), rel=1e-6)


def test_wrong_periods_words_and_currencies_are_refused() -> None:
    with pytest.raises(OutOfRange, match="past"):
        needed(spring(), past=[SECOND])
    with pytest.raises(OutOfRange, match="period"):
        needed(spring(), period=FIRST, past=[])
    with pytest.raises(OutOfRange, match="pipeline must be one of scheduled, open"):
        needed(spring(), pipeline="hopeful")
    with pytest.raises(MissingRate):
        needed([*spring(), opened("N", amount=Money(1, "NOK"))])


def test_it_prints_becomes_rows_and_pickles() -> None:
    found = needed(spring())
    text = str(found)
    assert text.splitlines()[0].startswith("Pipeline that 1,000.00 EUR in FY2026 Q2 needs, as of")
    assert "- required 2,000.00 EUR (coverage 2.5), at the least conversion 2,000.00 EUR" in text
    assert "- pipeline 500.00 EUR in 1 deals (coverage 0.6): 1,500.00 EUR short" in text
    assert "beside it usually 150.00 EUR: with that, enough in 0 of 1 earlier periods" in text
    assert "more than enough" in str(needed(spring(), 300))
    assert "at the least conversion unknown" in str(
        needed(
            [*spring(), *(deal(f"old{n}", -90, date(2025, 12, 1)) for n in range(2))],
            past=[Calendar().quarters(2025)[3], FIRST],
        )
    )
    assert "<td>FY2026 Q1</td>" in found._repr_html_()
    assert found.to_rows()[0]["period"] == "FY2026 Q1"
    assert pickle.loads(pickle.dumps(found)) == found
