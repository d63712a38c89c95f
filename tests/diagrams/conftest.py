"""The tools that turn the text into pictures; a test that needs one is skipped where it is absent."""

import os
import shutil
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def graphviz() -> str:
    """The path of Graphviz' dot."""
    found = shutil.which("dot")
    if found is None:
        pytest.skip("Graphviz is not here: dot is not on the PATH")
    return found


@pytest.fixture(scope="session")
def browser() -> str:
    """The path of Chromium."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        pytest.skip("Chromium is not on the PATH")
    return found


@pytest.fixture(scope="session")
def mermaid_script() -> Path:
    """The file mermaid.min.js."""
    named = os.environ.get("SALESPROCESS_MERMAID", "")
    if not Path(named).is_file():
        pytest.skip("Mermaid is not here: SALESPROCESS_MERMAID can name the file mermaid.min.js")
    return Path(named)
