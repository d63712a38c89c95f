"""How many deals get how far."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.patches import Patch

from salesprocess.analytics import Conversion
from salesprocess.analytics.results import ENOUGH
from salesprocess.plots import palette
from salesprocess.plots.canvas import NOTE, captioned, key, name_rows, nothing, rows_height, sheet, write
from salesprocess.plots.marks import row_bar, unmeasured
from salesprocess.plots.wording import Labels, count, day, left_out, percent, stage_words

_RULES = {
    "any": "entered it",
    "strict": "entered it and every stage before it, in order",
    "imputed": "entered it or a later one, or were won",
}
_FATES = (("won", palette.STRONG), ("open", palette.SOFT), ("lost", palette.FAINT))


def funnel(
    conversion: Conversion, *, labels: Labels | None = None, title: str | None = None, ax: Axes | None = None
) -> Axes:
    """How many deals reached each stage, what became of them, and which share went on.

    One bar a stage: the deals that reached it, by whether they are won, open or lost. Beside it their number and the
    share of those that reached the first stage; below it the share of those that left that went on.

    Args:
        conversion: as of `analytics.conversion`.
        labels: what the stages are called: a process in the language wanted, or words by name.
        title: in place of the one that tells the finding.
        ax: where to draw; None makes a figure that pyplot does not know.

    >>> from datetime import UTC, datetime
    >>> from random import Random
    >>> from salesprocess import Process, Stage, analytics as an, simulation
    >>> solar = Process("solar", stages=[Stage("lead", 0.2), Stage("offer", 0.5), Stage.won("won"), Stage.lost("lost")])
    >>> start, now = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)
    >>> deals = simulation.book(solar, 200, rng=Random(1), start=start, as_of=now).deals
    >>> ax = funnel(an.conversion(an.stage_visits(deals, as_of=now), solar), labels={"lead": "Kundeemne"})
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['Kundeemne', 'Offer']
    """
    rows = conversion.rows
    names = stage_words((row.stage for row in rows), labels)
    drawn = sheet(ax, height=rows_height(len(rows), 0.62))
    name_rows(drawn, names)
    unmeasured(drawn, "x")
    for place, row in enumerate(rows):
        parts = (row.won, row.reached - row.won - row.lost, row.lost)
        start = 0
        for (fate, colour), part in zip(_FATES, parts, strict=True):
            row_bar(drawn, place, part, start=start, colour=colour, name=fate)
            start += part
        share = "" if row.cumulative is None else f"   {percent(row.cumulative)}"
        end = (row.reached, place)
        write(drawn, f"{row.reached:,}{share}", end, shift=(6, 6), weight="bold", name="reached")
        fates = ", ".join(f"{part:,} {fate}" for (fate, _), part in zip(_FATES, parts, strict=True))
        write(drawn, fates, end, shift=(6, -6), size=NOTE, colour=palette.QUIET, name="fates")
        if row.next_step is not None:
            onward = f"↓ {percent(row.next_step)}{'*' if row.left < ENOUGH else ''}"
            write(drawn, onward, (0, place + 0.5), shift=(2, 0), colour=palette.QUIET, name="next step")
    drawn.ax.set_xlim(0, max((row.reached for row in rows), default=0) or 1)
    if rows:
        key(drawn, [Patch(color=colour, label=fate) for fate, colour in _FATES])
    else:
        nothing(drawn, "no deal has entered a stage")
    about = (
        f"Deals that {_RULES[conversion.rule]}, by what they are now; the share is that of those that reached the "
        f"first stage, and below it (↓), of those that left, the share that went on. {count(conversion.n, 'deal')}, "
        f"as of {day(conversion.as_of)}"
    )
    sure = [
        (row.next_step, name)
        for row, name in zip(rows, names, strict=True)
        if row.next_step is not None and row.left >= ENOUGH
    ]
    found = f"The narrowest step: {percent(min(sure)[0])} go on from {min(sure)[1]}" if sure else "Deals by stage"
    few = [f"* fewer than {ENOUGH} deals left: mostly chance"] if any(0 < row.left < ENOUGH for row in rows) else []
    return captioned(drawn, found=found, title=title, about=about, notes=[*few, *left_out(conversion.excluded)])
