def _states(deal: Deal, ask: Ask, criteria: Iterable[Criterion]) -> list[Verdict]:
    """Every verdict: no short cut, so that a fault shows whatever the order."""
    return [each.verdict(deal, ask) for each in criteria]


def _reasons(verdicts: Iterable[Verdict]) -> tuple[Reason, ...]:
    return tuple(reason for verdict in verdicts if not verdict for reason in verdict.reasons)


@criterion("all_of", "not all of these hold: {details}")
def _all_of(deal: Deal, ask: Ask, criteria: tuple[Criterion, ...]) -> Verdict:
    verdicts = _states(deal, ask, criteria)
    states = {verdict.state for verdict in verdicts}
    if "unmet" in states:
        return Verdict("unmet", reasons=_reasons(verdicts))
    return Verdict("unknown", reasons=_reasons(verdicts)) if "unknown" in states else Verdict.met()


@criterion("any_of", "none of these holds: {details}")
def _any_of(deal: Deal, ask: Ask, criteria: tuple[Criterion, ...]) -> Verdict:
    verdicts = _states(deal, ask, criteria)
    states = {verdict.state for verdict in verdicts}
    if "met" in states:
        return Verdict.met()
    state: Literal["unknown", "unmet"] = "unknown" if "unknown" in states else "unmet"
    return Verdict(state, reasons=(Reason("any_of", state, details=_reasons(verdicts)),))


@criterion("not_", "{criterion} must not hold")
def not_(deal: Deal, ask: Ask, criterion: Criterion) -> Verdict:
    """The criterion does not hold; unknown stays unknown."""
    verdict = criterion.verdict(deal, ask)
    if verdict.state == "met":
        return Verdict("unmet", reasons=(Reason("not_", parameters={"criterion": str(criterion)}),))
    return verdict if verdict.state == "unknown" else Verdict.met()


@criterion("when", "{then} must hold when {condition} does")
def when(deal: Deal, ask: Ask, condition: Criterion, then: Criterion) -> Verdict:
    """`then` holds, unless `condition` does not: `any_of(not_(condition), then)` with the reasons of `then`."""
    applies, answer = _states(deal, ask, (condition, then))
    if applies.state == "unmet" or answer.state == "met":
        return Verdict.met()
    if applies.state == "met":
        return answer
    return Verdict("unknown", reasons=_reasons((applies, answer)))


def all_of(*criteria: Criterion) -> Criterion:
    """Every one holds (Kleene: unmet if one is unmet, else unknown if one is unknown). Of nothing: met."""
    return _all_of(criteria)


def any_of(*criteria: Criterion) -> Criterion:
    """At least one holds (Kleene: met if one is met, else unknown if one is unknown). Of nothing: unmet."""
    return _any_of(criteria)
