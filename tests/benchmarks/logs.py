"""Large logs of stages from a seed, as arrays: what our code and its peers are measured on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from salesprocess import Process, Stage

START = datetime(2024, 1, 1, tzinfo=UTC)
AS_OF = START + timedelta(days=730)
PROCESS = Process(
    "solar", stages=[Stage("lead"), Stage("survey"), Stage("offer"), Stage.won("won"), Stage.lost("lost")]
)
OPEN = ("lead", "survey", "offer")
COLUMNS = {"deal": "deal", "stage": "stage", "at": "at", "order": "order"}
_DAY = 86_400_000_000
_MEANS = (12, 25, 40)
_LOST = (0.3, 0.25, 0.4)


def log_table(deals: int, seed: int = 1) -> Any:
    """The log of so many deals as an Arrow table: one row a change, in the order of the deals and of time.

    Deals open evenly over two years and move on, or are lost, after exponential stays; the last ones are under way.
    """
    np, pa = pytest.importorskip("numpy"), pytest.importorskip("pyarrow")
    rng = np.random.default_rng(seed)
    epoch = int(START.timestamp()) * 1_000_000
    at = epoch + rng.integers(0, 730 * _DAY, deals)
    deal, there = np.arange(deals), np.ones(deals, bool)
    parts = [(deal, np.zeros(deals, "int32"), at)]
    for place, (mean, lost) in enumerate(zip(_MEANS, _LOST, strict=True)):
        at = at + (rng.exponential(mean, deals) * _DAY).astype("int64") + 1
        gone = there & (rng.random(deals) < lost)
        following = np.where(gone, len(OPEN) + 1, place + 1).astype("int32")
        parts.append((deal[there], following[there], at[there]))
        there = there & ~gone
    numbers, codes, moments = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    order = np.lexsort((moments, numbers))
    order = order[moments[order] <= int(AS_OF.timestamp()) * 1_000_000]
    names = pa.array(["lead", "survey", "offer", "won", "lost"])
    return pa.table(
        {
            "deal": pa.array(np.char.add("D", numbers[order].astype(str))),
            "stage": names.take(pa.array(codes[order])),
            "at": pa.array(moments[order], pa.int64()).cast(pa.timestamp("us", "UTC")),
            "order": pa.array(np.arange(len(order))),
        }
    )
