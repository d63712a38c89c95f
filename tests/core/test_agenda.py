"""What to do next with a deal: the order of things, when they fall due, and when a deal is stale."""

import pickle
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesprocess import Activity, Actor, Deal, Fact, Policy, Process, Stage, testing
from salesprocess import criteria as c
from salesprocess import events as ev
from salesprocess.agenda import Agenda, ItemKind
from salesprocess.deal import replay
from salesprocess.errors import NoWorkingTime, OutOfRange, WrongKind
from salesprocess.staleness import ACTIVITY, EVERY_KIND, Age, InStage, Quiet, Staleness, Untouched, stage_due
from salesprocess.working_time import WEEK, Shift, WorkingDays, WorkingHours, WorkingTime
from tests import strategies
from tests.solar import AT, at_stage, solar

DAY, HOUR, TICK = timedelta(days=1), timedelta(hours=1), datetime.resolution
OFFICE = WorkingTime("Europe/Oslo", [Shift(time(8), time(16))])
ALWAYS = WorkingTime("UTC", [Shift(time(0), time(0), on=WEEK)])
OLA = Actor("ola")

spans = st.sampled_from((timedelta(minutes=10), DAY, 14 * DAY)) | st.timedeltas(TICK, 60 * DAY)
counted = spans | st.builds(WorkingHours, spans) | st.builds(WorkingDays, st.integers(1, 20))
rules: st.SearchStrategy[Staleness] = st.one_of(
    st.builds(Quiet, counted, st.lists(st.sampled_from(EVERY_KIND), min_size=1) | st.just(ACTIVITY)),
    st.builds(InStage, st.sampled_from((0.5, 1.0, 1.5))),
    st.builds(Age, counted),
    st.builds(Untouched, st.sampled_from(("seats", "region", "amount", "owner")), counted),
)


@st.composite
def walked(draw: st.DrawFn) -> tuple[Process, Deal, datetime]:
    """A deal that went its way through a process with rules of staleness, and a moment after that."""
    plain = draw(testing.processes())
    policy = attrs.evolve(plain.policy, staleness=draw(st.lists(rules, max_size=4, unique=True)))
    after_sale = {stage.name: {"typical_duration": draw(spans)} for stage in plain.stages if stage.kind == "after_sale"}
    process = plain.revise("stale", policy=policy, change=after_sale)
    deal = draw(testing.walks(process)).deal
    at = deal.updated_at + draw(st.sampled_from((timedelta(0), TICK)) | st.timedeltas(timedelta(0), 90 * DAY))
    return process, deal, at


def ask(process: Process, deal: Deal, at: datetime) -> Agenda:
    return process.agenda(deal, at=at, working_time=OFFICE)


def late(agenda: Agenda) -> list[tuple[str, datetime | None]]:
    return sorted((item.subject, item.due) for item in agenda.overdue)  # type: ignore[type-var]


def line(*stages: Stage, **policy: Any) -> Process:
    """A process of these open stages, with what the tests of staleness need."""
    return Process(
        "line",
        stages=[*stages, Stage.won("won"), Stage.after_sale("care", typical_duration=5 * DAY), Stage.lost("lost")],
        facts=[Fact("budget", int)],
        policy=Policy(**policy),
    )


def kinds(agenda: Agenda) -> list[tuple[ItemKind, str]]:
    return [(item.kind, item.subject) for item in agenda.items]


