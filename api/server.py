"""What a server process loads."""

from fastapi import FastAPI

from adapters.bootstrap import configure, settings
from api.app import create_app


def application() -> FastAPI:
    """Return the application of this process, logging set up."""
    configure(settings().log_level)
    return create_app()
