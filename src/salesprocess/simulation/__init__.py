"""Synthetic books of deals, each move decided by the rules of their process, with the truth beside them."""

from salesprocess.simulation.arrivals import Arrivals
from salesprocess.simulation.books import Book, book
from salesprocess.simulation.exports import LOG_COLUMNS, Dirt, Export, Flaw, log_rows
from salesprocess.simulation.laws import Exit, Law, law
from salesprocess.simulation.rates import Rates, StageRates

__all__ = [
    "LOG_COLUMNS",
    "Arrivals",
    "Book",
    "Dirt",
    "Exit",
    "Export",
    "Flaw",
    "Law",
    "Rates",
    "StageRates",
    "book",
    "law",
    "log_rows",
]
