"""The estimators: equal to their definitions, to textbook values and to another library."""

import random
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesprocess.analytics import aalen_johansen, age_counts, kaplan_meier
from salesprocess.analytics.survival import CENSORED
from salesprocess.errors import OutOfRange

Subject = tuple[int, int, int]


@st.composite
def subjects(draw: st.DrawFn, *, truncated: bool = True) -> list[Subject]:
    """Entry, exit and cause of several subjects."""
    found = []
    for _ in range(draw(st.integers(1, 25))):
        end = draw(st.integers(0, 12))
        entry = draw(st.integers(-1, end - 1)) if truncated else -1
        found.append((entry, end, draw(st.sampled_from([CENSORED, 0, 1]))))
    return found


def counted(found: list[Subject]):
    entries, exits, causes = zip(*found, strict=True)
    return age_counts(exits, causes, entries, kinds=2)


def at_risk(found: list[Subject], age: int) -> int:
    return sum(entry < age <= end for entry, end, _ in found)


def leaving(found: list[Subject], age: int, cause: int | None = None) -> int:
    return sum(end == age and why != CENSORED and cause in (None, why) for _, end, why in found)


def survival(found: list[Subject], age: int) -> Fraction:
    stay = Fraction(1)
    for u in range(age + 1):
        if leaving(found, u):
            stay *= 1 - Fraction(leaving(found, u), at_risk(found, u))
    return stay


def incidence(found: list[Subject], age: int, cause: int) -> Fraction:
    total = Fraction(0)
    for u in range(age + 1):
        if d := leaving(found, u, cause):
            total += survival(found, u - 1) * Fraction(d, at_risk(found, u))
    return total


def variance(found: list[Subject], age: int, cause: int) -> Fraction:
    total = Fraction(0)
    for u in range(age + 1):
        d, own, risk = leaving(found, u), leaving(found, u, cause), at_risk(found, u)
        if not d:
            continue
        before, gain = survival(found, u - 1), incidence(found, age, cause) - incidence(found, u, cause)
        if d < risk:
            total += gain**2 * Fraction(d, risk * (risk - d)) - 2 * gain * before * Fraction(own, risk**2)
        total += before**2 * Fraction(own * (risk - own), risk**3)
    return total


@given(subjects())
def test_the_counts_are_those_at_risk_and_those_who_leave(found: list[Subject]) -> None:
    counts = counted(found)
    assert counts.ages == tuple(sorted({end for _, end, _ in found}))
    assert counts.at_risk == tuple(at_risk(found, age) for age in counts.ages)
    assert counts.left == tuple(tuple(leaving(found, age, cause) for age in counts.ages) for cause in (0, 1))


@given(subjects())
def test_kaplan_meier_is_the_product_of_what_stays(found: list[Subject]) -> None:
    curve = kaplan_meier(counted(found))
    assert curve.survival == pytest.approx([float(survival(found, age)) for age in curve.ages], abs=1e-12)


@given(subjects())
def test_aalen_johansen_is_the_sum_of_what_leaves(found: list[Subject]) -> None:
    estimated = aalen_johansen(counted(found))
    for cause in (0, 1):
        ages = estimated.counts.ages
        assert estimated.incidence[cause] == pytest.approx([float(incidence(found, a, cause)) for a in ages], abs=1e-12)
        assert estimated.variance[cause] == pytest.approx([float(variance(found, a, cause)) for a in ages], abs=1e-12)


@given(subjects())
def test_what_stays_and_what_left_for_all_causes_is_everything(found: list[Subject]) -> None:
    estimated = aalen_johansen(counted(found))
    for parts in zip(estimated.survival, *estimated.incidence, strict=True):
        assert sum(parts) == pytest.approx(1, abs=1e-12)


@given(subjects(truncated=False))
def test_without_censoring_the_estimates_are_plain_shares(found: list[Subject]) -> None:
    resolved = [(entry, end, max(cause, 0)) for entry, end, cause in found]
    estimated, n = aalen_johansen(counted(resolved)), len(resolved)
    share = sum(cause == 1 for _, _, cause in resolved) / n
    assert estimated.incidence[1][-1] == pytest.approx(share, abs=1e-12)
    assert estimated.variance[1][-1] == pytest.approx(share * (1 - share) / n, abs=1e-12)