class TestNextDue:
    @pytest.mark.long
    @given(walked(), st.floats(0, 1, exclude_min=True, exclude_max=True))
    def test_nothing_becomes_overdue_before_it_and_something_just_after(
        self, case: tuple[Process, Deal, datetime], share: float
    ) -> None:
        process, deal, at = case
        agenda = ask(process, deal, at)
        if agenda.next_due is None:
            assert late(ask(process, deal, datetime(9000, 1, 1, tzinfo=UTC))) == late(agenda)
            return
        assert agenda.next_due > at
        between = at + (agenda.next_due - TICK - at) * share
        assert late(ask(process, deal, between)) == late(agenda)
        assert late(ask(process, deal, agenda.next_due - TICK)) == late(agenda)
        assert late(ask(process, deal, agenda.next_due + TICK)) != late(agenda)

    @given(walked())
    def test_a_host_that_sleeps_until_it_sees_everything_fall_due(self, case: tuple[Process, Deal, datetime]) -> None:
        process, deal, at = case
        coming = {(item.subject, item.due) for item in ask(process, deal, at).items if item.kind == "due"}
        seen: set[Any] = set()
        agenda = ask(process, deal, at)
        for _ in range(2 * len(coming) + 1):  # at a due instant it is not overdue yet, one tick later it is
            if agenda.next_due is None:
                break
            agenda = ask(process, deal, agenda.next_due)
            seen |= {(item.subject, item.due) for item in agenda.overdue}
        assert agenda.next_due is None
        assert coming <= seen

    def test_at_the_due_instant_nothing_is_overdue_yet(self) -> None:
        process = line(Stage("talks", typical_duration=7 * DAY))
        deal = process.open("A", at=AT)
        due = AT + 7 * DAY
        for at, overdue, following in (
            (AT, False, due),
            (due - TICK, False, due),
            (due, False, due + TICK),
            (due + TICK, True, None),
        ):
            agenda = process.agenda(deal, at=at)
            assert (agenda.needs_attention, agenda.next_due) == (overdue, following)


class TestOrder:
    @given(walked())
    def test_the_most_pressing_comes_first_and_what_is_overdue_was_due_before(
        self, case: tuple[Process, Deal, datetime]
    ) -> None:
        process, deal, at = case
        items = ask(process, deal, at).items
        order = ("overdue", "due", "required", "blocked", "objection", "recommended")
        ranks = [order.index(item.kind) for item in items]
        assert ranks == sorted(ranks)
        for kind in ("overdue", "due"):
            dues = [item.due for item in items if item.kind == kind and item.due]
            assert dues == sorted(dues)
        for item in items:
            assert (item.due is not None) == (item.kind in ("overdue", "due"))
            assert item.due is None or (item.due < at) == (item.kind == "overdue")

    def test_criteria_stand_in_the_order_of_the_rulebook(self) -> None:
        process = line(Stage("talks", exit=[c.has_term("owner"), c.has("budget"), c.has_term("amount")]))
        items = process.agenda(process.open("A", at=AT), at=AT).items
        assert [item.reason.parameters for item in items if item.reason] == [
            {"term": "owner", "missing": ("owner",), "criterion": "has_term(owner)"},
            {"fact": "budget", "missing": ("budget",), "criterion": "has(budget)"},
            {"term": "amount", "missing": ("amount",), "criterion": "has_term(amount)"},
        ]

    def test_it_prints_a_line_for_each_item_and_pickles(self) -> None:
        agenda = solar.agenda(at_stage("site_survey"), at=AT + 9 * DAY)
        assert str(agenda).splitlines() == [
            "agenda of ACME-1:",
            "- overdue: in site_survey for 9 days, typical is 7 days (due 2026-01-12 09:00 UTC)",
            "- required: site_visit is required in site_survey",
            "- recommended: shade_analysis is recommended in site_survey",
        ]
        assert pickle.loads(pickle.dumps(agenda)) == agenda


class TestLanguages:
    @given(walked())
    def test_every_item_is_said_in_full_in_every_language(self, case: tuple[Process, Deal, datetime]) -> None:
        process, deal, at = case
        agenda = ask(process, deal, at)
        for item in agenda.items:
            said = item.text("nb")
            assert item.why == item.text()
            assert said != item.why or item.kind == "blocked"  # a rule of a user has its own words
            assert not {"{", "}"} & {*said, *item.why}
            assert f"{said} (frist" in agenda.text("nb") if item.due else said in agenda.text("nb")
        assert str(agenda) == agenda.text("en")

    def test_an_agenda_reads_in_bokmaal(self) -> None:
        deal = solar.raise_objection(at_stage("site_survey"), "price", text="too much", at=AT)
        call = Activity("call", within=2 * DAY)
        process = solar.revise(
            "other", add={"site_survey.activities": [call], "offer.entry": [c.equals("heritage", True)]}
        )
        deal = attrs.evolve(deal, process="other", version=1)
        assert process.agenda(deal, at=AT + 9 * DAY, working_time=OFFICE).text("nb").splitlines() == [
            "å gjøre for ACME-1:",
            "- forfalt: call er anbefalt i site_survey, innen 2 dager (frist 07.01.2026 kl. 09.00 UTC)",
            "- forfalt: i site_survey i 9 dager, vanlig er 7 dager (frist 12.01.2026 kl. 09.00 UTC)",
            "- påkrevd: site_visit er påkrevd i site_survey",
            "- hindret: Advance to Offer: heritage er nei, ikke ja",
            "- innvending: innvendingen price er åpen siden 05.01.2026: too much",
            "- anbefalt: shade_analysis er anbefalt i site_survey",
        ]

    def test_a_mapping_says_only_what_it_likes_to_say_otherwise(self) -> None:
        agenda = solar.agenda(at_stage("offer"), at=AT)
        mine = {"agenda": "todo {deal}", "agenda.kind.recommended": "nice", "agenda.possible": "{move}!"}
        assert agenda.text(mine) == "todo ACME-1\n- nice: Advance to Financing!"


