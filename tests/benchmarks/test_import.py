"""How long the first import takes in a new process; compare it with the empty program."""

import subprocess
import sys

import pytest
from pytest_benchmark.fixture import BenchmarkFixture


@pytest.mark.parametrize("program", ["pass", "import salesprocess"])
def test_start(benchmark: BenchmarkFixture, program: str) -> None:
    benchmark.pedantic(subprocess.run, ([sys.executable, "-c", program],), {"check": True}, rounds=20, warmup_rounds=2)
