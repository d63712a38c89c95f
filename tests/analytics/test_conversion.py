"""Conversion counts deals, not visits, and never drops or rescales what is still open."""

import pickle
import warnings
from datetime import timedelta
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesprocess import Deal
from salesprocess.analytics import Conversion, StageConversion, conversion, stage_visits
from salesprocess.analytics.journeys import UNSEEN
from salesprocess.analytics.stage_conversion import Rule
from salesprocess.errors import OutOfRange, SmallSample
from salesprocess.events import Held, Resumed
from tests.analytics.books import OPEN, PROCESS, add, after, books, enter, opened, path

RULES: tuple[Rule, ...] = get_args(Rule)
AS_OF = after(50)


def converted(deals: list[Deal], process: Any = PROCESS, **options: Any) -> Conversion:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SmallSample)
        return conversion(stage_visits(deals, as_of=AS_OF), process, **options)


def row(deals: list[Deal], stage: str, **options: Any) -> StageConversion:
    return next(row for row in converted(deals, **options).rows if row.stage == stage)


def counts(deals: list[Deal], **options: Any) -> list[tuple[int, ...]]:
    found = converted(deals, **options).rows
    return [(row.reached, row.still_there, row.left, row.won, row.lost) for row in found]


def stages_of(deal: Deal) -> list[str]:
    """The stages of a deal without unseen moves, straight from its history."""
    return [getattr(event, "destination", getattr(event, "stage", "")) for event in deal.history]


def has_reached(deal: Deal, position: int, rule: Rule) -> bool:
    stages = stages_of(deal)
    if rule == "any":
        return OPEN[position] in stages
    if rule == "strict":
        remaining = iter(stages)
        return all(stage in remaining for stage in OPEN[: position + 1])
    return any(stage in (*OPEN[position:], "won", "care") for stage in stages)


@given(books(clean=True), st.sampled_from(RULES))
def test_the_counts_are_what_the_histories_tell(deals: list[Deal], rule: Rule) -> None:
    for position, found in enumerate(converted(deals, rule=rule).rows):
        reached = [deal for deal in deals if has_reached(deal, position, rule)]
        first = [deal for deal in deals if has_reached(deal, 0, rule)]
        left = [deal for deal in reached if deal.stage != OPEN[position]]
        onward = [
            deal
            for deal in left
            if deal.status == "won" or any(has_reached(deal, later, rule) for later in range(position + 1, len(OPEN)))
        ]
        won = sum(deal.status == "won" for deal in reached)
        lost = sum(deal.status == "lost" for deal in reached)
        assert found.stage == OPEN[position]
        assert (found.reached, found.still_there, found.left) == (len(reached), len(reached) - len(left), len(left))
        assert (found.won, found.lost) == (won, lost)
        assert found.next_step == (len(onward) / len(left) if left else None)
        both = [deal for deal in reached if deal in first]
        assert found.cumulative == (len(both) / len(first) if first else None)
        assert found.share_won == (won / (won + lost) if won + lost else None)


@given(st.data(), st.sampled_from(RULES), st.sampled_from([PROCESS, None]))
def test_the_order_of_the_deals_does_not_matter(data: st.DataObject, rule: Rule, process: Any) -> None:
    deals = data.draw(books())
    assert converted(deals, process, rule=rule) == converted(data.draw(st.permutations(deals)), process, rule=rule)


@given(books(), st.sampled_from(RULES))
def test_every_deal_is_counted_or_excluded_and_every_rate_is_one(deals: list[Deal], rule: Rule) -> None:
    found = converted(deals, rule=rule)
    assert found.n + found.excluded.get(UNSEEN, 0) == len(deals)
    for each in found.rows:
        assert each.still_there + each.left == each.reached
        assert each.won + each.lost <= each.left
        for rate in (each.next_step, each.cumulative, each.share_won):
            assert rate is None or 0 <= rate <= 1


@given(books(max_size=25))
def test_what_becomes_of_visits_and_what_is_unresolved_is_everything(deals: list[Deal]) -> None:
    for each in converted(deals).rows:
        if each.forward is not None and each.back is not None and each.dropped is not None:
            known = each.forward.probability + each.back.probability + each.dropped.probability
            assert known + each.forward.unresolved == pytest.approx(1, abs=1e-12)


@given(books(clean=True))
def test_strict_is_within_any_is_within_imputed(deals: list[Deal]) -> None:
    strict, any_, imputed = ([each.reached for each in converted(deals, rule=rule).rows] for rule in
                             ("strict", "any", "imputed"))  # fmt: skip
    assert all(a <= b <= c for a, b, c in zip(strict, any_, imputed, strict=True))


def test_the_three_rules_differ_on_a_skipped_stage() -> None:
    deals = [path("A", "lead", "offer", "won")]
    assert counts(deals, rule="any") == [(1, 0, 1, 1, 0), (0, 0, 0, 0, 0), (1, 0, 1, 1, 0), (0, 0, 0, 0, 0)]
    assert counts(deals, rule="strict") == [(1, 0, 1, 1, 0)] + [(0, 0, 0, 0, 0)] * 3
    assert counts(deals, rule="imputed") == [(1, 0, 1, 1, 0)] * 4


def test_the_first_stage_and_lost_deals_are_counted() -> None:
    deals = [path("A", "lead", "lost"), path("B", "lead", "survey"), opened("C")]
    assert counts(deals)[:2] == [(3, 1, 2, 0, 1), (1, 1, 0, 0, 0)]
    assert row(deals, "lead").next_step == 0.5


