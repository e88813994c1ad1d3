"""An e-mail address as the name of an account: one spelling, so that it can be looked up by its keyed hash."""

import unicodedata

from domain.kernel.errors import Invalid

LONGEST, LONGEST_LOCAL = 254, 64


class BadEmail(Invalid):
    """Not an e-mail address."""

    code = "bad-email"


def normalised(address: str) -> str:
    """Return the one spelling of an address: compatibility forms unified, lower case. Raises BadEmail."""
    text = unicodedata.normalize("NFKC", address).strip().lower()
    local, at, host = text.rpartition("@")
    labels = host.split(".")
    if (
        not (local and at)
        or len(text) > LONGEST
        or len(local) > LONGEST_LOCAL
        or len(labels) < 2
        or any(not label or label.startswith("-") or label.endswith("-") for label in labels)
        or any(not (c.isalnum() or c == "-") for label in labels for c in label)
        or "@" in local
        or any(c.isspace() or not c.isprintable() for c in local)
    ):
        raise BadEmail("This is not an e-mail address.")
    return text
