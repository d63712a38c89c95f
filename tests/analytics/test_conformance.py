"""What deals did beside what the rulebook foresees, and which changes of the rulebook that suggests."""

import csv
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesprocess import Activity, Deal, LossReason, Policy, Process, Stage, Transition, ingest, simulation, templates
from salesprocess import criteria as c
from salesprocess.analytics import Conformance, DealFitness, Proposal, conformance
from salesprocess.errors import DuplicateDeal, NoHistory, OutOfRange, SmallSample
from salesprocess.events import ActivityDone, Migrated, Waived
from salesprocess.frozen import FrozenDict
from tests.analytics.books import OPEN, PROCESS, add, after, books, enter, opened, path
from tests.analytics.test_loan_log import COLUMNS, LOANS, STAGES
from tests.solar import AT, at_stage, solar

pytestmark = pytest.mark.filterwarnings("ignore::salesprocess.errors.SmallSample")


def only(deal: Deal, process: Process = PROCESS) -> DealFitness:
    return conformance([deal], process).deals[0]


def kinds(deal: Deal, process: Process = PROCESS) -> list[tuple[str, str]]:
    return [(each.code, each.subject) for each in only(deal, process).why]


def many(make: Callable[[str], Deal], size: int = 12) -> list[Deal]:
    return [make(f"D{n}") for n in range(size)]


def proposed(found: Conformance) -> dict[str, Proposal]:
    return {each.code: each for each in found.findings}


class TestFitness:
    def test_a_deal_that_goes_the_plain_way_fits(self) -> None:
        found = only(path("A", *OPEN, "won"))
        assert (found.fitness, found.moves, found.why) == (1.0, 5, ())
        assert found.path == (*OPEN, "won")

    def test_a_required_stage_passed_over_is_a_move_too_few_and_one_not_allowed(self) -> None:
        deal = path("A", "lead", "offer", "closing", "won")
        assert kinds(deal) == [("skip_of_required", "survey")]
        assert only(deal).fitness == pytest.approx(1 - 2 / 5)

    def test_an_optional_stage_passed_over_is_told_and_costs_nothing(self) -> None:
        process = PROCESS.revise(change={"survey": {"optional": True}})
        deal = path("A", "lead", "offer", "closing", "won")
        assert kinds(deal, process) == [("skip", "survey")]
        assert only(deal, process).fitness == 1.0

    def test_a_step_back_and_the_loop_are_told(self) -> None:
        deal = path("A", "lead", "survey", "lead", "survey")
        assert kinds(deal) == [("loop", "lead"), ("back", "survey → lead"), ("loop", "survey")]
        assert only(deal).fitness == 1.0
        strict = PROCESS.revise(policy=Policy(back="never"))
        assert ("no_way", "survey → lead") in kinds(deal, strict)
        assert only(deal, strict).fitness == 0.75

    def test_a_stage_visited_before_is_not_passed_over(self) -> None:
        assert ("skip_of_required", "survey") not in kinds(path("A", "lead", "survey", "lead", "offer"))

    def test_a_stage_that_the_rules_do_not_have_fits_nowhere(self) -> None:
        assert kinds(opened("A", stage="foreign")) == [("unknown_stage", "foreign")]
        assert only(opened("A", stage="foreign")).fitness == 0.0
        moved = enter(enter(opened("A"), "foreign", 1), "survey", 2)
        assert kinds(moved) == [("unknown_stage", "foreign")]
        assert kinds(enter(opened("A"), "offer", 2, known=False)) == []

    def test_an_override_tells_what_it_passed(self) -> None:
        deal = solar.override(
            solar.open("A", facts={"heritage": False}, at=AT), "offer", at=AT, by="ola", reason="a friend"
        )
        told = kinds(deal, solar)
        assert ("override", "lead → offer") in told
        assert ("unmet", "offer.entry:amount_at_least(1000 EUR)") in told
        assert any(code == "skip_of_required" and subject == "site_survey" for code, subject in told)
        assert 0 <= only(deal, solar).fitness < 0.5
        assert "revision 2: override lead → offer" in map(str, only(deal, solar).why)

    def test_what_this_version_would_refuse_is_unmet(self) -> None:
        deal = at_stage("offer")
        stricter = solar.revise(change={"site_survey": {"exit": [c.has("seats")]}})
        assert ("unmet", "site_survey.exit:has(seats)") in kinds(deal, stricter)
        assert kinds(deal, solar) == []
        higher = solar.revise(change={"lead": {"entry": [c.has("seats")]}})
        assert ("unmet", "lead.entry:has(seats)") in kinds(deal, higher)

    def test_a_loss_without_a_reason_is_unmet_where_the_rules_now_want_one(self) -> None:
        deal = PROCESS.lose(PROCESS.open("A", at=AT), reason="who knows", at=AT)
        assert kinds(deal) == []
        listed = PROCESS.revise(change={"lost": {"reasons": (LossReason("price"),)}})
        assert kinds(deal, listed) == [("unmet", "lost.reasons:reason.unknown")]

    def test_an_imported_deal_is_judged_by_the_transitions_alone(self) -> None:
        rows = [{"id": "A", "to": stage, "on": f"2026-01-0{day}"} for day, stage in ((1, "lead"), (2, "offer"))]
        columns = {"deal": "id", "stage": "to", "at": "on"}
        process = PROCESS.revise(change={"lead": {"entry": [c.has("seats")]}}, policy=Policy(facts="free"))
        (deal,) = ingest.stage_log(rows, process=process, columns=columns, tz="UTC").deals
        assert kinds(deal, process) == [("skip_of_required", "survey")]

    def test_waivers_extra_work_and_migrations_are_told(self) -> None:
        deal = add(opened("A"), Waived, 1, requirement="survey.exit:has(x)")
        deal = add(deal, ActivityDone, 2, activity="golf", extra=True)
        deal = add(deal, Migrated, 3, process="solar", version=1, stage="survey")
        deal = add(deal, Migrated, 4, process="solar", version=1, stage="survey")
        assert kinds(deal) == [("waiver", "survey.exit:has(x)"), ("extra_work", "golf")]
        assert only(deal).path == ("survey",)
        assert only(deal).fitness == 1.0

    def test_stages_are_called_what_a_migration_made_of_them(self) -> None:
        deal = enter(enter(opened("A", stage="enquiry"), "visit", 1), "offer", 2)
        assert only(deal).fitness < 0.5
        renamed = FrozenDict(enquiry="lead", visit="survey")
        deal = add(deal, Migrated, 3, process="solar", version=2, stage="offer", stages=renamed)
        assert (only(deal).path, only(deal).why) == (("lead", "survey", "offer"), ())

    @given(books())
    def test_lies_between_nothing_and_everything_and_is_explained(self, book: list[Deal]) -> None:
        found = conformance(book, PROCESS)
        for each in found.deals:
            assert 0 <= each.fitness <= 1
            assert (each.fitness == 1) or each.why
        assert found.n == len(book) == sum(variant.deals for variant in found.variants)

    @pytest.mark.parametrize("name", ["generic", "startup"])
    def test_deals_driven_by_the_rules_fit_them(self, name: str) -> None:
        process = templates.load(name)
        start = datetime(2026, 1, 5, tzinfo=UTC)
        deals = simulation.book(process, 40, rng=Random(3), start=start, as_of=start + timedelta(days=200)).deals
        found = conformance(deals, process)
        assert found.fitness == 1.0
        assert all(each.code in ("skip", "loop", "back") for each in found.rows)


