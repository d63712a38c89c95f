"""Qualification frameworks as sets of criteria: what sellers agree to find out before they call a deal qualified.

A framework is a value: its parts stand for its letters, each with the fact it reads and the criterion it wants. The
three here are the common ones; the definitions are ours, after the sources that the text of each names.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime

import attrs

from salesprocess import given, words
from salesprocess.criteria.known import has
from salesprocess.criteria.logic import at_least_of
from salesprocess.criteria.rule import Ask, Criterion
from salesprocess.deal import Deal
from salesprocess.errors import OutOfRange, UnknownName
from salesprocess.events import By, actor
from salesprocess.facts import Fact, Scalar
from salesprocess.frozen import FrozenDict
from salesprocess.money import Money
from salesprocess.timing import instant
from salesprocess.verdicts import Verdict
from salesprocess.words import Language


def _labels(values: Mapping[str, str]) -> FrozenDict[str, str]:
    words = given.texts(values, "words")
    if "en" not in words:
        raise OutOfRange("words", words, "there in English as well, under 'en'")
    return words


@attrs.frozen
class Part:
    """One letter of a framework.

    Args:
        code: an identifier.
        labels: the words for people by language; `en` at least.
        meanings: what is to be found out, by language; `en` at least.
        criterion: what must hold.
        fact: the declaration to add to a process; None when the criterion reads what the process has anyway.

    >>> part = Part("fit", {"en": "Fit", "nb": "Passer"}, {"en": "Who they are.", "nb": "Hvem de er."}, has("fit"))
    >>> part.label("nb"), part.meaning()
    ('Passer', 'Who they are.')
    """

    code: str
    labels: FrozenDict[str, str] = attrs.field(converter=_labels)
    meanings: FrozenDict[str, str] = attrs.field(converter=_labels)
    criterion: Criterion
    fact: Fact | None = None

    def label(self, language: str = "en") -> str:
        """The words for people; English where the language is missing."""
        return self.labels.get(language, self.labels["en"])

    def meaning(self, language: str = "en") -> str:
        """What is to be found out; English where the language is missing."""
        return self.meanings.get(language, self.meanings["en"])


@attrs.frozen
class Score:
    """How far a deal is qualified; every part counts the same.

    Attributes:
        framework: the name of the framework.
        verdicts: the answer of every part by its code, with the reasons of those that are not met.

    >>> from datetime import UTC, datetime
    >>> from salesprocess import templates
    >>> at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> process = templates.load("generic")
    >>> deal = process.open("ACME-1", at=at)
    >>> score = BANT.score(deal)
    >>> score.share, score.missing
    (0.0, ('budget', 'authority', 'need', 'timeline'))
    """

    framework: str
    verdicts: FrozenDict[str, Verdict]

    @property
    def met(self) -> int:
        """How many parts are met."""
        return sum(map(bool, self.verdicts.values()))

    @property
    def total(self) -> int:
        """How many parts there are."""
        return len(self.verdicts)

    @property
    def share(self) -> float:
        """The share of parts that are met, met / total, in [0, 1]; an unknown part counts as not met."""
        return self.met / self.total

    @property
    def missing(self) -> tuple[str, ...]:
        """The codes of the parts that are not met."""
        return tuple(code for code, verdict in self.verdicts.items() if verdict.state == "unmet")

    @property
    def unknown(self) -> tuple[str, ...]:
        """The codes of the parts that cannot be told yet."""
        return tuple(code for code, verdict in self.verdicts.items() if verdict.state == "unknown")

    def text(self, language: Language = "en") -> str:
        """The score and why the other parts are not met, in words.

        Raises:
            UnknownLanguage: the language is neither known nor a mapping.
        """
        told = {"framework": self.framework, "met": self.met, "total": self.total, "share": self.share}
        reasons = [(code, reason) for code, verdict in self.verdicts.items() for reason in verdict.reasons]
        lines = (f"- {code}: {reason.text(language)}" for code, reason in reasons)
        return "\n".join([words.render("score", language, told), *lines])

    def __str__(self) -> str:
        return self.text()


def _parts(values: Iterable[Part]) -> tuple[Part, ...]:
    parts = given.several(Part, values, "parts")
    codes = [part.code for part in parts]
    if not codes or max(Counter(codes).values()) > 1:
        raise OutOfRange("parts", codes, "one or more parts, each with a code of its own")
    return parts


@attrs.frozen(repr=False)
class Framework:
    """A set of criteria that has a name among sellers.

    Args:
        name: what sellers call it.
        parts: its letters, in their order.

    Raises:
        OutOfRange: there is no part, or two have one code.

    >>> BANT
    <BANT: budget, authority, need, timeline>
    >>> BANT.criteria()[0]
    has(fact=budget)
    """

    name: str
    parts: tuple[Part, ...] = attrs.field(converter=_parts)

    def using(self, **parts: str | Criterion) -> Framework:
        """The same framework on the user's own facts.

        Args:
            parts: by the code of a part, the name of the fact that it reads instead, which the process declares, or the
                criterion that it wants instead.

        Raises:
            UnknownName: no part has this code.

        >>> from salesprocess import Money, criteria as c
        >>> own = BANT.using(budget=c.amount_at_least(Money("10000", "EUR")), need="pain")
        >>> [str(each) for each in own.criteria()]
        ['amount_at_least(10000 EUR)', 'has(authority)', 'has(pain)', 'has(timeline)']
        >>> [fact.name for fact in own.facts()]
        ['authority', 'timeline']
        """
        codes = [part.code for part in self.parts]
        if unknown := [code for code in parts if code not in codes]:
            raise UnknownName(unknown, codes)
        own = {code: has(wanted) if isinstance(wanted, str) else wanted for code, wanted in parts.items()}
        return Framework(
            self.name,
            [
                attrs.evolve(part, criterion=own[part.code], fact=None) if part.code in own else part
                for part in self.parts
            ],
        )

    def criteria(self) -> tuple[Criterion, ...]:
        """What every part wants, to stand in the entry or the exit of a stage."""
        return tuple(part.criterion for part in self.parts)

    def at_least(self, minimum: int) -> Criterion:
        """One criterion that wants so many of the parts, whichever.

        >>> str(BANT.at_least(3))
        'at_least_of(3, has(budget), has(authority), has(need), has(timeline))'
        """
        return at_least_of(minimum, *self.criteria())

    def facts(self) -> tuple[Fact, ...]:
        """The declarations to add to a process; those of the user's own facts are there already."""
        return tuple(part.fact for part in self.parts if part.fact is not None)

    def score(self, deal: Deal, *, at: datetime | None = None, by: By = None) -> Score:
        """How far the deal is qualified.

        Args:
            deal: the deal.
            at: the moment that criteria on time are asked at; None is that of the last event.
            by: who asks, where a criterion wants to know.

        Raises:
            Exception: whatever a criterion raises; a part that failed is no missing part.
        """
        given.a(Deal, deal, "deal")
        question = Ask(f"score {self.name}", deal.stage, deal.updated_at if at is None else instant(at), actor(by))
        return Score(self.name, FrozenDict((part.code, part.criterion.verdict(deal, question)) for part in self.parts))

    def __repr__(self) -> str:
        return f"<{self.name}: {', '.join(part.code for part in self.parts)}>"