@given(subjects(truncated=False))
def test_the_restricted_mean_is_the_area_under_the_curve(found: list[Subject]) -> None:
    curve = kaplan_meier(counted(found))
    longest = max(end for _, end, _ in found)
    area = sum(survival(found, age) for age in range(longest))
    assert curve.horizon == longest
    assert curve.restricted_mean == pytest.approx(float(area), abs=1e-12)


@given(subjects(), st.integers(1, 99))
def test_a_quantile_is_the_first_age_by_which_enough_have_left(found: list[Subject], percent: int) -> None:
    curve = kaplan_meier(counted(found))
    ages = [age for age in curve.ages if survival(found, age) <= 1 - Fraction(percent, 100)]
    assert curve.quantile(percent / 100) == (ages[0] if ages else None)


@given(subjects(), st.integers(1, 99), st.floats(0.1, 0.99))
def test_a_quantile_lies_in_its_interval_and_a_surer_one_is_wider(
    found: list[Subject], percent: int, level: float
) -> None:
    curve, q = kaplan_meier(counted(found)), percent / 100
    never = max(curve.ages) + 1  # stands for the bound that there is none
    low, high = (never if bound is None else bound for bound in curve.interval(q, level))
    assert low <= (never if (age := curve.quantile(q)) is None else age) <= high
    narrower = [never if bound is None else bound for bound in curve.interval(q, level / 2)]
    assert low <= narrower[0]
    assert narrower[1] <= high


def test_the_interval_of_a_median_is_that_of_another_library() -> None:
    lifelines = pytest.importorskip("lifelines")
    utils = pytest.importorskip("lifelines.utils")
    rng = random.Random(11)
    for _ in range(20):
        exits = [rng.randrange(1, 90) for _ in range(60)]
        causes = [rng.choice([CENSORED, 0, 0]) for _ in exits]
        exits, causes = [*exits, 99], [*causes, CENSORED]  # somebody stays, so that no logarithm of nothing is taken
        theirs = lifelines.KaplanMeierFitter(alpha=0.1).fit(exits, [cause == 0 for cause in causes])
        for q in (0.5, 0.85):
            found = utils.qth_survival_times(1 - q, theirs.confidence_interval_)
            low, high = sorted(float(bound) for bound in found.to_numpy().ravel())
            ours = kaplan_meier(age_counts(exits, causes)).interval(q, 0.9)
            assert [float("inf") if bound is None else bound for bound in ours] == [low, high]


@pytest.mark.parametrize("level", [0, 1])
def test_an_interval_that_holds_nothing_or_all_is_refused(level: float) -> None:
    with pytest.raises(OutOfRange, match="level"):
        kaplan_meier(age_counts([1], [0])).interval(0.5, level)


@given(subjects(truncated=False), st.integers(1, 12))
def test_the_eventual_share_stands_at_the_last_age_with_enough_at_risk(found: list[Subject], least: int) -> None:
    estimated = aalen_johansen(counted(found))
    ages = [age for age in estimated.counts.ages if at_risk(found, age) >= least]
    eventual = estimated.eventual(0, at_least=least)
    if not ages:
        assert eventual is None
        return
    assert eventual is not None
    assert (eventual.age, eventual.n) == (ages[-1], len(found))
    assert eventual.probability == pytest.approx(float(incidence(found, ages[-1], 0)), abs=1e-12)
    assert eventual.unresolved == pytest.approx(float(survival(found, ages[-1])), abs=1e-12)


def test_the_remission_times_of_freireich_give_the_textbook_curve() -> None:
    """6-mercaptopurine, 21 patients: Freireich et al. 1963, the example of most textbooks."""
    left = [6, 6, 6, 7, 10, 13, 16, 22, 23]
    censored = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
    curve = kaplan_meier(age_counts([*left, *censored], [0] * len(left) + [CENSORED] * len(censored)))
    stay = {age: round(share, 3) for age, share in zip(curve.ages, curve.survival, strict=True)}
    error = {age: round(v**0.5, 3) for age, v in zip(curve.ages, curve.variance, strict=True)}
    assert {age: stay[age] for age in sorted(set(left))} == {
        6: 0.857, 7: 0.807, 10: 0.753, 13: 0.690, 16: 0.627, 22: 0.538, 23: 0.448
    }  # fmt: skip
    assert (error[6], error[10], error[23]) == (0.076, 0.096, 0.135)
    assert (curve.quantile(0.5), curve.quantile(0.85)) == (23, None)
    assert (curve.interval(0.5, 0.95), curve.interval(0.85)) == ((13, None), (None, None))


