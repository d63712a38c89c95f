"""One rulebook in several languages: other words, the same rules."""

import json
import pickle
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesprocess import Fact, Process, Stage, serialization, templates, testing
from salesprocess import criteria as c
from salesprocess.errors import InvalidTranslation, UnknownLanguage, WrongKind
from salesprocess.rules import MoveLabels, Transition
from salesprocess.templates import Template

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
each_template = pytest.mark.parametrize("name", templates.names())
SOLAR = Process(
    "solar",
    stages=[Stage("lead", guidance="Call."), Stage("offer"), Stage.won("won"), Stage.lost("lost", reasons=["price"])],
    transitions=[Transition("hurry", "lead", "won", criteria=[c.approved("hurry")])],
)


@each_template
def test_a_template_says_everything_in_bokmaal_and_nothing_else(name: str) -> None:
    template = templates.template(name)
    assert set(template.languages["nb"]) == set(template.process.texts())


@each_template
def test_no_text_in_bokmaal_is_an_english_one_that_was_forgotten(name: str) -> None:
    english, norwegian = templates.load(name).texts(), templates.load(name, language="nb").texts()
    assert [key for key in english if english[key] == norwegian[key]] == []


@each_template
def test_guidance_in_bokmaal_is_sentences_as_well(name: str) -> None:
    assert all(stage.guidance.endswith(".") for stage in templates.load(name, language="nb").stages)


@each_template
@pytest.mark.parametrize("language", ["nb", "mapping"])
def test_the_rules_are_the_same_in_every_language(name: str, language: str) -> None:
    english = templates.load(name)
    chosen: Any = {key: f"<{key}>" for key in english.texts()} if language == "mapping" else language
    other = templates.load(name, language=chosen)
    assert (other.name, other.version, other.fingerprint, other.lint()) == (name, 1, english.fingerprint, ())
    assert {change.weight for change in english.diff(other)} == {"label"}
    assert pickle.loads(pickle.dumps(other)) == other


@each_template
def test_a_deal_of_one_language_goes_on_in_another(name: str) -> None:
    english, norwegian = templates.load(name), templates.load(name, language="nb")
    deal = english.open("d", at=AT)
    assert [option.name for option in norwegian.options(deal, at=AT)] == [
        option.name for option in english.options(deal, at=AT)
    ]
    assert norwegian.note(deal, "hei", at=AT).revision == 2


@each_template
def test_every_button_speaks_the_language(name: str) -> None:
    norwegian = templates.load(name, language="nb")
    labels = {option.label for option in norwegian.options(norwegian.open("d", at=AT), at=AT)}
    assert "Merk som tapt" in labels
    assert not labels & {option.label for option in templates.load(name).options(norwegian.open("d", at=AT), at=AT)}


@each_template
def test_every_refusal_can_be_said_in_bokmaal(name: str) -> None:
    process = templates.load(name)
    codes = {inner.code for stage in process.stages for _, each in stage.criteria() for inner in each.walk()}
    from salesprocess.words import BOKMAAL

    assert codes - {"when"} <= set(BOKMAAL)


def test_the_keys_of_a_rulebook_are_its_texts_in_their_order() -> None:
    assert dict(SOLAR.texts()) == {
        "stages.lead.label": "Lead",
        "stages.lead.guidance": "Call.",
        "stages.offer.label": "Offer",
        "stages.won.label": "Won",
        "stages.lost.label": "Lost",
        "transitions.hurry.label": "Hurry",
        "moves.advance": "Advance to {stage}",
        "moves.move": "Move to {stage}",
        "moves.back": "Back to {stage}",
        "moves.win": "Win",
        "moves.lose": "Lose",
        "moves.reopen": "Reopen in {stage}",
        "moves.open": "Open in {stage}",
        "moves.override": "Override to {stage}",
    }


def test_choices_are_called_in_the_language_and_stored_as_they_are() -> None:
    norwegian = templates.load("car_dealer", language="nb")
    payment = norwegian.fact("payment")
    assert [payment.label_of(choice) for choice in payment.choices] == ["kontant", "lån", "leasing"]
    assert payment.choices == templates.load("car_dealer").fact("payment").choices
    deal = norwegian.open("d", at=AT, facts={"payment": "loan"})
    assert deal.facts["payment"] == "loan"
    assert norwegian.fact("seats").label_of(5) == "5"


