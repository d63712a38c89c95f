"""What a planted fault is: how the kit is asked about it, and what it prints."""

from __future__ import annotations

from collections.abc import Callable

import attrs
import pytest


@attrs.frozen
class Fault:
    """A mistake, and the call of the kit that finds it.

    Attributes:
        kind: what is faulty.
        mistake: what is wrong with it, in words.
        call: how the kit is asked, as a user writes it.
        run: the same, to be run.
        shown: a part of what the kit prints, the smallest example.
    """

    kind: str
    mistake: str
    call: str
    run: Callable[[], object]
    shown: str

    def printed(self) -> str:
        """What the kit prints."""
        with pytest.raises(Exception) as failed:  # noqa: PT011 - whatever the kit raises is looked at
            self.run()
        return "\n".join([str(failed.value), *getattr(failed.value, "__notes__", ())])

    def section(self) -> str:
        """Its section of the page: what is printed, but for the program of Hypothesis, which says the same again."""
        shown = self.printed().partition("\nFailing test case")[0].strip()
        return f"### {self.mistake[0].upper()}{self.mistake[1:]}\n\n`{self.call}`\n\n```text\n{shown}\n```\n"
