"""The expressions that engines do not agree on, each written once: microseconds, the row before, the row after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeAlias

import narwhals.stable.v2 as nw

from salesprocess.errors import MissingColumn, OutOfRange, WrongKind

Frame: TypeAlias = "nw.DataFrame[Any] | nw.LazyFrame[Any]"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = 1_000_000
_TEXTS = (nw.String, nw.Categorical, nw.Enum, nw.Object, nw.Unknown)
"""Columns of texts, and those whose kind an engine does not tell, such as columns of nulls."""


def opened(native: object, name: str) -> Frame:
    """The frame as narwhals sees it.

    Raises:
        WrongKind: it is no dataframe that narwhals knows.
    """
    found: Any = nw.from_native(native, pass_through=True)  # pyright: ignore
    if not isinstance(found, nw.DataFrame | nw.LazyFrame):
        wanted = "a dataframe of pandas, Polars, PyArrow, DuckDB, PySpark or another engine that narwhals knows"
        raise WrongKind(name, native, wanted)
    return found  # pyright: ignore[reportUnknownVariableType]


def in_known_zone(frame: Frame, column: str) -> Frame:
    """The frame with instants whose kind narwhals knows: in pandas it knows no zone such as America/New_York."""
    if frame.implementation.is_pandas() and isinstance(frame.collect_schema().get(column), nw.Unknown):
        native: Any = frame.to_native()
        if getattr(native[column].dtype, "tz", None) is not None:
            utc: Frame = nw.from_native(native.assign(**{column: native[column].dt.tz_convert("UTC")}))
            return utc
    return frame


def stacked(frames: Sequence[Frame]) -> Frame:
    """The rows of all the frames, which have the same columns."""
    return nw.concat(frames)  # type: ignore[type-var]  # pyright: ignore


def all_found(frame: Frame, columns: Mapping[str, str], fields: Sequence[str], more: Sequence[str]) -> None:
    """Refuse a frame without a column for each of the fields, or without one of `more`.

    Raises:
        MissingColumn: a field has no column, or a named column is not in the frame; all are listed.
    """
    found = frame.collect_schema().names()
    unnamed = [field for field in fields if field not in columns]
    absent = [column for column in (*columns.values(), *more) if column not in found]
    if unnamed or absent:
        raise MissingColumn([*unnamed, *dict.fromkeys(absent)], found)


def all_texts(frame: Frame, column: str, *, numbers: bool = False) -> None:
    """Refuse a column that holds no texts, nor whole numbers where they do as well.

    Raises:
        WrongKind: the column holds something else.
    """
    kind = frame.collect_schema()[column]
    if not (isinstance(kind, _TEXTS) or (numbers and kind.is_integer())):
        wanted = "texts or whole numbers" if numbers else "texts"
        raise WrongKind(f"column {column!r}", kind, f"{wanted}; cast it in its own engine first")


def text(column: str) -> nw.Expr:
    """The cells as texts without blanks around them; null where nothing is left."""
    stripped = nw.col(column).cast(nw.String).str.strip_chars()
    return unless(stripped, "")


def all_instants(frame: Frame, column: str, *, utc: bool) -> None:
    """Refuse a column from which no microseconds can be reckoned.

    Args:
        frame: where the column is.
        column: its name.
        utc: instants without a time zone are in UTC.

    Raises:
        WrongKind: the column holds no instants, or local times, and nobody said that they are in UTC; or local times of
            Spark, which reckons with instants alone.
        OutOfRange: the engine would reckon in the time zone of its session, and that is not UTC.
    """
    kind, name = frame.collect_schema()[column], f"column {column!r}"
    if not isinstance(kind, nw.Datetime):
        raise WrongKind(name, kind, "instants; cast texts to the engine's own type of timestamps first")
    if kind.time_zone is None and frame.implementation.is_spark_like():
        raise WrongKind(
            name, kind, "instants with a time zone; cast to TIMESTAMP in a session in the zone that is meant"
        )
    if kind.time_zone is None and not utc:
        raise WrongKind(name, kind, "instants with a time zone; say utc=True if they are in UTC")
    if _in_session(frame) and kind.time_zone not in (None, "UTC", "Etc/UTC"):
        raise OutOfRange(f"the time zone of the session for {name}", kind.time_zone, "UTC, as by SET TimeZone = 'UTC'")


def microseconds(frame: Frame, column: str) -> nw.Expr:
    """Whole microseconds since 1970 in UTC, exactly; of a column that `all_instants` accepts."""
    instants = nw.col(column)
    if frame.implementation.is_spark_like():
        return instants.cast(nw.Int64) * _SECOND + instants.dt.microsecond()
    if _in_session(frame):
        kind = frame.collect_schema()[column]
        local = isinstance(kind, nw.Datetime) and kind.time_zone is None
        return (instants - nw.lit(_EPOCH.replace(tzinfo=None) if local else _EPOCH)).dt.total_microseconds()
    return instants.dt.timestamp("us")


def _in_session(frame: Frame) -> bool:
    """Whether the engine subtracts in the zone of the session, whose clocks may change."""
    return frame.implementation.is_duckdb() or frame.implementation.is_ibis()


def choice(column: str, values: Mapping[Any, Any], default: str | int) -> nw.Expr:
    """What each value of a column stands for; `default` for every other, and for null."""
    chosen: nw.Expr = nw.lit(default)
    for value, meaning in values.items():
        chosen = nw.when(nw.col(column) == value).then(nw.lit(meaning)).otherwise(chosen)
    return chosen


def unless(expression: nw.Expr, empty: str) -> nw.Expr:
    """The values, and null instead of `empty`."""
    return nw.when(expression != empty).then(expression)


def ordered(frame: Frame, *by: str) -> Frame:
    """The rows sorted where they have an order of their own; a lazy engine sorts when it looks for neighbours.

    Mostly the first two columns settle the order, and to sort by those alone is faster.
    """
    if isinstance(frame, nw.LazyFrame):
        return frame
    rows = frame.sort(*by[:2])
    return frame.sort(*by) if _tied(rows, *by[:2]) else rows


def _tied(frame: nw.DataFrame[Any], *columns: str) -> bool:
    """Whether two neighbours are alike in all the columns."""
    alike = (nw.col(column) == nw.col(column).shift(1) for column in columns)
    tied = frame.select(tied=nw.all_horizontal(*alike, ignore_nulls=False).fill_null(False))
    return bool(tied["tied"].any())


def neighbour(frame: Frame, column: str, distance: int, by: tuple[str, ...], default: str | int) -> nw.Expr:
    """The value `distance` rows later in the same deal; `default` where there is none.

    Args:
        frame: sorted by deal and `by`, unless it is lazy.
        column: whose value.
        distance: 1 for the next row, -1 for the one before.
        by: what the rows of a deal are sorted by.
        default: where the deal has no such row.
    """
    there = nw.col(column).shift(distance * -1)
    if isinstance(frame, nw.LazyFrame):
        return there.over("deal", order_by=by).fill_null(default)  # pyright: ignore
    return nw.when(nw.col("deal") == nw.col("deal").shift(distance * -1)).then(there).otherwise(nw.lit(default))


def without_repeats(frame: Frame, alike: tuple[str, ...], order: str) -> Frame:
    """The frame with the first, by `order`, of the rows that are alike in all the columns.

    Args:
        frame: sorted by the first two of the columns, unless it is lazy.
        alike: the columns; the first one is that of the deal.
        order: the column of the order.
    """
    if isinstance(frame, nw.DataFrame):
        if not _tied(frame, *alike[:2]):
            return frame
        return frame.filter(nw.col(order).min().over(*alike) == nw.col(order))
    # All windows divide the rows by deal: what an engine has put together once need not be moved again.
    deal, *others = alike
    again = nw.lit(True)
    for column in others:
        here, before = nw.col(column), nw.col(column).shift(1).over(deal, order_by=(*others, order))
        again = again & ((here == before) | (here.is_null() & before.is_null()))
    return frame.with_columns(again=again.fill_null(False)).filter(~nw.col("again")).drop("again")


def numbered(frame: Frame, by: tuple[str, ...], name: str) -> Frame:
    """The frame with a column that counts the rows of each deal from 1; sorted as for `neighbour`."""
    if isinstance(frame, nw.LazyFrame):
        return frame.with_columns(nw.col("deal").cum_count().over("deal", order_by=by).alias(name))
    rows = frame.with_row_index(name)
    begins = nw.when(nw.col("deal") != nw.col("deal").shift(1).fill_null("")).then(nw.col(name))
    return rows.with_columns((nw.col(name) - begins.fill_null(strategy="forward") + 1).alias(name))


def collected(frame: Frame) -> nw.DataFrame[Any]:
    """The rows, in memory."""
    return frame.collect() if isinstance(frame, nw.LazyFrame) else frame
