"""Facts as evidence: each moves the log-odds by what its record bears, and says so."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import pytest

from salesprocess import Deal, Fact, Money, Period, Process, Stage
from salesprocess.errors import NoHistory, OutOfRange
from salesprocess.forecasting import CompetingRisks, Estimate, NaiveBayes, by_owner
from salesprocess.forecasting.competing_risks import NEVER_SEEN

DAY = timedelta(days=1)
START = datetime(2025, 1, 6, tzinfo=UTC)
NOW = START + 60 * DAY
SOLAR = Process(
    "solar",
    facts=[Fact("source", str), Fact("roof", str)],
    stages=[Stage("lead", 0.3), Stage("offer", 0.5), Stage.won("won"), Stage.lost("lost")],
)


def deal(name: str, source: str | None, *, won: bool | None = None, day: int = 0) -> Deal:
    facts = {} if source is None else {"source": source}
    made = SOLAR.open(name, stage="offer", at=START + day * DAY, facts=facts, amount=Money(100, "EUR"))
    if won is None:
        return made
    close = SOLAR.win if won else SOLAR.lose
    return close(made, at=START + (day + 5) * DAY)


def history(times: int) -> list[Deal]:
    """Events win four of five, calls one of five."""
    return [
        deal(f"{source}-{n}", source, won=(n % 5 < 4) == (source == "event"), day=n % 40)
        for source in ("event", "call")
        for n in range(5 * times)
    ]


def chance(found: Estimate | str) -> float:
    assert isinstance(found, Estimate)
    return found.probability


def test_what_a_fact_says_is_added_to_the_log_odds_and_told() -> None:
    fitted = NaiveBayes(["source"]).fit(history(100), as_of=NOW)
    said = {
        source: fitted.probability(deal("new", source, day=60), by=NOW + 50 * DAY, as_of=NOW)
        for source in ("event", "call", "fax", None)
    }
    assert chance(said["event"]) == pytest.approx(0.8, abs=0.02)
    assert chance(said["call"]) == pytest.approx(0.2, abs=0.02)
    assert chance(said["fax"]) == chance(said[None]) == pytest.approx(0.5, abs=0.01)
    assert fitted.evidence["offer", "source", "event"] == pytest.approx(math.log(4), abs=0.1)
    assert "source event +1.3" in said["event"].because  # type: ignore[union-attr]
    assert "source fax +0.00" in said["fax"].because  # type: ignore[union-attr]


def test_evidence_from_few_deals_weighs_little() -> None:
    little, much = (NaiveBayes("source").fit(history(times), as_of=NOW).evidence for times in (1, 100))
    assert 0 < little["offer", "source", "event"] < much["offer", "source", "event"]


def test_facts_that_were_learnt_after_entering_the_stage_do_not_tell_of_its_end() -> None:
    book = [SOLAR.learn(each, {"roof": each.status}, at=each.updated_at + DAY, reason="survey") for each in history(4)]
    assert not [key for key in NaiveBayes("roof").fit(book, as_of=NOW).evidence if key[1] == "roof"]


def test_a_forecast_names_the_facts_and_rises_with_the_horizon() -> None:
    book = [*history(20), deal("new", "event", day=50)]
    fitted = NaiveBayes({"source": lambda each: str(each.facts.get("source")), "owner": by_owner}).fit(book, as_of=NOW)
    found = [fitted.forecast(book, period=Period(NOW, NOW + days * DAY), as_of=NOW) for days in (1, 5, 50)]
    assert [each.expected for each in found] == sorted(each.expected for each in found)
    assert "evidence of: source, owner" in found[0].definition
    assert fitted.forecast(book, period=None, as_of=NOW).expected >= found[-1].expected


def test_what_it_cannot_tell_it_says() -> None:
    fitted = NaiveBayes("source").fit(history(2), as_of=NOW)
    assert fitted.probability(SOLAR.open("new", at=NOW), by=NOW + DAY, as_of=NOW) == NEVER_SEEN
    prior = NaiveBayes("source", CompetingRisks(SOLAR)).fit([], as_of=NOW)
    assert "prior" in prior.probability(deal("new", "event"), by=NOW, as_of=NOW).because  # type: ignore[union-attr]
    lost = NaiveBayes("source").fit([deal(str(n), "call", won=False) for n in range(20)], as_of=NOW)
    assert chance(lost.probability(deal("new", "call", day=60), by=NOW + 50 * DAY, as_of=NOW)) == 0
    with pytest.raises(NoHistory):
        NaiveBayes("source").fit([], as_of=NOW)
    with pytest.raises(OutOfRange, match="at least one"):
        NaiveBayes([])
    with pytest.raises(OutOfRange, match="manual"):
        NaiveBayes("source", manual="maybe")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
