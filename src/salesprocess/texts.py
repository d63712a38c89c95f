"""The words for people in a rulebook, by key, so that one rulebook speaks several languages.

A translation is a mapping from keys to texts. It changes labels and guidance and nothing that decides: names, values
and codes stay, and so does the fingerprint.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

import attrs

from salesprocess.errors import InvalidTranslation, WrongKind, raise_together
from salesprocess.facts import Fact
from salesprocess.frozen import FrozenDict
from salesprocess.given import mapping
from salesprocess.rules import MoveLabels, Rulebook, Transition
from salesprocess.stages import Activity, LossReason, Stage

Say = Callable[[str, str], str]
"""From the key of a text and the present text to the text that takes its place."""

L = TypeVar("L", Fact, Transition, Activity, LossReason)


@attrs.frozen
class Worded:
    """The parts of a rulebook that hold words, after they were said anew.

    >>> from salesprocess import templates
    >>> generic = templates.load("generic")
    >>> worded = translated(generic, texts(generic))
    >>> isinstance(worded, Worded), worded.stages == generic.stages
    (True, True)
    """

    label: str
    facts: tuple[Fact, ...]
    stages: tuple[Stage, ...]
    transitions: tuple[Transition, ...]
    move_labels: MoveLabels


def texts(rulebook: Rulebook) -> FrozenDict[str, str]:
    """Every text of the rulebook by its key, in the order of the rulebook: what a translation has to say.

    The keys are `label`, `facts.<fact>.label`, `facts.<fact>.choices.<choice>` of choices that are texts,
    `stages.<stage>.label` and `.guidance`, `stages.<stage>.activities.<activity>.label`,
    `stages.<stage>.reasons.<reason>.label`, `transitions.<transition>.label`, and `moves.<kind>` for what the standard
    moves are called. A text that is empty has no key.

    >>> from salesprocess import templates
    >>> texts(templates.load("generic"))["stages.closing.label"]
    'Closing'
    """
    found: dict[str, str] = {}

    def note(key: str, text: str) -> str:
        if text:
            found[key] = text
        return text

    said(rulebook, note)
    return FrozenDict(found)


def translated(rulebook: Rulebook, words: Mapping[str, str]) -> Worded:
    """The parts with the texts of a translation.

    Raises:
        WrongKind: a text is no text; several are raised together as `SeveralErrors`.
        InvalidTranslation: keys are missing, or there are others; it lists all of both.

    >>> from salesprocess import templates
    >>> generic = templates.load("generic")
    >>> translated(generic, {**texts(generic), "label": "Sju trinn"}).label
    'Sju trinn'
    """
    mapping(words, "words", "keys to texts")
    present = texts(rulebook)
    missing = [key for key in present if key not in words or words[key] == ""]
    unknown = [key for key in words if key not in present]
    if missing or unknown:
        raise InvalidTranslation(rulebook.name, missing, unknown)
    raise_together(WrongKind(key, text, "a text") for key, text in words.items() if not isinstance(text, str))
    return said(rulebook, lambda key, text: words[key] if text else text)


def said(rulebook: Rulebook, say: Say) -> Worded:
    """The parts with every text as `say` has it."""
    return Worded(
        say("label", rulebook.label),
        tuple(_fact(fact, say) for fact in rulebook.facts),
        tuple(_stage(stage, say) for stage in rulebook.stages),
        tuple(_labelled(each, "transitions", say) for each in rulebook.transitions),
        MoveLabels(**{name: say(f"moves.{name}", text) for name, text in attrs.asdict(rulebook.move_labels).items()}),
    )


def _fact(fact: Fact, say: Say) -> Fact:
    """The fact with its words; a choice that is called what it is needs none."""
    labelled = _labelled(fact, "facts", say)
    choices = [str(choice) for choice in fact.choices if fact.kind is str or str(choice) in fact.choice_labels]
    labels = {choice: say(f"facts.{fact.name}.choices.{choice}", fact.label_of(choice)) for choice in choices}
    return attrs.evolve(labelled, choice_labels={key: label for key, label in labels.items() if label != key})


def _stage(stage: Stage, say: Say) -> Stage:
    place = f"stages.{stage.name}"
    return attrs.evolve(
        stage,
        label=say(f"{place}.label", stage.label),
        guidance=say(f"{place}.guidance", stage.guidance),
        activities=tuple(_labelled(each, f"{place}.activities", say) for each in stage.activities),
        reasons=tuple(_labelled(each, f"{place}.reasons", say) for each in stage.reasons),
    )


def _labelled(part: L, place: str, say: Say) -> L:
    return attrs.evolve(part, label=say(f"{place}.{part.name}.label", part.label))
