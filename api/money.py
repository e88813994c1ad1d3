"""Money at the edge: it may come as whole minor units or as a decimal, and always goes out as both."""

from decimal import Decimal
from typing import Any

from domain.kernel.errors import Invalid
from domain.kernel.money import Money


class UnsoundAmount(Invalid):
    """An amount that is missing, given twice differently, or finer than the currency's minor unit."""

    code = "unsound-amount"


def money_of(amount: Decimal | None, cents: int | None, currency: str) -> Money:
    """Return the amount given in either form, or in both alike. Raises UnsoundAmount."""
    if amount is None:
        if cents is None:
            raise UnsoundAmount("Give amount (in major units) or amount_cents.", field="amount")
        return Money(cents, currency)
    digits = len(Money(0, currency).decimal().partition(".")[2])
    minor = amount.scaleb(digits)
    if not minor.is_finite() or minor != minor.to_integral_value():
        raise UnsoundAmount(f"{currency} has {digits} decimal places at most.", field="amount")
    if cents is not None and cents != int(minor):
        raise UnsoundAmount("Give amount and amount_cents the same value, or one of them.", field="amount_cents")
    return Money(int(minor), currency)


def both(name: str, minor: int, currency: str) -> dict[str, Any]:
    """Return an amount under ``name`` as a decimal string and under ``name_cents`` in minor units."""
    return {name: Money(minor, currency).decimal(), f"{name}_cents": minor}
