"""Writes the page of the documentation that shows what the kit prints."""

import sys

from tests.testing.planted import page

sys.stdout.write(page())