def test_only_choices_that_are_texts_or_have_words_are_translated() -> None:
    facts = [
        Fact("term", int, choices=[12, 36], choice_labels={"12": "A year"}),
        Fact("pay", str, choices=["cash", "loan"], choice_labels={"loan": "Bank"}),
    ]
    process = Process("p", facts=facts, stages=SOLAR.stages)
    words = {key: text for key, text in process.texts().items() if ".choices." in key}
    assert words == {
        "facts.term.choices.12": "A year",
        "facts.pay.choices.cash": "cash",
        "facts.pay.choices.loan": "Bank",
    }
    spoken = process.translated({**process.texts(), "facts.pay.choices.loan": "loan"})
    assert spoken.fact("pay").choice_labels == {}
    assert serialization.load(serialization.dump(process), Process) == process


def test_a_translation_tells_all_that_it_lacks_and_all_that_it_has_too_much() -> None:
    words = {**SOLAR.texts(), "stages.ofer.label": "Tilbud", "label": "Sol", "stages.won.label": ""}
    del words["moves.win"]
    with pytest.raises(InvalidTranslation) as invalid:
        SOLAR.translated(words)
    assert invalid.value.missing == ("stages.won.label", "moves.win")
    assert invalid.value.unknown == ("stages.ofer.label", "label")
    assert "- missing: moves.win" in str(invalid.value)
    assert "- unknown: stages.ofer.label" in str(invalid.value)


@pytest.mark.parametrize("text", [5, None, ["Tilbud"]])
def test_a_text_is_a_text(text: Any) -> None:
    with pytest.raises(WrongKind, match=r"stages.offer.label wants a text"):
        SOLAR.translated({**SOLAR.texts(), "stages.offer.label": text})


@given(testing.processes(), st.data())
def test_any_rulebook_is_translated_and_back_again(process: Process, data: st.DataObject) -> None:
    texts = process.texts()
    words = {key: data.draw(st.text(min_size=1, max_size=5)) for key in texts}
    other = process.translated(words)
    assert dict(other.texts()) == words
    assert other.fingerprint == process.fingerprint
    assert other.translated(texts) == process


def test_a_rulebook_calls_its_moves_what_it_likes_also_when_it_was_stored_or_revised() -> None:
    labels = MoveLabels(advance="On to {stage}!", lose="{stage}", win="Hooray")
    process = Process("solar", stages=SOLAR.stages, move_labels=labels)
    for same in (
        process,
        process.revise(),
        serialization.load(json.loads(json.dumps(serialization.dump(process))), Process),
    ):
        options = same.options(same.open("d", at=AT), at=AT)
        assert [option.label for option in options] == ["On to Offer!", "Lost"]
    assert [(row.where, row.weight) for row in SOLAR.diff(SOLAR.revise(version=2)) if "moves" in row.where] == []
    row = next(row for row in SOLAR.diff(process) if row.where == "move_labels.win")
    assert (row.old, row.new, row.weight) == ("Win", "Hooray", "label")


def test_a_language_that_nobody_wrote_is_refused_with_those_there_are() -> None:
    for tag in ("nb", "nb-NO", "nb_NO", "NB", "no", "no-NO"):
        assert templates.load("generic", language=tag) == templates.load("generic", language="nb")
    assert templates.load("generic", language="en-GB") == templates.load("generic")
    with pytest.raises(UnknownLanguage, match="known: en, nb"):
        templates.load("generic", language="fr")


def test_a_template_may_be_written_in_another_language_and_translated_into_english() -> None:
    norwegian = templates.load("generic", language="nb")
    template = Template(norwegian, {"en": templates.load("generic").texts()}, language="nb")
    assert template.known_languages == ("nb", "en")
    assert template.speak() is template.speak("nb") is norwegian
    assert template.speak("en") == templates.load("generic")