class TestWhatStandsInTheWay:
    def test_a_criterion_that_several_moves_want_is_told_once(self) -> None:
        process = line(Stage("talks", exit=[c.has("budget")]), Stage("offer", optional=True))
        agenda = process.agenda(process.open("A", at=AT), at=AT)
        blocked = [item for item in agenda.items if item.kind == "blocked"]
        assert [item.why for item in blocked] == ["Advance to Offer, Win: budget is not known (learn budget)"]
        assert blocked[0].reason is not None
        assert blocked[0].subject == blocked[0].reason.requirement == "talks.exit:has(budget)"

    @given(walked())
    def test_whatever_refuses_the_next_move_is_told_and_nothing_twice(
        self, case: tuple[Process, Deal, datetime]
    ) -> None:
        process, deal, at = case
        items = ask(process, deal, at).items
        reasons = [item.reason for item in items if item.reason and item.kind in ("required", "blocked")]
        assert all(reason not in reasons[place + 1 :] for place, reason in enumerate(reasons))
        told = {item.subject for item in items} | {item.reason for item in items}
        for option in process.options(deal, at=at):
            if option.kind in ("advance", "win") and deal.status in ("open", "won"):
                for reason in option.unmet:
                    assert reason in told or reason.parameters.get("activity") in told

    def test_work_is_listed_by_itself_with_the_requirement_behind_it(self) -> None:
        process = line(Stage("talks", activities=[Activity("call", required=True), Activity("visit")]))
        deal = process.open("A", at=AT)
        first, second = process.agenda(deal, at=AT).items
        assert (first.kind, first.subject, second.kind, second.subject) == ("required", "call", "recommended", "visit")
        assert first.reason is not None
        waived = process.waive(deal, first.reason.requirement, by=OLA, reason="they called us", at=AT)
        assert kinds(process.agenda(waived, at=AT)) == [
            ("recommended", "call"),
            ("recommended", "visit"),
            ("recommended", "win"),
        ]

    def test_work_that_the_next_stage_wants_is_told_once(self) -> None:
        call = Activity("call", required=True)
        process = line(Stage("talks", activities=[call, Activity("visit")]), Stage("offer", entry=[c.done("visit")]))
        assert kinds(process.agenda(process.open("A", at=AT), at=AT)) == [
            ("required", "call"),
            ("blocked", f"offer.entry:{c.done('visit')}"),
        ]
        both = line(Stage("talks", activities=[call]), Stage("offer", entry=[c.done("call")]))
        assert kinds(both.agenda(both.open("A", at=AT), at=AT)) == [("required", "call")]

    def test_work_that_the_next_stage_wants_in_time_is_told_once_with_its_time(self) -> None:
        process = line(
            Stage("talks", activities=[Activity("visit", within=DAY)]), Stage("offer", entry=[c.done("visit")])
        )
        agenda = process.agenda(process.open("A", at=AT), at=AT)
        assert kinds(agenda) == [("due", "visit")]
        assert agenda.items[0].why == "visit is required in talks, within 1 day"

    def test_work_is_required_where_no_move_ahead_could_tell(self) -> None:
        support = Stage.after_sale("care", activities=[Activity("survey", required=True)])
        process = Process("p", stages=[Stage("talks"), Stage.won("won"), support, Stage.lost("lost")])
        deal = process.advance(process.win(process.open("A", at=AT), at=AT), at=AT)
        assert kinds(process.agenda(deal, at=AT)) == [("required", "survey")]

    def test_free_work_never_is(self) -> None:
        deal = at_stage("offer")
        assert (
            solar.agenda(solar.record(deal, "cake", extra=True, at=AT), at=AT).items == solar.agenda(deal, at=AT).items
        )

    def test_a_move_that_nothing_hinders_is_recommended(self) -> None:
        agenda = solar.agenda(at_stage("offer"), at=AT)
        assert [(item.kind, item.subject, item.why) for item in agenda.items] == [
            ("recommended", "advance", "Advance to Financing: no rule stands in the way")
        ]

    def test_open_objections_are_told_with_their_words(self) -> None:
        deal = solar.raise_objection(at_stage("offer"), "price", text="too much", at=AT)
        deal = solar.raise_objection(deal, "timing", at=AT)
        deal = solar.resolve_objection(solar.raise_objection(deal, "roof", at=AT), deal.revision + 1, at=AT)
        assert [item.why for item in solar.agenda(deal, at=AT).items if item.kind == "objection"] == [
            "the objection price is open since 2026-01-05: too much",
            "the objection timing is open since 2026-01-05",
        ]


