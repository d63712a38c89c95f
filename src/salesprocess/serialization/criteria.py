"""Criteria by code and parameters: `{"has": {"fact": "roof_area"}}`; no document ever brings or names code to run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from inspect import Parameter
from typing import Any, cast

from salesprocess import criteria as stock
from salesprocess.criteria import Criterion, Rule
from salesprocess.criteria.parameters import fits, hints_of, spelled
from salesprocess.errors import InvalidCriterion, InvalidDocument, WrongKind
from salesprocess.events import Actor
from salesprocess.frozen import FrozenDict
from salesprocess.serialization import values
from salesprocess.serialization.faults import (
    did_you_mean,
    fault,
    made,
    members,
    read_all,
    read_fields,
    shown,
    under,
    wants,
)
from salesprocess.serialization.values import Form, Json

Rules = Mapping[str, Rule[...]]
"""Rules by code."""

STOCK: Rules = {rule.code: rule for rule in vars(stock).values() if isinstance(rule, Rule)}
"""The rules of the library."""


def vocabulary(own: Iterable[object]) -> Rules:
    """The stock rules and the user's own, by code.

    Raises:
        WrongKind: one of them is no rule.
        InvalidCriterion: two different rules have one code.
    """
    rules = dict(STOCK)
    for rule in own:
        if not isinstance(rule, Rule):
            raise WrongKind("criteria", rule, "rules, the functions decorated with @criterion")
        if rules.setdefault(rule.code, rule) is not rule:
            raise InvalidCriterion(f"two rules have the code {rule.code!r}; a document could mean either")
    return rules


class Reader:
    """Reads criteria, and the values that stand in their parameters and in reasons, with the rules it knows."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules

    def criterion(self, value: Json, _: Any = None) -> Criterion:
        """An object with one key, the code, and under it the parameters by name."""
        parts = members(value)
        if len(parts) != 1:
            raise wants("a criterion, such as {'has': {'fact': 'roof_area'}}", value)
        ((code, given),) = parts.items()
        rule = self.rules.get(code) if type(code) is str else None
        if rule is None:
            message = f"no rule {shown(code)}; {did_you_mean(code, self.rules)}"
            raise fault(f"{message} (rules of your own are passed as criteria=[...])")
        try:
            return self._with_parameters(rule, given)
        except InvalidDocument as error:
            raise InvalidDocument(under(code, error)) from None

    def _with_parameters(self, rule: Rule[...], value: Json) -> Criterion:
        takes = rule.signature.parameters
        required = [name for name, parameter in takes.items() if parameter.default is Parameter.empty]
        hints = hints_of(rule)
        readers = {name: partial(self._parameter, hints.get(name, Any)) for name in takes}
        return made(rule, **read_fields(value, "the parameters by name", readers, required))

    def _parameter(self, hint: Any, value: Json) -> Any:
        found = self.argument(value)
        if not fits(found, hint):
            raise wants(spelled(hint), value)
        return found

    def argument(self, value: Json, _: Any = None) -> Any:
        """What can be a parameter or evidence: null, a value, a duration, an actor, a criterion, or a list of them."""
        if value is None:
            return None
        if type(value) is list:
            return tuple(read_all(self.argument, enumerate(cast("list[object]", value))))
        if (found := values.tagged(value)) is not None:
            return found
        if members(value).keys() == {"id", "roles"}:
            return values.person(value)
        return self.criterion(value) if isinstance(value, dict) else values.scalar(value)

    def arguments(self, value: Json, _: Any = None) -> FrozenDict[str, Any]:
        """Parameters or evidence by name."""
        found = values.items(value)
        return FrozenDict(zip(found, read_all(self.argument, found.items()), strict=True))


def write_criterion(value: Criterion) -> Json:
    """The code and every parameter: a default of the rule may change later, what the document says may not.

    Raises:
        InvalidCriterion: it has the code of a stock rule, and is of another rule.
        WrongKind, OutOfRange: a parameter cannot be written.
    """
    if STOCK.get(value.code, value.rule) is not value.rule:
        raise InvalidCriterion(f"{value.code!r} is the code of a stock rule; give your own rule another one")
    hints = hints_of(value.rule)
    for name, parameter in value.parameters.items():
        if not fits(parameter, hint := hints.get(name, Any)):
            raise WrongKind(f"{value.code}.{name}", parameter, spelled(hint))
    return {value.code: write_arguments(value.parameters)}


def write_arguments(value: Mapping[str, Any]) -> Json:
    """Parameters or evidence by name."""
    return {name: write_argument(each, name) for name, each in value.items()}


def write_argument(value: Any, name: str = "value") -> Json:
    """A parameter, a piece of evidence, or the bound of a fact."""
    if value is None:
        return None
    if isinstance(value, tuple):
        several = cast("tuple[object, ...]", value)
        return [write_argument(each, f"{name}[{index}]") for index, each in enumerate(several)]
    if isinstance(value, Criterion):
        return write_criterion(value)
    if isinstance(value, Actor):
        return values.write_person(value)
    return values.write_tagged(name, value) if type(value) in values.TAG_OF else values.write_scalar(name, value)


def forms(rules: Rules) -> Mapping[Any, Form]:
    """The forms of the types that may hold criteria."""
    reader = Reader(rules)
    criterion = {"$ref": "#/$defs/criterion"}
    argument = {"$ref": "#/$defs/argument"}
    return {
        Criterion: Form(reader.criterion, write_criterion, criterion),
        Any: Form(reader.argument, write_argument, argument),
        FrozenDict[str, Any]: Form(
            reader.arguments, write_arguments, {"type": "object", "additionalProperties": argument}
        ),
    }
