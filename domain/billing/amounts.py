"""Sums of invoices: the one way in which the amounts of a line, and of all lines, are worked out."""

from collections.abc import Iterable
from typing import NamedTuple

from domain.billing.states import Rounding
from domain.kernel.money import Money


class Amounts(NamedTuple):
    """Net, tax on it, and both together."""

    net: Money
    tax: Money

    @property
    def total(self) -> Money:
        """What is to be paid."""
        return self.net + self.tax


def line_amounts(quantity: int, unit: Money, tax_basis_points: int, rounding: Rounding) -> Amounts:
    """Return a line's amounts under the rounding its event names."""
    match rounding:
        case Rounding.HALF_AWAY_FROM_ZERO:
            net = unit.times(quantity)
            return Amounts(net, net.share(tax_basis_points))


def summed(lines: Iterable[Amounts], currency: str) -> Amounts:
    """Return the sum of lines of one currency."""
    net = tax = Money(0, currency)
    for line in lines:
        net, tax = net + line.net, tax + line.tax
    return Amounts(net, tax)
