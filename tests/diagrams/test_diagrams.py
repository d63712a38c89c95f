import pickle
import re
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesprocess import Deal, Policy, Process, Stage, Transition, diagrams, templates
from salesprocess import criteria as c
from salesprocess import events as ev
from salesprocess.deal import replay
from salesprocess.diagrams.boxes import box_of
from salesprocess.diagrams.composing import compose
from salesprocess.diagrams.picture import DEAL, OPEN, OUTSIDE, Arrow, Box, Picture
from salesprocess.diagrams.ways import ways_of
from salesprocess.engine.machine import guard_of
from salesprocess.errors import OutOfRange, SeveralErrors, UnknownStage, WrongKind, WrongProcess
from salesprocess.events import Actor
from salesprocess.testing import Walk, processes, walks
from tests.solar import AT, at_stage, solar
from tests.strategies import faulty_criteria

MERMAID = re.compile(r'^  stage_(\S+) (?:-->|==>|-\.->)(?:\|"[^"]*"\|)? stage_(\S+)$', re.MULTILINE)
DOT = re.compile(r'^  "stage_(\S+)" -> "stage_(\S+)" \[(?!.*ltail)', re.MULTILINE)


def picture(process: Process, deal: Deal | None = None, **changed: Any) -> Picture:
    plain = {"moves": "main", "criteria": True, "values": {}, "legend": "days", "number_format": "", "direction": "LR"}
    options: dict[str, Any] = {**plain, **changed}
    return compose(process, deal, **options)


def arrow(drawn: Picture, source: str, destination: str, name: str | None = None) -> Arrow:
    found = [
        each
        for each in drawn.arrows
        if (each.source, each.destination) == (source, destination) and name in (None, each.name)
    ]
    assert len(found) == 1
    return found[0]


def box(drawn: Picture, name: str) -> Box:
    return next(each for each in drawn.boxes if each.name == name)


def transitions(process: Process) -> list[tuple[str, str, str]]:
    """Every transition that the machine holds, each once: it holds winning under two names where advancing wins."""
    edges = [
        edge for event in process.machine.events.values() for several in event.transitions.values() for edge in several
    ]
    distinct: dict[int, Any] = {
        id(guard_of(edge).route): (edge.source, edge.dest, guard_of(edge).route.name) for edge in edges
    }
    return list(distinct.values())


def path_of(deal: Deal) -> list[tuple[str, str]]:
    """The moves of a deal that was never imported in part."""
    return [(event.source or "", event.destination) for event in deal.history if isinstance(event, ev.Entered)]


@given(processes())
def test_all_moves_are_the_transitions_of_the_machine_no_more_and_no_less(process: Process) -> None:
    drawn = picture(process, moves="all")
    assert Counter((each.source, each.destination, each.name) for each in drawn.arrows) == Counter(transitions(process))
    pairs = Counter((source, destination) for source, destination, _ in transitions(process))
    assert Counter(MERMAID.findall(diagrams.mermaid(process, moves="all"))) == pairs
    assert Counter(DOT.findall(diagrams.dot(process, moves="all"))) == pairs
    assert not any(note.startswith("Not drawn") for note in drawn.notes)


@given(processes())
def test_the_main_moves_are_transitions_of_the_machine_and_the_rest_is_told(process: Process) -> None:
    drawn, machine = picture(process), set(transitions(process))
    shown = {(each.source, each.destination, each.name) for each in drawn.arrows if each.source != OPEN}
    assert shown <= machine
    for common in (each for each in drawn.arrows if each.source == OPEN):
        assert {(stage, common.destination, common.name) for stage in drawn.framed} <= machine
    pairs = {(source, destination) for source, destination, _ in shown}
    rest = {way.route.kind for way in ways_of(process) if way.pair not in pairs and way.pair[0] != "lost"}
    told = next((note for note in drawn.notes if note.startswith("Not drawn")), "")
    words = {"move": "skipping ahead", "back": "going back", "reopen": "reopening a won deal"}
    assert {kind for kind, text in words.items() if text in told} == rest - {"win", "lose"}


