"""Wrong money fails to type-check."""

from decimal import Decimal

from salesprocess.money import Money

Money("48000.50", "EUR")
Money(Decimal(48000), "EUR")
Money(48000, currency="EUR")

Money(48000.5, "EUR")  # type: ignore[arg-type]
Money("48000", 978)  # type: ignore[arg-type]
Money("48000")  # type: ignore[call-arg]
