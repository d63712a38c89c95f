"""Strategies shrink to the smallest example that has a name, hit what rules ask about, and count what they reach."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from salesprocess import Fact, Money, Period, Policy, Process, Stage, ingest, templates, testing
from salesprocess import criteria as c
from salesprocess.deal import Deal, replay
from salesprocess.errors import InvalidProcess, OutOfRange, UnknownStage
from salesprocess.events import Amended, Approved, Entered
from salesprocess.lint import CODES
from salesprocess.simulation import LOG_COLUMNS, Export
from salesprocess.testing.plain import _of_kind
from salesprocess.testing.rulebooks import _FAULTS  # the codes that there is a fault for
from tests.solar import solar

STARTUP = templates.load("startup")
DEEP = settings(
    max_examples=2000,
    phases=[Phase.generate, Phase.shrink],
    database=None,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)


def smallest(strategy: SearchStrategy[Any], wanted: Callable[[Any], bool] = lambda _: True) -> Any:
    return find(strategy, wanted, settings=DEEP)


def kinds(deal: Deal) -> list[str]:
    return [event.kind for event in deal.history]


class TestSmallest:
    def test_a_new_deal_in_the_first_stage(self) -> None:
        deal = smallest(testing.deals(STARTUP))
        assert (kinds(deal), deal.stage, deal.terms, deal.facts) == (["opened"], "prospecting", {}, {})

    def test_a_one_stage_lost_deal(self) -> None:
        for lost in (
            smallest(testing.deals(STARTUP), lambda deal: deal.status == "lost"),
            smallest(testing.deals(STARTUP, status="lost")),
            smallest(testing.deals(STARTUP, stage="lost")),
        ):
            assert kinds(lost) == ["opened", "entered"]
            assert (lost.outcome.left, lost.outcome.reason, lost.terms) == ("prospecting", "price", {})

    def test_a_won_deal_with_nothing_but_what_it_takes(self) -> None:
        won = smallest(testing.deals(solar, status="won"))
        assert (won.stage, won.amount, won.facts.keys()) == ("signed", Money(1000, "EUR"), {"roof_area", "heritage"})
        assert kinds(won).count("entered") == 3

    def test_a_deal_on_hold_in_its_first_stage(self) -> None:
        assert kinds(smallest(testing.deals(STARTUP, status="on_hold"))) == ["opened", "held"]

    def test_a_process_of_one_stage_that_wants_nothing(self) -> None:
        process = smallest(testing.processes())
        assert [stage.name for stage in process.stages] == ["lead", "won", "lost"]
        assert not any(stage.activities or [*stage.criteria()] for stage in process.stages)
        assert (process.transitions, process.policy) == ((), Policy())

    @pytest.mark.long
    def test_a_process_with_the_one_rule_that_matters(self) -> None:
        process = smallest(testing.processes(), lambda process: bool(process.stages[0].locked))
        assert [place for place, _ in process.stages[0].criteria()] == ["lead.locked"]

    @pytest.mark.long
    def test_a_book_of_two_new_deals(self) -> None:
        book = smallest(testing.books(STARTUP), lambda book: len(book) > 1)
        assert [(deal.id, kinds(deal)) for deal in book] == [("ACME-1", ["opened"]), ("ACME-2", ["opened"])]

    def test_a_command_a_walk_a_period_and_a_price(self) -> None:
        assert repr(smallest(testing.commands(STARTUP))) == "open('ACME-1')"
        assert smallest(testing.walks(testing.processes())).steps == ()
        assert str(smallest(testing.periods())) == "2020-01"
        assert smallest(testing.money()) == Money(0, "EUR")
        assert smallest(testing.line_items()).price == Money(1, "EUR")
        assert smallest(testing.actors()).roles == frozenset()
        assert smallest(testing.names()) == "a"


class TestReach:
    @pytest.mark.long
    @pytest.mark.parametrize("amount", ["100000", "99999.99", "100000.01", "1000", "999.99"])
    def test_amounts_at_which_a_rule_changes_its_mind(self, amount: str) -> None:
        smallest(testing.deals(solar), lambda deal: deal.amount == Money(amount, "EUR"))

    def test_large_deals_are_never_lacking(self) -> None:
        large: list[bool] = []

        @settings(DEEP, max_examples=100, phases=[Phase.generate])
        @given(testing.deals(solar, status="won"))
        def collect(deal: Deal) -> None:
            amount = deal.amount
            large.append(amount is not None and amount.currency == "EUR" and amount.amount >= 100000)

        collect()
        assert any(large)

    def test_what_an_approval_rests_on_changes_after_it_often(self) -> None:
        seen: Counter[str] = Counter()

        @settings(DEEP, max_examples=200, phases=[Phase.generate])
        @given(testing.deals(solar))
        def collect(deal: Deal) -> None:
            approved = [event.revision for event in deal.history if isinstance(event, Approved)]
            amended = [event for event in deal.history if isinstance(event, Amended) and "amount" in event.terms]
            amounts = [event.terms["amount"] for event in amended]
            seen.update(
                approved=bool(approved),
                changed=bool(approved) and any(event.revision > approved[-1] for event in amended),
                foreign=any(isinstance(amount, Money) and amount.currency != "EUR" for amount in amounts),
                waited=deal.updated_at > deal.opened_at,
                all=True,
            )

        collect()
        assert seen["changed"] * 5 >= seen["approved"] > 0
        assert seen["foreign"] * 20 >= seen["all"]
        assert seen["waited"] * 8 >= seen["all"]

    @pytest.mark.long
    def test_objections_notes_work_and_time_between_the_moves(self) -> None:
        seen: set[str] = set()

        @settings(DEEP, max_examples=100, phases=[Phase.generate])
        @given(testing.deals(STARTUP))
        def collect(deal: Deal) -> None:
            seen.update(kinds(deal))
            seen.update("a while later" for _ in [1] if deal.updated_at - deal.opened_at > timedelta(days=9))

        collect()
        assert seen >= {
            "objection_raised",
            "noted",
            "approved",
            "amended",
            "facts_learnt",
            "a while later",
        }

    @pytest.mark.long
    def test_every_rule_that_the_library_has(self) -> None:
        codes: set[str] = set()

        @settings(DEEP, max_examples=700, phases=[Phase.generate])
        @given(testing.compound(testing.rules(stages=("lead",))))
        def collect(criterion: c.Criterion) -> None:
            codes.update(inner.code for inner in criterion.walk())

        collect()
        own = {name for name in c.__all__ if isinstance(getattr(c, name), c.Rule)}
        assert own | {"all_of", "any_of", "at_least_of"} == codes

    @pytest.mark.long
    def test_every_feature_of_the_language(self) -> None:
        features: dict[str, Callable[[Process], object]] = {
            "six stages": lambda process: len([stage for stage in process.stages if stage.kind == "open"]) == 6,
            "a branch": lambda process: any(
                stage.kind == "after_sale" and stage.when is not None for stage in process.stages
            ),
            "a lock": lambda process: any(stage.optional and stage.locked for stage in process.stages),
            "a hidden transition": lambda process: any(move.when is not None for move in process.transitions),
            "a guarded transition": lambda process: any(move.criteria for move in process.transitions),
            "required work": lambda process: any(
                work.required for stage in process.stages for work in stage.activities
            ),
            "a void reason": lambda process: any(not each.counts for stage in process.stages for each in stage.reasons),
            "staleness": lambda process: process.policy.staleness,
            "marked wins": lambda process: isinstance(process.policy.win, tuple),
            "roles": lambda process: isinstance(process.policy.override, tuple),
            "words": lambda process: process.move_labels.advance == "On to {stage}" and process.tuning,
        }
        seen: set[str] = set()

        @settings(DEEP, max_examples=100, phases=[Phase.generate])
        @given(testing.processes())
        def collect(process: Process) -> None:
            seen.update(name for name, feature in features.items() if feature(process))

        collect()
        assert seen == set(features)

    @pytest.mark.parametrize("months", [1, 3, 12, None])
    def test_periods_of_every_kind(self, months: int | None) -> None:
        def fits(period: Period) -> bool:
            days = (period.end - period.start).days
            return not period.label if months is None else bool(period.label) and abs(days - months * 30.4) < 4

        smallest(testing.periods(), fits)

    def test_values_of_a_fact_keep_to_its_declaration(self) -> None:
        for fact, wanted in (
            (Fact("seats", int, minimum=2), lambda value: value == 2),
            (Fact("seats", int, minimum=2, maximum=4), lambda value: value == 4),
            (Fact("share", float, maximum=1), lambda value: value == 1),
            (Fact("budget", Money, minimum=Money(5, "NOK")), lambda value: value == Money(5, "NOK")),
            (Fact("region", str, choices=("north",), many=True), lambda value: value == ("north",)),
            (Fact("margin", Decimal), lambda value: value < 0),
        ):
            assert wanted(fact.check(smallest(testing.values_of(fact), wanted)))

    @pytest.mark.parametrize("kind", [bool, int, float, Decimal, str])
    def test_a_scalar_of_a_kind_is_of_it_whether_or_not_one_was_drawn_before(self, kind: type[Any]) -> None:
        for strategy in (_of_kind.__wrapped__(kind), testing.scalars(kind=kind)):
            assert type(smallest(strategy, lambda _: True)) is kind


class TestConditions:
    @pytest.mark.counted
    @settings(max_examples=40)
    @given(testing.deals(solar, status="won", amount=testing.money(currency="EUR", minimum="100001")))
    def test_stated_terms_hold_at_the_end(self, deal: Deal) -> None:
        assert deal.status == "won"
        assert deal.amount is not None
        assert deal.amount.amount >= 100001
        assert solar.recheck(deal.history) == ()
        assert any(approval.role == "deal_desk" for approval in deal.approvals)

    @settings(max_examples=20)
    @given(testing.deals(STARTUP, stage="proposal", deal="B-7", owner="nils", facts={"source": "referral"}))
    def test_a_stage_an_id_an_owner_and_a_fact(self, deal: Deal) -> None:
        assert (deal.stage, deal.id, deal.owner) == ("proposal", "B-7", "nils")
        assert deal.facts.get("source") in (None, "referral")

    def test_what_no_way_leads_to_is_refused(self) -> None:
        with pytest.raises(UnknownStage):
            testing.deals(solar, stage="mars")
        with pytest.raises(OutOfRange, match="one that a way leads to"):
            testing.deals(solar, stage="lost", status="won")

    def test_facts_that_lead_elsewhere_do_not_keep_a_deal_from_its_stage(self) -> None:
        permit = Stage("permit", when=c.has("seats"))
        facts = [Fact("seats", int)]
        process = Process("p", facts=facts, stages=[permit, Stage("lead"), Stage.won("won"), Stage.lost("lost")])
        told: set[str] = set()

        @settings(DEEP, max_examples=60, phases=[Phase.generate])
        @given(testing.deals(process, stage="lead"))
        def collect(deal: Deal) -> None:
            told.update(deal.terms)
            assert deal.stage == "lead"

        collect()
        assert "amount" in told

    @settings(max_examples=30)
    @given(st.data())
    def test_an_exception_on_the_way_is_made_as_it_was_found(self, data: st.DataObject) -> None:
        stages = [Stage("lead", exit=[c.visited("won")]), Stage.won("won"), Stage.after_sale("support")]
        process = Process("barred", stages=[*stages, Stage.lost("lost")])
        deal = data.draw(testing.deals(process, status="won"))
        assert any(isinstance(event, Entered) and event.transition == "override" for event in deal.history)

    @pytest.mark.counted
    @settings(max_examples=10)
    @given(testing.books(STARTUP, size=3, status="lost"), testing.histories(STARTUP, stage="solution"))
    def test_books_and_histories_take_the_same_conditions(self, book: tuple[Deal, ...], history: Any) -> None:
        assert [deal.id for deal in book] == ["ACME-1", "ACME-2", "ACME-3"]
        assert {deal.status for deal in book} == {"lost"}
        assert replay(history).stage == "solution"


class TestBroken:
    @pytest.mark.parametrize("code", _FAULTS)
    def test_it_is_refused_with_its_finding(self, code: str) -> None:
        @settings(max_examples=5, database=None)
        @given(testing.broken_processes(codes=[code]))
        def refused(broken: testing.Broken) -> None:
            with pytest.raises(InvalidProcess) as caught:
                broken.build()
            assert broken.code in [finding.code for finding in caught.value.findings]

        refused()
        assert CODES[code] == "error"


class TestLogs:
    @settings(max_examples=30)
    @given(testing.stage_logs(solar, clean=True))
    def test_a_clean_log_is_read_without_problems(self, log: Export) -> None:
        stages = {stage.name: stage.name for stage in solar.stages}
        read = ingest.stage_log(log.rows, process=solar, columns=LOG_COLUMNS, stages=stages, currency="EUR", tz="UTC")
        assert read.problems == ()
        assert not log.flaws

    def test_a_row_comes_twice_where_the_flaws_say_so(self) -> None:
        first = settings(DEEP, phases=[Phase.generate])
        wanted = testing.stage_logs(STARTUP, size=1)
        log = find(wanted, lambda log: any(flaw == "repeated" for _, flaw in log.flaws), settings=first)
        row = next(number for number, flaw in log.flaws if flaw == "repeated")
        assert log.rows[row - 1] == log.rows[row - 2]

    @settings(max_examples=30)
    @given(testing.stage_logs(solar, size=(1, 3)))
    def test_every_row_of_a_dirty_one_is_accounted_for(self, log: Export) -> None:
        stages = {stage.name: stage.name for stage in solar.stages}
        read = ingest.stage_log(log.rows, process=solar, columns=LOG_COLUMNS, stages=stages, currency="EUR", tz="UTC")
        assert read.rows == len(log.rows) == read.used + len(read.merged) + read.dropped
        lost = {number for number, flaw in log.flaws if flaw in ("misspelt", "undated")}
        assert lost <= {problem.row for problem in read.problems if problem.dropped}


@c.criterion("unmentioned", "somebody has asked about heritage already")
def unmentioned(deal: Deal, ask: c.Ask) -> bool:
    return "heritage" not in deal.facts


@settings(max_examples=40)
@given(
    testing.deals(
        Process(
            "shy",
            facts=[Fact("heritage", bool)],
            stages=[Stage("lead", entry=[unmentioned()]), Stage.won("won"), Stage.lost("lost")],
        )
    )
)
def test_facts_with_which_no_deal_can_begin_are_left_out(deal: Deal) -> None:
    assert "heritage" not in deal.history[0].facts  # type: ignore[union-attr]


@pytest.mark.repo  # the plugin pytester is loaded by the conftest of the checkout
def test_a_run_tells_how_many_deals_reached_each_rule(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        test_it="""
        from hypothesis import given, settings
        from salesprocess import Money, Process, Stage, criteria as c, testing

        lead = Stage("lead", exit=[c.when(c.amount_at_least(Money(9, "EUR")), c.approved("price"))])
        kiosk = Process("kiosk", stages=[lead, Stage.won("sold"), Stage.lost("lost")])

        @settings(max_examples=100)
        @given(testing.deals(kiosk))
        def test_deals(deal):
            pass
        """
    )
    result = pytester.runpytest("-p", "no:cacheprovider", "--hypothesis-show-statistics")
    result.stdout.fnmatch_lines_random(["*%, win from lead to sold", "*%, lead.exit: approved(price) is met"])
    result.stdout.fnmatch_lines(["*%, lead.exit: amount_at_least(9 EUR) is met"])
