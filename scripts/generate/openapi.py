"""The OpenAPI document, as it is given out: made once here, read by every process that serves it."""

import json
import secrets

from pydantic import SecretStr

from adapters.settings import Settings
from api.app import create_app
from api.openapi import document


def page() -> str:
    """Return the document as JSON, a line for each thing it says."""
    app = create_app(Settings(token_secret=SecretStr(secrets.token_hex())))
    return json.dumps(document(app), indent=1, ensure_ascii=False) + "\n"
