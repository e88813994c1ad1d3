"""Whom we believe when we call others by HTTPS."""

import ssl
from functools import cache

import httpx


@cache
def authorities() -> ssl.SSLContext:
    """Return the authorities this process trusts: the library's, or those SSL_CERT_FILE or SSL_CERT_DIR name.

    Reading them takes a twentieth of a second, in which nothing else goes on: a client of its own for each call would
    read them each time.
    """
    return httpx.create_ssl_context()
