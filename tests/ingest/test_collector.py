"""The pause of the garbage collector ends, however the import does."""

from __future__ import annotations

import gc

import pytest

from salesprocess.ingest import collector


def test_collections_go_on_afterwards_even_when_something_fails() -> None:
    def fails() -> None:
        with collector.paused():
            assert not gc.isenabled()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    assert gc.isenabled()


def test_what_somebody_else_switched_off_stays_off() -> None:
    gc.disable()
    try:
        with collector.paused():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
