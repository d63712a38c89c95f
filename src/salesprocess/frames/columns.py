"""The expressions that engines do not agree on, each written once: microseconds, the row before, the row after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeAlias

import narwhals.stable.v2 as nw

from salesprocess.errors import MissingColumn, NaiveDatetime, OutOfRange, WrongKind

Frame: TypeAlias = "nw.DataFrame[Any] | nw.LazyFrame[Any]"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = 1_000_000


def opened(native: object, name: str) -> Frame:
    """The frame as narwhals sees it.

    Raises:
        WrongKind: it is no dataframe that narwhals knows.
    """
    try:
        frame: Frame = nw.from_native(native)  # type: ignore[call-overload]  # pyright: ignore
    except TypeError:
        wanted = "a dataframe of pandas, Polars, PyArrow, DuckDB, PySpark or another engine that narwhals knows"
        raise WrongKind(name, native, wanted) from None
    return frame


def is_lazy(frame: Frame) -> bool:
    """Whether rows have no order of their own, and nothing runs before it is collected."""
    return isinstance(frame, nw.LazyFrame)


def require(frame: Frame, columns: Mapping[str, str], fields: Sequence[str]) -> None:
    """Refuse a frame without a column for each of the fields.

    Raises:
        MissingColumn: a field has no column, or a named column is not in the frame; all are listed.
    """
    found = frame.collect_schema().names()
    unnamed = [field for field in fields if field not in columns]
    absent = [column for column in columns.values() if column not in found]
    if unnamed or absent:
        raise MissingColumn([*unnamed, *absent], found)


def text(column: str) -> nw.Expr:
    """The cells as texts without blanks around them; null where nothing is left."""
    stripped = nw.col(column).cast(nw.String).str.strip_chars()
    return unless(stripped, "")


def microseconds(frame: Frame, column: str, *, utc: bool) -> nw.Expr:
    """Whole microseconds since 1970 in UTC, exactly.

    Args:
        frame: where the column is.
        column: its name.
        utc: instants without a time zone are in UTC.

    Raises:
        WrongKind: the column holds no instants.
        NaiveDatetime: it holds local times, and nobody said that they are in UTC.
        OutOfRange: the engine would reckon in the time zone of its session, and that is not UTC.
    """
    kind = frame.collect_schema()[column]
    if not isinstance(kind, nw.Datetime):
        raise WrongKind(f"column {column!r}", kind, "instants; cast texts to the engine's own type of timestamps first")
    zone = kind.time_zone
    if zone is None and not utc:
        raise NaiveDatetime(f"column {column!r}", kind)
    engine, instants = frame.implementation, nw.col(column)
    if engine.is_spark_like():
        return instants.cast(nw.Int64) * _SECOND + instants.dt.microsecond()
    if engine.is_duckdb() or engine.is_ibis():
        # These engines subtract in the zone of the session, whose clocks change.
        if zone not in (None, "UTC", "Etc/UTC"):
            raise OutOfRange("the time zone of the session", zone, "UTC, as by SET TimeZone = 'UTC'")
        epoch = _EPOCH if zone else _EPOCH.replace(tzinfo=None)
        return (instants - nw.lit(epoch)).dt.total_microseconds()
    return instants.dt.timestamp("us")


def choice(column: str, values: Mapping[Any, Any], default: object) -> nw.Expr:
    """What each value of a column stands for; `default` for every other, and for null."""
    chosen: nw.Expr = nw.lit(default)
    for value, meaning in values.items():
        chosen = nw.when(nw.col(column) == value).then(nw.lit(meaning)).otherwise(chosen)
    return chosen


def unless(expression: nw.Expr, empty: object) -> nw.Expr:
    """The values, and null instead of `empty`."""
    return nw.when(expression != empty).then(expression)


def ordered(frame: Frame, *by: str) -> Frame:
    """The rows sorted where they have an order of their own; a lazy engine sorts when it looks for neighbours."""
    return frame if isinstance(frame, nw.LazyFrame) else frame.sort(*by)


def neighbour(frame: Frame, column: str, distance: int, by: tuple[str, ...], default: object) -> nw.Expr:
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


def numbered(frame: Frame, groups: tuple[str, ...], by: tuple[str, ...], name: str) -> Frame:
    """The frame with a column that counts the rows of each group from 1, in the order of `by`."""
    if isinstance(frame, nw.LazyFrame):
        return frame.with_columns(nw.col(groups[0]).cum_count().over(*groups, order_by=by).alias(name))
    rows = frame.sort(*groups, *by).with_row_index(name)
    return rows.with_columns((nw.col(name) - nw.col(name).min().over(*groups) + 1).alias(name))


def collected(frame: Frame) -> nw.DataFrame[Any]:
    """The rows, in memory."""
    return frame.collect() if isinstance(frame, nw.LazyFrame) else frame
