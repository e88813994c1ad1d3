"""Headers of caution on every answer: what a browser may do with it, and who may keep it."""

from starlette.types import Scope

from adapters.bootstrap import Settings

NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
#: A page of ours with scripts, styles and pictures of ours, from nowhere else and none in line.
PAGE = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
DEVICES = ("accelerometer", "camera", "display-capture", "geolocation", "gyroscope", "magnetometer", "microphone",
           "midi", "payment", "publickey-credentials-get", "usb")  # fmt: skip
DAY = 86_400
Headers = list[tuple[bytes, bytes]]


class Caution:
    """The headers that settings ask for; whatever an answer states itself stays as it is."""

    def __init__(self, settings: Settings) -> None:
        always = {
            "content-security-policy": NOTHING,
            "cross-origin-opener-policy": "same-origin",
            "cross-origin-resource-policy": "same-origin",
            "permissions-policy": ", ".join(f"{device}=()" for device in DEVICES),
            "referrer-policy": "no-referrer",
            "x-content-type-options": "nosniff",
            "x-frame-options": "DENY",
        }
        self._page = _encoded(always)
        self._data = _encoded(always | {"cache-control": "no-store"})
        age = settings.hsts_days * DAY
        self._secure = _encoded({"strict-transport-security": f"max-age={age}; includeSubDomains"}) if age else []

    def on(self, scope: Scope, stated: Headers) -> Headers:
        """Return the headers to add to an answer that states ``stated``. What lies under /api is kept by nobody."""
        headers = self._data if scope["path"].startswith("/api") else self._page
        if scope["scheme"] == "https":
            headers = headers + self._secure
        names = {name.lower() for name, _ in stated}
        return [header for header in headers if header[0] not in names]


def _encoded(headers: dict[str, str]) -> Headers:
    return [(name.encode(), value.encode()) for name, value in headers.items()]
