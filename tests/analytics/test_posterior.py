"""What is known of a share or a rate: against closed forms, against scipy, and against simulated owners."""

from collections.abc import Iterator
from itertools import product
from math import comb, exp, factorial, fsum, inf, isclose, prod
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesprocess.analytics import Beta, Gamma, beta_binomial, gamma_poisson, posterior, wilson
from salesprocess.errors import OutOfRange

EXACT = 1e-12
levels = st.floats(1e-6, 1 - 1e-6)
sizes = st.floats(0.05, 5_000)
whole = st.integers(1, 40)


class TestBeta:
    @given(whole, whole, levels)
    def test_is_the_binomial_tail(self, a: int, b: int, share: float) -> None:
        """I_x(a, b) is the probability of at least a successes in a + b − 1 trials."""
        n = a + b - 1
        tail = fsum(comb(n, j) * share**j * (1 - share) ** (n - j) for j in range(a, n + 1))
        assert Beta(a, b).cdf(share) == pytest.approx(tail, abs=EXACT)

    @given(st.floats(0.01, 50), levels)
    def test_has_the_closed_forms_of_one_success_or_one_failure(self, size: float, q: float) -> None:
        assert Beta(size, 1).quantile(q) == pytest.approx(q ** (1 / size), abs=EXACT)
        assert Beta(1, size).quantile(q) == pytest.approx(1 - (1 - q) ** (1 / size), abs=EXACT)

    @given(sizes, sizes, levels)
    def test_quantile_undoes_cdf(self, a: float, b: float, q: float) -> None:
        share = Beta(a, b)
        found = share.quantile(q)
        # Where all of the mass lies within a few floats of an end, no float has exactly this probability.
        assert share.cdf(found * (1 - 1e-14)) - EXACT <= q <= share.cdf(min(found * (1 + 1e-14), 1)) + EXACT

    @given(sizes, sizes, levels)
    def test_the_other_side_is_the_mirror(self, a: float, b: float, share: float) -> None:
        assert Beta(a, b).cdf(share) == pytest.approx(1 - Beta(b, a).cdf(1 - share), abs=1e-11)

    @pytest.mark.counted
    @given(sizes, sizes)
    def test_is_known_by_its_moments(self, a: float, b: float) -> None:
        share = Beta(a, b)
        again = Beta.of_moments(share.mean, share.variance)
        assert (again.alpha, again.beta) == (pytest.approx(a, rel=1e-8), pytest.approx(b, rel=1e-8))

    def test_lies_between_nothing_and_everything(self) -> None:
        assert (Beta(2, 3).cdf(-1), Beta(2, 3).cdf(0), Beta(2, 3).cdf(1), Beta(2, 3).cdf(2)) == (0, 0, 1, 1)

    def test_of_a_great_many_deals_is_as_exact(self) -> None:
        assert Beta(1e6, 1e6).cdf(0.5) == pytest.approx(0.5, abs=EXACT)
        low, high = Beta(1e6, 1e6).interval(0.9)
        assert low + high == pytest.approx(1, abs=EXACT)
        assert Beta(1e5, 2).cdf(1e-9) == 0

    def test_says_what_is_wrong(self) -> None:
        for alpha in (0, -1, inf, float("nan")):
            with pytest.raises(OutOfRange, match="alpha must be a positive number"):
                Beta(alpha, 1)
        with pytest.raises(OutOfRange, match="q must be between 0 and 1"):
            Beta(1, 1).quantile(0)
        with pytest.raises(OutOfRange, match="level must be between 0 and 1"):
            Beta(1, 1).interval(1)
        with pytest.raises(OutOfRange, match="mean must be"):
            Beta.of_moments(1, 0.1)
        with pytest.raises(OutOfRange, match="variance must be"):
            Beta.of_moments(0.5, 0.25)


