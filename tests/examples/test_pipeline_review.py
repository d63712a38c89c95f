"""The main job runs from end to end: on a synthetic book, on files, on bad input, and on the real log."""

import importlib.util
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

pytestmark = pytest.mark.repo

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "pipeline_review.py"

STARTUP_LOG = """\
id,status,changed,eur,rep
A-1,New,2026-01-05 09:00,12000,kari
A-1,Call,2026-01-09 10:30,12500,kari
A-1,Signed,2026-02-02 08:00,,kari
A-2,New,2026-01-12 16:45,700,nils
A-2,Cal,2026-01-13 16:45,700,nils
A-2,Call,2026-01-14 16:45,900,nils
A-3,New,2026-02-01 10:00,,
"""
OPTIONS = [
    "--columns=deal=id,stage=status,at=changed,amount=eur,owner=rep",
    "--stages=New=prospecting,Call=first_contact,Signed=won",
    "--currency=EUR",
    "--tz=Europe/Oslo",
]
LOAN_LOG = """\
case,activity,timestamp,amount_requested,resource
1,A_SUBMITTED,2011-10-01 08:00:00.100+00:00,20000.0,112
1,A_PARTLYSUBMITTED,2011-10-01 08:00:00.300+00:00,20000.0,112
1,A_DECLINED,2011-10-02 08:00:00.300+00:00,20000.0,112
2,A_SUBMITTED,2011-10-03 08:00:00.100+00:00,5000.0,
"""


@cache
def example() -> ModuleType:
    """The program as a module; loaded when a test runs, since the installed package comes without it."""
    spec = importlib.util.spec_from_file_location("pipeline_review", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, EXAMPLE, *arguments], capture_output=True, text=True, check=False)


def written(folder: Path, text: str) -> str:
    file = folder / "log.csv"
    file.write_text(text, "utf-8")
    return str(file)


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert example().main(list(arguments)) == 0
    return capsys.readouterr().out


@pytest.mark.long
@pytest.mark.parametrize("arguments", [[], ["--process=generic"]])
def test_without_a_file_a_synthetic_book_is_reviewed(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    report = told(capsys, *arguments)
    headings = ["Read: 600 deals", "Conversion", "Durations", "Probabilities", "Roll-up", "Expected", "Attention"]
    assert [heading for heading in headings if re.search(f"^{heading}", report, re.MULTILINE)] == headings


@pytest.mark.long
def test_the_program_says_the_same_every_time() -> None:
    first, second = run(), run()
    assert (first.returncode, first.stderr) == (0, "")
    assert first.stdout == second.stdout


def test_a_reader_who_has_seen_enough_is_no_error() -> None:
    piped = subprocess.run(
        ["bash", "-c", f'"{sys.executable}" "{EXAMPLE}" | head -1; echo ${{PIPESTATUS[0]}}'],
        capture_output=True,
        text=True,
        check=True,
    )
    assert piped.stdout.splitlines()[1:] == ["0"]
    assert piped.stderr == ""


def test_any_log_is_read_with_options(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = told(capsys, written(tmp_path, STARTUP_LOG), *OPTIONS)
    assert "Read: 7 rows: 6 used, 0 merged, 1 dropped; 3 deals" in report
    assert "no stage 'Cal'; did you mean 'Call'?" in report
    assert "Durations in days, as of 2026-02-02T07:00:00+00:00" in report
    assert "A-2, first_contact, 900 EUR, nils: in first_contact for 19 days, typical is 7 days" in report
    assert report.count("note: ") == 1
    assert "note: fewer than 10 stand behind a number" in report


def test_the_review_looks_no_further_than_its_moment(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = told(capsys, written(tmp_path, STARTUP_LOG), *OPTIONS, "--as-of=2026-01-13")
    assert "as of 2026-01-12T23:00:00+00:00" in report
    assert "of 2 open deals" in report


def test_a_log_without_amounts_has_no_forecast(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    columns = "--columns=deal=id,stage=status,at=changed"
    report = told(capsys, written(tmp_path, STARTUP_LOG), columns, *OPTIONS[1:])
    assert "Forecast: none, for no deal has an amount" in report


def test_the_loan_log_is_known_by_its_header(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = told(capsys, written(tmp_path, LOAN_LOG))
    assert "Read: 4 rows: 3 used, 1 merged, 0 dropped; 2 deals" in report
    assert "- any time: 0 EUR, 0 to 0 (0 deals)" in report


@pytest.mark.parametrize(
    ("text", "arguments", "message"),
    [
        (STARTUP_LOG, [], "which columns are what? The file has: id, status, changed, eur, rep"),
        (STARTUP_LOG, ["--columns=deal=id,stage=status,at=when", "--tz=UTC"], "no column 'when'"),
        (STARTUP_LOG, [*OPTIONS[:2], "--tz=UTC"], "currency"),
        (STARTUP_LOG, [OPTIONS[0], "--stages=New=prospectin", *OPTIONS[2:]], "did you mean 'prospecting'"),
        (STARTUP_LOG, [*OPTIONS[:3], "--tz=Mars/Base"], "tz must be"),
        ("", [], "which columns are what? The file has: nothing"),
        ("id,status,changed,eur,rep\n", OPTIONS, "no deals in"),
    ],
)
def test_bad_input_is_explained(
    text: str, arguments: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert example().main([written(tmp_path, text), *arguments]) == 2
    heard = capsys.readouterr()
    assert message in heard.err
    assert heard.out == ""


def test_a_file_that_is_no_text_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "log.csv"
    file.write_bytes(b"\xff\xfe\x00")
    assert example().main([str(file)]) == 2
    assert "utf-8" in capsys.readouterr().err


def test_a_file_that_is_not_there_is_named() -> None:
    refused = run("nowhere.csv")
    assert refused.returncode == 2
    assert "nowhere.csv" in refused.stderr


def test_an_option_that_is_no_pair_is_refused() -> None:
    refused = run("log.csv", "--columns=deal")
    assert refused.returncode == 2
    assert "name=value" in refused.stderr


@pytest.mark.long
def test_the_real_log_of_loan_applications(shared_data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = told(capsys, str(shared_data / "loan_funnel" / "stage_log.csv"))
    assert "33797 rows: 24082 used, 9715 merged, 0 dropped; 7455 deals" in report
    assert re.search(r"^first_contact +7,455 +5 +7,450 +1,130 +5,680 ", report, re.MULTILINE)
    assert re.search(r"^unscheduled +645 ", report, re.MULTILINE)