@given(
    processes(more=faulty_criteria()), st.sampled_from(("main", "all")), st.booleans(), st.sampled_from(("LR", "TB"))
)
def test_the_text_is_the_same_every_time_and_names_every_stage_once(
    process: Process, moves: Any, criteria: bool, direction: Any
) -> None:
    again = pickle.loads(pickle.dumps(process))
    for draw in (diagrams.mermaid, diagrams.dot):
        text = draw(process, moves=moves, criteria=criteria, direction=direction)
        assert text == draw(again, moves=moves, criteria=criteria, direction=direction)
        assert direction in text
        for stage in process.stages:
            node = re.compile(rf'^ +"?stage_{stage.name}"?(?:[(\[{{]| \[)', re.MULTILINE)
            assert len(node.findall(text)) == 1


@given(walks(processes()), st.sampled_from(("main", "all")))
def test_every_move_of_a_deal_is_drawn_once_with_its_number(walk: Walk, moves: Any) -> None:
    deal = walk.deal
    drawn = picture(walk.process, deal, moves=moves)
    steps = {step: (each.source, each.destination) for each in drawn.arrows for step in each.steps}
    assert [steps[number] for number in sorted(steps)] == path_of(deal)
    assert sum(len(each.steps) for each in drawn.arrows) == len(steps)
    assert [each.name for each in drawn.boxes if each.is_here] == [deal.stage]
    assert {each.name for each in drawn.boxes if each.mark} == {deal.stage, deal.history[0].stage} | {  # type: ignore[union-attr]
        stage for pair in path_of(deal) for stage in pair
    }
    assert arrow(drawn, DEAL, deal.history[0].stage).kind == "opened"  # type: ignore[union-attr]
    overridden = {
        (event.source, event.destination)
        for event in deal.history
        if isinstance(event, ev.Entered) and event.transition == "override"
    }
    assert {(each.source, each.destination) for each in drawn.arrows if each.kind in OUTSIDE} == overridden
    assert (len(DOT.findall(diagrams.dot(walk.process, deal, moves=moves)))) == sum(
        each.source not in (OPEN, DEAL) for each in drawn.arrows
    )


def test_the_line_its_by_passes_and_its_early_win_are_drawn() -> None:
    drawn = picture(solar)
    assert arrow(drawn, "lead", "site_survey").words == ()
    assert not arrow(drawn, "lead", "site_survey").dashed
    assert arrow(drawn, "site_survey", "heritage_permit").words == ("if heritage is True",)
    assert arrow(drawn, "site_survey", "offer").words == ("if heritage is not True",)
    assert arrow(drawn, "site_survey", "offer").dashed
    assert arrow(drawn, "site_survey", "financing").words == ("Fast track", "needs: fast is approved by manager")
    assert arrow(drawn, "offer", "signed").words == ("Past Financing",)
    assert arrow(drawn, "financing", "signed").words == ()
    assert arrow(drawn, OPEN, "lost").words == ("Lose",)
    assert drawn.framed == ("lead", "site_survey", "heritage_permit", "offer", "financing")
    assert drawn.notes == (
        "Dashed: optional, or under a condition.",
        "Not drawn: going back, reopening a won deal.",
    )
    assert len(drawn.arrows) == 11


def test_a_stage_tells_what_it_is_and_what_it_asks_for() -> None:
    drawn = picture(solar)
    survey, lost, signed = box(drawn, "site_survey"), box(drawn, "lost"), box(drawn, "signed")
    assert (survey.title, survey.numbers) == ("Site survey", ("30% prior", "7 days"))
    assert survey.wants == (("to leave", ("Site visit: done", "roof_area is known")),)
    assert box(drawn, "offer").wants == (("to enter", ("amount at least 1000 EUR",)),)
    assert lost.numbers == ("reopens in the stage it left",)
    assert lost.wants == (("because of", ("Price, Roof, Duplicate",)),)
    assert [heading for heading, _ in signed.wants] == ["to enter", "to enter, no exception"]
    assert signed.wants[0][1] == ("if heritage is True: heritage_permit was visited",)
    assert box(drawn, "financing").numbers == ("80% prior", "optional")
    assert [each.name for each in drawn.boxes if each.dashed] == ["heritage_permit", "financing"]