class TestGamma:
    @given(whole, st.floats(0.001, 100))
    def test_is_the_poisson_tail(self, shape: int, rate: float) -> None:
        """More than `rate` are waited for exactly when fewer than `shape` events came."""
        few = fsum(exp(-rate) * rate**j / factorial(j) for j in range(shape))
        assert Gamma(shape, 1).survival(rate) == pytest.approx(few, abs=EXACT)

    @given(sizes, st.floats(0.01, 100), levels)
    def test_quantile_undoes_cdf(self, shape: float, rate: float, q: float) -> None:
        wait = Gamma(shape, rate)
        assert wait.cdf(wait.quantile(q)) == pytest.approx(q, abs=EXACT)

    def test_scales_with_its_rate(self) -> None:
        low, high = Gamma(3, 1).interval(0.8)
        assert Gamma(3, 10).interval(0.8) == (pytest.approx(low / 10), pytest.approx(high / 10))
        assert (Gamma(3, 10).mean, Gamma(3, 10).variance) == (0.3, 0.03)

    def test_is_never_negative(self) -> None:
        assert (Gamma(3, 1).cdf(0), Gamma(3, 1).survival(-1), Gamma(3, 1).survival(1e6)) == (0, 1, 0)

    def test_says_what_is_wrong(self) -> None:
        with pytest.raises(OutOfRange, match="shape must be a positive number"):
            Gamma(0, 1)
        with pytest.raises(OutOfRange, match="q must be between 0 and 1"):
            Gamma(1, 1).quantile(1)
        with pytest.raises(OutOfRange, match="level must be between 0 and 1"):
            Gamma(1, 1).interval(0)


def test_the_distributions_are_those_of_scipy() -> None:
    stats = pytest.importorskip("scipy.stats")
    rng = Random(7)
    for _ in range(400):
        a, b = (10 ** rng.uniform(-1.5, 5) for _ in range(2))
        q, near = rng.choice([rng.random(), 10 ** rng.uniform(-7, 0)]), rng.uniform(0.9, 1.1)
        share = min(a / (a + b) * near, 1)
        assert Beta(a, b).cdf(share) == pytest.approx(stats.beta.cdf(share, a, b), abs=EXACT)
        assert Beta(a, b).quantile(q) == pytest.approx(stats.beta.ppf(q, a, b), abs=EXACT)
        assert Gamma(a, b).survival(a / b * near) == pytest.approx(stats.gamma.sf(a * near, a), abs=EXACT)
        assert Gamma(a, 1).quantile(q) == pytest.approx(stats.gamma.ppf(q, a), rel=1e-11)
        n = rng.randrange(1, 500)
        k, level = rng.randrange(n + 1), rng.uniform(0.5, 0.999)
        low, high = stats.binomtest(k, n).proportion_ci(level, method="wilson")
        assert wilson(k, n, level) == (pytest.approx(low, abs=EXACT), pytest.approx(high, abs=EXACT))


class TestWilson:
    @given(st.integers(0, 200), st.integers(1, 200), levels)
    def test_holds_the_share_and_stays_within_its_bounds(self, won: int, lost: int, level: float) -> None:
        low, high = wilson(won, won + lost, level)
        assert 0 <= low <= won / (won + lost) <= high <= 1

    def test_of_nothing_won_still_leaves_room(self) -> None:
        assert wilson(0, 5)[0] == 0 < wilson(0, 5)[1]
        assert wilson(5, 5)[0] < 1 == wilson(5, 5)[1]

    def test_says_what_is_wrong(self) -> None:
        for arguments in ((0, 0), (3, 2), (-1, 2), (1, 2, 1.0)):
            with pytest.raises(OutOfRange):
                wilson(*arguments)


owners = st.lists(
    st.integers(1, 80).flatmap(lambda trials: st.tuples(st.integers(0, trials), st.just(trials))),
    min_size=2,
    max_size=12,
)


