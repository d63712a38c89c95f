"""The dataframe engines that are installed here, and a log put into each of them."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import pytest

Log = Sequence[Mapping[str, Any]]
"""Rows of a change log, every row with the same columns; instants are aware and in UTC."""


def pyarrow(log: Log, zone: str | None = "UTC") -> Any:
    """The rows as an Arrow table, whose types do not depend on what is in them; without a zone the times are local."""
    import pyarrow as pa

    kinds = {"at": pa.timestamp("us", zone), "order": pa.int64()}
    return pa.table({name: pa.array([row[name] for row in log], kinds.get(name, pa.string())) for name in log[0]})


def pandas(log: Log, zone: str | None = "UTC") -> Any:
    return pyarrow(log, zone).to_pandas()


def pandas_with_arrow_types(log: Log, zone: str | None = "UTC") -> Any:
    import pandas as pd

    return pyarrow(log, zone).to_pandas(types_mapper=pd.ArrowDtype)


def polars(log: Log, zone: str | None = "UTC") -> Any:
    import polars as pl

    return pl.from_arrow(pyarrow(log, zone))


def polars_lazy(log: Log, zone: str | None = "UTC") -> Any:
    return polars(log, zone).lazy()


def duckdb(log: Log, zone: str | None = "UTC", session: str = "UTC") -> Any:
    return _connection(session).from_arrow(pyarrow(log, zone))


@cache
def _connection(zone: str) -> Any:
    """One database for all logs: a relation does not keep its connection open."""
    import duckdb

    connection = duckdb.connect()
    connection.execute(f"SET TimeZone = '{zone}'")
    return connection


def spark(log: Log, zone: str | None = "UTC") -> Any:
    return _session().createDataFrame(pyarrow(log, zone).to_pandas())


@cache
def _session() -> Any:
    from pyspark.sql import SparkSession

    options = {
        "spark.ui.enabled": "false",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": "2",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
    }
    builder = SparkSession.builder.master("local[1]")
    for name, value in options.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    return session


def _engine(make: Callable[..., Any], *needs: str, marks: Sequence[pytest.MarkDecorator] = ()) -> Any:
    absent = [name for name in needs if importlib.util.find_spec(name) is None]
    skip = pytest.mark.skipif(bool(absent), reason=f"{', '.join(absent)} is not installed")
    return pytest.param(make, id=make.__name__, marks=[skip, *marks])


EAGER = [
    _engine(pandas, "pandas", "pyarrow"),
    _engine(pandas_with_arrow_types, "pandas", "pyarrow"),
    _engine(polars, "polars", "pyarrow"),
    _engine(pyarrow, "pyarrow"),
]
DUCKDB = _engine(duckdb, "duckdb", "pyarrow")
LAZY = [_engine(polars_lazy, "polars", "pyarrow"), DUCKDB]
SPARK = _engine(
    spark,
    "pyspark",
    "pandas",
    "pyarrow",
    marks=[
        pytest.mark.tools,
        pytest.mark.skipif(shutil.which("java") is None, reason="Spark needs a Java runtime, and java is not on the PATH"),
    ],
)
QUICK = [*EAGER, *LAZY]
ALL = [*QUICK, SPARK]
