"""Who wins more, who is faster, and where coaching would pay: not by three lucky deals, and not by easier ones."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesprocess import Deal, LossReason, Money, Process, Stage
from salesprocess.analytics import Owner, Owners, owners
from salesprocess.analytics.case_mix import Case, bands, compare
from salesprocess.analytics.timelines import timeline
from salesprocess.errors import CurrencyMismatch, DuplicateDeal, NoHistory, OutOfRange
from salesprocess.events import Amended
from salesprocess.frozen import FrozenDict
from tests.analytics.books import PROCESS, add, after, enter, opened

pytestmark = pytest.mark.filterwarnings("ignore::salesprocess.errors.SmallSample")
STAGES = ("lead", "survey", "offer", "closing")


def sold(
    rng: Random,
    name: str,
    owner: str,
    *,
    onward: float | dict[str, float] = 0.8,
    stay: float = 5,
    at: float = 0,
    start: str = "lead",
    amount: int | None = None,
) -> Deal:
    """A deal that its owner brings to its end."""
    terms: dict[str, Any] = {"owner": owner} | ({} if amount is None else {"amount": Money(amount, "EUR")})
    deal = opened(name, at, start, **terms)
    for stage in STAGES[STAGES.index(start) :]:
        at += rng.expovariate(1 / stay)
        chance = onward.get(stage, 0.8) if isinstance(onward, dict) else onward
        if rng.random() >= chance:
            return enter(deal, "lost", at)
        deal = enter(deal, [*STAGES, "won"][STAGES.index(stage) + 1], at)
    return deal


def team(rng: Random, sizes: dict[str, int], **options: Any) -> list[Deal]:
    return [sold(rng, f"{name}-{n}", name, at=n / 2, **options) for name, size in sizes.items() for n in range(size)]


def by_name(result: Owners) -> dict[str, Owner]:
    return {row.owner: row for row in result.rows}


def found(deals: list[Deal], *, until: float = 1000, **options: Any) -> Owners:
    return owners(deals, PROCESS, as_of=after(until), **options)


class TestWinning:
    def test_three_deals_never_make_a_star(self) -> None:
        rng = Random(1)
        deals = team(rng, {f"owner{n}": 60 for n in range(8)})
        lucky = [enter(opened(f"lucky-{n}", owner="lucky"), "won", 9) for n in range(3)]
        result = found([*deals, *lucky])
        star = by_name(result)["lucky"]
        assert star.raw == 1.0
        assert star.standing == "no measurable difference"
        assert star.share.low < result.pooled
        assert star.share.value < 0.85

    @pytest.mark.long
    def test_owners_who_are_alike_are_said_to_be(self) -> None:
        alarms = 0
        for seed in range(12):
            result = found(team(Random(seed), {f"owner{n}": 25 for n in range(8)}))
            alarms += any(row.standing != "no measurable difference" for row in result.rows)
        assert alarms <= 2
        assert "winning: no measurable difference between 2 owners" in str(found(team(Random(99), {"a": 40, "b": 40})))

    def test_owners_who_differ_are_told_apart(self) -> None:
        rng = Random(2)
        deals = team(rng, {"ola": 200, "per": 200})
        result = found([*deals, *team(rng, {"kari": 200}, onward=0.95)])
        rows = by_name(result)
        assert rows["kari"].standing == "above"
        assert result.rows[0].owner == "kari"
        assert result.winning.p_value < 0.01
        assert "kari wins" in str(result)

    def test_easier_deals_are_no_merit(self) -> None:
        """Kari gets deals that are nearly closed, Ola begins from nothing; both sell alike."""
        rng = Random(3)
        late = [sold(rng, f"k{n}", "kari", start="closing", onward=0.6, at=n) for n in range(150)]
        early = [sold(rng, f"o{n}", "ola", onward=0.6, at=n) for n in range(150)]
        mixed = [sold(rng, f"p{n}", "per", start=("lead", "closing")[n % 2], onward=0.6, at=n) for n in range(150)]
        rows = by_name(found([*late, *early, *mixed]))
        assert rows["kari"].raw is not None
        assert rows["ola"].raw is not None
        assert rows["kari"].raw > rows["ola"].raw + 0.3
        assert abs(rows["kari"].share.value - rows["ola"].share.value) < 0.15
        assert {row.standing for row in rows.values()} == {"no measurable difference"}

    def test_small_deals_that_win_easily_are_no_merit(self) -> None:
        rng = Random(4)
        small = [sold(rng, f"k{n}", "kari", amount=10 + n, onward=0.95, at=n) for n in range(120)]
        large = [sold(rng, f"o{n}", "ola", amount=9000 + n, onward=0.7, at=n) for n in range(120)]
        both = [
            sold(rng, f"p{n}", "per", amount=(10, 9000)[n % 2] + n, onward=(0.95, 0.7)[n % 2], at=n) for n in range(240)
        ]
        rows = by_name(found([*small, *large, *both]))
        assert rows["kari"].raw is not None
        assert rows["ola"].raw is not None
        assert rows["kari"].raw - rows["ola"].raw > 2 * (rows["kari"].share.value - rows["ola"].share.value)

    def test_young_books_are_not_punished(self) -> None:
        """Losses come early and wins late; who began last month has only the losses yet."""
        rng = Random(5)
        deals: list[Deal] = []
        for name, start in (("old", 0.0), ("older", -60.0), ("young", 75.0)):
            for n in range(200):
                at = start + n / 8
                deal = opened(f"{name}{n}", at + 60, owner=name)
                if rng.random() < 0.5:
                    deals.append(enter(deal, "lost", at + 60 + rng.uniform(1, 20)))
                else:
                    deals.append(enter(deal, "won", at + 60 + rng.uniform(15, 60)))
        known = [deal for deal in (each.as_of(after(165)) for each in deals) if deal is not None]
        rows = by_name(found(known, until=165))
        assert rows["young"].raw is not None
        assert rows["old"].raw is not None
        assert rows["young"].raw < rows["old"].raw - 0.1
        assert rows["young"].open > 20
        assert abs(rows["young"].share.value - rows["old"].share.value) < 0.08

    def test_the_owner_at_the_close_counts_and_what_changed_hands_is_told(self) -> None:
        rng = Random(6)
        deals = team(rng, {"kari": 20})
        passed = []
        for n in range(20):
            deal = add(opened(f"x{n}", owner="kari"), Amended, 3, terms=FrozenDict(owner="ola"))
            passed.append(enter(deal, "won", 9))
        result = found([*deals, *passed])
        assert by_name(result)["ola"].won == 20
        assert result.handed_over == 0.5
        assert "50.0 % of the closed deals changed hands" in str(result)

    def test_who_takes_a_deal_at_its_close_is_compared_with_closes_from_that_stage(self) -> None:
        rng, deals = Random(6), team(Random(6), {"kari": 40})
        for n in range(40):
            deal = enter(opened(f"x{n}", owner="kari"), "closing", 2)
            deal = add(deal, Amended, 9, terms=FrozenDict(owner="ola"))
            deals.append(enter(deal, "won" if rng.random() < 0.9 else "lost", 9))
        row = by_name(found(deals))["ola"]
        assert row.raw == pytest.approx(row.expected, abs=0.1)

    def test_an_amount_that_gives_the_outcome_away_is_not_used(self) -> None:
        """Some systems set the amount of a lost deal to zero: that says nothing of how hard the deal was."""
        rng = Random(7)
        deals = [
            add(deal, Amended, 900, terms=FrozenDict(amount=Money(0 if deal.status == "lost" else 500, "EUR")))
            for deal in team(rng, {"kari": 60, "ola": 60, "per": 60}, onward=0.9)
        ]
        result = found(deals)
        for row in result.rows:
            assert row.expected == pytest.approx(result.pooled, abs=0.2)


class TestShrinkage:
    @pytest.mark.parametrize("seed", range(6))
    def test_errs_less_than_the_raw_shares_of_simulated_owners(self, seed: int) -> None:
        rng, raw, shrunk = Random(seed), 0.0, 0.0
        for _ in range(8):
            truths = {f"owner{n}": rng.betavariate(12, 28) for n in range(12)}
            cases = [
                Case(name, rng.randrange(2), rng.random() < truth)
                for name, truth in truths.items()
                for _ in range(rng.choice([3, 6, 20]))
            ]
            compared = compare(cases)
            for name, posterior in zip(compared.groups, compared.posteriors.posteriors, strict=True):
                group = compared.groups[name]
                raw += (group.successes / group.n - truths[name]) ** 2
                shrunk += (posterior.mean - truths[name]) ** 2
        assert shrunk < raw / 2

    @given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 2), st.booleans()), min_size=1, max_size=60))
    def test_what_all_expect_is_what_all_reached(self, drawn: list[tuple[str, int, bool]]) -> None:
        compared = compare(Case(*each) for each in drawn)
        assert 0 <= compared.pooled <= 1
        for group in compared.groups.values():
            assert 0 <= group.share <= 1
            assert 0 <= group.weight <= group.n
            assert 0 <= group.expected <= group.n
        assert sum(group.successes for group in compared.groups.values()) == sum(won for _, _, won in drawn)

    def test_with_cases_of_one_kind_the_adjusted_share_is_the_raw_one(self) -> None:
        cases = [Case("a", 0, n < 3) for n in range(10)] + [Case("b", 0, n < 6) for n in range(10)]
        compared = compare(cases)
        assert compared.groups["a"].share == pytest.approx(0.3)
        assert compared.groups["a"].weight == pytest.approx(10)

    def test_cases_whose_end_is_certain_weigh_nothing(self) -> None:
        certain = [Case(name, "sure", True) for name in "ab" for _ in range(500)]
        open_ = [Case(name, "open", n % 2 == 0) for name in "ab" for n in range(20)]
        weight = compare([*certain, *open_]).groups["a"].weight
        assert weight < 300

    def test_nothing_to_compare(self) -> None:
        assert compare([]).groups == {}
        assert bands([], 3) == []
        assert bands([1, 1, 1], 3) == [1]


class TestSpeed:
    def test_who_waits_twice_as_long_is_half_as_fast(self) -> None:
        rng = Random(8)
        result = found([*team(rng, {"ola": 120, "per": 120}), *team(rng, {"kari": 120}, stay=12)])
        rows = by_name(result)
        assert rows["kari"].pace == "below"
        assert rows["kari"].speed.high < 0.8
        assert rows["ola"].pace == "above"
        assert result.speed.p_value < 0.001

    def test_deals_that_are_still_open_are_no_sign_of_speed(self) -> None:
        """Everybody waits ten days; the young book is looked at after five."""
        waiting = [opened(f"y{n}", 95, owner="young") for n in range(40)]
        done = [enter(opened(f"o{n}", n, owner=("old", "older")[n % 2]), "won", n + 10) for n in range(60)]
        rows = by_name(found([*waiting, *done], until=100))
        assert rows["young"].pace == "no measurable difference"
        assert rows["young"].speed.value == pytest.approx(1, abs=0.05)

    def test_each_stage_has_a_row_for_each_owner_who_was_there(self) -> None:
        rng = Random(9)
        result = found(team(rng, {"ola": 40, "per": 40}))
        assert Counter(row.stage for row in result.stages) == dict.fromkeys(STAGES, 2)
        for stage in STAGES:
            rows = [row for row in result.stages if row.stage == stage]
            assert sum(row.left for row in rows) == pytest.approx(sum(row.expected for row in rows))


class TestCoaching:
    def test_names_the_stage_in_which_an_owner_is_credibly_below_all(self) -> None:
        rng = Random(10)
        deals = team(rng, {"ola": 150, "per": 150, "else": 150}, amount=1000)
        weak = team(rng, {"kari": 150}, onward={"survey": 0.4}, amount=1000)
        result = found([*deals, *weak])
        assert [(each.owner, each.stage) for each in result.coaching] == [("kari", "survey")]
        coaching = result.coaching[0]
        assert coaching.conversion.high < coaching.pooled
        assert coaching.worth is not None
        assert float(coaching.worth.amount) == pytest.approx(1000 * coaching.more_won, abs=1)
        assert f"on {coaching.deals} deals" in str(result)
        assert "coaching kari in survey would pay" in result.words[-1]

    def test_needs_more_than_three_deals(self) -> None:
        rng = Random(11)
        deals = team(rng, {"ola": 100, "per": 100}, onward=0.95)
        unlucky = [enter(opened(f"u{n}", owner="kari"), "lost", 2) for n in range(3)]
        assert found([*deals, *unlucky]).coaching == ()

    def test_says_so_when_nothing_points_to_it(self) -> None:
        text = str(found(team(Random(12), {"ola": 30, "per": 30})))
        assert "nothing points to coaching" in text
        assert found(team(Random(12), {"ola": 30, "per": 30})).currency is None

    def test_a_long_list_tells_the_most_worth_and_how_many_more(self) -> None:
        rng = Random(13)
        strong = team(rng, {f"strong{n}": 100 for n in range(8)}, onward=0.95)
        weak = team(rng, {f"weak{n}": 100 for n in range(8)}, onward=0.5)
        result = found([*strong, *weak])
        assert len(result.coaching) > 3
        text = str(result)
        assert f"coaching: {len(result.coaching) - 3} more" in text
        assert "more between, in `rows`" in text


class TestTheBook:
    def test_losses_that_do_not_count_and_deals_of_nobody_are_left_out(self) -> None:
        process = Process(
            "solar",
            stages=[
                *map(Stage, STAGES),
                Stage.won("won"),
                Stage.lost("lost", reasons=[LossReason("twice", counts=False)]),
            ],
        )
        twice = [enter(opened(f"t{n}", owner="kari"), "lost", 3, reason="twice") for n in range(4)]
        nobody = [enter(opened("n1"), "won", 3), opened("n2"), enter(opened("n3", -9), "survey", -3)]
        result = owners([*team(Random(14), {"kari": 20, "ola": 20}), *twice, *nobody], process, as_of=after(500))
        assert result.n == 40
        assert result.excluded["lost for a reason that does not count"] == 4
        assert result.excluded["deal without an owner"] == 3
        kept = owners([*team(Random(14), {"kari": 20, "ola": 20}), *twice], as_of=after(500))
        assert by_name(kept)["kari"].lost == by_name(result)["kari"].lost + 4
        bare = owners([*team(Random(14), {"kari": 20, "ola": 20}), *nobody], process, as_of=after(500))
        assert (result.rows, result.stages) == (bare.rows, bare.stages)
        named = owners([*team(Random(14), {"kari": 20, "ola": 20}), *twice], as_of=after(500), void=["twice"])
        assert by_name(named)["kari"].lost == by_name(result)["kari"].lost

    def test_a_snapshot_without_stages_still_compares_the_closes(self) -> None:
        deals = []
        for n in range(40):
            deal = opened(f"s{n}", n, observed=False)
            deal = add(deal, Amended, n + 9, terms=FrozenDict(owner=("kari", "ola")[n % 2]))
            deals.append(enter(deal, ("won", "won", "lost")[n % 3], n + 9, known=False))
        result = found(deals)
        assert (result.n, result.handed_over) == (40, 0.0)
        assert result.stages == ()
        assert "speed: nothing to compare" in result.words
        assert by_name(result)["kari"].won + by_name(result)["kari"].lost == 20

    def test_open_deals_alone_give_no_raw_share(self) -> None:
        row = found([opened("A", owner="kari")]).rows[0]
        assert (row.raw, row.expected, row.open) == (None, None, 1)

    def test_it_prints_and_gives_plain_rows(self) -> None:
        result = found(team(Random(15), {"ola": 30, "per": 30}))
        assert str(result).startswith("Owners, as of")
        assert "case mix taken out" in str(result)
        assert {"owner", "share_value", "share_low", "speed_high"} <= set(result.to_rows()[0])

    def test_few_closed_deals_warn(self) -> None:
        with pytest.warns(UserWarning, match="kari"):
            found([enter(opened("A", owner="kari"), "won", 2), *team(Random(16), {"ola": 30})])

    def test_what_is_wrong_is_said(self) -> None:
        with pytest.raises(OutOfRange, match="level"):
            found([opened("A", owner="kari")], level=1.0)
        with pytest.raises(OutOfRange, match="unit"):
            found([opened("A", owner="kari")], unit=timedelta(0))
        with pytest.raises(DuplicateDeal):
            found([opened("A", owner="kari"), opened("A", owner="kari")])
        with pytest.raises(NoHistory):
            found([opened("A", 2000, owner="kari")])
        mixed = [opened(c, owner="kari", amount=Money(1, c)) for c in ("EUR", "NOK")]
        with pytest.raises(CurrencyMismatch):
            found(mixed)
        rates = {"NOK": Decimal("0.1")}
        assert found(mixed, currency="EUR", rates=rates).currency == "EUR"
        closed = [enter(deal, "won", 9) for deal in mixed]
        assert found(closed, currency="EUR", rates=rates).rows[0].won == 2


def test_a_timeline_tells_who_and_since_when() -> None:
    deal = add(opened("A", owner="kari"), Amended, 3, terms=FrozenDict(owner="ola"))
    deal = add(deal, Amended, 5, cleared=("owner",))
    deal = add(deal, Amended, 6, terms=FrozenDict(amount=Money(1, "EUR")))
    deal = add(deal, Amended, 7, cleared=("owner",))
    line = timeline(deal, "owner")
    assert line.values == ("kari", "ola", None)
    assert line.at(line.since[1] - 1)[0] == "kari"
    assert line.at(line.since[1]) == ("ola", line.since[1])
    assert line.from_the_start() is line
    late = timeline(add(opened("B"), Amended, 3, terms=FrozenDict(owner="ola")), "owner")
    assert (late.at(late.since[0])[0], late.from_the_start().at(late.since[0])[0]) == (None, "ola")