def test_without_criteria_only_the_conditions_of_the_way_remain() -> None:
    drawn = picture(solar, criteria=False)
    assert all(each.wants == () for each in drawn.boxes)
    assert arrow(drawn, "site_survey", "financing").words == ("Fast track",)
    assert arrow(drawn, "site_survey", "offer").words == ("if heritage is not True",)


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(days=1), "1 day"),
        (timedelta(days=10, hours=12), "10.5 days"),
        (timedelta(hours=1), "1 hour"),
        (timedelta(minutes=90), "1.5 hours"),
        (timedelta(minutes=10), "10 minutes"),
        (timedelta(seconds=30), "0.5 minutes"),
    ],
)
def test_a_duration_is_told_in_its_largest_unit(span: timedelta, words: str) -> None:
    assert box_of(Stage("lead", 0.125, typical_duration=span), (), criteria=True).numbers == ("12.5% prior", words)


def small(**changed: Any) -> Process:
    stages = [Stage("lead"), Stage("talks"), Stage("offer"), Stage.won("won"), Stage.lost("lost")]
    given: dict[str, Any] = {"stages": stages, **changed}
    return Process("small", **given)


def test_winning_from_any_stage_is_one_arrow_beside_the_line() -> None:
    drawn = picture(small(policy=Policy(win="any")))
    wins = [(each.source, each.words) for each in drawn.arrows if each.kind == "win"]
    assert wins == [("offer", ()), (OPEN, ("Win from any stage",))]


def test_two_open_stages_need_no_frame() -> None:
    drawn = picture(small(stages=[Stage("lead"), Stage("offer"), Stage.won("won"), Stage.lost("lost")]))
    assert drawn.framed == ()
    assert [(each.source, each.kind) for each in drawn.arrows if each.destination == "lost"] == [
        ("lead", "lose"),
        ("offer", "lose"),
    ]
    assert "subgraph" not in diagrams.mermaid(small(stages=[Stage("lead"), Stage.won("won"), Stage.lost("lost")]))


def test_reopening_in_a_named_stage_is_an_arrow() -> None:
    drawn = picture(small(policy=Policy(reopen="talks")))
    assert arrow(drawn, "lost", "talks", "reopen").words == ("Reopen",)
    assert box(drawn, "lost").numbers == ()


def test_a_policy_that_forbids_everything_leaves_nothing_out() -> None:
    drawn = picture(small(policy=Policy(skip="never", back="never", reopen="never")))
    assert drawn.notes == ()
    assert box(drawn, "lost").numbers == ()


def test_skipping_any_stage_is_told_not_drawn() -> None:
    drawn = picture(small(policy=Policy(skip="any", back="never", reopen="never")))
    assert drawn.notes == ("Not drawn: skipping ahead.",)
    assert arrow(picture(small(policy=Policy(skip="any")), moves="all"), "lead", "offer").words == ("Past Talks",)


def test_an_alternative_counts_only_where_none_before_it_applies() -> None:
    twice = [
        Transition("jump", "lead", "offer", when=c.has_term("owner")),
        Transition("jump", "lead", "won", when=c.has_term("amount")),
    ]
    drawn = picture(small(transitions=twice))
    assert arrow(drawn, "lead", "offer", "jump").words == ("Jump", "if owner is stated")
    assert arrow(drawn, "lead", "won", "jump").words == ("Jump", "if amount is stated and owner is not stated")


def test_a_blank_label_gives_way_to_the_name() -> None:
    drawn = picture(small(stages=[Stage("lead", label=" \n "), Stage.won("won"), Stage.lost("lost")]))
    assert box(drawn, "lead").title == "lead"


OLA = Actor("ola", roles={"manager"})


def back_and_forth() -> Deal:
    def day(number: int) -> Any:
        return AT + timedelta(days=number)

    deal = at_stage("offer")
    deal = solar.override(deal, "heritage_permit", at=day(1), by=OLA, reason="the board asked for it")
    deal = solar.advance(deal, at=day(2))
    deal = solar.move(deal, "site_survey", at=day(3))
    deal = solar.advance(deal, at=day(4))
    deal = solar.lose(deal, reason="price", at=day(5))
    return solar.hold(solar.reopen(deal, at=day(6)), at=day(7))


