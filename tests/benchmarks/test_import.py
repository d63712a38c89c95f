"""How long the first import takes in a new process, beside the packages it stands on."""

from __future__ import annotations

import subprocess
import sys

from tests.benchmarks.conftest import Compare, Run


def start(program: str) -> Run:
    return lambda: subprocess.run([sys.executable, "-c", program], check=True)


def test_importing(compare: Compare) -> None:
    programs = (
        "import attrs, transitions",
        "pass",
        "import salesprocess",
        "from salesprocess import Process, Deal, templates",
        "from salesprocess import templates; templates.load('startup')",
    )
    compare({program: start(program) for program in programs}, calls=1, rounds=15, unit="start")
