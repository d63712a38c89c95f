"""Some of several criteria, and the qualification frameworks."""

import pickle
from datetime import date, timedelta
from itertools import permutations, product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesprocess import Ask, Deal, Fact, Money, Process, Stage, Verdict
from salesprocess import criteria as c
from salesprocess.criteria import Criterion, criterion
from salesprocess.criteria.frameworks import BANT, MEDDPICC, SPICED, Framework, Part
from salesprocess.errors import OutOfRange, UnknownName, WrongKind
from salesprocess.events import Actor
from tests.core.test_criteria_language import ASK, AT, DAY, NEW, opened

FRAMEWORKS = (BANT, MEDDPICC, SPICED)
each_framework = pytest.mark.parametrize("framework", FRAMEWORKS, ids=lambda framework: framework.name)
STATES = ("met", "unmet", "unknown")
VALUES: dict[type[object], Any] = {Money: Money(1, "EUR"), str: "something", date: date(2026, 6, 1)}


@criterion("comes_out", "it comes out {answer}")
def comes_out(deal: Deal, ask: Ask, answer: str, number: int = 0) -> bool | Verdict:
    """Comes out as it is told."""
    return Verdict.unknown(f"fact_{number}") if answer == "unknown" else answer == "met"


@criterion("breaks", "it breaks")
def breaks(deal: Deal, ask: Ask) -> bool:
    """Always raises."""
    raise ZeroDivisionError


COMBINATIONS = [combination for size in range(5) for combination in product(STATES, repeat=size)]


@pytest.mark.parametrize("minimum", [1, 2, 3])
@pytest.mark.parametrize("combination", COMBINATIONS, ids="-".join)
def test_some_of_several_hold_unknown_ones_could(combination: tuple[str, ...], minimum: int) -> None:
    parts = [comes_out(state, number) for number, state in enumerate(combination)]
    sure, possible = combination.count("met"), len(combination) - combination.count("unmet")
    wanted = "met" if sure >= minimum else "unknown" if possible >= minimum else "unmet"
    verdict = c.at_least_of(minimum, *parts).verdict(NEW, ASK)
    assert verdict.state == wanted
    if wanted != "met":
        (reason,) = verdict.reasons
        assert (reason.code, reason.state, reason.parameters["found"]) == ("at_least_of", wanted, sure)
        assert len(reason.details) == len(combination) - sure


@pytest.mark.parametrize("combination", [each for each in COMBINATIONS if each], ids="-".join)
def test_any_is_one_of_several_and_all_is_every_one(combination: tuple[str, ...]) -> None:
    parts = [comes_out(state, number) for number, state in enumerate(combination)]
    for together, minimum in ((c.any_of, 1), (c.all_of, len(parts))):
        assert c.at_least_of(minimum, *parts).verdict(NEW, ASK).state == together(*parts).verdict(NEW, ASK).state


def test_their_order_does_not_matter() -> None:
    parts = [comes_out(state) for state in STATES]
    assert {c.at_least_of(2, *order).verdict(NEW, ASK).state for order in permutations(parts)} == {"unknown"}


def test_a_fault_shows_although_enough_others_hold() -> None:
    with pytest.raises(ZeroDivisionError):
        c.at_least_of(1, comes_out("met"), breaks()).verdict(NEW, ASK)


def test_what_is_lacking_is_told_together() -> None:
    (reason,) = c.at_least_of(2, c.has("need"), c.has("seats"), c.done("demo")).verdict(NEW, ASK).reasons
    assert reason.message == (
        "0 of at least 2 hold; the others: need is not known; seats is not known; the activity demo has not been done"
    )


def test_the_letters_of_the_frameworks() -> None:
    letters = {each.name: "".join(part.label()[0] for part in each.parts).upper() for each in FRAMEWORKS}
    assert letters == {"BANT": "BANT", "MEDDPICC": "MEDDPICC", "SPICED": "SPICD"}  # critical event is C and E


@each_framework
def test_a_part_says_what_it_means_in_two_languages(framework: Framework) -> None:
    for part in framework.parts:
        assert {part.meaning("nb"), part.meaning("fr")} == set(part.meanings.values())
        assert part.meaning() == part.meanings["en"] != part.meaning("nb")
        assert part.label("nb") != ""
        assert part.label("fr") == part.label("en") == part.labels["en"]
        assert part.fact is not None
        assert part.fact.label


@each_framework
def test_a_framework_fits_into_a_process(framework: Framework) -> None:
    process = Process(
        "p",
        facts=framework.facts(),
        stages=[Stage("lead", exit=framework.criteria()), Stage.won("won"), Stage.lost("lost")],
    )
    deal = process.open("d", at=AT)
    refused = process.decide(deal, "advance", at=AT).unmet
    assert len(refused) == framework.score(deal).total == len(framework.parts)
    for part in framework.parts:
        assert part.fact is not None
        value = VALUES[part.fact.kind]
        deal = process.learn(deal, {part.fact.name: (value,) if part.fact.many else value}, at=AT)
    assert process.decide(deal, "advance", at=AT)
    assert framework.score(deal).share == 1


