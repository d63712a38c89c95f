"""The draft of a process from a raw log: what it finds, how it knows, and what it does not know."""

import csv
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesprocess import analytics, ingest, simulation, templates
from salesprocess.analytics import Draft, discover
from salesprocess.analytics.succession import Succession, paired
from salesprocess.analytics.visits import microseconds, path_visits
from salesprocess.errors import InvalidProcess, MissingColumn, NaiveRow, NoHistory, OutcomeUndecided, UnknownLabel
from salesprocess.events import StageStatus
from tests.analytics.books import after, path
from tests.analytics.test_loan_log import COLUMNS
from tests.solar import solar

START = datetime(2026, 1, 5, tzinfo=UTC)
PLAIN = {"deal": "case", "stage": "step", "at": "on"}


def log(*cases: str, copies: int = 1, hours: float = 24, **more: Any) -> list[dict[str, Any]]:
    """A row for each step of each case, a day apart; a case is written `new offer won`."""
    rows = []
    for copy in range(copies):
        for number, case in enumerate(cases):
            for place, step in enumerate(case.split()):
                at = START + timedelta(days=copy, hours=place * hours)
                rows.append({"case": f"{number}-{copy}", "step": step, "on": at.isoformat(), **more})
    return rows


def drafted(rows: list[dict[str, Any]], **options: Any) -> Draft:
    return discover(rows, columns=PLAIN, **options)


def kinds(draft: Draft) -> list[tuple[str, str]]:
    return [(row.stage, row.kind) for row in draft.rows]


def known(draft: Draft, phrase: str) -> bool:
    return any(phrase in each for each in draft.evidence)


def doubted(draft: Draft, phrase: str) -> bool:
    return any(phrase in each for each in draft.unsure)


class TestSimulatedBooks:
    @pytest.mark.long
    @pytest.mark.parametrize("name", ["generic", "startup", "car_dealer"])
    def test_give_back_the_stages_and_their_order(self, name: str) -> None:
        process = templates.load(name)
        book = simulation.book(process, 600, rng=Random(3), start=START, as_of=START + timedelta(days=400))
        rows = simulation.log_rows(book.deals).rows
        draft = discover(rows, columns=simulation.LOG_COLUMNS, currency="EUR")
        assert [(stage.name, stage.kind) for stage in draft.process.stages] == [
            (stage.name, stage.kind) for stage in process.stages
        ]
        for stage in draft.process.stages:
            if stage.kind == "open":
                truth = process.stage(stage.name)
                assert stage.probability == pytest.approx(truth.probability, abs=0.2)
                assert stage.typical_duration is not None
                assert truth.typical_duration is not None
                assert stage.typical_duration / truth.typical_duration == pytest.approx(1, rel=0.6)
        again = ingest.stage_log(
            rows, process=draft.process, columns=simulation.LOG_COLUMNS, stages=draft.labels, currency="EUR"
        )
        assert [deal.stage for deal in again.deals] == [deal.stage for deal in sorted_by_opening(book.deals)]

    def test_find_the_branch_and_what_may_be_skipped(self) -> None:
        book = simulation.book(solar, 900, rng=Random(4), start=START, as_of=START + timedelta(days=500))
        rows = simulation.log_rows(book.deals).rows
        draft = discover(rows, columns=simulation.LOG_COLUMNS, currency="EUR")
        assert [stage.name for stage in draft.process.stages] == [stage.name for stage in solar.stages]
        assert draft.process.stage("signed").kind == "won"
        assert known(draft, "'signed' is taken for won: a word suggests it, and hardly any")
        optional = {row.stage for row in draft.rows if row.optional and row.kind == "open"}
        assert "heritage_permit" in optional
        assert "offer" in optional  # the fast track leads past it
        assert not optional & {"lead", "site_survey"}


def sorted_by_opening(deals: Any) -> list[Any]:
    return sorted(deals, key=lambda deal: deal.opened_at)


