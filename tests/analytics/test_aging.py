"""Open deals are old beside the deals that were won, and the list of them is complete."""

from collections import defaultdict
from math import ceil
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesprocess import Deal, Money
from salesprocess.analytics import Aging, aging, deal_table, stage_visits
from salesprocess.errors import OutOfRange, SmallSample
from salesprocess.events import Held, Resumed
from tests.analytics.books import PROCESS, RATES, add, after, books, enter, opened, path

pytestmark = pytest.mark.filterwarnings("ignore::salesprocess.errors.SmallSample")


def aged(book: list[Deal], days: float = 50, **options: Any) -> Aging:
    return aging(stage_visits(book, as_of=after(days)), options.pop("process", PROCESS), **options)


@given(books(clean=True, max_size=12), st.sampled_from(["latest", "cumulative"]), st.sampled_from([0.5, 0.85]))
def test_the_limit_and_the_list_are_those_of_a_plain_count(deals: list[Deal], measure: Any, share: float) -> None:
    found = aged(deals, measure=measure, share=share)
    times: dict[tuple[str, str], float] = {}
    for visit in stage_visits(deals, as_of=after(50)):
        before = times.get((visit.deal, visit.stage), 0) if measure == "cumulative" else 0
        times[visit.deal, visit.stage] = before + visit.time.total_seconds()
    status = {deal.id: deal.status for deal in deals}
    won: dict[str, list[int]] = defaultdict(list)
    for (deal, stage), time in times.items():
        if status[deal] == "won":
            won[stage].append(int(time // 86_400))
    here = {deal.id: deal.stage for deal in deals if deal.status == "open"}
    assert {each.deal: each.stage for each in found.deals} == here
    for each in found.deals:
        past = sorted(won[each.stage])
        assert each.time == int(times[each.deal, each.stage] // 86_400)
        assert each.limit == (past[ceil(share * len(past) - 1e-9) - 1] if past else None)
    assert found.n == len(here) == sum(row.open for row in found.rows)
    assert len(found.beyond) == sum(row.beyond or 0 for row in found.rows)


@given(st.data(), st.sampled_from([PROCESS, None]))
def test_the_order_of_the_deals_does_not_matter(data: st.DataObject, process: Any) -> None:
    deals = data.draw(books())
    assert aged(deals, process=process) == aged(data.draw(st.permutations(deals)), process=process)


def won(*days: float) -> list[Deal]:
    """Deals that were won from the first stage after so many days."""
    return [enter(opened(f"W{n}"), "won", each) for n, each in enumerate(days)]


def test_a_deal_is_beyond_when_it_is_over_the_limit_not_at_it() -> None:
    deals = [*won(*range(1, 11)), opened("at", 10), opened("over", 9)]
    found = aged(deals, days=19, share=0.9)
    assert [(each.deal, each.time, each.limit, each.beyond) for each in found.deals] == [
        ("over", 10, 9, 1),
        ("at", 9, 9, 0),
    ]
    assert [each.deal for each in found.beyond] == ["over"]


def test_time_on_hold_does_not_age_a_deal() -> None:
    held = add(add(opened("held"), Held, 2), Resumed, 12)
    assert aged([*won(3), held], days=14).deals[0].time == 4


def test_a_deal_that_came_back_has_two_times() -> None:
    back = enter(enter(enter(opened("back"), "offer", 5), "lead", 6), "offer", 9)
    latest, both = (aged([back], days=20, measure=measure).deals[0].time for measure in ("latest", "cumulative"))
    assert (latest, both) == (11, 12)


def test_a_time_of_which_a_part_was_not_seen_is_not_summed() -> None:
    back = enter(enter(opened("A", observed=False), "offer", 1), "lead", 2)
    assert aged([back]).deals[0].time == 48
    found = aged([back], measure="cumulative")
    assert (found.n, found.excluded) == (
        0,
        {"visit began unobserved": 1, "deal with an earlier visit of the stage that was not observed": 1},
    )


def test_a_stage_that_no_won_deal_saw_has_no_limit_and_its_deals_stand_last() -> None:
    found = aged([*won(2), opened("lead"), path("offer", "lead", "offer")], days=30)
    assert [(each.deal, each.beyond) for each in found.deals] == [("lead", 28), ("offer", None)]
    assert [row.beyond for row in found.rows] == [1, None, None, None]


def test_a_stage_that_the_process_does_not_have_is_counted_as_excluded() -> None:
    deals = [path("open", "lead", "demo"), path("won", "demo", "won"), path("lost", "demo", "lost")]
    assert aged(deals).excluded == {
        "open deal in a stage that the process does not have, demo": 1,
        "won deal in a stage that the process does not have, demo": 1,
    }
    assert aged(deals, process=None).n == 1


def test_the_deals_tell_who_and_how_much() -> None:
    deals = [*won(2), opened("A", amount=Money(100, "NOK"), owner="kari"), opened("B", amount=Money(10, "EUR"))]
    found = aged(deals, deals=deals, currency="EUR", rates=RATES)
    assert {each.deal: (each.owner, each.amount) for each in found.deals} == {
        "A": ("kari", Money("8.5", "EUR")),
        "B": (None, Money(10, "EUR")),
    }
    assert found.rows[0].beyond_amount == Money("18.5", "EUR")
    assert aged(deals, deals=deal_table(deals, as_of=after(50)), currency="EUR", rates=RATES) == found
    several = aged([*deals, opened("C")], deals=deals)
    assert (several.currency, several.deals[0].amount, several.deals[2].owner) == (None, None, None)
    assert list(several.excluded.values()) == [2]


def test_few_won_deals_warn_where_open_ones_are() -> None:
    with pytest.warns(SmallSample, match="lead$"):
        aged([*won(2), opened("A"), path("B", "offer", "won")])


def test_the_text_shows_the_stages_and_the_deals_beyond() -> None:
    deals = [*won(2), opened("A", amount=Money(100, "EUR"), owner="kari")]
    lines = str(aged(deals, deals=deals)).splitlines()
    assert lines[0] == "Aging, days in the stage, as of 2026-02-24T09:00:00+00:00"
    assert lines[1].split() == ["stage", "open", "median", "won", "p85", "of", "won", "beyond", "beyond", "EUR"]
    assert lines[2].split() == ["lead", "1", "50", "1", "2", "1", "100.00"]
    assert lines[6].split() == ["deal", "beyond", "stage", "owner", "days", "p85", "of", "won", "amount", "EUR"]
    assert lines[7].split() == ["A", "lead", "kari", "50", "2", "100.00"]
    many = str(aged([*won(2), *(opened(f"A{n}") for n in range(23))]))
    assert "and 3 more" in many
    assert "beyond" in aged(deals)._repr_html_()
    assert aged(deals, deals=deals).deal_rows()[0]["amount_currency"] == "EUR"
    assert len(aged(deals).to_rows()) == 4
    assert "over all visits" in aged(deals, measure="cumulative").definition


@pytest.mark.parametrize("wrong", [{"share": 1}, {"measure": "visit"}, {"measure": "age"}])
def test_a_wrong_share_or_measure_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(OutOfRange):
        aged([opened("A")], **wrong)
