"""What a rule answers and why: plain data that every layer and every error can carry."""

from __future__ import annotations

from typing import Any, Literal

import attrs

from salesprocess import words
from salesprocess.frozen import EMPTY, FrozenDict, draft_of, frozen_dict
from salesprocess.words import Language

State = Literal["met", "unmet", "unknown", "fault"]
"""How a criterion came out: a `fault` raised, or returned something that is no answer."""

Severity = Literal["error", "warning", "hint"]

MoveKind = Literal["open", "advance", "win", "lose", "reopen", "move", "back", "custom", "override"]
"""What sort of move a decision is about: a `move` leads to a later stage, a `custom` one is the rulebook's own."""


@attrs.frozen(weakref_slot=False)
class Reason:
    """One thing that stands in the way, with what is needed to say it in any language.

    Attributes:
        code: stable name of the rule, such as `has` or `on_hold`.
        state: `unmet`, `unknown` (a fact is missing) or `fault` (the criterion itself failed).
        where: the place in the rulebook, such as `offer.entry`, or `deal`.
        parameters: what the message names: the rule's parameters and the evidence found on the deal.
        requirement: the name of the requirement, as a waiver uses it; empty where nothing can be waived.
        locked: no override passes it.
        template: the English message with `{parameters}`; empty when `code` has one of the library's own.
        details: the reasons inside a compound rule.

    >>> Reason("on_hold", where="deal").message
    'the deal is on hold'
    >>> Reason("on_hold", where="deal").text("nb")
    'salget er satt på vent'
    """

    code: str
    state: State = "unmet"
    where: str = ""
    parameters: FrozenDict[str, Any] = attrs.field(default=EMPTY, converter=frozen_dict)
    requirement: str = ""
    locked: bool = False
    template: str = ""
    hint_template: str = ""
    details: tuple[Reason, ...] = ()

    def text(self, language: Language = "en") -> str:
        """The reason in words: `en`, `nb`, or a mapping from codes to templates; English where a template is missing.

        Raises:
            UnknownLanguage: the language is neither known nor a mapping.

        >>> Reason("on_hold").text({"on_hold": "¡está en espera!"})
        '¡está en espera!'
        """
        key = self._key
        return words.render(key, language, self._shown(language), self.template if key == self.code else "")

    @property
    def message(self) -> str:
        """The reason in English."""
        return self.text()

    def advice(self, language: Language = "en") -> str:
        """What would help, in words; empty when there is no general advice. A mapping has it under `<code>.hint`.

        Raises:
            UnknownLanguage: the language is neither known nor a mapping.

        >>> Reason("on_hold").advice("nb")
        'ta salget opp igjen først'
        """
        return words.hint(self._key, language, self._shown(language), self.hint_template)

    @property
    def hint(self) -> str:
        """What would help, in English; empty when there is no general advice."""
        return self.advice()

    def line(self, language: Language = "en") -> str:
        """The place, the reason and what would help, in words.

        >>> Reason("on_hold", where="deal").line("nb")
        'deal: salget er satt på vent (ta salget opp igjen først)'
        """
        place = f"{self.where}: " if self.where else ""
        advice = self.advice(language)
        return f"{place}{self.text(language)}" + (f" ({advice})" if advice else "")

    @property
    def missing(self) -> tuple[str, ...]:
        """The facts and terms that are not known yet, also those that the reasons inside name."""
        own: tuple[str, ...] = self.parameters.get("missing", ())
        return tuple(dict.fromkeys((*own, *(name for reason in self.details for name in reason.missing))))

    @property
    def _key(self) -> str:
        if self.state == "fault":
            return "fault"
        tells_what_is_missing = bool(self.details) or self.code in ("route.undecided", "currency")
        return "unknown" if self.state == "unknown" and not tells_what_is_missing else self.code

    def _shown(self, language: Language) -> dict[str, Any]:
        inner = "; ".join(reason.text(language) for reason in self.details)
        shown = {**self.parameters, "details": inner, "where": self.where, "code": self.code}
        return {**shown, "missing": self.missing} if self.missing else shown

    def __str__(self) -> str:
        return self.line()


_ReasonDraft = draft_of(Reason)


def make_reason(
    code: str,
    state: State,
    where: str,
    parameters: FrozenDict[str, Any],
    requirement: str,
    locked: bool,
    template: str,
    hint_template: str,
    details: tuple[Reason, ...] = (),
) -> Reason:
    """`Reason(...)` at a sixth of the price; a refusal makes one for everything that stands in the way."""
    draft = _ReasonDraft()
    draft.code = code
    draft.state = state
    draft.where = where
    draft.parameters = parameters
    draft.requirement = requirement
    draft.locked = locked
    draft.template = template
    draft.hint_template = hint_template
    draft.details = details
    draft.__class__ = Reason
    finished: Reason = draft
    return finished


def placed(told: Reason, where: str, requirement: str, locked: bool) -> Reason:
    """The same reason as it stands in a place of the rulebook."""
    return make_reason(
        told.code,
        told.state,
        where,
        told.parameters,
        requirement,
        locked,
        told.template,
        told.hint_template,
        told.details,
    )


