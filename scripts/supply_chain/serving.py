"""An installation that starts, is asked with secrets in its requests, and loses its servers: all that it says."""

import secrets
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil

from adapters.embedded import servers
from adapters.settings import ROOT, Settings
from scripts.supply_chain.canaries import FOREIGN, KEPT, kept, planted, texts_below
from scripts.supply_chain.trial import CARETRAIL, LOOK, Trace, arguments_of, plain_environment

START_SECONDS, END_SECONDS, GONE_SECONDS = 90.0, 60.0, 3.0
PLACES = ("/health", "/ready", "/metrics", "/api/appointments", "/nowhere")
_POSTGRES_DATA = ("base", "global", "pg_wal", "pg_xact")


def served() -> Trace:
    """Run ``caretrail up`` over servers of its own, ask, take the servers away, ask again, and end it."""
    with tempfile.TemporaryDirectory(prefix="caretrail-trial-") as folder:
        state, outputs, ground = (Path(folder) / name for name in ("state", "outputs", "servers"))
        outputs.mkdir()
        own = Settings(state=ground, database_url=None, redis_url=None)
        running = servers.ensure(own)
        try:
            environment, canaries = _environment(state, running)
            code, texts = _lived(environment, canaries, outputs, own)
        finally:
            servers.stop(own)
        texts |= texts_below(outputs) | texts_below(state, besides=KEPT) | _logs(ground)
        return Trace("servers go away: up", code, texts, canaries | kept(state) | kept(ground))


def _environment(state: Path, running: servers.Servers) -> tuple[dict[str, str], dict[str, str]]:
    """Secrets wherever they do not keep the installation from starting; those of the servers are its own."""
    given, canaries = planted()
    ours = {name for name in given if "DATABASE_URL" in name} | {"REDIS_URL", *FOREIGN[:2], "CARETRAIL_TIMESTAMP_URL"}
    left = {name: value for name, value in given.items() if name not in ours}
    environment = plain_environment() | left | running.environment() | {"CARETRAIL_STATE": str(state)}
    sent = {"a bearer token": secrets.token_hex(24), "a typed password": secrets.token_hex(24)}
    return environment, {name: canary for name, canary in canaries.items() if name in left} | sent


def _lived(
    environment: dict[str, str], canaries: dict[str, str], outputs: Path, own: Settings
) -> tuple[int, dict[str, str]]:
    port, seen, texts = _free_port(), set[str](), dict[str, str]()
    with (outputs / "stdout").open("wb") as out, (outputs / "stderr").open("wb") as err:
        command = [*CARETRAIL, "up", "--port", str(port), "--json"]
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=err)
        watched = psutil.Process(process.pid)
        try:
            until = time.monotonic() + START_SECONDS
            while process.poll() is None and not (outputs / "stdout").stat().st_size and time.monotonic() < until:
                seen |= arguments_of(watched)
                time.sleep(LOOK)
            texts |= dict(_answers(port, canaries, "answer"))
            servers.stop(own)
            time.sleep(GONE_SECONDS)
            texts |= dict(_answers(port, canaries, "answer without servers"))
            seen |= arguments_of(watched)
        finally:
            process.send_signal(signal.SIGTERM)
            code = process.wait(END_SECONDS)
    return code, texts | {"arguments of processes": "\n".join(sorted(seen))}


def _answers(port: int, canaries: dict[str, str], what: str) -> Iterator[tuple[str, str]]:
    """Ask what anybody may ask, with a token and a password that are secrets."""
    bearer = {"Authorization": f"Bearer {canaries['a bearer token']}", "X-Metrics-Token": canaries["a bearer token"]}
    body = {"email": "someone@example.org", "password": canaries["a typed password"]}
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=20) as client:
        for place in PLACES:
            yield f"{what} {place}", _text(client.get(place, headers=bearer))
        yield f"{what} to a sign-in", _text(client.post("/api/auth/login", json=body))
        yield f"{what} to nonsense", _text(client.post("/api/auth/login", json={"passwort": body["password"]}))


def _text(answer: httpx.Response) -> str:
    headers = "\n".join(f"{name}: {value}" for name, value in answer.headers.items())
    return f"{answer.status_code}\n{headers}\n\n{answer.text}"


def _logs(ground: Path) -> dict[str, str]:
    """What the servers themselves wrote down, beside their data."""
    return {
        name: text
        for name, text in texts_below(ground, besides=KEPT).items()
        if not any(part in _POSTGRES_DATA for part in Path(name).parts)
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
