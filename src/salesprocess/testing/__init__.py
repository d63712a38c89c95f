"""What a program that embeds sales processes can test with: checks that any rulebook has to pass."""

from __future__ import annotations

from salesprocess.testing.checks import check_process

__all__ = ["check_process"]
"""What is for users."""