class TestShares:
    @given(owners)
    def test_are_drawn_towards_the_pooled_one_and_never_past_it(self, groups: list[tuple[int, int]]) -> None:
        found = beta_binomial(groups)
        middle = found.prior.mean
        assert 0 < found.shrinkage < 1
        for (won, trials), share in zip(groups, found.posteriors, strict=True):
            raw = won / trials
            # The pooled share is itself a mixture, so there is a little play around it.
            assert min(raw, middle) - 0.1 <= share.mean <= max(raw, middle) + 0.1
            assert 0 < share.mean < 1

    @given(owners)
    def test_do_not_hang_on_the_order(self, groups: list[tuple[int, int]]) -> None:
        forward, backward = beta_binomial(groups), beta_binomial(groups[::-1])
        for one, other in zip(forward.posteriors, reversed(backward.posteriors), strict=True):
            assert one.mean == pytest.approx(other.mean)

    def test_three_deals_never_make_a_star(self) -> None:
        found = beta_binomial([(3, 3), *[(30, 100)] * 8, (50, 100)])
        star, proven = found.posteriors[0], found.posteriors[-1]
        assert star.mean < proven.mean
        assert star.interval()[0] < 0.3 < proven.interval()[0]

    def test_a_group_without_deals_has_what_is_known_of_any(self) -> None:
        found = beta_binomial([(30, 100), (40, 100), (0, 0)])
        assert found.posteriors[2].mean == pytest.approx(found.prior.mean, abs=1e-6)

    @pytest.mark.parametrize(("groups", "trials"), [(2, 2), (3, 4), (10, 4)])
    def test_one_success_among_groups_of_one_size_says_nothing_of_a_difference(self, groups: int, trials: int) -> None:
        found = beta_binomial([(1, trials), *[(0, trials)] * (groups - 1)])
        assert found.heterogeneity.p_value == 1

    def test_one_group_alone_has_nobody_to_learn_from(self) -> None:
        found = beta_binomial([(3, 4), (0, 0)])
        assert found.posteriors[0] == Beta(3.5, 1.5)
        assert found.heterogeneity.p_value == 1
        assert beta_binomial([]).prior == Beta(0.5, 0.5)

    def test_what_was_never_won_is_not_impossible(self) -> None:
        found = beta_binomial([(0, 5), (0, 7)])
        assert all(0 < share.mean < 0.1 for share in found.posteriors)
        assert found.heterogeneity.p_value == 1

    def test_more_successes_than_trials_are_refused(self) -> None:
        with pytest.raises(OutOfRange, match="between 0 and the trials"):
            beta_binomial([(3, 2)])

    @pytest.mark.long
    @pytest.mark.parametrize("spread", [4, 30, 1e9])
    def test_err_less_than_the_raw_ones_over_simulated_owners(self, spread: float) -> None:
        rng = Random(11)
        raw = shrunk = covered = count = 0.0
        for _ in range(30):
            truths = [rng.betavariate(0.3 * spread, 0.7 * spread) for _ in range(15)]
            groups = []
            for truth in truths:
                trials = rng.choice([3, 5, 12, 40])
                groups.append((sum(rng.random() < truth for _ in range(trials)), trials))
            for truth, (won, n), share in zip(truths, groups, beta_binomial(groups).posteriors, strict=True):
                raw += (won / n - truth) ** 2
                shrunk += (share.mean - truth) ** 2
                low, high = share.interval(0.8)
                covered += low <= truth <= high
                count += 1
        assert shrunk < raw / 1.2
        assert covered / count > 0.7


class TestRates:
    @given(st.lists(st.tuples(st.integers(0, 60), st.floats(0.5, 60)), min_size=2, max_size=10))
    def test_lie_between_one_and_what_was_seen(self, groups: list[tuple[int, float]]) -> None:
        for (observed, expected), rate in zip(groups, gamma_poisson(groups).posteriors, strict=True):
            raw = observed / expected
            assert min(raw, 1) - 1e-9 <= rate.mean <= max(raw, 1) + 1e-9

    def test_equal_groups_are_drawn_almost_wholly(self) -> None:
        found = gamma_poisson([(50, 51.0), (49, 48.0), (61, 60.0), (40, 41.0)])
        assert found.shrinkage > 0.7
        assert found.heterogeneity.p_value > 0.5

    def test_different_groups_are_told_apart(self) -> None:
        found = gamma_poisson([(90, 50.0), (20, 50.0), (55, 50.0), (35, 50.0)])
        assert found.heterogeneity.p_value < 1e-6
        assert found.posteriors[0].interval()[0] > 1 > found.posteriors[1].interval()[1]

    def test_one_group_alone_or_none(self) -> None:
        assert gamma_poisson([(3, 2.0), (0, 0)]).posteriors == (Gamma(4, 3), Gamma(1, 1))
        assert gamma_poisson([]).prior == Gamma(1, 1)
        assert gamma_poisson([(0, 2.0), (1, 1.0)]).heterogeneity.p_value == 1

    def test_negative_numbers_are_refused(self) -> None:
        with pytest.raises(OutOfRange, match="none negative"):
            gamma_poisson([(-1, 2)])

    def test_err_less_than_the_raw_ones_over_simulated_owners(self) -> None:
        rng = Random(5)
        raw = shrunk = 0.0
        for _ in range(40):
            truths = [rng.gammavariate(8, 1 / 8) for _ in range(12)]
            groups = []
            for truth in truths:
                expected = rng.choice([2.0, 5.0, 20.0])
                groups.append((_poisson(rng, truth * expected), expected))
            for truth, (events, expected), rate in zip(truths, groups, gamma_poisson(groups).posteriors, strict=True):
                raw += (events / expected - truth) ** 2
                shrunk += (rate.mean - truth) ** 2
        assert shrunk < raw / 2


