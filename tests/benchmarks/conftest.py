"""Compare our code with peers in one run: rounds take turns, so that a busy machine slows all of them alike."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

Run = Callable[[], object]
Compare = Callable[..., dict[str, float]]


def _seconds(run: Run, calls: int) -> float:
    begin = time.perf_counter()
    for _ in range(calls):
        run()
    return (time.perf_counter() - begin) / calls


@pytest.fixture
def compare(benchmark: BenchmarkFixture, capsys: pytest.CaptureFixture[str]) -> Iterator[Compare]:
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
        benchmark.pedantic(list(runs.values())[-1], rounds=3, iterations=max(1, calls // 10))
        return best

    yield measure
    with capsys.disabled():
        print("\n" + "\n".join(lines))