class TestVariants:
    def test_count_the_ways_with_win_rate_and_duration(self) -> None:
        book = [path(f"W{n}", *OPEN, "won", days=2 + n) for n in range(3)]
        book += [path("L", *OPEN, "lost"), path("O", "lead", "survey"), path("P", "lead", "survey")]
        found = conformance(book, PROCESS)
        assert [(str(each), each.deals, each.win_rate) for each in found.variants] == [
            ("lead → survey → offer → closing → won", 3, 1.0),
            ("lead → survey", 2, None),
            ("lead → survey → offer → closing → lost", 1, 0.0),
        ]
        assert found.variants[0].median == timedelta(days=12)
        served = conformance([*book, path("S", *OPEN, "won", "care")], PROCESS)
        assert served.variants[0].deals == 4
        assert found.variants[1].median is None

    def test_are_those_of_pm4py_on_a_real_log(self, shared_data: Path) -> None:
        pm4py = pytest.importorskip("pm4py")
        pandas = pytest.importorskip("pandas")
        with (shared_data / "loan_funnel" / "stage_log.csv").open(newline="") as file:
            rows = list(csv.DictReader(file))
        log = ingest.stage_log(rows, process=LOANS, columns=COLUMNS, stages=STAGES, currency="EUR", tz="UTC")
        found = conformance(log.deals, LOANS)
        frame = pandas.DataFrame(rows)
        frame["stage"] = frame["activity"].map(STAGES)
        frame["timestamp"] = pandas.to_datetime(frame["timestamp"], format="ISO8601")
        frame = frame.sort_values(["case", "timestamp"], kind="stable")
        frame = frame[(frame["stage"] != frame["stage"].shift()) | (frame["case"] != frame["case"].shift())]
        frame = pm4py.format_dataframe(frame, case_id="case", activity_key="stage", timestamp_key="timestamp")
        theirs = {tuple(way): count for way, count in pm4py.get_variants(frame).items()}
        assert {each.path: each.deals for each in found.variants} == theirs
        starts = pm4py.get_start_activities(frame)
        assert Counter(each.path[0] for each in found.deals) == starts


