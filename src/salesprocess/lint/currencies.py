"""Advice about amounts: a deal has one at a time, in one currency."""

from __future__ import annotations

from collections.abc import Iterator

from salesprocess.criteria import Criterion
from salesprocess.lint.findings import found
from salesprocess.lint.gates import way_in
from salesprocess.lint.logic import ALL, parts
from salesprocess.lint.values import ABOUT_AMOUNT
from salesprocess.money import Money
from salesprocess.routes import own_checks
from salesprocess.rules import Rulebook
from salesprocess.verdicts import Finding


def about_currencies(rulebook: Rulebook) -> Iterator[Finding]:
    """Amounts in different currencies that every deal must show on its way through all stages that always apply.

    Between two stages the amount can be amended. Within one gate it cannot, and that is a contradiction already.
    """
    line = [stage for stage in rulebook.stages if stage.kind in ("open", "won") and stage.when is None]
    demands: list[tuple[int, str, str]] = []
    for gate, stage in enumerate(line):
        for number, checks in ((gate, way_in(stage)), (gate + 1, tuple(own_checks(stage, "exit")))):
            demands.extend((number, check.where, code) for check in checks for code in _demanded(check.criterion))
    told: set[tuple[str, str]] = set()
    for number, where, code in demands:
        first_gate, first_where, first_code = demands[0]
        if code != first_code and number != first_gate and (where, code) not in told:
            told.add((where, code))
            message = f"it wants an amount in {code}, and {first_where} one in {first_code}; a deal has one at a time"
            yield found("currency.mixed", where, message)


def _demanded(criterion: Criterion) -> Iterator[str]:
    """The currencies without which a criterion cannot be met."""
    if criterion.rule in ABOUT_AMOUNT:
        yield from (bound.currency for bound in criterion.parameters.values() if isinstance(bound, Money))
    elif criterion.rule is ALL:
        for part in parts(criterion):
            yield from _demanded(part)
