"""Strategies for the logs that other systems export, with the dirt that such logs have."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from salesprocess.deal import Deal
from salesprocess.process import Process
from salesprocess.simulation import Dirt, Export, log_rows
from salesprocess.testing.lives import books

_SHARES = st.sampled_from((0.0, 0.0, 0.1, 0.5))


def stage_logs(
    process: Process, *, size: int | tuple[int, int] = (0, 5), clean: bool = False, **wanted: Any
) -> SearchStrategy[Export]:
    """The rows of a log of stages, as `ingest.stage_log` reads them with `simulation.LOG_COLUMNS`.

    Rows come twice, stand above an earlier one, lack the owner, the amount or the time, or name a stage that is not
    there; `flaws` says which.

    Args:
        process: the rulebook that the deals went by.
        size: how many deals, or the least and the most.
        clean: without dirt.
        **wanted: the arguments of `deals`.

    >>> from hypothesis import find
    >>> from salesprocess import templates
    >>> log = find(stage_logs(templates.load("startup")), lambda log: log.flaws)
    >>> [row["stage"] for row in log.rows], len(log.flaws)
    (['prospecting'...], 1)
    """
    book = books(process, size=size, **wanted)
    return book.map(log_rows) if clean else _dirty(book)


@st.composite
def _dirty(draw: DrawFn, book: SearchStrategy[tuple[Deal, ...]]) -> Export:
    shares = {name: draw(_SHARES) for name in ("repeated", "early", "no_owner", "no_amount", "misspelt", "undated")}
    return log_rows(draw(book), rng=draw(st.randoms(use_true_random=False)), dirt=Dirt(**shares))
