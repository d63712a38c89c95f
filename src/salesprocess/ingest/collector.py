"""Keep the cyclic garbage collector from walking through a growing book again and again while it is built."""

from __future__ import annotations

import gc
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def paused() -> Generator[None]:
    """No automatic collections inside, as before afterwards.

    Every event and deal is an object that the collector visits, none of them is garbage, and the more there are the
    longer each visit takes: more than half of the time of a large import. The switch is one for the whole interpreter,
    so use it only around code that runs nobody else's and ends soon. What other threads leave behind is collected
    afterwards.

    >>> with paused():
    ...     gc.isenabled()
    False
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