def _part(
    code: str,
    labels: tuple[str, str],
    meanings: tuple[str, str],
    fact: str = "",
    kind: type[Scalar] = str,
    *,
    many: bool = False,
) -> Part:
    """A part that wants a fact of its own, with its words in English and in Bokmål."""
    name = fact or code
    label = name.replace("_", " ").capitalize()
    called, meant = ({"en": en, "nb": nb} for en, nb in (labels, meanings))
    return Part(code, called, meant, has(name), Fact(name, kind, many=many, label=label))


BANT = Framework(
    "BANT",
    [
        _part(
            "budget",
            ("Budget", "Budsjett"),
            ("The money that is set aside, or could be.", "Pengene som er satt av, eller kunne bli det."),
            kind=Money,
        ),
        _part(
            "authority",
            ("Authority", "Beslutningsmyndighet"),
            ("The person who may decide to buy.", "Personen som kan bestemme at det kjøpes."),
        ),
        _part(
            "need",
            ("Need", "Behov"),
            ("The problem that they want solved.", "Problemet de vil ha løst."),
        ),
        _part(
            "timeline",
            ("Timeline", "Tidsplan"),
            ("The day by which they want to have it.", "Dagen de vil ha det innen."),
            kind=date,
        ),
    ],
)
"""A first sieve for leads, from IBM; the letters are budget, authority, need and timeline."""

