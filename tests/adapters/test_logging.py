"""What a process of ours writes on stderr is lines of allowed keys, also when a library has something to say."""

import json
import subprocess
import sys

from adapters.settings import ROOT

SAYS = """
import logging
from adapters.logging import configure
configure("info")
try:
    raise KeyError("ada@example.org")
except KeyError:
    logging.getLogger("some.library").exception("could not find %s", "ada@example.org")
logging.getLogger("some.library").info("found nothing")
"""


class TestLibraries:
    def test_are_heard_without_their_words(self) -> None:
        done = subprocess.run([sys.executable, "-c", SAYS], cwd=ROOT, capture_output=True, text=True, check=True)
        (line,) = done.stderr.splitlines()
        said = json.loads(line)
        assert "ada" not in line
        assert (said["event"], said["logger"], said["error"]) == ("library.said", "some.library", "KeyError")
        assert said["level"] == "warning", "what is tried again calls for nobody"
