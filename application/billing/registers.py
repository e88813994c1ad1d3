"""Finding the page of the register of invoice numbers on which the next number goes."""

from application.kernel.session import Session
from domain.billing.register import InvoiceRegister, register_id

WINDOW = 64


async def open_register(session: Session, year: int) -> InvoiceRegister:
    """Return the page to draw from. Of two callers who draw the same number one conflicts, and decides again."""
    tenant_id = session.context.tenant_id
    page = await _last_page(session, year)
    register = await session.store.load(InvoiceRegister, tenant_id, register_id(tenant_id, year, page))
    if register.full:
        return InvoiceRegister(register_id(tenant_id, year, page + 1)).following(register)
    return register


async def _last_page(session: Session, year: int) -> int:
    tenant_id, first = session.context.tenant_id, 0
    while True:
        pages = [register_id(tenant_id, year, page) for page in range(first, first + WINDOW)]
        begun = len(await session.store.existing(tenant_id, pages))
        if begun < WINDOW:
            return max(first + begun - 1, 0)
        first += WINDOW
