"""A known weakness is found; and who knows none, not even the one that everybody knows, is not believed."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from scripts.supply_chain import advisories
from scripts.supply_chain.outcome import State

Service = Callable[[set[str]], tuple[tuple[str, ...], ...]]


class Weaknesses(BaseHTTPRequestHandler):
    """Answers as the service does: for a package and version its published weaknesses, or nothing."""

    known: set[str] = set()

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        name = asked["package"]["name"]
        package = {"name": name, "ecosystem": "PyPI"}
        ranges = [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "9.9"}]}]
        weakness = {"id": f"TEST-{name}", "summary": "weak", "affected": [{"package": package, "ranges": ranges}]}
        answer = json.dumps({"vulns": [weakness]} if name in self.known else {}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def service() -> Iterator[Service]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Weaknesses)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()

    def knowing(known: set[str]) -> tuple[tuple[str, ...], ...]:
        Weaknesses.known = known
        return (("--vulnerability-service", "osv", "--osv-url", f"http://127.0.0.1:{server.server_port}"),)

    yield knowing
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def pins(tmp_path: Path) -> Path:
    lines = [f"{name} \\\n    --hash=sha256:{'0' * 64}\n" for name in ("sound==1.0", "weak==2.0", "tool==3.0")]
    (tmp_path / "requirements.txt").write_text("".join(lines[:2]))
    (tmp_path / "requirements-dev.txt").write_text("".join(lines))
    return tmp_path


class TestKnownWeaknesses:
    def test_are_found_with_what_mends_them(self, pins: Path, service: Service) -> None:
        outcome = advisories.check(pins, service({"jinja2", "weak"}))
        assert outcome.state is State.FOUND
        assert outcome.findings == ["weak 2.0 (shipped): TEST-weak, mended in 9.9"]

    def test_are_none_when_the_service_knows_the_control_and_nothing_of_ours(
        self, pins: Path, service: Service
    ) -> None:
        outcome = advisories.check(pins, service({"jinja2"}))
        assert (outcome.state, outcome.facts["audited"]) == (State.PASSED, 3)

    def test_are_unknown_when_the_service_does_not_know_the_control(self, pins: Path, service: Service) -> None:
        assert advisories.check(pins, service(set())).state is State.NOT_REACHED

    def test_are_unknown_when_nobody_answers(self, pins: Path) -> None:
        nobody = (("--vulnerability-service", "osv", "--osv-url", "http://127.0.0.1:1"),)
        assert advisories.check(pins, nobody).state is State.NOT_REACHED
