"""Serve the deal desk on this machine: `python -m deal_desk [file.sqlite] [--demo]`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import timedelta
from random import Random

import uvicorn
from sqlalchemy import create_engine

from deal_desk.api import create_app, utc_now
from deal_desk.store import DealStore
from salesprocess import Catalog, simulation, templates


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="deal_desk", description=__doc__)
    parser.add_argument("file", nargs="?", default="deals.sqlite", help="the database; made when it is not there")
    parser.add_argument("--demo", action="store_true", help="fill an empty database with a synthetic book")
    parser.add_argument("--process", default="startup", help="the template that new deals follow")
    parser.add_argument("--port", type=int, default=8000)
    options = parser.parse_args(arguments)
    store = DealStore(create_engine(f"sqlite:///{options.file}"))
    catalog = Catalog([templates.load(name) for name in templates.names()])
    if options.demo and not store.size():
        fill(store, catalog, options.process)
    uvicorn.run(create_app(store, catalog, serves=options.process), port=options.port)


def fill(store: DealStore, catalog: Catalog, process: str, deals: int = 300) -> None:
    """A synthetic book of the last eight months; every move in it was decided by the rules."""
    now = utc_now().replace(microsecond=0)
    book = simulation.book(catalog.latest(process), deals, rng=Random(7), start=now - timedelta(days=240), as_of=now)
    for deal in book.deals:
        store.add(deal)


if __name__ == "__main__":
    main()
