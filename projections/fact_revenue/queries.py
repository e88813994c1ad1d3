"""What analysts ask of revenue."""

from datetime import date
from typing import Literal
from uuid import UUID

from projections.kernel.reader import Reader, Row

Group = Literal["day", "month"]

_REVENUE = """SELECT date_trunc(%(group)s, occurred_on)::date AS starts_on, currency,
        coalesce(sum(net) FILTER (WHERE kind IN ('ISSUED', 'VOIDED')), 0)::bigint AS invoiced_net,
        coalesce(sum(tax) FILTER (WHERE kind IN ('ISSUED', 'VOIDED')), 0)::bigint AS invoiced_tax,
        coalesce(sum(amount) FILTER (WHERE kind IN ('ISSUED', 'VOIDED') AND is_subscription), 0)::bigint
            AS from_subscriptions,
        coalesce(sum(amount) FILTER (WHERE kind = 'IMPORTED'), 0)::bigint AS imported,
        coalesce(sum(amount) FILTER (WHERE kind = 'PAID'), 0)::bigint AS paid,
        coalesce(-sum(amount) FILTER (WHERE kind = 'WRITTEN_OFF'), 0)::bigint AS written_off,
        count(*) FILTER (WHERE kind = 'ISSUED') AS invoices, max(position) AS as_of_position
    FROM read.fact_revenue
    WHERE tenant_id = %(tenant)s AND occurred_on >= %(first)s AND occurred_on <= %(last)s
    GROUP BY 1, 2 ORDER BY 1, 2"""


async def revenue(reader: Reader, tenant_id: UUID, first: date, last: date, group: Group) -> tuple[list[Row], int]:
    """Return sums in minor units per day or month and currency, from ``first`` to ``last``, both included; and the
    position of the last event in any of them (0: there are none)."""
    rows = await reader.rows(_REVENUE, {"tenant": tenant_id, "first": first, "last": last, "group": group})
    return rows, max((row.pop("as_of_position") for row in rows), default=0)