def test_a_deal_that_comes_back_counts_once() -> None:
    deals = [path("A", "lead", "survey", "lead", "survey", "lead")]
    assert counts(deals)[:2] == [(1, 1, 0, 0, 0), (1, 0, 1, 0, 0)]


def test_a_reopened_deal_is_neither_won_nor_lost() -> None:
    deals = [path("A", "lead", "lost", "lead"), path("B", "lead", "won", "care", "offer")]
    assert counts(deals)[0] == (2, 1, 1, 0, 0)
    assert counts(deals, rule="imputed")[3] == (1, 0, 1, 0, 0)


def test_the_eventual_shares_are_those_of_visits_when_all_are_resolved() -> None:
    deals = [path(f"W{n}", "lead", "offer", "won") for n in range(6)]
    deals += [path(f"L{n}", "lead", "offer", "lead", "lost") for n in range(6)]
    offer = row(deals, "offer")
    assert offer.forward is not None
    assert offer.back is not None
    assert (offer.forward.probability, offer.back.probability) == pytest.approx((0.5, 0.5))
    assert offer.forward.unresolved == pytest.approx(0)
    lead = row(deals, "lead")
    assert lead.forward is not None
    assert lead.dropped is not None
    assert (lead.forward.n, lead.dropped.probability) == (18, pytest.approx(1 / 3))
    assert lead.won_eventually is not None
    assert lead.won_eventually.probability == pytest.approx(0.5)


def test_open_deals_bound_what_is_known_and_never_rescale_it() -> None:
    deals = [path(f"W{n}", "lead", "won") for n in range(10)] + [opened(f"O{n}") for n in range(10)]
    won = row(deals, "lead").won_eventually
    assert won is not None
    assert (won.probability, won.upper) == pytest.approx((0.5, 1.0))
    assert str(won) == "50.0–100.0 %"


def test_a_deal_won_again_after_an_unseen_reopening_was_open_in_between() -> None:
    deals = []
    for number in range(10):
        reopened = enter(enter(path(f"A{number}", "lead", "won"), "lead", 4), "won", 9, known=False)
        deals.append(reopened)
    won = row(deals, "lead").won_eventually
    assert won is not None
    assert (won.age, won.probability) == (9, pytest.approx(1))


def test_entering_the_same_stage_again_is_no_step_forward() -> None:
    deals = [path(f"A{n}", "lead", "lead", "won") for n in range(10)]
    lead = row(deals, "lead")
    assert lead.back is not None
    assert lead.back.probability == pytest.approx(0.5)


def test_ages_are_counted_without_the_time_on_hold_in_the_unit_asked_for() -> None:
    deals = []
    for number in range(10):
        deal = add(add(opened(f"A{number}"), Held, 1), Resumed, 3)
        deals.append(enter(deal, "won", 4))
    forward = row(deals, "lead", unit=timedelta(hours=12)).forward
    assert forward is not None
    assert forward.age == 4


def test_without_a_process_the_stages_stand_by_the_mean_rank_of_their_first_entry() -> None:
    deals = [path("A", "survey", "offer", "lead"), path("B", "survey", "offer"), path("C", "survey", "lead", "closing")]
    assert [each.stage for each in converted(deals, None).rows] == ["survey", "offer", "lead", "closing"]


def test_a_stage_entered_but_left_unseen_was_reached() -> None:
    deals = [enter(path("A", "lead", "survey"), "won", 5, known=False)]
    assert counts(deals)[:2] == [(1, 0, 1, 1, 0), (1, 0, 1, 1, 0)]


def test_a_deal_seen_in_no_open_stage_is_excluded_and_counted() -> None:
    deals = [enter(opened("A", observed=False), "won", 2), opened("B", observed=False), opened("C")]
    found = converted(deals)
    assert (found.n, found.excluded[UNSEEN]) == (1, 2)


def test_a_deal_in_a_stage_that_the_process_does_not_have_is_excluded_by_the_name_of_the_stage() -> None:
    found = converted([path("A", "lead", "demo", "offer"), opened("B")])
    assert found.n == 1
    assert found.excluded == {"deal in a stage that the process does not have, demo": 1}


def test_rates_on_few_deals_warn_once_and_name_the_stages() -> None:
    visits = stage_visits([path("A", "lead", "offer")], as_of=AS_OF)
    with pytest.warns(SmallSample, match="fewer than 10 stand behind a number of: lead, offer") as caught:
        conversion(visits, PROCESS)
    assert [caught[0].filename, len(caught)] == [__file__, 1]


def test_enough_deals_do_not_warn() -> None:
    deals = [path(f"A{n}", "lead", "won") for n in range(10)] + [path(f"B{n}", "lead", "lost") for n in range(10)]
    conversion(stage_visits(deals, as_of=AS_OF), PROCESS)


@pytest.mark.parametrize("options", [{"rule": "loose"}, {"unit": timedelta(0)}])
def test_what_makes_no_sense_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(OutOfRange):
        converted([opened("A")], **options)


def test_the_result_prints_becomes_rows_and_pickles() -> None:
    found = converted([path(f"A{n}", "lead", "offer", "won") for n in range(10)])
    assert pickle.loads(pickle.dumps(found)) == found
    assert str(found).splitlines()[2].split()[:9] == ["lead", "10", "0", "10", "10", "0", "100.0", "%", "100.0"]
    first = found.to_rows()[0]
    assert (first["stage"], first["forward_probability"]) == ("lead", pytest.approx(1))
    assert found.to_rows()[1]["forward"] is None
    assert "n = 10" in str(found)
