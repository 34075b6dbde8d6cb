"""Whom a connection trusts: SSL_CERT_FILE or SSL_CERT_DIR, else the system's own store, a company's among it."""

import ssl
from functools import cache

import httpx2


@cache
def context() -> ssl.SSLContext:
    """For clients that read nothing else from the environment. Making it takes a while: once will do."""
    return httpx2.create_ssl_context()