def test_a_deal_leaves_a_numbered_trail() -> None:
    drawn = picture(solar, back_and_forth())
    assert {(each.source, each.destination): each.steps for each in drawn.arrows if each.steps} == {
        ("lead", "site_survey"): (1,),
        ("site_survey", "offer"): (2, 6),
        ("offer", "heritage_permit"): (3,),
        ("heritage_permit", "offer"): (4,),
        ("offer", "site_survey"): (5,),
        ("offer", "lost"): (7,),
        ("lost", "offer"): (8,),
    }
    assert arrow(drawn, "offer", "heritage_permit").kind == "override"
    assert arrow(drawn, "offer", "heritage_permit").words == ("Override", "passed: equals")
    assert arrow(drawn, "offer", "heritage_permit").is_dotted
    assert not arrow(drawn, "site_survey", "offer").is_dotted
    assert box(drawn, "offer").mark == "here, on hold"
    assert box(drawn, "lost").mark == "visited"
    assert box(drawn, "signed").mark == ""
    assert drawn.notes[-1] == (
        "ACME-1: ▶ where it is, ✓ where it was; its moves are thick and numbered. Thick and dashed: outside the rules."
    )
    text = diagrams.mermaid(solar, back_and_forth())
    assert 'stage_site_survey ==>|"②⑥<br/>if heritage is not True"| stage_offer' in text
    assert "▶ Offer" not in text
    assert "#9654; Offer</b>" in text
    assert "on hold" in diagrams.dot(solar, back_and_forth())


def test_a_deal_that_kept_to_the_rules_has_no_word_of_exceptions() -> None:
    drawn = picture(solar, at_stage("financing"))
    assert drawn.notes[-1] == "ACME-1: ▶ where it is, ✓ where it was; its moves are thick and numbered."
    assert "passed" not in diagrams.dot(solar, back_and_forth(), criteria=False)


def imported(**content: Any) -> Deal:
    opened = ev.Opened(deal="OLD-7", revision=1, at=AT, process="small", version=1, stage="lead", imported=True)
    return replay([opened, ev.Entered(deal="OLD-7", revision=2, at=AT, status="open", imported=True, **content)])


def test_what_an_import_knows_is_drawn_outside_the_rules() -> None:
    drawn = picture(small(), imported(transition="imported", source=None, destination="offer"))
    assert arrow(drawn, DEAL, "offer").kind == "imported"
    assert arrow(drawn, DEAL, "offer").words == ("Imported",)


def test_stages_of_an_earlier_version_are_drawn_as_former_ones() -> None:
    before = [
        ev.Opened(deal="OLD-7", revision=1, at=AT, process="small", version=0, stage="cold-call"),
        ev.Entered(
            deal="OLD-7", revision=2, at=AT, transition="warm_up", source="cold-call", destination="lead", status="open"
        ),
        ev.Migrated(deal="OLD-7", revision=3, at=AT, process="small", version=1, stage="talks"),
    ]
    drawn = picture(small(), replay(before))
    assert box(drawn, "cold-call") == Box("cold-call", "former", "Cold call", mark="visited")
    assert arrow(drawn, "cold-call", "lead").kind == "former"
    assert arrow(drawn, "cold-call", "lead").words == ("Warm up",)
    assert arrow(drawn, "lead", "talks", "migrated").steps == (2,)
    assert 'stage_coldHcall["<b>#10003; Cold call</b>"]:::former' in diagrams.mermaid(small(), replay(before))


def test_numbers_past_twenty_are_in_brackets() -> None:
    deal, process = at_stage("site_survey"), solar
    for _ in range(10):
        deal = process.move(deal, "lead", at=AT)
        deal = process.advance(deal, at=AT)
    assert "①③⑤⑦⑨⑪⑬⑮⑰⑲(21)" in diagrams.dot(process, deal)


def test_an_overlay_prints_and_shades() -> None:
    values: dict[str | tuple[str, str], float | str] = {
        "lead": 12,
        "offer": 2.5,
        "financing": "no data",
        ("lead", "site_survey"): 0.5,
        ("offer", "lost"): "half",
        ("lost", "lead"): 1.0,
        ("signed", "lost"): 3,
    }
    drawn = picture(solar, values=values)
    assert (box(drawn, "lead").value, box(drawn, "lead").shade) == ("12", 1)
    assert (box(drawn, "offer").value, box(drawn, "offer").shade) == ("2.5", 0)
    assert (box(drawn, "financing").value, box(drawn, "financing").shade) == ("no data", None)
    assert box(drawn, "signed").value == ""
    assert arrow(drawn, "lead", "site_survey").value == "0.5"
    assert arrow(drawn, "offer", "lost", "lose").value == "half"
    assert arrow(drawn, "lost", "lead", "reopen").value == "1"
    assert arrow(drawn, "signed", "lost").kind == "valued"
    assert drawn.notes[-1] == "Numbers: days; stages are shaded from 2.5 (light) to 12 (dark)."
    assert 'label=<<B>Lead</B><BR ALIGN="CENTER"/><B>12</B>' in diagrams.dot(solar, values=values)
    assert "style stage_lead fill:#6BAED6" in diagrams.mermaid(solar, values=values)


