"""Synthetic books of deals, each move decided by the rules of their process, with the truth beside them."""

from salesprocess.simulation.books import Book, book
from salesprocess.simulation.rates import Rates

__all__ = ["Book", "Rates", "book"]
