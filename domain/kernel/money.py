"""Money: whole minor units of one ISO 4217 currency. Never a float."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Self

import msgspec

from domain.kernel.errors import Invalid

#: ISO 4217 currencies whose minor unit is not a hundredth (exponent per code).
_EXPONENTS = {"JPY": 0, "KRW": 0, "CLP": 0, "VND": 0, "ISK": 0, "UGX": 0, "XAF": 0, "XOF": 0,
              "BHD": 3, "KWD": 3, "OMR": 3, "JOD": 3, "TND": 3}  # fmt: skip
BASIS = 10_000


class CurrencyMismatch(Invalid):
    """Amounts of two currencies cannot be added."""

    code = "currency-mismatch"


class Money(msgspec.Struct, frozen=True):
    """``amount`` in minor units (cents) of ``currency``."""

    amount: int
    currency: str

    def __add__(self, other: Self) -> "Money":
        self._same(other)
        return Money(self.amount + other.amount, self.currency)

    def __sub__(self, other: Self) -> "Money":
        self._same(other)
        return Money(self.amount - other.amount, self.currency)

    def times(self, quantity: int) -> "Money":
        """Return ``quantity`` times this amount."""
        return Money(self.amount * quantity, self.currency)

    def share(self, basis_points: int) -> "Money":
        """Return ``basis_points`` / 10 000 of this amount, rounded half away from zero to a whole minor unit."""
        exact = Decimal(self.amount * basis_points) / BASIS
        return Money(int(exact.quantize(Decimal(1), ROUND_HALF_UP)), self.currency)

    def decimal(self) -> str:
        """Return the amount in major units as a decimal string: ``Money(7900, "INR").decimal() == "79.00"``."""
        exponent = _EXPONENTS.get(self.currency, 2)
        return f"{Decimal(self.amount).scaleb(-exponent):.{exponent}f}"

    def _same(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise CurrencyMismatch("Amounts are in different currencies.", have=self.currency, given=other.currency)