def test_another_library_finds_the_same() -> None:
    lifelines = pytest.importorskip("lifelines")
    rng = random.Random(7)
    exits = rng.sample(range(1, 2000), 200)
    causes = [rng.choice([CENSORED, 0, 1]) for _ in exits]
    counts = age_counts(exits, causes, kinds=2)
    theirs = lifelines.KaplanMeierFitter().fit(exits, [cause != CENSORED for cause in causes])
    assert kaplan_meier(counts).survival == pytest.approx(list(theirs.survival_function_["KM_estimate"])[1:], abs=1e-9)
    fitted = lifelines.AalenJohansenFitter(calculate_variance=True).fit(
        exits, [c + 1 for c in causes], event_of_interest=1
    )
    ours = aalen_johansen(counts)
    assert ours.incidence[0] == pytest.approx(list(fitted.cumulative_density_["CIF_1"])[1:], abs=1e-9)
    # Where the last subject leaves, the other library divides zero by zero and has no variance.
    assert ours.variance[0][:-1] == pytest.approx(list(fitted.variance_)[1:-1], abs=1e-9)


def test_another_library_finds_the_same_for_those_who_came_late() -> None:
    lifelines = pytest.importorskip("lifelines")
    rng = random.Random(8)
    exits = rng.sample(range(100, 3000), 200)
    entries = [rng.choice([-1, rng.randrange(99)]) for _ in exits]
    causes = [rng.choice([CENSORED, 0]) for _ in exits]
    theirs = lifelines.KaplanMeierFitter().fit(exits, [c == 0 for c in causes], entry=[max(e, 0) for e in entries])
    stay = theirs.survival_function_["KM_estimate"]
    curve = kaplan_meier(age_counts(exits, causes, entries))
    assert curve.survival == pytest.approx([stay[age] for age in curve.ages], abs=1e-9)


def test_ties_are_counted_as_scikit_survival_counts_them() -> None:
    sksurv = pytest.importorskip("sksurv.nonparametric")
    rng = random.Random(9)
    exits = [rng.randrange(1, 60) for _ in range(500)]
    causes = [rng.choice([CENSORED, 0, 1]) for _ in exits]
    times, theirs = sksurv.cumulative_incidence_competing_risks([cause + 1 for cause in causes], exits)
    ours = aalen_johansen(age_counts(exits, causes, kinds=2))
    assert list(times) == list(ours.counts.ages)
    for cause in (0, 1):
        assert ours.incidence[cause] == pytest.approx(list(theirs[cause + 1]), abs=1e-9)
    _, stay = sksurv.kaplan_meier_estimator([cause != CENSORED for cause in causes], exits)
    assert ours.survival == pytest.approx(list(stay), abs=1e-9)


def test_ties_are_counted_as_greenwood_counts_them() -> None:
    greenwood, polars = pytest.importorskip("greenwood"), pytest.importorskip("polars")
    rng = random.Random(10)
    exits = [rng.randrange(1, 60) for _ in range(500)]
    causes = [rng.choice([CENSORED, 0, 1]) for _ in exits]
    labels = ["under way", "on", "lost"]
    kinds = polars.Series([labels[cause + 1] for cause in causes]).cast(polars.Enum(labels))
    frame = greenwood.AalenJohansen().fit(greenwood.Surv(exits, event=kinds)).to_frame(format="polars")
    ours = aalen_johansen(age_counts(exits, causes, kinds=2))
    for cause in (0, 1):
        theirs = frame.filter(polars.col("cause") == labels[cause + 1])
        found = dict(zip(theirs["time"].to_list(), theirs["estimate"].to_list(), strict=True))
        assert ours.incidence[cause] == pytest.approx([found[age] for age in ours.counts.ages], abs=1e-9)


def test_nobody_gives_an_empty_curve() -> None:
    curve = kaplan_meier(age_counts([], []))
    assert (curve.quantile(0.5), curve.horizon, curve.restricted_mean) == (None, None, None)


@pytest.mark.parametrize(
    ("exits", "causes", "entries"), [([-1], [0], None), ([1], [1], None), ([1], [-2], None), ([3], [0], [3])]
)
def test_impossible_subjects_are_refused(exits: list[int], causes: list[int], entries: list[int] | None) -> None:
    with pytest.raises(OutOfRange):
        age_counts(exits, causes, entries)


@pytest.mark.parametrize("q", [0, 1, 1.5])
def test_a_quantile_lies_between_none_and_all(q: float) -> None:
    with pytest.raises(OutOfRange):
        kaplan_meier(age_counts([1], [0])).quantile(q)
