"""The command line beside a house: over its own database and state."""

import asyncio
import os
import sys

from adapters.settings import ROOT
from tests.api.house import House


async def caretrail(house: House, *arguments: str) -> str:
    """Run a command over the house's own database and state; return what it prints."""
    settings = house.services.settings
    here = {"CARETRAIL_STATE": str(settings.state), "DATABASE_URL": house.database_url}
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "scripts.cli", *arguments, "--json", cwd=ROOT, env=os.environ | here,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, wrong = await program.communicate()
    assert program.returncode == 0, wrong
    return out.decode()
