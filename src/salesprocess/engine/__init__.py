"""From a rulebook to a `transitions.Machine`, and from that machine to a table that decides fast."""

from salesprocess.engine.deciding import Engine
from salesprocess.engine.entries import Answer
from salesprocess.engine.machine import Walker

__all__ = ["Answer", "Engine", "Walker"]
