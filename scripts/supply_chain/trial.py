"""One start in which something is broken, and everything it leaves behind."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from string import Template
from typing import NamedTuple

import psutil

from adapters.settings import ROOT
from scripts.supply_chain.canaries import KEPT, kept, planted, texts_below

CARETRAIL = (sys.executable, "-m", "scripts.cli")
PATIENCE, LOOK = 30.0, 0.03
#: All that a process is given of our own environment.
PLAIN = ("PATH", "HOME", "LANG", "TMPDIR")


class Trial(NamedTuple):
    """A command, and the settings that are broken for it; ``$NAME`` in them is the canary of that name."""

    name: str
    command: tuple[str, ...]
    broken: Mapping[str, str] = {}
    seconds: float = PATIENCE


class Trace(NamedTuple):
    """What a trial left: its exit code (None: it had to be ended), every text, and the secrets it was given or made."""

    name: str
    code: int | None
    texts: Mapping[str, str]
    canaries: Mapping[str, str]

    @property
    def shows_a_traceback(self) -> bool:
        """Whether somebody who may only have to mend a setting was shown our code."""
        return any("Traceback (most recent call last)" in text for text in self.texts.values())

    @property
    def wrong_answers(self) -> dict[str, str]:
        """Answers of a server that did not know what to say: 503 is one it knows."""
        codes = {where: text.split("\n")[0] for where, text in self.texts.items() if where.startswith("answer")}
        return {where: code for where, code in codes.items() if code >= "500" and code != "503"}


def attempt(trial: Trial, program: Sequence[str] = CARETRAIL) -> Trace:
    """Start ``program`` with the trial's arguments, wait for its end, or end it, and gather what it left."""
    given, canaries = planted()
    given |= {name: Template(value).substitute(canaries) for name, value in trial.broken.items()}
    with tempfile.TemporaryDirectory(prefix="caretrail-trial-") as folder:
        outputs, state = Path(folder) / "outputs", Path(folder) / "state"
        outputs.mkdir()
        with (outputs / "stdout").open("wb") as out, (outputs / "stderr").open("wb") as err:
            environment = plain_environment() | given | {"CARETRAIL_STATE": str(state)}
            process = subprocess.Popen([*program, *trial.command], cwd=ROOT, env=environment, stdout=out, stderr=err)
            arguments, code = _watched(process, trial.seconds)
        texts = texts_below(outputs) | texts_below(state, besides=KEPT) | {"arguments of processes": arguments}
        return Trace(trial.name, code, texts, canaries | kept(state))


def plain_environment() -> dict[str, str]:
    """What a process needs of our environment, and none of our secrets."""
    return {name: os.environ[name] for name in PLAIN if name in os.environ}


def arguments_of(process: psutil.Process) -> set[str]:
    """What anybody on the machine reads about a process and its children."""
    seen = set()
    with suppress(psutil.Error):
        for each in [process, *process.children(recursive=True)]:
            with suppress(psutil.Error):
                seen.add(" ".join(each.cmdline()))
    return seen


def _watched(process: subprocess.Popen[bytes], seconds: float) -> tuple[str, int | None]:
    """Wait for the end, reading the list of processes meanwhile; who does not end is ended, with its children."""
    seen, until = set[str](), time.monotonic() + seconds
    watched = psutil.Process(process.pid)
    while (code := process.poll()) is None and time.monotonic() < until:
        seen |= arguments_of(watched)
        time.sleep(LOOK)
    if code is None:
        everyone = [watched, *watched.children(recursive=True)]
        process.terminate()
        _, left = psutil.wait_procs(everyone, timeout=PATIENCE)
        for survivor in left:
            survivor.kill()
        process.wait()
    return "\n".join(sorted(seen)), code