@attrs.frozen(weakref_slot=False)
class Verdict:
    """A criterion's answer in three values; only `met` is true.

    Write `Verdict.unmet(...)` to add evidence to a no, `Verdict.unknown(...)` to name the facts that are missing.

    >>> bool(Verdict.met()), bool(Verdict.unknown("heritage"))
    (True, False)
    """

    state: Literal["met", "unmet", "unknown"]
    code: str = ""
    evidence: FrozenDict[str, Any] = attrs.field(default=EMPTY, converter=frozen_dict)
    reasons: tuple[Reason, ...] = ()

    @classmethod
    def met(cls) -> Verdict:
        """The requirement holds."""
        return _MET

    @classmethod
    def unmet(cls, code: str = "", /, **evidence: Any) -> Verdict:
        """The requirement does not hold; `evidence` is what was found, `code` a more exact reason than the criterion's.

        >>> Verdict.unmet(found=3).evidence
        {'found': 3}
        """
        return make_verdict("unmet", code, FrozenDict(evidence) if evidence else EMPTY)

    @classmethod
    def unknown(cls, *missing: str) -> Verdict:
        """It cannot be told, because the facts or terms `missing` are not known yet.

        >>> Verdict.unknown("heritage").evidence
        {'missing': ('heritage',)}
        """
        return make_verdict("unknown", "", FrozenDict(missing=missing))

    def __bool__(self) -> bool:
        return self.state == "met"


_MET = Verdict("met")
_VerdictDraft = draft_of(Verdict)


def make_verdict(state: Literal["unmet", "unknown"], code: str, evidence: FrozenDict[str, Any]) -> Verdict:
    """`Verdict(...)` at a fifth of the price; criteria that say no make one whenever they are asked."""
    draft = _VerdictDraft()
    draft.state = state
    draft.code = code
    draft.evidence = evidence
    draft.reasons = ()
    draft.__class__ = Verdict
    finished: Verdict = draft
    return finished


@attrs.frozen(weakref_slot=False)
class Decision:
    """Whether one transition may be taken now, and if not, every reason.

    `bool(decision)` is `decision.allowed`.

    Attributes:
        name: the transition; `process.take(deal, name, ...)` fires it.
        kind: what sort of move it is.
        label: the words for people.
        source: the stage the deal is in; None while it is being opened.
        destination: the stage it would enter; None while that is undecided or no such transition leaves `source`.
        needs: the inputs it wants, such as `("reason",)`.
        choices: what may be given for them; empty when anything may.
        unmet: every unmet or unknown criterion and every fault, in the order of the rulebook.
        skipped: the stages it would pass over.
        overridable: a recorded override by the same actor would pass what is unmet.

    >>> decision = Decision("advance", "advance", "Advance", "lead", "offer", unmet=(Reason("on_hold"),))
    >>> bool(decision), [reason.code for reason in decision.unmet]
    (False, ['on_hold'])
    """

    name: str
    kind: MoveKind
    label: str
    source: str | None
    destination: str | None
    needs: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    unmet: tuple[Reason, ...] = ()
    skipped: tuple[str, ...] = ()
    overridable: bool = False

    @property
    def allowed(self) -> bool:
        """True when nothing stands in the way."""
        return not self.unmet

    def __bool__(self) -> bool:
        return not self.unmet

    def text(self, language: Language = "en") -> str:
        """The decision with every reason, in words.

        >>> print(Decision("advance", "advance", "Advance", "lead", "offer", unmet=(Reason("on_hold"),)).text("nb"))
        advance (lead → offer): avvist
        - salget er satt på vent (ta salget opp igjen først)
        """
        way = f"{self.name} ({self.source} → {self.destination or '?'})"
        head = words.render("decision.allowed" if self.allowed else "decision.refused", language, {"way": way})
        return "\n".join([head, *(f"- {reason.line(language)}" for reason in self.unmet)])

    def __str__(self) -> str:
        return self.text()


_DecisionDraft = draft_of(Decision)


def make_decision(
    name: str,
    kind: MoveKind,
    label: str,
    source: str,
    destination: str | None,
    needs: tuple[str, ...],
    choices: tuple[str, ...],
    unmet: tuple[Reason, ...],
    skipped: tuple[str, ...],
    overridable: bool,
) -> Decision:
    """`Decision(...)` at a sixth of the price; a list of options makes one for each of them."""
    draft = _DecisionDraft()
    draft.name = name
    draft.kind = kind
    draft.label = label
    draft.source = source
    draft.destination = destination
    draft.needs = needs
    draft.choices = choices
    draft.unmet = unmet
    draft.skipped = skipped
    draft.overridable = overridable
    draft.__class__ = Decision
    finished: Decision = draft
    return finished


@attrs.frozen
class Finding:
    """What static analysis found in a process.

    Attributes:
        code: stable name of the check, such as `stage.duplicate`.
        severity: an `error` keeps the process from being built; `warning` and `hint` are advice.
        subject: the place in the rulebook, such as `offer` or `fast_track`.
        message: what is wrong and what would be right.

    >>> print(Finding("stage.trap", "warning", "offer", "no way leads on"))
    warning stage.trap at offer: no way leads on
    """

    code: str
    severity: Severity
    subject: str
    message: str

    def __str__(self) -> str:
        return f"{self.severity} {self.code} at {self.subject}: {self.message}"
