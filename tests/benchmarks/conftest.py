"""Compare our code with peers in one run: rounds take turns, so that a busy machine slows all of them alike."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

Run = Callable[[], object]
Compare = Callable[..., dict[str, float]]

PEERS = (
    "stock transitions",
    "python-statemachine",
    "pydantic",
    "lifelines",
    "scikit-survival",
    "greenwood",
    "pm4py",
    "pandas, ",
    "a script for pandas",
    "json alone",
)
"""How the names of those runs begin that are not ours."""


class Compared(NamedTuple):
    """The seconds that each run of one comparison took."""

    work: str
    unit: str
    seconds: dict[str, float]


COMPARED = pytest.StashKey[list[Compared]]()


def _seconds(run: Run, calls: int) -> float:
    begin = time.perf_counter()
    for _ in range(calls):
        run()
    return (time.perf_counter() - begin) / calls


@pytest.fixture
def compare(
    request: pytest.FixtureRequest, benchmark: BenchmarkFixture, capsys: pytest.CaptureFixture[str]
) -> Iterator[Compare]:
    """Time several runs and print each with its ratio to the first: `compare({"stock": f, "ours": g}, calls=1000)`.

    `per` is how many units of work one call does. The best of the rounds counts; pytest-benchmark times the last one.
    """
    lines: list[str] = []

    def measure(
        runs: dict[str, Run], *, calls: int, rounds: int = 7, per: int = 1, unit: str = "call"
    ) -> dict[str, float]:
        best = dict.fromkeys(runs, float("inf"))
        for _ in range(rounds):
            for name, run in runs.items():
                best[name] = min(best[name], _seconds(run, calls) / per)
        first = next(iter(best.values()))
        for name, seconds in best.items():
            lines.append(
                f"  {name:<44}{seconds * 1e6:>12.3f} µs/{unit}{1 / seconds:>14,.0f}/s{first / seconds:>8.2f} ×"
            )
        benchmark.extra_info.update(best)
        work = request.node.name.removeprefix("test_").replace("_", " ")
        request.config.stash.setdefault(COMPARED, []).append(Compared(work, unit, best))
        benchmark.pedantic(list(runs.values())[-1], rounds=3, iterations=max(1, calls // 10))
        return best

    yield measure
    with capsys.disabled():
        print("\n" + "\n".join(lines))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """A table in Markdown of all that was compared with somebody else's code: how many times as long that takes."""
    rows = [
        f"| {work} | {ours} | {shown(seconds[ours])} a {unit} | {peer} | {shown(seconds[peer])} "
        f"| {seconds[peer] / seconds[ours]:.2g} × |"
        for work, unit, seconds in config.stash.get(COMPARED, [])
        for ours in seconds
        if not ours.startswith(PEERS)
        for peer in seconds
        if peer.startswith(PEERS)
    ]
    if rows:
        heads = ["| work | ours | takes | peer | takes | ratio |", "|---|---|---|---|---|---|"]
        terminalreporter.write_line("\n".join(["", *heads, *rows]))


def shown(seconds: float) -> str:
    """Seconds in the unit that fits."""
    for unit, name in ((1, "s"), (1e-3, "ms")):
        if seconds >= unit:
            return f"{seconds / unit:.3g} {name}"
    return f"{seconds * 1e6:.3g} µs"
