"""What a picture of owners shows is what the result says."""

import attrs
import pytest

from salesprocess import plots
from salesprocess.analytics import Heterogeneity, Owner, Owners
from salesprocess.errors import OutOfRange
from tests.plots import results
from tests.plots.reading import dots, key, lines, names, text, texts, title


def many(rows: int) -> Owners:
    """The owners of a book, each several times."""
    found = results.owners()
    return attrs.evolve(
        found, rows=tuple(attrs.evolve(found.rows[n % len(found.rows)], owner=f"owner {n}") for n in range(rows))
    )


def standing(*sides: str) -> Owners:
    """Owners who differ, each on one side of all."""
    found = results.owners()
    rows: list[Owner] = [
        attrs.evolve(found.rows[0], owner=f"owner {place}", standing=side) for place, side in enumerate(sides)
    ]
    return attrs.evolve(found, rows=tuple(rows), winning=Heterogeneity(99.0, len(rows), 0.00002))


def test_each_owner_has_the_shrunk_share_its_interval_and_the_raw_share() -> None:
    found = results.owners()
    ax = plots.owners(found)
    assert names(ax) == [row.owner for row in found.rows]
    assert dots(ax, "share") == [(row.share.value, place) for place, row in enumerate(found.rows)]
    assert dots(ax, "raw") == [(row.raw, place) for place, row in enumerate(found.rows)]
    assert [xs for xs, _ in lines(ax, "interval")] == [[row.share.low, row.share.high] for row in found.rows]
    assert dots(ax, "pooled")[0][0] == found.pooled
    assert text(ax, "pooled").startswith("all ")
    assert key(ax) == ["of comparable deals, with 90 % interval", "raw share"]


def test_beside_an_owner_stand_the_deals_and_a_mark_where_they_are_few() -> None:
    found = results.owners()
    row = found.rows[0]
    few = attrs.evolve(found, rows=(row, attrs.evolve(row, won=2, lost=1, open=0, raw=2 / 3)))
    ax = plots.owners(few)
    assert texts(ax, "aside") == [f"{row.won} of {row.won + row.lost} won, {row.open} open", "2 of 3 won*"]
    assert text(ax, "notes") == "* fewer than 10 closed deals: the raw share is mostly chance"


def test_an_owner_who_closed_nothing_has_no_raw_share() -> None:
    found = results.owners()
    fresh = attrs.evolve(found, rows=(attrs.evolve(found.rows[0], won=0, lost=0, raw=None),))
    assert dots(plots.owners(fresh), "raw") == []


def test_the_title_says_when_nobody_differs() -> None:
    assert title(plots.owners(results.owners())).startswith("No measurable difference between 4 owners (p = ")
    alone = attrs.evolve(results.owners(), winning=Heterogeneity(0.0, 1, 1.0))
    assert title(plots.owners(alone)) == "Share won by owner: nobody to compare with"


def test_the_title_names_those_who_stand_apart_or_counts_them() -> None:
    assert title(plots.owners(standing("above", "below", "below"))) == (
        "Owners differ (p < 0.001): owner 0 above all, owner 1 and owner 2 below all"
    )
    assert title(plots.owners(standing("above", "above", "above"))) == "Owners differ (p < 0.001): 3 owners above all"
    assert title(plots.owners(standing(*["no measurable difference"] * 2))) == "Owners differ (p < 0.001)"


def test_those_above_and_below_have_marks_of_their_own() -> None:
    ax = plots.owners(standing("above", "below", "no measurable difference"))
    marks = [(line.get_marker(), line.get_color()) for line in ax.lines if line.get_label() == "_share"]
    assert len(set(marks)) == 3
    assert marks[0][0] != marks[1][0]


@pytest.mark.parametrize("most", [2, 5, 8])
def test_of_many_owners_the_highest_and_the_lowest_are_drawn_and_the_others_counted(most: int) -> None:
    shown = names(plots.owners(many(30), most=most))
    assert len(shown) == most + 1
    assert shown[0] == "owner 0"
    assert shown[-1] == "owner 29"
    assert shown[(most + 1) // 2] == f"… {30 - most} between"
    assert len(names(plots.owners(many(30), most=30))) == 30


def test_at_least_the_highest_and_the_lowest_are_drawn() -> None:
    with pytest.raises(OutOfRange, match="most must be at least 2"):
        plots.owners(results.owners(), most=1)


def test_a_book_that_changes_hands_is_told_with_a_warning() -> None:
    notes = text(plots.owners(attrs.evolve(results.owners(), handed_over=0.64)), "notes")
    assert notes.startswith("64 % of the closed deals changed hands: where people work on different stages by design")


def test_without_owners_the_picture_says_so() -> None:
    ax = plots.owners(attrs.evolve(results.owners(), rows=(), n=0, winning=Heterogeneity(0.0, 0, 1.0)))
    assert text(ax, "nothing") == "no deal has an owner"
