"""From a rulebook to a `transitions.Machine`, and from that machine to a table that decides fast."""

from salesprocess.engine.deciding import Answer, Engine
from salesprocess.engine.machine import Walker

__all__ = ["Answer", "Engine", "Walker"]