MEDDPICC = Framework(
    "MEDDPICC",
    [
        _part(
            "metrics",
            ("Metrics", "Måltall"),
            ("The measurable gain that they expect.", "Den målbare gevinsten de venter seg."),
            many=True,
        ),
        _part(
            "economic_buyer",
            ("Economic buyer", "Økonomisk beslutningstaker"),
            (
                "The person who can release the money, and whom nobody overrules.",
                "Personen som kan frigi pengene, og som ingen overprøver.",
            ),
        ),
        _part(
            "decision_criteria",
            ("Decision criteria", "Beslutningskriterier"),
            ("What they will compare the offers by.", "Det de vil sammenligne tilbudene etter."),
            many=True,
        ),
        _part(
            "decision_process",
            ("Decision process", "Beslutningsprosess"),
            (
                "The steps and the people between now and their decision.",
                "Stegene og menneskene mellom nå og beslutningen.",
            ),
        ),
        _part(
            "paper_process",
            ("Paper process", "Avtaleprosess"),
            (
                "The steps from the decision to the signature: legal, security, purchasing.",
                "Stegene fra beslutning til underskrift: jus, sikkerhet, innkjøp.",
            ),
        ),
        _part(
            "identify_pain",
            ("Identify pain", "Smertepunkt"),
            ("What it costs them to change nothing.", "Hva det koster dem å ikke endre noe."),
            "pain",
        ),
        _part(
            "champion",
            ("Champion", "Ambassadør"),
            (
                "A person with influence who gains when they buy, and argues for us in our absence.",
                "En person med innflytelse som tjener på kjøpet, og taler vår sak når vi ikke er der.",
            ),
        ),
        _part(
            "competition",
            ("Competition", "Konkurranse"),
            (
                "Who and what else wants the same money: other sellers, doing it in-house, doing nothing.",
                "Hvem og hva som ellers vil ha de samme pengene: andre selgere, å gjøre det selv, å la være.",
            ),
            "competitors",
            many=True,
        ),
    ],
)
"""What decides a large sale to a company, in eight parts from metrics to competition.

MEDDIC was made at PTC in the 1990s; the paper process and the competition came later
(Andy Whyte, *MEDDICC*, 2020).
"""

SPICED = Framework(
    "SPICED",
    [
        _part(
            "situation",
            ("Situation", "Situasjon"),
            ("Where they stand: the facts about them that matter.", "Hvor de står: det som betyr noe ved dem."),
        ),
        _part(
            "pain",
            ("Pain", "Smertepunkt"),
            ("The problem that brought them here.", "Problemet som førte dem hit."),
        ),
        _part(
            "impact",
            ("Impact", "Effekt"),
            (
                "What solving it changes for them, in numbers and for people.",
                "Hva løsningen endrer for dem, i tall og for mennesker.",
            ),
        ),
        _part(
            "critical_event",
            ("Critical event", "Kritisk hendelse"),
            (
                "The day by which the impact must be there, since missing it has consequences.",
                "Dagen effekten må være der innen, fordi det får følger om den ikke er det.",
            ),
            kind=date,
        ),
        _part(
            "decision",
            ("Decision", "Beslutning"),
            (
                "How they decide: process, people and criteria.",
                "Hvordan de bestemmer: prosess, mennesker og kriterier.",
            ),
            "decision_process",
        ),
    ],
)
"""What to learn of a customer before the sale and after it, in five parts; critical event gives two letters.

Made by Winning by Design for companies whose revenue recurs.
"""
