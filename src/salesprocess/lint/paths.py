"""Advice about where deals can go: stages nobody reaches or leaves, moves nobody makes, demands nobody checks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from salesprocess.lint.findings import found
from salesprocess.lint.gates import Demand
from salesprocess.lint.logic import Claim, Facts, is_standard, possible
from salesprocess.lint.ways import Map, Way, explored, ways_of
from salesprocess.routes import WIN, Check, own_checks, when_of
from salesprocess.rules import Rulebook
from salesprocess.stages import Stage
from salesprocess.verdicts import Finding


def about_paths(rulebook: Rulebook, facts: Facts, mended: set[Demand]) -> Iterator[Finding]:
    """What follows from the order of the stages, the policy and the criteria together.

    Everything holds for deals that are opened in the first stage that applies and keep to the rules: an override, a
    waiver, an import or an opening in a later stage can get anywhere. Demands in `mended` are taken for met.
    """
    ways = ways_of(rulebook)
    yield from _unchecked(rulebook, ways)
    yield from _shadowed(rulebook, facts)
    reach = explored(ways, facts, mended)
    while nevers := list(_never_here(ways, reach, facts)):
        for check, finding in nevers:
            yield finding
            mended.add((check.where, check.criterion))
        reach = explored(ways, facts, mended)
    yield from _unreachable(rulebook, reach)
    yield from _blocked_moves(rulebook, reach)
    yield from _without_a_win(rulebook, reach)


def _unchecked(rulebook: Rulebook, ways: Iterable[Way]) -> Iterator[Finding]:
    """Demands that no move and no opening makes."""
    checked = {check.where for way in ways for check in way.checks}
    for stage in rulebook.stages:
        checks = [*own_checks(stage, "exit")]
        if stage.kind != "open":  # a deal can be opened in any open stage, and that checks the way in
            checks += [*when_of(stage), *own_checks(stage, "entry"), *own_checks(stage, "locked")]
        for where in dict.fromkeys(check.where for check in checks):
            if where not in checked:
                yield found("criterion.unchecked", where, f"{_no_move(where)}, so its criteria decide nothing")
        work = [activity.name for activity in stage.activities if activity.required]
        if work and f"{stage.name}.activities" not in checked:
            message = (
                f"{', '.join(work)} is required, but no forward move leaves the stage, so that nothing asks for it"
            )
            yield found("activity.unchecked", stage.name, message)


def _no_move(where: str) -> str:
    return "no forward move leaves the stage" if where.endswith(".exit") else "no forward move enters the stage"


def _shadowed(rulebook: Rulebook, facts: Facts) -> Iterator[Finding]:
    """Transitions before which another one of their name always applies."""
    for place, transition in enumerate(rulebook.transitions):
        own = [] if transition.when is None else [Claim(transition.when)]
        rivals = [
            rival
            for rival in rulebook.transitions[:place]
            if (rival.name, rival.source) == (transition.name, transition.source)
        ]
        passed = [Claim(rival.when, "unmet") for rival in rivals if rival.when is not None]
        always = len(passed) < len(rivals)
        if always or (possible(own, facts) and not possible([*own, *passed], facts)):
            source, destination = transition.source, transition.destination
            message = f"the one to {destination!r} is never taken: from {source!r} an earlier one always applies"
            yield found("transition.shadowed", transition.name, message)


def _never_here(ways: Sequence[Way], reach: Map, facts: Facts) -> Iterator[tuple[Check, Finding]]:
    """Criteria that no deal meets at the time when they are asked, because of where it has been by then."""
    alone = [core[0] for _, core in reach.blocked if len(core) == 1]
    suspects = dict.fromkeys(check for check in alone if not is_standard(check.criterion))
    for check in suspects:
        asked = [way for way in ways if check in way.checks and (way.source is None or way.source in reach.stages)]
        if any(possible([Claim(check.criterion)], facts, way.moment(reach.stages)) for way in asked):
            continue
        why = "it is at odds with where a deal has been by then"
        if all(way.source is None for way in asked):
            why = "it is asked of a new deal only, for which nothing was done, approved or visited yet"
        yield check, found("criterion.never", check.where, f"{check.criterion} can never be met here: {why}")


def _unreachable(rulebook: Rulebook, reach: Map) -> Iterator[Finding]:
    """Stages that only blocked ways lead to; those behind them are reached when they are."""
    for stage in rulebook.stages:
        blocked = [(way, core) for way, core in reach.blocked if way.destination is stage]
        if blocked and stage.name not in reach.stages:
            yield found("stage.unreachable", stage.name, f"no way leads there: {_why(*blocked[0])}")


def _why(way: Way, core: Sequence[Check]) -> str:
    name = way.name if way.source is None else f"{way.name} from {way.source!r} to {way.destination.name!r}"
    wanted = " and ".join(f"{check.criterion} ({check.where})" for check in core)
    return f"{name} wants {wanted}, which can never be met {'together' if len(core) > 1 else 'there'}"


def _blocked_moves(rulebook: Rulebook, reach: Map) -> Iterator[Finding]:
    """Moves that somebody wrote down, and that can never be made."""
    for way, core in reach.blocked:
        if way.kind == "custom":
            yield found("transition.never", way.name, f"it can never be taken: {_why(way, core)}")
        elif way.name == WIN and isinstance(rulebook.policy.win, tuple) and way.destination.name in reach.stages:
            yield found(
                "win.never", str(way.source), f"policy.win names it, but no deal is won from it: {_why(way, core)}"
            )


def _without_a_win(rulebook: Rulebook, reach: Map) -> Iterator[Finding]:
    """Open stages from which no way leads to the won one, or none that goes forward."""
    won = next(stage.name for stage in rulebook.stages if stage.kind == "won")
    line = [stage.name for stage in rulebook.stages if stage.kind in ("open", "won")]
    opens = [stage for stage in rulebook.stages if stage.kind == "open" and stage.name in reach.stages]
    if won not in reach.stages:
        return
    winning = _leading_to(won, opens, reach.free)
    for stage in opens:
        ahead = line[line.index(stage.name) + 1 :]
        if stage.name not in winning:
            message = f"no way leads from it to {won!r}: a deal that gets here can only be lost"
            yield found("stage.trap", stage.name, message)
        elif not any(way.source == stage.name and way.destination.name in ahead for way in reach.free):
            message = "no forward move leaves it: a deal that gets here can only go back or be lost"
            yield found("stage.dead_end", stage.name, message)


def _leading_to(won: str, opens: Iterable[Stage], free: Sequence[Way]) -> set[str | None]:
    """The open stages from which a way leads to the won one while the deal stays open."""
    sources = {stage.name for stage in opens}
    links = [(way.source, way.destination.name) for way in free if way.source in sources]
    winning: set[str | None] = {won}
    while more := {source for source, destination in links if destination in winning} - winning:
        winning |= more
    return winning