class TestStatus:
    def test_a_lost_deal_has_nothing_to_see_to(self) -> None:
        deal = solar.raise_objection(at_stage("site_survey"), "price", at=AT)
        agenda = solar.agenda(solar.lose(deal, reason="price", at=AT), at=AT + 99 * DAY)
        assert (agenda.items, agenda.next_due) == ((), None)

    def test_a_deal_on_hold_only_waits_to_be_looked_at_again(self) -> None:
        deal = solar.amend(at_stage("site_survey"), expected_close=date(2026, 1, 9), at=AT)
        held = solar.hold(deal, until=datetime(2026, 1, 19, 23, 30, tzinfo=UTC), at=AT)
        agenda = solar.agenda(held, at=AT, tz="Europe/Oslo")
        assert [(item.kind, item.why) for item in agenda.items] == [("due", "on hold until 2026-01-20")]
        assert agenda.next_due == datetime(2026, 1, 19, 23, 30, tzinfo=UTC)
        late = solar.agenda(held, at=AT + 30 * DAY)
        assert (kinds(late), late.next_due) == ([("overdue", "look_again")], None)
        assert held.status == "on_hold"
        assert kinds(solar.agenda(solar.hold(deal, at=AT), at=AT)) == [("recommended", "look_again")]

    def test_work_and_durations_go_on_after_the_sale(self) -> None:
        process = line(Stage("talks"), staleness=[Quiet(DAY), Age(DAY), Untouched("budget", DAY)])
        deal = process.advance(process.win(process.open("A", expected_close=date(2026, 1, 6), at=AT), at=AT), at=AT)
        assert deal.stage == "care"
        agenda = process.agenda(deal, at=AT + 9 * DAY)
        assert [(item.kind, item.subject, item.due) for item in agenda.items] == [("overdue", "care", AT + 5 * DAY)]

    @pytest.mark.parametrize("tz", ["UTC", "America/New_York"])
    def test_the_last_day_of_the_calendar_never_ends(self, tz: str) -> None:
        deal = solar.amend(at_stage("lead"), expected_close=date.max, at=AT)
        assert solar.agenda(deal, at=AT, tz=tz).next_due is None


def told(*steps: tuple[float, type[Any], dict[str, Any]]) -> Deal:
    """A deal opened at `AT` in the stage `talks`, with an event so many days after that."""
    history: list[Any] = [ev.Opened(deal="A", revision=1, at=AT, process="line", version=1, stage="talks")]
    for revision, (days, kind, content) in enumerate(steps, 2):
        history.append(kind(deal="A", revision=revision, at=AT + days * DAY, **content))
    return replay(history)


TALKS = Stage("talks", typical_duration=7 * DAY)