class TestFindings:
    def test_a_stage_that_many_skip_may_be_optional(self) -> None:
        book = many(lambda name: path(name, "lead", "offer", "closing", "won"))
        book += [path(f"E{n}", *OPEN, ("won", "lost")[n % 2]) for n in range(5)]
        finding = proposed(conformance(book, PROCESS))["stage.skipped"]
        assert finding.message == (
            "70.6 % of the 17 deals that got past survey skip it (80.0 % of the won ones), and win 100.0 % beside "
            "60.0 % with it: make it optional"
        )
        assert finding.evidence == {"past": 17, "skipped": 12, "won": 15, "won_without": 12}
        assert finding.call == "process.revise(change={'survey': {'optional': True}})"
        assert conformance(book, PROCESS.revise(**finding.revision)).fitness == 1.0

    def test_few_deals_suggest_nothing(self) -> None:
        book = many(lambda name: path(name, "lead", "offer"), 9)
        assert conformance(book, PROCESS).findings == ()
        assert "nothing suggests a change" in str(conformance(book, PROCESS))

    def test_where_nothing_may_be_skipped_the_policy_changes_too(self) -> None:
        strict = PROCESS.revise(policy=Policy(skip="never"))
        book = many(lambda name: path(name, "lead", "offer"))
        finding = proposed(conformance(book, strict))["stage.skipped"]
        assert finding.revision["policy"].skip == "optional"
        assert conformance(book, strict.revise(**finding.revision)).fitness == 1.0

    def test_steps_back_that_many_take_may_be_allowed(self) -> None:
        strict = PROCESS.revise(policy=Policy(back="never"))
        one = conformance(many(lambda name: path(name, "lead", "survey", "lead", "lost")), strict)
        assert proposed(one)["back.refused"].revision["policy"].back == "previous"
        assert "and win 0.0 %" in proposed(one)["back.refused"].message
        assert proposed(one)["back.refused"].evidence == {"deals": 12, "stepped_back": 12}
        far = many(lambda name: path(name, "lead", "survey", "offer", "lead"))
        finding = proposed(conformance(far, strict))["back.refused"]
        assert finding.revision["policy"].back == "any"
        assert conformance(far, strict.revise(**finding.revision)).fitness == 1.0

    def test_a_move_that_many_make_may_become_a_transition(self) -> None:
        book = many(lambda name: path(name, "lead", "won", "offer"))
        closed = PROCESS.revise(policy=Policy(reopen="never"))
        finding = proposed(conformance(book, closed))["move.missing"]
        assert finding.revision["policy"].reopen == "left"
        late = PROCESS.revise(change={"closing": {"optional": True}}, policy=Policy(win=("closing",)))
        early = many(lambda name: path(name, "lead", "survey", "offer", "won"))
        found = conformance(early, late)
        assert proposed(found)["move.missing"].subject == "offer → won"
        assert [each.name for each in proposed(found)["move.missing"].revision["transitions"]] == ["offer_won"]
        taken = late.revise(transitions=[Transition("offer_won", "lead", "survey")])
        (other,) = proposed(conformance(early, taken))["move.missing"].revision["transitions"]
        assert other.name == "offer_won_directly"
        assert conformance(early, late.revise(**found.revision)).fitness == 1.0

    def test_what_no_single_change_allows_is_still_told(self) -> None:
        found = conformance(many(lambda name: path(name, "lead", "lost", "care")), PROCESS)
        finding = proposed(found)["move.missing"]
        assert "not as simple as that: 'care' comes after the sale" in str(finding)
        assert finding.revision == {}
        assert "transitions" not in found.revision

    def test_a_requirement_that_many_pass_is_none(self) -> None:
        process = Process(
            "solar",
            stages=[
                Stage("lead", exit=[c.has("seats"), c.has("roof")], activities=[Activity("call", required=True)]),
                Stage("offer", entry=[c.has("price")]),
                Stage.won("won"),
                Stage.lost("lost"),
            ],
            policy=Policy(facts="free"),
        )

        def deal(name: str) -> Deal:
            made = process.open(name, facts={"roof": 1}, at=AT)
            return process.override(made, "offer", at=AT, by="ola", reason="no time")

        found = conformance(many(deal), process)
        assert {each.subject for each in found.findings} == {"lead.exit", "lead.activities", "offer.entry"}
        revised = process.revise(**found.revision)
        assert revised.stage("lead").exit == (c.has("roof"),)
        assert not revised.stage("lead").activities[0].required
        assert revised.stage("offer").entry == ()

    def test_reasons_and_work_that_occur_often_may_be_listed(self) -> None:
        process = PROCESS.revise(
            change={"lost": {"reasons": (LossReason("price"),)}, "lead": {"activities": (Activity("call"),)}}
        )

        def deal(name: str) -> Deal:
            made = add(opened(name), ActivityDone, 1, activity="golf", extra=True)
            made = enter(made, "survey", 2)
            made = add(made, Migrated, 3, process="solar", version=1, stage="survey")
            return enter(made, "lost", 4, reason="weather")

        found = conformance(many(deal), process)
        revised = process.revise(**found.revision)
        assert [each.name for each in revised.stage("lost").reasons] == ["price", "weather"]
        assert [each.name for each in revised.stage("lead").activities] == ["call", "golf"]
        assert "weather (12)" in proposed(found)["reason.unlisted"].message

    def test_all_findings_together_give_a_process_without_new_advice(self) -> None:
        strict = PROCESS.revise(policy=Policy(skip="never", back="never", reopen="never"))
        book = many(lambda name: path(name, "lead", "offer", "lead", "offer", "closing", "won", "closing"))
        found = conformance(book, strict)
        assert len(found.findings) >= 3
        revised = strict.revise(**found.revision)
        assert revised.policy.skip == "optional"
        assert revised.policy.back in {"previous", "any"}
        assert revised.policy.reopen == "left"
        assert {each.code for each in revised.lint()} <= {each.code for each in strict.lint()}
        assert conformance(book, revised).fitness > found.fitness

    @given(books(max_size=14), st.sampled_from(["never", "previous", "any"]), st.sampled_from(["never", "optional"]))
    def test_every_finding_can_be_carried_out(self, book: list[Deal], back: str, skip: str) -> None:
        process = PROCESS.revise(policy=Policy(back=back, skip=skip))  # type: ignore[arg-type]
        found = conformance(book, process)
        for each in found.findings:
            assert each.revision or "not as simple as that" in each.message
        if found.findings:
            assert conformance(book, process.revise(**found.revision)).fitness >= found.fitness - 1e-9


