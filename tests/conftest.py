"""What all tests share: Hypothesis profiles and the optional data sets."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings

collect_ignore = [
    "benchmarks/frames_memory.py",  # programs, run by hand
    "benchmarks/scaling.py",
    "typing",  # checked by mypy and pyright, never run
]

# To explain a failure takes longer than to find it, and whoever asks for the smallest example needs no explanation.
PHASES = [phase for phase in Phase if phase is not Phase.explain]
# How long an example takes says something about the machine, and nothing about what is tested.
TIMELESS = settings(deadline=None, phases=PHASES, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("dev", TIMELESS)
settings.register_profile("ci", TIMELESS, derandomize=True, max_examples=12, print_blob=True)
settings.register_profile("brief", settings.get_profile("ci"), max_examples=4)
settings.register_profile("thorough", TIMELESS, max_examples=1000)
# mutmut runs the methods of one class again and again, each time on another instance.
AGAIN = [HealthCheck.too_slow, HealthCheck.differing_executors]
settings.register_profile("mutation", settings.get_profile("ci"), suppress_health_check=AGAIN, database=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of the data sets that are not part of the project; without it the test is skipped."""
    beside = Path(__file__).parents[1].parent / "shared" / "data"
    folder = Path(os.environ.get("SALESPROCESS_DATA", beside))
    if not folder.is_dir():
        pytest.skip("the data sets are not here: SALESPROCESS_DATA can name their folder")
    return folder
