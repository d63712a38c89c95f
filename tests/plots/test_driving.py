"""What a picture of drivers shows is what the result says."""

import attrs
import pytest

from salesprocess import plots
from tests.plots import results
from tests.plots.reading import bars, dots, key, names, text, texts, title


def test_from_the_quantile_a_bar_goes_to_where_it_would_be_with_the_deal_lost_and_with_it_won() -> None:
    found = results.drivers()
    ax = plots.drivers(found)
    now = float(found.forecast.quantile(found.q).amount)
    assert dots(ax, "now")[0][0] == now
    for name, end in (("lost", "if_lost"), ("won", "if_won")):
        assert [bar.get_x() + bar.get_width() for bar in bars(ax, name)] == [
            pytest.approx(float(getattr(row, end).amount)) for row in found.rows
        ]
        assert len(texts(ax, name)) == len(found.rows)
    assert names(ax) == [row.deal for row in found.rows]
    assert key(ax) == ["if lost", "if won"]


def test_the_title_names_the_deal_that_it_hangs_on_most_and_the_words_the_quantile() -> None:
    found = results.drivers()
    ax = plots.drivers(found)
    assert title(ax).startswith("The P10, EUR ")
    assert title(ax).endswith(f", hangs on {found.rows[0].deal} most")
    assert "where the 10 % quantile of the sum would be with one deal lost, and with it won" in text(ax, "about")


def test_beside_a_deal_stand_its_amount_its_probability_and_its_owner() -> None:
    found = results.drivers()
    first = attrs.evolve(found.rows[0], probability=0.4, owner="kari")
    second = attrs.evolve(found.rows[1], probability=0.25, owner=None)
    told = texts(plots.drivers(attrs.evolve(found, rows=(first, second))), "aside")
    assert told[0].endswith(" at 40 %, kari")
    assert told[1].endswith(" at 25 %")


def test_without_open_deals_the_picture_says_so() -> None:
    nobody = results.forecasts()[0].with_rows([])
    ax = plots.drivers(attrs.evolve(results.drivers(), forecast=nobody, rows=()))
    assert text(ax, "nothing") == "no open deal is in this forecast"
    assert title(ax) == "The P10, EUR 0, hangs on no deal"
