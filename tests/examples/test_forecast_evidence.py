"""The evidence runs from one command: on a synthetic book with its truth, on a log, and on bad input."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

pytestmark = pytest.mark.repo

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "forecast_evidence.py"


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, EXAMPLE, *arguments], capture_output=True, text=True, check=False)


@pytest.fixture
def example(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The program as a module, which finds the other example beside it."""
    monkeypatch.syspath_prepend(str(EXAMPLE.parent))
    spec = importlib.util.spec_from_file_location("forecast_evidence", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def table(text: str) -> dict[str, list[str]]:
    """By forecaster, the cells of its row."""
    rows = [re.split(r"\s{2,}", line.strip()) for line in text.splitlines()]
    return {cells[0]: cells[1:] for cells in rows if len(cells) == 12}


@pytest.mark.long
def test_a_synthetic_book_is_judged_beside_its_truth() -> None:
    done = run("--deals", "400", "--days", "30", "--every", "60", "--calibration")
    assert (done.returncode, done.stderr) == (0, "")
    rows = table(done.stdout)
    assert {"the truth", "competing risks", "closed rate", "stage-weighted"} <= set(rows)
    assert float(rows["the truth"][0]) < float(rows["closed rate"][0])
    assert "promised, came" in done.stdout


def test_a_log_is_judged_from_one_command(example: ModuleType, tmp_path: Path) -> None:
    from salesprocess import simulation

    deals, _, _ = example.synthetic(200)
    labels = {"lead": "A_SUBMITTED", "qualified": "A_PREACCEPTED", "offer": "A_ACCEPTED", "closing": "A_FINALIZED"}
    labels |= {"won": "A_APPROVED", "lost": "A_DECLINED"}
    lines = [
        f"{row['deal']},{labels[row['stage']]},{row['at']},{row['amount']},{row['owner']}"
        for row in simulation.log_rows(deals).rows
    ]
    file = tmp_path / "log.csv"
    file.write_text("\n".join(["case,activity,timestamp,amount_requested,resource", *lines]), "utf-8")
    done = run(str(file), "--days", "30", "--every", "90", "--from", "2025-06-01")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("200 deals, 2025-01-")
    assert "competing risks" in table(done.stdout)


def test_what_cannot_be_judged_is_told_on_standard_error(tmp_path: Path) -> None:
    missing = run(str(tmp_path / "none.csv"))
    assert (missing.returncode, missing.stdout) == (2, "")
    assert missing.stderr.startswith("forecast_evidence: ")
    empty = tmp_path / "empty.csv"
    empty.write_text("case,activity,timestamp,amount_requested,resource\n", "utf-8")
    assert "no deals in" in run(str(empty)).stderr


def test_gradient_boosting_is_judged_where_it_is_installed(example: ModuleType) -> None:
    pytest.importorskip("sklearn")
    from datetime import timedelta

    from salesprocess import forecasting as fc

    deals, _, _ = example.synthetic(300)
    moments = fc.origins(
        example.START + timedelta(days=400), example.START + timedelta(days=600), every=timedelta(days=90)
    )
    report = fc.backtest(
        [example.Boosted(every=timedelta(days=20)), fc.CompetingRisks()],
        deals,
        origins=moments,
        horizon=timedelta(days=30),
    )
    assert {row.method for row in report.scores} >= {"gradient boosting", "competing risks"}


@pytest.mark.long
def test_the_real_log_is_judged(shared_data: Path) -> None:
    done = run(str(shared_data / "loan_funnel" / "stage_log.csv"), "--days", "14", "--every", "21")
    assert (done.returncode, done.stderr) == (0, "")
    rows = table(done.stdout)
    assert float(rows["competing risks"][0]) < float(rows["closed rate"][0])
