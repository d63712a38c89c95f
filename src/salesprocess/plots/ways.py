"""The ways that deals take through the stages, and how they fare on each."""

from __future__ import annotations

from itertools import groupby

from matplotlib.axes import Axes

from salesprocess.analytics import Conformance, Variant
from salesprocess.analytics.results import ENOUGH
from salesprocess.errors import OutOfRange
from salesprocess.plots import palette
from salesprocess.plots.canvas import NOTE, Sheet, aside, captioned, name_rows, nothing, rows_height, sheet, write
from salesprocess.plots.marks import arrow, unmeasured
from salesprocess.plots.wording import Labels, count, day, in_lines, left_out, percent, stage_words, time

_STEPS = 8
"""More steps than these have no room for their names."""
_POINT = 0.09
_ROOM = 104
"""Characters along a whole row."""
_OPEN, _WON, _LOST = (palette.TINT, palette.INK), (palette.STRONG, palette.PAPER), (palette.FAINT, palette.INK)


def variants(
    conformance: Conformance,
    *,
    most: int = 8,
    labels: Labels | None = None,
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """The most frequent ways through the stages: which, how many deals took them, how many were won, and how fast.

    One arrow a stage, in the order in which deals entered them; a stage that was entered several times in a row is one
    arrow with the number of times. What is beyond the eighth arrow is told as a number.

    Args:
        conformance: as of `analytics.conformance`.
        most: how many ways are drawn at most; how many there are beside them is told below.
        labels: what the stages are called: a process in the language wanted, or words by name.
        title: in place of the one that tells the finding.
        ax: where to draw; None makes a figure that pyplot does not know.

    Raises:
        OutOfRange: `most` is not positive.

    >>> from datetime import UTC, datetime
    >>> from random import Random
    >>> from salesprocess import Process, Stage, analytics as an, simulation
    >>> solar = Process("solar", stages=[Stage("lead", 0.2), Stage("offer", 0.5), Stage.won("won"), Stage.lost("lost")])
    >>> start, now = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)
    >>> deals = simulation.book(solar, 200, rng=Random(1), start=start, as_of=now).deals
    >>> ax = variants(an.conformance(deals, solar), most=3)
    >>> ax.get_title(loc="left")
    '3 of 6 ways through the stages cover 88 % of the deals'
    """
    if most < 1:
        raise OutOfRange("most", most, "at least 1")
    shown, rest = conformance.variants[:most], conformance.variants[most:]
    drawn = sheet(ax, height=rows_height(len(shown), 0.56), width=9.6)
    name_rows(drawn, [percent(variant.share) for variant in shown])
    unmeasured(drawn, "x")
    ends = _ends(conformance)
    ways = [[(stage, len(list(times))) for stage, times in groupby(variant.path)] for variant in shown]
    columns = min(max(map(len, ways), default=1), _STEPS)
    for place, (variant, way) in enumerate(zip(shown, ways, strict=True)):
        for step, (stage, times) in enumerate(way[:columns]):
            words = stage_words([stage], labels)[0] + (f" ×{times}" if times > 1 else "")
            _step(drawn, step, place, words, ends.get(stage, _OPEN), columns)
        if len(way) > columns:
            more = f"+{len(way) - columns}"
            write(drawn, more, (columns + _POINT, place), shift=(4, 0), colour=palette.QUIET, name="more steps")
        aside(drawn, place, _fares(variant), shift=24)
    drawn.ax.set_xlim(0, columns + _POINT)
    if not shown:
        nothing(drawn, "no deal has entered a stage")
    about = (
        "Stages in the order in which deals entered them, without those after the sale; the win rate is that of the "
        f"decided, the time the median to the close. {count(conformance.n, 'deal')}, as of {day(conformance.as_of)}"
    )
    notes = left_out(conformance.excluded)
    if any(0 < variant.won + variant.lost < ENOUGH for variant in shown):
        notes.insert(0, f"* fewer than {ENOUGH} decided deals: mostly chance")
    if rest:
        others = sum(variant.deals for variant in rest)
        notes.insert(0, f"Not drawn: {count(len(rest), 'way')} more, of {count(others, 'deal')}")
    return captioned(drawn, found=_found(shown, len(conformance.variants)), title=title, about=about, notes=notes)


def _found(shown: tuple[Variant, ...], ways: int) -> str:
    if not shown:
        return "Ways through the stages"
    covered = percent(sum(variant.share for variant in shown))
    if len(shown) == ways:
        return f"All {count(ways, 'way')} through the stages"
    return f"{len(shown)} of {count(ways, 'way')} through the stages cover {covered} of the deals"


def _ends(conformance: Conformance) -> dict[str, tuple[str, str]]:
    """The colours of the stages in which ways end won or lost, as the ways themselves tell."""
    colours: dict[str, tuple[str, str]] = {}
    for variant in conformance.variants:
        if variant.won or variant.lost:
            colours[variant.path[-1]] = _WON if variant.won else _LOST
    return colours


def _step(drawn: Sheet, step: int, place: int, words: str, colours: tuple[str, str], columns: int) -> None:
    face, ink = colours
    arrow(drawn, step, step + 0.98, place, point=_POINT, high=0.36, colour=face)
    write(
        drawn,
        in_lines(words, max(_ROOM // columns, 9), most=3),
        (step + _POINT + 0.03, place),
        size=NOTE - 0.5,
        colour=ink,
        name="step",
    )


def _fares(variant: Variant) -> str:
    mark = "*" if 0 < variant.won + variant.lost < ENOUGH else ""
    rate = "none decided" if variant.win_rate is None else f"{percent(variant.win_rate)} won{mark}"
    taken = "" if variant.median is None else f", {time(variant.median)}"
    return f"{count(variant.deals, 'deal')}\n{rate}{taken}"
