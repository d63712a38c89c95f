"""Every result shows the same in a terminal and in a notebook, where nothing from outside is taken for markup."""

import pickle
from datetime import UTC, datetime
from typing import Any

import pytest

from salesprocess import Money, Period
from salesprocess.analytics import (
    aging,
    bottlenecks,
    cohorts,
    conformance,
    conversion,
    deal_ages,
    deal_sizes,
    deal_table,
    discover,
    durations,
    effort,
    loss_reasons,
    owners,
    pipeline_coverage,
    push_counts,
    risk_counts,
    sales_cycle,
    slippage,
    sources,
    stage_visits,
    throughput,
    trend,
    velocity,
    waterfall,
    win_rate,
    win_reasons,
)
from salesprocess.analytics.reports import Grid, Report, Sentences
from tests.analytics.books import OPEN, PROCESS, after, enter, opened, path

AT = datetime(2026, 1, 5, tzinfo=UTC)
SOON = Period(after(11), after(50))
pytestmark = pytest.mark.filterwarnings("ignore::salesprocess.errors.SmallSample")


def test_text_and_html_say_the_same() -> None:
    report = Report(
        "Owners",
        AT,
        [Grid(["owner", "deals"], [["<b>kari</b>", "3"]]), Sentences(["kari & ola"], title="In words:"), Sentences([])],
        "a < b",
        "all",
        3,
        {"nobody": 1},
    )
    assert str(report).splitlines()[1:4] == ["owner        deals", "<b>kari</b>      3", "- kari & ola"]
    html = report.html()
    assert "<td>&lt;b&gt;kari&lt;/b&gt;</td>" in html
    assert '<td style="text-align: right">3</td>' in html
    assert "<p>In words:</p><ul><li>kari &amp; ola</li></ul>" in html
    assert "definition: a &lt; b<br>cohort: all; n = 3<br>excluded: nobody: 1" in html


def test_every_result_shows_itself_in_a_notebook_and_pickles() -> None:
    terms: dict[str, Any] = {"owner": "<kari>", "amount": Money(1000, "EUR"), "expected_close": after(40).date()}
    book = [enter(opened(f"<{n}>", n, **terms), "lost", n + 3) for n in range(12)]
    book += [opened(f"<open {n}>", n, "<a>", **terms) for n in range(3)]
    book += [path(f"W{n}", *OPEN, "won") for n in range(3)]
    rows = [{"d": str(n), "s": step, "t": after(n + k)} for n in range(3) for k, step in enumerate(["<a>", "won"])]
    visits = stage_visits(book, as_of=after(60))
    results = [
        visits,
        conversion(visits, PROCESS),
        durations(visits, PROCESS),
        bottlenecks(visits, PROCESS),
        owners(book, PROCESS, as_of=after(60)),
        conformance(book, PROCESS),
        discover(rows, columns={"deal": "d", "stage": "s", "at": "t"}),
        risk_counts(visits),
        deal_table(book, as_of=after(60)),
        win_rate(book, as_of=after(60)),
        sales_cycle(book, as_of=after(60)),
        velocity(book, as_of=after(60)),
        deal_sizes(book, as_of=after(60)),
        pipeline_coverage(book, target={"<kari>": Money(1, "EUR")}, period=SOON, as_of=after(30)),
        waterfall(book, after(5), after(60), owners=["<kari>"]),
        slippage(book, period=SOON, as_of=after(60)),
        push_counts(book, as_of=after(60)),
        aging(visits, PROCESS, deals=book),
        deal_ages(book, as_of=after(60)),
        throughput(book, as_of=after(60)),
        loss_reasons(book, as_of=after(60)),
        win_reasons(book, as_of=after(60)),
        effort(book, as_of=after(60)),
        sources(book, as_of=after(60)),
        cohorts(book, as_of=after(60)),
        trend(throughput(book, as_of=after(60), every="week").series("entered")),
    ]
    for result in results:
        html = result._repr_html_()
        assert html.startswith("<div><h3>")
        assert "<kari>" not in html
        assert "<a>" not in html
        assert "definition: " in html
        assert f"n = {result.n}" in html
        assert pickle.loads(pickle.dumps(result)) == result