def test_an_overlay_takes_the_first_of_several_ways_between_two_stages() -> None:
    drawn = picture(solar, moves="all", values={("site_survey", "offer"): 0.4})
    assert [each.value for each in drawn.arrows if (each.source, each.destination) == ("site_survey", "offer")] == [
        "0.4",
        "",
    ]
    assert drawn.notes[-1] == "Numbers: days."


@given(st.dictionaries(st.sampled_from(["lead", "offer", "lost"]), st.floats(allow_nan=False, allow_infinity=False)))
def test_shades_keep_the_order_of_the_numbers(values: dict[str, float]) -> None:
    drawn = {each.name: each.shade for each in picture(solar, values=values).boxes if each.shade is not None}
    assert set(drawn) == set(values)
    assert all(0 <= shade <= 1 for shade in drawn.values())
    for one, other in ((one, other) for one in values for other in values):
        if values[one] <= values[other]:
            assert drawn[one] <= drawn[other]  # type: ignore[operator]


def test_numbers_take_a_format() -> None:
    assert "62%" in diagrams.dot(solar, values={"lead": 0.617}, number_format=".0%", legend="conversion")
    with pytest.raises(OutOfRange, match=r"number_format must be a format of numbers, such as '.0%'.*, got 'no'"):
        diagrams.dot(solar, values={"lead": 0.6}, number_format="no")


def test_what_cannot_be_drawn_is_told_all_at_once() -> None:
    odd: Any = {5: 1, ("lead",): 2, "lead": None, "offer": True, ("lead", "offer"): float("inf")}
    with pytest.raises(SeveralErrors) as several:
        diagrams.mermaid(solar, deal="ACME-1", values=odd, number_format=5)  # type: ignore[arg-type]  # pyright: ignore
    assert [str(each).partition(" ")[0] for each in several.value.exceptions] == [
        "values",
        "values",
        "values['lead']",
        "values['offer']",
        "values[('lead',",
        "deal",
        "number_format",
    ]
    with pytest.raises(WrongKind, match="process wants a Process, got 'solar'"):
        diagrams.dot("solar")  # type: ignore[arg-type]  # pyright: ignore


@pytest.mark.parametrize("draw", [diagrams.mermaid, diagrams.dot])
def test_unknown_stages_of_an_overlay_are_refused_all_at_once(draw: Any) -> None:
    with pytest.raises(UnknownStage) as refused:
        draw(solar, values={"ofer": 1, ("lead", "finance"): 2, "lead": 3})
    assert refused.value.names == ("ofer", "finance")
    assert str(refused.value) == "no stage 'ofer', 'finance'; did you mean 'offer' or 'financing' or 'maintenance'?"
    with pytest.raises(OutOfRange, match="finite"):
        draw(solar, values={"lead": float("nan")})
    with pytest.raises(SeveralErrors) as several:
        draw(
            solar,
            at_stage("offer", solar.revise()),
            values={"x": 1, "lead": float("inf")},
            moves="some",
            direction="up",
        )
    assert [type(each) for each in several.value.exceptions] == [
        OutOfRange,
        UnknownStage,
        OutOfRange,
        OutOfRange,
        WrongProcess,
    ]


@pytest.mark.parametrize("draw", [diagrams.mermaid, diagrams.dot])
def test_a_deal_of_another_process_or_version_is_refused(draw: Any) -> None:
    with pytest.raises(WrongProcess):
        draw(templates.load("generic"), at_stage("offer"))
    with pytest.raises(WrongProcess):
        draw(solar.revise(), at_stage("offer"))


@pytest.mark.parametrize("draw", [diagrams.mermaid, diagrams.dot])
@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"deal": 5}, "deal wants a Deal, got 5 (int)"),
        ({"moves": "some"}, "moves must be one of main, all, got 'some'"),
        ({"direction": "up"}, "direction must be one of LR, TB, got 'up'"),
    ],
)
def test_what_can_be_said_instead_is_listed(draw: Any, given: dict[str, Any], told: str) -> None:
    with pytest.raises((WrongKind, OutOfRange), match=f"^{re.escape(told)}$"):
        draw(solar, **given)
