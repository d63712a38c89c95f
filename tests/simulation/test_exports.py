"""Exported synthetic books: clean ones come back as they were, dirty ones are survived and every flaw is told."""

from collections import Counter
from datetime import UTC, datetime
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesprocess import ingest, templates
from salesprocess.analytics import stage_visits
from salesprocess.errors import OutOfRange
from salesprocess.simulation import LOG_COLUMNS, Book, Dirt, Rates, book, log_rows

START, AS_OF = datetime(2025, 1, 1, tzinfo=UTC), datetime(2025, 7, 1, tzinfo=UTC)
PROCESS = templates.load("startup")
COLUMNS = LOG_COLUMNS | {"expected_close": "expected_close"}


def simulate(seed: int, n: int = 30) -> Book:
    rates = Rates(unpriced=0, hold=0)
    return book(PROCESS, n, rng=Random(seed), start=START, as_of=AS_OF, rates=rates)


@pytest.mark.long
@given(st.integers(0, 2**32))
@settings(max_examples=15)
def test_a_clean_export_comes_back_as_it_was(seed: int) -> None:
    simulated = simulate(seed)
    log = ingest.stage_log(log_rows(simulated.deals).rows, process=PROCESS, columns=COLUMNS, currency="EUR")
    assert not log.problems
    there, back = (stage_visits(deals, as_of=AS_OF) for deals in (simulated.deals, log.deals))
    assert list(there) == list(back)
    assert [deal.terms for deal in log.deals] == [deal.terms for deal in simulated.deals]


@pytest.mark.long
@given(st.integers(0, 2**32))
@settings(max_examples=15)
def test_dirt_is_survived_and_told_row_by_row(seed: int) -> None:
    dirt = Dirt(repeated=0.1, early=0.1, no_owner=0.1, no_amount=0.1, misspelt=0.1, undated=0.1)
    export = log_rows(simulate(seed).deals, rng=Random(seed), dirt=dirt)
    log = ingest.stage_log(iter(export.rows), process=PROCESS, columns=COLUMNS, currency="EUR")
    flaws = Counter(flaw for _, flaw in export.flaws)
    assert log.rows == len(export.rows) == log.used + len(log.merged) + log.dropped
    spoilt = {row for row, flaw in export.flaws if flaw in ("misspelt", "undated")}
    assert {problem.row for problem in log.problems if problem.dropped} == spoilt
    assert len(log.merged) >= flaws["repeated"] - len(spoilt)


def test_each_kind_of_dirt_comes_as_often_as_stated() -> None:
    deals = simulate(1, 200).deals
    rows = len(log_rows(deals).rows)
    for kind in ("repeated", "early", "no_owner", "no_amount", "misspelt", "undated"):
        export = log_rows(deals, rng=Random(1), dirt=Dirt(**{kind: 0.3}))
        flaws = Counter(flaw for _, flaw in export.flaws)
        assert set(flaws) == {kind}
        assert flaws[kind] == pytest.approx(0.3 * rows, rel=0.15)
        assert len(export.rows) == rows + flaws["repeated"]


def test_dirt_needs_a_source_of_chance() -> None:
    with pytest.raises(OutOfRange, match="rng"):
        log_rows([], dirt=Dirt(early=0.5))
    with pytest.raises(OutOfRange, match="early"):
        Dirt(early=1.5)


def test_what_changes_neither_stage_nor_terms_has_no_row() -> None:
    deal = PROCESS.note(simulate(1, 1).deals[0], "called", at=AS_OF)
    assert len(log_rows([deal]).rows) == len(log_rows([deal.as_of(deal.opened_at) or deal]).rows) + sum(
        event.kind in ("entered", "amended") for event in deal.history if event.at > deal.opened_at
    )
