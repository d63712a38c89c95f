"""What a criterion wants, said positively: a picture shows what to reach, where a refusal says what is missing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

import attrs

from salesprocess.criteria import Criterion, all_of
from salesprocess.money import Money
from salesprocess.words import plain

_SENTENCES: dict[str, tuple[str, str]] = {
    "activity.required": ("{activity} is done", "{activity} is not done"),
    "equals": ("{fact} is {value}", "{fact} is not {value}"),
    "has": ("{fact} is known", "{fact} is not known"),
    "has_items": ("the offer has line items", "the offer has no line items"),
    "has_term": ("{term} is stated", "{term} is not stated"),
    "annual_recurring_at_least": (
        "annual recurring revenue at least {minimum}",
        "annual recurring revenue not at least {minimum}",
    ),
    "asked_by_owner": ("the owner of the deal asks", "somebody else than the owner of the deal asks"),
    "asked_by_role": ("{role} asks", "somebody who is not {role} asks"),
    "contains": ("{fact} has {value} among its values", "{fact} does not have {value} among its values"),
    "monthly_recurring_at_least": (
        "monthly recurring revenue at least {minimum}",
        "monthly recurring revenue not at least {minimum}",
    ),
    "not_asked_by_owner": ("somebody else than the owner of the deal asks", "the owner of the deal asks"),
    "term_equals": ("{term} is {value}", "{term} is not {value}"),
    "not_placed": ("{stage} is the stage it left", "{stage} is not the stage it left"),
    "objections_resolved": ("no objection is open", "an objection is open"),
    "on_hold": ("the deal is not on hold", "the deal is on hold"),
    "one_of": ("{fact} is {values}", "{fact} is not {values}"),
    "reason.missing": ("the reason is {choices}", "the reason is not {choices}"),
    "visited": ("{stage} was visited", "{stage} was never visited"),
}
"""A sentence for the criterion, and one for its opposite."""


def say(criterion: Criterion) -> str:
    """What the criterion wants, in English; a user's rule as `str(criterion)` shows it.

    >>> from salesprocess import Money, criteria as c
    >>> say(c.has("roof_area"))
    'roof_area is known'
    >>> say(c.when(c.amount_at_least(Money("100000", "EUR")), c.approved("discount", role="deal_desk")))
    'if amount at least 100000 EUR: discount is approved by deal_desk'
    >>> say(c.not_(c.any_of(c.done("call"), c.equals("heritage", True))))
    'call is not done and heritage is not True'
    """
    return _said(criterion).text


def only_if(criteria: Iterable[Criterion]) -> str:
    """That something is there only where all the criteria hold.

    >>> from salesprocess import criteria as c
    >>> only_if([c.equals("heritage", True), c.not_(c.has("permit"))])
    'if heritage is True and permit is not known'
    """
    clause = _said(all_of(*criteria))
    return f"if {clause.part if clause.text.startswith('if ') else clause.text}"


@attrs.frozen
class _Clause:
    """Some words, and whether they need parentheses inside a longer sentence."""

    text: str
    compound: bool = False

    @property
    def part(self) -> str:
        return f"({self.text})" if self.compound else self.text


def _unless_there_before(values: Mapping[str, Any], positive: bool) -> _Clause:
    return _Clause(f"{_said(values['criterion'], positive).part}, unless {values['stage']} was visited before", True)


def _said(criterion: Criterion, positive: bool = True) -> _Clause:
    """The criterion, or its opposite; De Morgan's laws hold in Kleene's logic as well."""
    code, values = criterion.code, criterion.parameters
    # A rule of a user may bear any code, and is shown as it is written.
    ours = criterion.rule.__module__.startswith("salesprocess.")
    if ours and code in _SENTENCES:
        shown = {name: _listed(value) for name, value in values.items()}
        return _Clause(_SENTENCES[code][0 if positive else 1].format_map(shown))
    if ours and code in _SPECIAL:
        return _SPECIAL[code](values, positive)
    return _Clause(str(criterion) if positive else f"not {criterion}")


def _listed(value: Any) -> str:
    """A value as people write it; several as alternatives."""
    return _joined(map(plain, value), "or") if isinstance(value, tuple) else plain(value)  # pyright: ignore


def _joined(parts: Iterable[str], word: str) -> str:
    *first, last = list(parts) or ["nothing"]
    return f"{', '.join(first)} {word} {last}" if first else last


def _at_least(values: Mapping[str, Any], positive: bool) -> _Clause:
    return _bounded(values, values["minimum"], "at least", "below", positive)


def _at_most(values: Mapping[str, Any], positive: bool) -> _Clause:
    return _bounded(values, values["maximum"], "at most", "above", positive)


def _bounded(values: Mapping[str, Any], bound: object, within: str, beyond: str, positive: bool) -> _Clause:
    """An amount in another currency is neither within nor beyond the bound."""
    relation = within if positive else f"not {within}" if isinstance(bound, Money) else beyond
    return _Clause(f"{values.get('fact', 'amount')} {relation} {plain(bound)}")


def _count_at_least(values: Mapping[str, Any], positive: bool) -> _Clause:
    few = "at least" if positive else "fewer than"
    return _Clause(f"{values['fact']} has {few} {values['minimum']} {'value' if values['minimum'] == 1 else 'values'}")


def _matches(values: Mapping[str, Any], positive: bool) -> _Clause:
    case = ", in upper or lower case" if values["ignore_case"] else ""
    return _Clause(f"{values['fact']} {'matches' if positive else 'does not match'} {values['pattern']}{case}")


def _done(values: Mapping[str, Any], positive: bool) -> _Clause:
    by = f" by {values['role']}" if "role" in values else ""
    return _Clause(f"{values['activity']} is {'' if positive else 'not '}done{by}{_during(values)}")


def _done_times(values: Mapping[str, Any], positive: bool) -> _Clause:
    return _Clause(f"{values['activity']} is done {_times(values['times'], positive)}{_during(values)}")


def _done_within(values: Mapping[str, Any], positive: bool) -> _Clause:
    return _Clause(f"{values['activity']} is {'' if positive else 'not '}done in the last {plain(values['span'])}")


def _visited_times(values: Mapping[str, Any], positive: bool) -> _Clause:
    return _Clause(f"{values['stage']} was visited {_times(values['times'], positive)}")


def _times(count: int, positive: bool) -> str:
    return f"{'at least' if positive else 'fewer than'} {count} {'time' if count == 1 else 'times'}"


def _during(values: Mapping[str, Any]) -> str:
    return " in this visit" if values["during"] == "visit" else ""


def _approved(values: Mapping[str, Any], positive: bool) -> _Clause:
    text = f"{values['subject']} is {'' if positive else 'not '}approved"
    if values["role"] is not None:
        text += f" by {values['role']}"
    if values["not_by"] is not None:
        text += f", not by the {values['not_by']}"
    if unchanged := values["while_unchanged"]:
        text += f", with {_joined(unchanged, 'and')} unchanged since"
    return _Clause(text)


def _approvals(values: Mapping[str, Any], positive: bool) -> _Clause:
    minimum, role = values["minimum"], values["role"]
    who = f"in the role {role}" if role is not None else ""
    people = f"{'at least' if positive else 'fewer than'} {minimum} {'person' if minimum == 1 else 'people'}"
    text = " ".join(filter(None, (f"{values['subject']} is approved by", people, who)))
    if unchanged := values["while_unchanged"]:
        text += f", with {_joined(unchanged, 'and')} unchanged since"
    return _Clause(text)


def _before(values: Mapping[str, Any], positive: bool) -> _Clause:
    """Before is the opposite of from that moment on."""
    return _Clause(f"it is {'' if positive else 'not '}before {_later(values)}")


def _after(values: Mapping[str, Any], positive: bool) -> _Clause:
    return _Clause(f"{_later(values)} has {'' if positive else 'not '}come")


def _later(values: Mapping[str, Any]) -> str:
    """The moment that a span lies from a fact or a term, and the zone where that is not UTC."""
    name, span = values["name"], values["span"]
    moment = f"{plain(abs(span))} {'after' if span > timedelta(0) else 'before'} {name}" if span else name
    return moment + _zone(values)


def _not_before(values: Mapping[str, Any], positive: bool) -> _Clause:
    moment = values["moment"]
    return _Clause(f"{plain(moment)}{_zone(values, moment)} has {'' if positive else 'not '}come")


def _zone(values: Mapping[str, Any], moment: object = None) -> str:
    """The zone in which a date begins, where it is stated."""
    return "" if values["tz"] == "UTC" or isinstance(moment, datetime) else f" in {values['tz']}"


def _within(values: Mapping[str, Any], positive: bool) -> _Clause:
    return _Clause(f"the deal is {_since(values)} for {'at most' if positive else 'more than'} {plain(values['span'])}")


def _waited(values: Mapping[str, Any], positive: bool) -> _Clause:
    few = "at least" if positive else "less than"
    return _Clause(f"the deal is {_since(values)} for {few} {plain(values['span'])}")


def _since(values: Mapping[str, Any]) -> str:
    return "in its stage" if values["since"] == "stage" else "open"


def _at_least_of(values: Mapping[str, Any], positive: bool) -> _Clause:
    minimum, parts = values["minimum"], values["criteria"]
    if minimum == 1:
        return _any_of(values, positive)
    if minimum == len(parts):
        return _all_of(values, positive)
    few = "at least" if positive else "fewer than"
    inside = "; ".join(_said(each).part for each in parts)
    return _Clause(f"{few} {minimum} of these: {inside or 'nothing'}", compound=True)


def _all_of(values: Mapping[str, Any], positive: bool) -> _Clause:
    return _several(values["criteria"], positive, "and" if positive else "or", none="always" if positive else "never")


def _any_of(values: Mapping[str, Any], positive: bool) -> _Clause:
    return _several(values["criteria"], positive, "or" if positive else "and", none="never" if positive else "always")


def _several(criteria: tuple[Criterion, ...], positive: bool, word: str, none: str) -> _Clause:
    parts = [_said(each, positive) for each in criteria]
    if len(parts) < 2:
        return parts[0] if parts else _Clause(none)
    return _Clause(f" {word} ".join(each.part for each in parts), compound=True)


def _not(values: Mapping[str, Any], positive: bool) -> _Clause:
    return _said(values["criterion"], not positive)


def _when(values: Mapping[str, Any], positive: bool) -> _Clause:
    return _conditional(_said(values["condition"]), _said(values["then"], positive), positive)


def _applies_not(values: Mapping[str, Any], positive: bool) -> _Clause:
    """A conditional stage may be passed over while its condition does not hold."""
    return _said(values["condition"], not positive)


def _visited_if_it_applies(values: Mapping[str, Any], positive: bool) -> _Clause:
    visited = _Clause(f"{values['stage']} was {'' if positive else 'never '}visited")
    return _conditional(_said(values["condition"]), visited, positive)


def _conditional(condition: _Clause, then: _Clause, positive: bool) -> _Clause:
    """`if condition: then`; its opposite is that the condition holds and `then`, given as its own opposite, as well."""
    text = f"if {condition.part}: {then.part}" if positive else f"{condition.part} and {then.part}"
    return _Clause(text, compound=True)


_SPECIAL: dict[str, Callable[[Mapping[str, Any], bool], _Clause]] = {
    "locked": _unless_there_before,
    "after": _after,
    "all_of": _all_of,
    "amount_at_least": _at_least,
    "amount_at_most": _at_most,
    "any_of": _any_of,
    "approvals_at_least": _approvals,
    "approved": _approved,
    "at_least": _at_least,
    "at_least_of": _at_least_of,
    "at_most": _at_most,
    "before": _before,
    "count_at_least": _count_at_least,
    "done": _done,
    "done_by_role": _done,
    "done_times": _done_times,
    "done_within": _done_within,
    "matches": _matches,
    "not_": _not,
    "not_before": _not_before,
    "stage.applies": _applies_not,
    "stage.not_visited": _visited_if_it_applies,
    "visited_times": _visited_times,
    "waited": _waited,
    "when": _when,
    "within": _within,
}
