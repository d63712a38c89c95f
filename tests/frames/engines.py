"""The dataframe engines that are installed here, and a log put into each of them."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

import pytest

Log = Sequence[Mapping[str, Any]]
"""Rows of a change log, every row with the same columns; instants are aware and in UTC."""


def pyarrow(log: Log, zone: str | None = "UTC") -> Any:
    """The rows as an Arrow table of times, whole numbers and texts; without a zone the times are local."""
    pa = pytest.importorskip("pyarrow")
    kinds = {datetime: pa.timestamp("us", zone), int: pa.int64()}

    def kind(name: str) -> Any:
        return next((kinds[type(row[name])] for row in log if type(row[name]) in kinds), pa.string())

    return pa.table({name: pa.array([row[name] for row in log], kind(name)) for name in log[0]})


def pandas(log: Log, zone: str | None = "UTC") -> Any:
    pytest.importorskip("pandas")
    return pyarrow(log, zone).to_pandas()


def pandas_with_arrow_types(log: Log, zone: str | None = "UTC") -> Any:
    pd = pytest.importorskip("pandas")

    return pyarrow(log, zone).to_pandas(types_mapper=pd.ArrowDtype)


def polars(log: Log, zone: str | None = "UTC") -> Any:
    pl = pytest.importorskip("polars")

    return pl.from_arrow(pyarrow(log, zone))


def polars_lazy(log: Log, zone: str | None = "UTC") -> Any:
    return polars(log, zone).lazy()


def duckdb(log: Log, zone: str | None = "UTC", session: str = "UTC") -> Any:
    return _connection(session).from_arrow(pyarrow(log, zone))


@cache
def _connection(zone: str) -> Any:
    """One database for all logs: a relation does not keep its connection open."""
    connection = pytest.importorskip("duckdb").connect()
    connection.execute(f"SET TimeZone = '{zone}'")
    return connection


def spark(log: Log, zone: str | None = "UTC") -> Any:
    return _session().createDataFrame(pyarrow(log, zone).to_pandas())


@cache
def _session() -> Any:
    sql = pytest.importorskip("pyspark.sql")
    options = {
        "spark.ui.enabled": "false",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": "2",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
    }
    builder = sql.SparkSession.builder.master("local[1]")
    for name, value in options.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    return session


def _engine(make: Callable[..., Any], *marks: pytest.MarkDecorator) -> Any:
    return pytest.param(make, id=make.__name__, marks=marks)


EAGER = [_engine(make) for make in (pandas, pandas_with_arrow_types, polars, pyarrow)]
DUCKDB = _engine(duckdb)
LAZY = [_engine(polars_lazy), DUCKDB]
SPARK = _engine(
    spark,
    pytest.mark.tools,
    pytest.mark.skipif(not shutil.which("java"), reason="Spark needs a Java runtime, and java is not on the PATH"),
)
QUICK = [*EAGER, *LAZY]
ALL = [*QUICK, SPARK]
