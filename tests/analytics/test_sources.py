"""Sources are counted as a plain count does, and ranked only where they differ by more than chance."""

from collections import Counter
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesprocess import Deal, Money, Period
from salesprocess.analytics import beta_binomial, deal_table, sources, win_rate
from salesprocess.errors import MissingRate, SmallSample, UnknownFact
from salesprocess.events import FactsLearnt
from salesprocess.frozen import FrozenDict
from tests.analytics.books import RATES, add, after, began_open, copied, enter, opened, worked_books

pytestmark = pytest.mark.filterwarnings("ignore::salesprocess.errors.SmallSample")


@pytest.mark.counted
@given(worked_books(max_size=12))
def test_the_sources_are_those_of_a_plain_count(deals: list[Deal]) -> None:
    period = Period(after(2), after(25))
    found = sources(deals, as_of=after(35), period=period, void=["duplicate"], currency="EUR")
    stood = [then for deal in deals if (then := deal.as_of(after(35))) is not None and then.opened_at in period]
    kept = [
        deal for deal in stood if not (deal.outcome and (deal.status, deal.outcome.reason) == ("lost", "duplicate"))
    ]
    assert {row.source: row.deals for row in found.rows} == Counter(deal.facts.get("source") for deal in kept)
    for row in found.rows:
        here = [deal for deal in kept if deal.facts.get("source") == row.source]
        won = [deal for deal in here if deal.status == "won"]
        assert (row.won, row.open) == (len(won), sum(deal.closed_at is None for deal in here))
        assert row.won + row.lost + row.open == row.deals == round(row.share * found.n)
        assert row.value == Money(sum((deal.amount.amount for deal in won if deal.amount), Decimal(0)), "EUR")
        assert row.low <= row.shrunk <= row.high
        assert (row.days is None) == (not any(map(began_open, won)))
    fitted = beta_binomial((row.won, row.won + row.lost) for row in found.rows)
    assert [row.shrunk for row in found.rows] == [each.mean for each in fitted.posteriors]
    left_out = {why: count for why, count in found.excluded.items() if "values" not in why}
    assert found.n + sum(left_out.values()) == len(deals)


@given(worked_books())
def test_the_sums_are_those_of_the_win_rate(deals: list[Deal]) -> None:
    table = deal_table(deals, as_of=after(50), facts=["source"])
    created = win_rate(table, void=["duplicate"]).rows[1]
    rows = sources(table, void=["duplicate"]).rows
    sums = [sum(getattr(row, name) for row in rows) for name in ("deals", "won", "lost", "open")]
    assert sums == [created.deals, created.won, created.lost, created.open]


@given(worked_books(max_size=5), worked_books(max_size=5))
def test_two_books_add_up(one: list[Deal], other: list[Deal]) -> None:
    def won(deals: list[Deal]) -> Counter[object]:
        return Counter({row.source: row.won for row in sources(deals, as_of=after(50)).rows if row.won})

    both = [*one, *(copied(deal, f"other-{deal.id}") for deal in other)]
    assert won(one) + won(other) == won(both)


@given(st.data())
def test_the_order_of_the_deals_does_not_matter(data: st.DataObject) -> None:
    deals = data.draw(worked_books())
    assert sources(deals, as_of=after(50)) == sources(data.draw(st.permutations(deals)), as_of=after(50))


def come(source: str | None, won: int, lost: int, still: int = 0) -> list[Deal]:
    deals: list[Deal] = []
    for number in range(won + lost + still):
        deal = opened(f"{source}-{number}", amount=Money(100, "EUR"))
        if source is not None:
            deal = add(deal, FactsLearnt, 1, facts=FrozenDict(source=source, seats=number % 2))
        if number < won + lost:
            deal = enter(deal, "won" if number < won else "lost", 5)
        deals.append(deal)
    return deals


def test_sources_that_differ_are_said_to_and_others_not() -> None:
    found = sources([*come("fair", 30, 10), *come("web", 10, 40, 10)], as_of=after(9))
    assert found.differ
    assert "differ by more than chance explains" in str(found)
    web, fair = found.rows
    assert (web.source, fair.rate, fair.value, fair.average) == ("web", 0.75, Money(3000, "EUR"), Money(100, "EUR"))
    assert (fair.per_deal, web.per_deal) == (Money(75, "EUR"), Money("16.67", "EUR"))
    assert 0.2 < web.shrunk < fair.shrunk < 0.75
    assert (fair.days, fair.at_least, web.at_least, web.at_most) == (5, 0.75, 1 / 6, 1 / 3)
    alike = sources([*come("fair", 11, 10), *come("web", 10, 11)], as_of=after(9))
    assert not alike.differ
    assert "do not rank by them" in str(alike)


def test_deals_that_do_not_know_their_source_are_a_row_of_their_own() -> None:
    found = sources([*come(None, 2, 1), *come("web", 1, 1, 1)], as_of=after(9))
    assert [row.source for row in found.rows] == ["web", None]
    lines = str(found).splitlines()
    assert lines[1].split()[:4] == ["source", "deals", "share", "won"]
    assert lines[3].startswith("not known")
    assert "Nothing to compare" in str(sources(come("web", 2, 1), as_of=after(9)))
    assert "Deals by source" in found._repr_html_()
    assert found.to_rows()[0]["source"] == "web"
    assert [row.source for row in sources(come("web", 1, 1), as_of=after(9), fact="seats").rows] == [0, 1]
    assert sources([], as_of=after(9)).rows == ()


def test_a_table_needs_the_fact_and_two_currencies_a_rate() -> None:
    deals = come("web", 1, 1)
    with pytest.raises(UnknownFact):
        sources(deal_table(deals, as_of=after(9)))
    with pytest.raises(MissingRate):
        sources([*deals, opened("A", amount=Money(10, "NOK"))], as_of=after(9), currency="EUR")
    several = [*deals, enter(opened("A", amount=Money(10, "NOK")), "won", 2)]
    assert sources(several, as_of=after(9)).rows[0].value is None
    assert sources(several, as_of=after(9), currency="EUR", rates=RATES).rows[1].value == Money("0.85", "EUR")


def test_few_decided_deals_warn() -> None:
    with pytest.warns(SmallSample, match="web"):
        sources(come("web", 1, 1), as_of=after(9))
