"""A browser sends the refresh cookie by itself, so where it does, the page that makes it ask must be one of ours."""

from urllib.parse import urlsplit

from starlette.types import Scope

from api.bodies import SAFE
from api.entering import COOKIE_PATH
from domain.kernel.errors import Kind, Refused

OURS = frozenset({b"same-origin", b"none"})


class CrossSite(Refused):
    """A page of another origin makes a browser ask."""

    code = "cross-site-request"
    kind = Kind.FORBIDDEN


def check_site(scope: Scope, origins: frozenset[str]) -> None:
    """Raise CrossSite for a request that may carry or set the cookie and comes from a page that is not ours.

    Sec-Fetch-Site is the browser's own word and no script can set it; older browsers send Origin; what sends neither is
    no browser. SameSite=Strict stands behind it, and says less: every page of the same registrable domain passes that.
    """
    if scope["method"] in SAFE or not scope["path"].startswith(COOKIE_PATH):
        return
    headers = dict(scope["headers"])
    origin, site = headers.get(b"origin", b"").decode("latin-1"), headers.get(b"sec-fetch-site")
    if origin in origins:
        return
    if site in OURS if site else not origin or _host(origin) == headers.get(b"host", b"").decode("latin-1").lower():
        return
    raise CrossSite("This can only be asked from our own pages, or from those that are allowed to.")


def _host(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc.lower() or None
    except ValueError:
        return None