class TestTimeInStage:
    def test_a_hold_moves_what_lies_ahead_by_its_length(self) -> None:
        deal = told((2, ev.Held, {}), (6, ev.Resumed, {}))
        assert InStage().due(deal, TALKS) == AT + 11 * DAY
        assert InStage(over_target=2).due(deal, TALKS) == AT + 18 * DAY
        assert stage_due(told((2, ev.Held, {})), 7 * DAY) is None

    def test_a_hold_moves_nothing_that_had_passed(self) -> None:
        deal = told((8, ev.Held, {}), (20, ev.Resumed, {}))
        assert InStage().due(deal, TALKS) == AT + 7 * DAY
        assert InStage().due(told((8, ev.Held, {})), TALKS) == AT + 7 * DAY

    def test_a_hold_at_the_very_instant_keeps_it_off(self) -> None:
        for span in (7 * DAY, WorkingHours(7 * DAY)):
            assert stage_due(told((7, ev.Held, {})), span, ALWAYS) is None
            assert stage_due(told((7, ev.Held, {}), (9, ev.Resumed, {})), span, ALWAYS) == AT + 9 * DAY

    def test_a_new_visit_begins_anew(self) -> None:
        back = {"transition": "to_talks", "source": "offer", "destination": "talks", "status": "open"}
        deal = told((1, ev.Held, {}), (2, ev.Resumed, {}), (3, ev.Entered, back), (4, ev.Noted, {"text": "x"}))
        assert InStage().due(deal, TALKS) == AT + 10 * DAY

    @pytest.mark.counted
    @given(strategies.deals(max_size=12), spans, st.timedeltas(timedelta(0), 90 * DAY))
    def test_the_stage_is_too_old_exactly_after_it(self, deal: Deal, span: timedelta, wait: timedelta) -> None:
        at, due = deal.updated_at + wait, stage_due(deal, span)
        if due is None:
            assert deal.stage_age(at) <= span
            assert deal.status == "on_hold"
        elif due >= deal.updated_at:
            assert (deal.stage_age(at) > span) == (at > due)
        else:
            assert deal.stage_age(at) >= span

    @given(strategies.deals(max_size=12), spans)
    def test_it_depends_on_the_record_up_to_it_alone(self, deal: Deal, span: timedelta) -> None:
        due = stage_due(deal, span)
        if due is not None and due < deal.updated_at:
            then = deal.as_of(max(due, deal.stage_since))
            assert then is not None
            assert then.stage_since != deal.stage_since or stage_due(then, span) in (due, None)

    @given(strategies.deals(max_size=12), spans)
    def test_who_always_works_counts_by_the_clock(self, deal: Deal, span: timedelta) -> None:
        assert stage_due(deal, WorkingHours(span), ALWAYS) == stage_due(deal, span)

    @given(strategies.deals(max_size=12), counted)
    def test_working_spans_go_through_any_holds(self, deal: Deal, span: Any) -> None:
        due = stage_due(deal, span, OFFICE)
        assert (due is None) <= (deal.status == "on_hold")
        assert due is None or due >= deal.stage_since

    def test_a_hold_at_the_midnight_that_closes_a_working_day_leaves_that_day(self) -> None:
        deal = told((0.625, ev.Held, {}), (7, ev.Resumed, {}))
        midnight = datetime(2026, 1, 6, tzinfo=UTC)
        assert deal.history[1].at == midnight
        assert stage_due(deal, WorkingDays(1), ALWAYS) == datetime(2026, 1, 14, tzinfo=UTC)

    def test_holds_stop_working_days_too(self) -> None:
        deal = told((1, ev.Held, {}), (7, ev.Resumed, {}))  # Tuesday to Monday
        assert stage_due(deal, WorkingDays(3), OFFICE) == datetime(2026, 1, 15, 15, tzinfo=UTC)
        longer = told((3, ev.Held, {}), (7, ev.Resumed, {}))  # Tuesday and Wednesday had passed
        assert stage_due(longer, WorkingDays(3), OFFICE) == datetime(2026, 1, 13, 15, tzinfo=UTC)

    def test_no_typical_duration_is_never_over(self) -> None:
        assert InStage().due(told(), Stage("talks")) is None

    def test_another_target_replaces_the_plain_one(self) -> None:
        process = line(TALKS, staleness=[InStage(over_target=1.5)])
        agenda = process.agenda(process.open("A", at=AT), at=AT + 12 * DAY)
        assert [item.why for item in agenda.overdue] == [
            "in talks for 12 days, typical is 7 days, stale after 1.5 times that"
        ]
        assert agenda.overdue[0].due == AT + 10.5 * DAY