@pytest.mark.long
def test_a_real_log_becomes_the_process_that_it_is(shared_data: Path) -> None:
    with (shared_data / "loan_funnel" / "stage_log.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    draft = discover(rows, columns=COLUMNS, currency="EUR", name="loans")
    assert [(row.stage, row.kind, row.labels) for row in draft.rows] == [
        ("a_submitted", "open", "A_SUBMITTED, A_PARTLYSUBMITTED"),
        ("a_preaccepted", "open", "A_PREACCEPTED"),
        ("a_accepted", "open", "A_ACCEPTED"),
        ("a_finalized", "open", "A_FINALIZED"),
        ("won", "won", "A_REGISTERED, A_ACTIVATED, A_APPROVED"),
        ("lost", "lost", "A_DECLINED, A_CANCELLED"),
    ]
    assert draft.n == len({row["case"] for row in rows})
    assert [finding.code for finding in draft.process.lint()] == ["reason.missing"]
    again = ingest.stage_log(rows, process=draft.process, columns=COLUMNS, stages=draft.labels, currency="EUR")
    assert again.dropped == 0
    assert analytics.conformance(again.deals, draft.process).fitness == 1.0


class TestOutcomes:
    def test_told_ones_are_taken(self) -> None:
        draft = drafted(log("a b x", "a y", copies=12), won="x", lost=["y"])
        assert kinds(draft) == [("a", "open"), ("b", "open"), ("x", "won"), ("y", "lost")]
        assert known(draft, "'x' means won: told")
        two = drafted(log("a b x", "a y", "a z", copies=12), won="x", lost=["y", "z"])
        assert kinds(two)[-1] == ("lost", "lost")
        assert known(two, "'y', 'z' mean lost: told")

    def test_words_say_so(self) -> None:
        draft = drafted(log("new Closed_Won", "new Closed_Lost", copies=12))
        assert kinds(draft) == [("new", "open"), ("closed_won", "won"), ("closed_lost", "lost")]
        assert known(draft, "the word says so; 100.0 % of its 12 cases end there")

    def test_a_word_that_only_suggests_it_needs_an_end(self) -> None:
        draft = drafted(log("accepted offer signed", "accepted offer rejected", copies=12))
        assert kinds(draft) == [("accepted", "open"), ("offer", "open"), ("signed", "won"), ("rejected", "lost")]

    def test_the_only_other_end_is_taken_with_a_remark(self) -> None:
        draft = drafted(log("a b finis", "a lost", copies=12))
        assert kinds(draft)[-2:] == [("finis", "won"), ("lost", "lost")]
        assert doubted(draft, "whether 'finis' means won: say won= if not")
        draft = drafted(log("a b won", "a finis", copies=12))
        assert kinds(draft)[-2:] == [("won", "won"), ("finis", "lost")]

    def test_a_log_of_wins_alone_gets_a_stage_for_losses(self) -> None:
        draft = drafted(log("a b won", copies=12))
        assert kinds(draft)[-1] == ("lost", "lost")
        assert doubted(draft, "no label means lost")
        assert kinds(drafted(log("a lost_found won", copies=12), lost=[]))[-1][1] == "lost"

    def test_what_cannot_be_told_is_asked_for(self) -> None:
        with pytest.raises(OutcomeUndecided, match=r"nothing follows 'x', 'y'\); say which: won=") as caught:
            drafted(log("a b x", "a y", copies=12))
        assert caught.value.ends == ("x", "y")
        with pytest.raises(OutcomeUndecided, match="nothing follows 'a', 'b'"):
            drafted(log("a b a b", copies=12))
        assert "every label is left" in str(OutcomeUndecided("won", [], ["a"]))


class TestStages:
    def test_one_step_written_twice_is_one_stage(self) -> None:
        rows = log("a b won", "a b lost", copies=20)
        for row in list(rows):
            if row["step"] == "a":
                twice = datetime.fromisoformat(row["on"]) + timedelta(seconds=2)
                rows.insert(rows.index(row) + 1, {**row, "step": "a2", "on": twice.isoformat()})
        draft = drafted(rows)
        assert draft.labels == {"a": "a", "a2": "a", "b": "b", "won": "won", "lost": "lost"}
        assert known(draft, "'a' and 'a2' are one stage")

    def test_what_one_in_twenty_skips_is_optional_and_less_is_an_exception(self) -> None:
        often = drafted(log("a b c won", "a c won", "a lost", copies=12))
        assert [row.optional for row in often.rows[:3]] == [False, True, False]
        assert known(often, "50.0 % of the 24 cases that got past 'b' skip it: optional")
        seldom = drafted([*log(*["a b c won"] * 40, "a lost"), *log("a c won", "a lost", hours=1)[:3]])
        assert not seldom.rows[1].optional
        assert doubted(seldom, "cases that got past 'b' skip it: taken for exceptions")

    def test_steps_back_set_the_policy(self) -> None:
        assert drafted(log("a b c won", "a lost", copies=12)).process.policy.back == "never"
        assert drafted(log("a b a b c won", "a lost", copies=12)).process.policy.back == "previous"
        draft = drafted(log("a b c a b c won", "a lost", copies=12))
        assert draft.process.policy.back == "any"
        assert known(draft, "50.0 % of the cases step back, also by several stages")

    def test_an_order_that_the_cases_do_not_settle_is_told(self) -> None:
        draft = drafted(log("a b c won", "a c b won", "a lost", copies=12))
        assert doubted(draft, "the order of 'b' and 'c': 'b' comes first in 50.0 % of the cases with both")
        apart = drafted(log("a b won", "a c won", "a lost", copies=12))
        assert doubted(apart, "no case has both")

    def test_what_comes_after_the_sale_stays_won(self) -> None:
        draft = drafted(log("a won care renewal", "a lost", copies=12))
        assert kinds(draft)[1:4] == [("won", "won"), ("care", "after_sale"), ("renewal", "after_sale")]

    def test_names_are_identifiers_of_their_own(self) -> None:
        rows = log("A! a? 1st --- won", "A! lost", copies=12)
        assert [row.stage for row in drafted(rows).rows][:4] == ["a", "a_2", "stage_1st", "stage"]
        rows = log("won_1 x y", "won_1 lost z", copies=12)
        draft = drafted(rows, won=["x", "y"], lost=["lost", "z"])
        assert kinds(draft) == [("won_1", "open"), ("won", "won"), ("lost", "lost")]
        clash = drafted(log("won x", "won y", "won z", "lost z", copies=12), won=["x", "y"], lost="z")
        assert ("won_stage", "won") in kinds(clash)

    def test_a_log_of_ends_alone_is_no_process(self) -> None:
        with pytest.raises(InvalidProcess, match="at least one open stage"):
            drafted(log("won", "lost", copies=12))

    def test_few_cases_tell_no_priors(self) -> None:
        draft = drafted(log("a b won", "a b lost", "a b", "a"))
        assert doubted(draft, "the probability of a: only 4 cases were there")
        waiting = drafted([*log("a b", copies=30), *log("a won", "a lost")])
        assert doubted(waiting, "the typical duration of b: fewer than half of 30 visits have ended")

    def test_priors_say_where_they_come_from(self) -> None:
        stage = drafted(log("a b won", "a lost", copies=20)).process.stage("a")
        assert stage.probability == pytest.approx(0.5, abs=0.02)
        assert stage.typical_duration == timedelta(days=1)
        assert stage.provenance["probability"] == "history: 40 cases"


class TestFactsAndReasons:
    def test_a_stage_that_goes_with_a_fact_may_be_conditional(self) -> None:
        rows = [
            *log("a permit offer won", "a permit lost", copies=20, heritage="yes"),
            *[{**row, "case": f"n{row['case']}"} for row in log("a offer won", "a lost", copies=20, heritage="no")],
        ]
        rows += [{**row, "case": f"u{row['case']}"} for row in log("a offer won", heritage="")]
        draft = drafted(rows, facts={"heritage": "heritage"})
        assert doubted(draft, "permit is visited just where heritage is 'yes'")
        assert draft.process.policy.facts == "free"
        by_chance = drafted(log("a b won", "a won", "a lost", copies=20, colour="red"), facts={"colour": "colour"})
        assert not doubted(by_chance, "is visited just where")

    def test_reasons_of_losses_are_listed(self) -> None:
        rows = log("a won", "a lost", copies=12)
        for number, row in enumerate(rows):
            row["why"] = "Too dear" if row["step"] == "lost" and number % 8 else ""
            row["eur"] = str(number)
        draft = discover(rows, columns={**PLAIN, "reason": "why", "amount": "eur"}, currency="EUR")
        assert [(each.name, each.label) for each in draft.process.stage("lost").reasons] == [("too_dear", "Too dear")]
        assert known(draft, "reasons of lost cases: 'Too dear'")


class TestTheDraft:
    def test_prints_and_gives_plain_rows(self) -> None:
        draft = drafted([*log("a b won", "a lost", copies=12), {"case": "x", "step": "a", "on": "soon"}])
        text = str(draft)
        assert text.startswith("Draft of the process discovered, as of")
        assert "- 'won' is taken for won" in text
        assert "at.invalid: 1" in text
        assert draft.to_rows()[0]["labels"] == "a"

    def test_rows_that_are_odd_but_used_are_told(self) -> None:
        assert doubted(drafted(log("a b won", "a lost", copies=12)[::-1]), "rows with at.out_of_order")

    def test_rows_may_come_from_anywhere(self) -> None:
        assert drafted(iter(log("a won", "a lost", copies=12))).n == 24  # type: ignore[arg-type]
        numbers = [{**row, "step": {"a": 1, "b": 2}.get(row["step"], row["step"])} for row in log("a b won", "a lost")]
        assert drafted(numbers).labels["1"] == "stage_1"

    def test_what_is_wrong_is_said(self) -> None:
        with pytest.raises(UnknownLabel, match="did you mean 'won'"):
            drafted(log("a won", "a lost"), won="Won")
        with pytest.raises(NoHistory, match="none of 0 rows"):
            drafted([])
        with pytest.raises(NoHistory, match="none of 1 rows can be read"):
            drafted([{"case": "x", "step": "a", "on": "soon"}])
        with pytest.raises(MissingColumn):
            discover(log("a won"), columns={"deal": "case", "at": "on"})
        with pytest.raises(MissingColumn):
            drafted(log("a won"), facts={"x": "nowhere"})
        with pytest.raises(NaiveRow):
            drafted([{"case": "x", "step": "a", "on": "2026-01-05"}])


def test_pairs_far_apart_in_time_stay_apart() -> None:
    assert paired([[("a", 0), ("b", 10**9)]] * 5) == []
    assert paired([[("a", 0), ("b", 10)]] * 5) == [("a", "b")]
    assert Succession.of({("a", "b"): 1}).ends("b") == 1.0


def test_three_steps_at_once_are_one_stage_whatever_their_order_in_the_log() -> None:
    rows = log("b c x won", "b c x lost", copies=20, hours=0.001)
    draft = drafted(rows, won="won", lost="lost")
    assert {draft.labels[label] for label in "bcx"} == {"b"}
    circle = drafted(log("a b", "a b won", "lost", copies=20), won="won")
    assert [row.stage for row in circle.rows][:2] == ["a", "b"]


@given(st.lists(st.lists(st.sampled_from(["lead", "offer", "won", "lost"]), max_size=6), min_size=1, max_size=5))
def test_visits_made_from_paths_are_those_of_the_deals(ways: list[list[str]]) -> None:
    statuses: dict[str, StageStatus] = {"lead": "open", "offer": "open", "won": "won", "lost": "lost"}
    deals = [path(f"D{n}", *(stage for stage, _ in groupby(["lead", *way]))) for n, way in enumerate(ways)]
    found = list(analytics.stage_visits(deals, as_of=after(9)))
    paths: dict[str, list[tuple[str, int]]] = {deal.id: [] for deal in deals}
    for visit in found:
        paths[visit.deal].append((visit.stage, microseconds(visit.entered)))
    assert list(path_visits(paths, statuses, as_of=after(9))) == found


def test_the_reason_of_a_loss_is_that_of_its_first_label() -> None:
    rows = [
        {"case": str(n), "step": step, "on": (START + timedelta(days=place)).isoformat(), "why": why}
        for n in range(3)
        for place, (step, why) in enumerate([("new", ""), ("declined", "price"), ("cancelled", "timing")][: n + 1])
    ]
    rows += log("new won")
    draft = discover(rows, columns={**PLAIN, "reason": "why"}, won="won", lost=["declined", "cancelled"])
    lost = draft.process.stage("lost")
    assert [reason.label for reason in lost.reasons] == ["price"]