class TestTheBook:
    def test_stands_as_of_the_moment(self) -> None:
        book = [path("A", *OPEN, "won"), opened("B", 9)]
        found = conformance(book, PROCESS, as_of=after(1.5))
        assert (found.n, found.excluded, found.deals[0].path) == (
            1,
            {"deal not opened at as_of": 1},
            ("lead", "survey"),
        )
        assert conformance(book, PROCESS).as_of == after(9)

    def test_prints_and_gives_plain_rows(self) -> None:
        book = [path(f"A{n}", "lead", "offer", *stages) for n, stages in enumerate([["closing", "won"], ["lost"]] * 6)]
        book += [path(f"V{n}", *OPEN[: 1 + n % 4], *(["lead"] * (n // 4))) for n in range(48)]
        found = conformance(book, PROCESS)
        text = str(found)
        assert text.startswith("Conformance to solar version 1, as of")
        assert "skip of required" in text
        assert "more in `variants`" in text
        assert "fitness: 0." in text
        assert found.to_rows()[0].keys() >= {"code", "subject", "deals", "win_rate"}
        assert "every deal went the way" in str(conformance([opened("A")], PROCESS))

    def test_few_deals_warn(self) -> None:
        with pytest.warns(SmallSample, match="the book"):
            conformance([opened("A")], PROCESS)

    def test_what_is_wrong_is_said(self) -> None:
        with pytest.raises(NoHistory):
            conformance([], PROCESS)
        with pytest.raises(NoHistory, match="1 were opened later"):
            conformance([opened("A")], PROCESS, as_of=datetime(2020, 1, 1, tzinfo=UTC))
        with pytest.raises(DuplicateDeal):
            conformance([opened("A"), opened("A")], PROCESS)
        for threshold in (0, 1.5):
            with pytest.raises(OutOfRange, match="threshold"):
                conformance([opened("A")], PROCESS, threshold=threshold)