class TestQuiet:
    def test_only_work_on_the_deal_keeps_it_fresh(self) -> None:
        deal = told((3, ev.Noted, {"text": "called back"}), (5, ev.Amended, {"terms": {"owner": "ola"}}))
        assert Quiet(14 * DAY).due(deal, TALKS) == AT + 17 * DAY
        assert Quiet(14 * DAY, kinds=EVERY_KIND).due(deal, TALKS) == AT + 19 * DAY
        assert Quiet(14 * DAY, kinds=["activity_done"]).due(deal, TALKS) == AT + 14 * DAY

    def test_what_happened_earlier_counts_from_then(self) -> None:
        deal = told((9, ev.ActivityDone, {"activity": "call", "happened": AT + 2 * DAY}))
        assert Quiet(14 * DAY).due(deal, TALKS) == AT + 16 * DAY

    def test_a_hold_is_meant_to_be_quiet_and_its_end_begins_anew(self) -> None:
        assert Quiet(DAY).due(told((1, ev.Held, {})), TALKS) is None
        assert Quiet(DAY).due(told((1, ev.Held, {}), (9, ev.Resumed, {})), TALKS) == AT + 10 * DAY

    @given(strategies.deals(max_size=8), st.lists(st.sampled_from(EVERY_KIND), min_size=1), spans)
    def test_it_counts_from_the_last_such_event(self, deal: Deal, chosen: list[str], span: timedelta) -> None:
        due = Quiet(span, chosen).due(deal, TALKS)
        if deal.status != "open":
            assert due is None
        else:
            known = [event for event in deal.history if event.kind in chosen]
            told = [getattr(event, "happened", None) or event.at for event in known] or [deal.opened_at]
            assert due == max(told) + span


class TestAge:
    @given(strategies.deals(max_size=8), spans, st.timedeltas(timedelta(0), 90 * DAY))
    def test_an_open_deal_is_too_old_exactly_after_it(self, deal: Deal, span: timedelta, wait: timedelta) -> None:
        due, at = Age(span).due(deal, TALKS), deal.updated_at + wait
        assert (due is not None) == (deal.status == "open")
        assert due is None or (deal.age(at) > span) == (at > due)


class TestUntouched:
    @pytest.mark.parametrize(
        ("event", "content"),
        [
            (ev.FactsLearnt, {"facts": {"budget": 5}}),
            (ev.FactsLearnt, {"forgotten": ("budget",)}),
            (ev.Amended, {"terms": {"budget": 5}}),
            (ev.Amended, {"cleared": ("budget",)}),
        ],
    )
    def test_a_change_touches_it(self, event: type[Any], content: dict[str, Any]) -> None:
        field = "facts" if event is ev.FactsLearnt else "terms"
        stated: Any = (1, event, {field: {"budget": 1}})
        other = (9, ev.FactsLearnt, {"facts": {"seats": 1}})
        deal = told(stated, (3, event, content), (8, ev.Noted, {"text": "x"}), other)
        assert Untouched("budget", 14 * DAY).due(deal, TALKS) == AT + 17 * DAY

    def test_to_tell_again_what_is_known_touches_nothing(self) -> None:
        again = (ev.FactsLearnt, {"facts": {"budget": 5}, "key": "sync"})
        deal = told((3, *again), (8, *again), (9, ev.FactsLearnt, {"forgotten": ("seats",)}))
        assert Untouched("budget", 14 * DAY).due(deal, TALKS) == AT + 17 * DAY
        gone = (ev.FactsLearnt, {"forgotten": ("budget",)})
        assert Untouched("budget", 14 * DAY).due(told((3, *gone), (8, *again)), TALKS) == AT + 22 * DAY
        assert Untouched("budget", 14 * DAY).due(told((3, *gone)), TALKS) == AT + 14 * DAY
        exact = (3, ev.FactsLearnt, {"facts": {"budget": 5.0}})
        assert Untouched("budget", 14 * DAY).due(told((1, *again), exact), TALKS) == AT + 17 * DAY

    def test_what_was_never_stated_counts_from_the_opening(self) -> None:
        assert Untouched("budget", 14 * DAY).due(told((3, ev.Noted, {"text": "x"})), TALKS) == AT + 14 * DAY
        assert Untouched("budget", 14 * DAY).due(told((3, ev.Held, {})), TALKS) is None

    def test_it_says_what_it_names(self) -> None:
        rule = Untouched("budget", DAY)
        assert [list(rule.mentions(subject)) for subject in ("value", "fact", "term")] == [["budget"], [], []]  # type: ignore[arg-type]


