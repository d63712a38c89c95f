"""A package that publishes templates, installed as pip installs one."""

import subprocess
import sys
from pathlib import Path

import pytest

PLUGIN = Path(__file__).with_name("plugin")
collect_ignore = ["plugin"]  # a package of its own, which is installed and then asked


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder into which the plug-in package was installed."""
    pytest.importorskip("pip")
    folder = tmp_path_factory.mktemp("site")
    offline = ["--no-index", "--no-deps", "--no-build-isolation", "--no-cache-dir"]
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "install", *offline, "--target", folder, PLUGIN], check=True)
    return folder


@pytest.fixture
def with_plugin(site: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The plug-in package is installed in this Python."""
    monkeypatch.syspath_prepend(site)
    return site
