"""How long the first import takes in a new process, beside the packages it stands on."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.benchmarks.conftest import Compare, Run


def start(program: str, compiled: Path) -> Run:
    """Run a program with the modules compiled before, as they are wherever the package is installed."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPYCACHEPREFIX"] = str(compiled)
    return lambda: subprocess.run([sys.executable, "-c", program], check=True, env=environment)


def test_importing(compare: Compare, tmp_path: Path) -> None:
    programs = (
        "import attrs, transitions",
        "pass",
        "import salesprocess",
        "from salesprocess import Process, Deal, templates",
        "from salesprocess import templates; templates.load('startup')",
    )
    compare({program: start(program, tmp_path) for program in programs}, calls=1, rounds=15, unit="start")