class TestThePolicy:
    def test_stale_deals_are_overdue_with_the_rule_as_data(self) -> None:
        process = line(TALKS, staleness=[Quiet(3 * DAY), Age(90 * DAY), Untouched("budget", WorkingDays(2))])
        deal = process.open("A", at=AT)
        agenda = process.agenda(deal, at=AT + 4 * DAY, working_time=OFFICE)
        assert [(item.kind, item.subject, item.why) for item in agenda.items] == [
            ("overdue", "budget", "budget untouched since 2026-01-05, stale after 2 working days"),
            ("overdue", "quiet", "no activity since 2026-01-05, stale after 3 days"),
            ("due", "talks", "in talks for 4 days, typical is 7 days"),
            ("due", "age", "opened on 2026-01-05, stale after 90 days"),
            ("recommended", "win", "Win: no rule stands in the way"),
        ]
        reason = agenda.items[1].reason
        assert reason is not None
        assert (reason.code, reason.where, reason.parameters["since"]) == ("quiet", "policy.staleness", AT)
        assert reason.text({"quiet": "stille siden {since:%d.%m.}"}) == "stille siden 05.01."

    def test_working_spans_want_working_time(self) -> None:
        process = line(TALKS, staleness=[Quiet(WorkingHours(HOUR))])
        with pytest.raises(NoWorkingTime, match="1 hour of working time"):
            process.agenda(process.open("A", at=AT), at=AT)

    def test_work_may_be_due_in_working_time(self) -> None:
        friday = datetime(2026, 1, 9, 14, tzinfo=UTC)  # an hour before the office closes
        hours, days = WorkingHours(2 * HOUR), WorkingDays(2)
        process = line(Stage("talks", activities=[Activity("call", within=hours), Activity("visit", within=days)]))
        deal = process.open("A", at=friday)
        agenda = process.agenda(deal, at=friday, working_time=OFFICE)
        assert [(item.subject, item.due) for item in agenda.items if item.due] == [
            ("call", datetime(2026, 1, 12, 8, tzinfo=UTC)),
            ("visit", datetime(2026, 1, 13, 15, tzinfo=UTC)),
        ]
        assert agenda.items[0].why == "call is recommended in talks, within 2 hours of working time"
        assert agenda.items[1].text("nb") == "visit er anbefalt i talks, innen 2 arbeidsdager"
        with pytest.raises(NoWorkingTime, match="2 hours of working time"):
            process.agenda(deal, at=friday)

    def test_deals_that_become_quiet_beyond_the_calendar_never_do(self) -> None:
        process = line(
            Stage("talks", activities=[Activity("call", within=timedelta.max)]), staleness=[Age(timedelta.max)]
        )
        agenda = process.agenda(process.open("A", at=AT), at=AT)
        assert (kinds(agenda), agenda.next_due) == ([("recommended", "call"), ("recommended", "win")], None)

    @given(rules)
    def test_rules_compare_hash_and_pickle(self, rule: Staleness) -> None:
        assert pickle.loads(pickle.dumps(rule)) == rule
        assert hash(Policy(staleness=[rule])) == hash(Policy(staleness=(rule,)))

    @pytest.mark.parametrize(
        ("kind", "given", "error"),
        [
            (Quiet, (14,), WrongKind),
            (Quiet, (timedelta(0),), OutOfRange),
            (Quiet, (WorkingHours(timedelta(0)),), OutOfRange),
            (Quiet, (DAY, []), OutOfRange),
            (Quiet, (DAY, ["call"]), OutOfRange),
            (Quiet, (DAY, "noted"), TypeError),
            (InStage, (0,), OutOfRange),
            (InStage, (float("inf"),), OutOfRange),
            (InStage, ("1",), WrongKind),
            (InStage, (True,), WrongKind),
            (Age, (-DAY,), OutOfRange),
            (Untouched, ("budget", None), WrongKind),
        ],
    )
    def test_what_cannot_be_is_refused(self, kind: Any, given: tuple[Any, ...], error: type[Exception]) -> None:
        with pytest.raises(error):
            kind(*given)

    def test_the_rules_of_a_policy_are_several(self) -> None:
        assert Policy(staleness=[Quiet(DAY), Age(DAY)]).staleness == (Quiet(DAY), Age(DAY))
        with pytest.raises(TypeError, match="staleness"):
            Policy(staleness="quiet")  # type: ignore[arg-type]  # pyright: ignore