def _poisson(rng: Random, mean: float) -> int:
    count, left = 0, rng.expovariate(1)
    while left < mean:
        count, left = count + 1, left + rng.expovariate(1)
    return count


class TestTheTestOfDifferences:
    @pytest.mark.parametrize(("trials", "won"), [((2, 3, 4), 4), ((1, 1, 5, 2), 3), ((3, 3), 1)])
    def test_has_the_exact_moments_of_all_tables(
        self, trials: tuple[int, ...], won: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """With the margins given, every table is known, and so is the probability of each."""
        given_moments: list[tuple[float, float]] = []
        monkeypatch.setattr(posterior, "_tail", lambda _, mean, variance: given_moments.append((mean, variance)) or 1.0)
        tables = list(_tables(trials, won))
        statistics = [beta_binomial(zip(table, trials, strict=True)).heterogeneity.statistic for table, _ in tables]
        chances = [chance for _, chance in tables]
        mean = fsum(chance * each for chance, each in zip(chances, statistics, strict=True))
        variance = fsum(chance * (each - mean) ** 2 for chance, each in zip(chances, statistics, strict=True))
        assert all(isclose(told, mean) for told, _ in given_moments)
        assert all(isclose(told, variance) for _, told in given_moments)

    def test_has_the_exact_moments_of_all_splits_of_the_events(self, monkeypatch: pytest.MonkeyPatch) -> None:
        given_moments: list[tuple[float, float]] = []
        monkeypatch.setattr(posterior, "_tail", lambda _, mean, variance: given_moments.append((mean, variance)) or 1.0)
        parts, events = (0.2, 0.3, 0.5), 4
        splits = [split for split in product(range(events + 1), repeat=3) if sum(split) == events]
        chances = [
            factorial(events) * prod(part**k / factorial(k) for part, k in zip(parts, split, strict=True))
            for split in splits
        ]
        statistics = [gamma_poisson(zip(split, parts, strict=True)).heterogeneity.statistic for split in splits]
        mean = fsum(chance * each for chance, each in zip(chances, statistics, strict=True))
        variance = fsum(chance * (each - mean) ** 2 for chance, each in zip(chances, statistics, strict=True))
        assert given_moments[0] == (pytest.approx(mean), pytest.approx(variance))

    def test_seldom_cries_wolf_over_small_equal_groups(self) -> None:
        rng = Random(3)
        alarms = 0
        for _ in range(200):
            groups = [(sum(rng.random() < 0.3 for _ in range(n)), n) for n in (2, 3, 3, 5, 8, 8, 12)]
            alarms += beta_binomial(groups).heterogeneity.p_value < 0.05
        assert alarms < 20

    def test_margins_that_leave_one_table_show_nothing(self) -> None:
        assert beta_binomial([(1, 1), (0, 1), (0, 1), (0, 1)]).heterogeneity.p_value == 1


def _tables(trials: tuple[int, ...], won: int) -> Iterator[tuple[tuple[int, ...], float]]:
    whole = comb(sum(trials), won)
    for table in product(*(range(n + 1) for n in trials)):
        if sum(table) == won:
            yield table, prod(comb(n, k) for n, k in zip(trials, table, strict=True)) / whole