@each_framework
@given(data=st.data())
def test_a_score_counts_every_part_once(framework: Framework, data: st.DataObject) -> None:
    names = [fact.name for fact in framework.facts()]
    known = data.draw(st.sets(st.sampled_from(names)))
    score = framework.score(opened(facts=dict.fromkeys(known, "x")))
    assert (score.met, score.total) == (len(known), len(names))
    assert score.share == len(known) / len(names)
    assert score.unknown == ()
    assert len(score.missing) == len(names) - len(known)
    for minimum in range(1, len(names) + 1):
        qualified = framework.at_least(minimum).verdict(opened(facts=dict.fromkeys(known, "x")), ASK)
        assert bool(qualified) is (score.met >= minimum)


def test_a_score_tells_the_missing_from_the_unknown_and_why() -> None:
    framework = BANT.using(budget=c.at_least("budget", Money(1000, "EUR")), authority="boss")
    deal = opened(facts={"need": "speed"})
    score = framework.score(deal)
    assert (score.met, score.missing, score.unknown) == (1, ("authority", "timeline"), ("budget",))
    assert str(score).splitlines() == [
        "BANT: 1 of 4 (25%)",
        "- budget: not known yet: budget",
        "- authority: boss is not known",
        "- timeline: timeline is not known",
    ]
    assert score.text("nb").splitlines()[:2] == ["BANT: 1 av 4 (25%)", "- budget: ikke kjent ennå: budget"]
    assert [fact.name for fact in framework.facts()] == ["need", "timeline"]
    assert BANT.score(deal).missing == ("budget", "authority", "timeline")


def test_a_score_is_asked_at_a_moment_and_by_somebody() -> None:
    framework = BANT.using(need=c.within(DAY), authority=c.asked_by_role("manager"))
    assert framework.score(NEW).missing == ("budget", "timeline")
    assert framework.score(NEW).unknown == ("authority",)
    later = framework.score(NEW, at=AT + 2 * DAY, by=Actor("ola", roles={"manager"}))
    assert later.missing == ("budget", "need", "timeline")
    assert later.unknown == ()


def test_a_part_that_fails_is_not_counted_as_missing() -> None:
    with pytest.raises(ZeroDivisionError):
        BANT.using(need=breaks()).score(NEW)


def test_frameworks_that_share_a_fact_declare_it_alike() -> None:
    both = {fact.name: fact for fact in (*MEDDPICC.facts(), *SPICED.facts())}
    shared = {fact.name for fact in MEDDPICC.facts()} & {fact.name for fact in SPICED.facts()}
    assert shared == {"pain", "decision_process"}
    assert list(dict.fromkeys([*MEDDPICC.facts(), *SPICED.facts()])) == list(both.values())


@pytest.mark.parametrize("parts", [[], [BANT.parts[0], BANT.parts[0]]])
def test_a_framework_has_parts_each_with_its_code(parts: list[Part]) -> None:
    with pytest.raises(OutOfRange, match="parts must be one or more parts"):
        Framework("X", parts)


def test_a_misspelt_part_is_refused_with_the_close_ones() -> None:
    with pytest.raises(UnknownName, match="did you mean 'budget'"):
        BANT.using(bugdet="money")


def test_a_framework_of_ones_own() -> None:
    own: list[tuple[str, Criterion]] = [
        ("fit", c.equals("profile_fit", "strong")),
        ("urgency", c.before("go_live", timedelta(0))),
    ]
    framework = Framework("FIT", [Part(code, {"en": code}, {"en": "ours"}, each) for code, each in own])
    assert framework.facts() == ()
    assert framework.score(NEW).unknown == ("fit", "urgency")


def test_a_part_has_words_in_english_at_least() -> None:
    with pytest.raises(WrongKind, match="a mapping from names to texts"):
        Part("fit", {"en": "Fit"}, "who fits", c.has("fit"))  # type: ignore[arg-type]
    with pytest.raises(OutOfRange, match="there in English as well"):
        Part("fit", {"nb": "Passer"}, {"en": "Who fits."}, c.has("fit"))


def test_a_framework_reads_as_its_letters() -> None:
    assert repr(BANT) == "<BANT: budget, authority, need, timeline>"


@each_framework
def test_a_framework_and_a_score_are_values(framework: Framework) -> None:
    score = framework.score(NEW)
    for each in (framework, score, framework.parts[0]):
        assert pickle.loads(pickle.dumps(each)) == each
        assert hash(pickle.loads(pickle.dumps(each))) == hash(each)


def test_facts_of_a_framework_can_be_mixed_with_those_of_the_process() -> None:
    facts = [Fact("pain", str), *MEDDPICC.using(identify_pain="pain").facts()]
    assert len({fact.name for fact in facts}) == len(facts) == len(MEDDPICC.parts)
