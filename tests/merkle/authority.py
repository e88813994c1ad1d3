"""A time-stamping authority of the test's own: openssl makes certificates and replies, a loopback server answers."""

import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

CONFIG = """
[ca]
basicConstraints = critical, CA:true
[tsa_cert]
basicConstraints = CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
[tsa]
default_tsa = here
[here]
serial = {folder}/serial
crypto_device = builtin
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
accuracy = secs:1
ordering = no
tsa_name = yes
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""
CURVE = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
HAVE_OPENSSL = shutil.which("openssl") is not None


def openssl(*arguments: str) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True, timeout=60)


class Authority:
    """Its root certificate lies in ``root``; ``stamp`` answers one query."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = folder / "tsa.cnf"
        self.config.write_text(CONFIG.format(folder=folder))
        self.root = folder / "ca.pem"
        (folder / "serial").write_text("01")
        ca, tsa = str(folder / "ca.key"), str(folder / "tsa.key")
        request, config = str(folder / "tsa.csr"), str(self.config)
        subject = "/CN=Time of the tests"
        openssl("req", "-x509", *CURVE, "-keyout", ca, "-out", str(self.root), "-days", "2",
                "-subj", "/CN=Root of the tests")  # fmt: skip
        openssl("req", *CURVE, "-keyout", tsa, "-out", request, "-subj", subject)
        openssl("x509", "-req", "-in", request, "-CA", str(self.root), "-CAkey", ca, "-CAcreateserial", "-days", "2",
                "-out", str(folder / "tsa.pem"), "-extfile", config, "-extensions", "tsa_cert")  # fmt: skip

    def stamp(self, query: bytes) -> bytes:
        """Return the reply to a query."""
        asked, reply = self.folder / "query.tsq", self.folder / "reply.tsr"
        asked.write_bytes(query)
        openssl("ts", "-reply", "-config", str(self.config), "-queryfile", str(asked), "-out", str(reply))
        return reply.read_bytes()

    def confirms(self, note: bytes, response: bytes) -> bool:
        """Whether openssl itself finds that the response is about the note."""
        data, reply = self.folder / "note", self.folder / "response.tsr"
        data.write_bytes(note)
        reply.write_bytes(response)
        command = ["openssl", "ts", "-verify", "-data", str(data), "-in", str(reply), "-CAfile", str(self.root)]
        return subprocess.run(command, capture_output=True, timeout=60, check=False).returncode == 0


class Posted:
    """What a loopback server was sent, and what it answers: status and body."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.headers: list[dict[str, str]] = []
        self.status = 200
        self.url = ""

    def answer(self, body: bytes) -> bytes:
        return b""


@contextmanager
def listening(posted: Posted) -> Iterator[Posted]:
    """Have a server on the loopback for the length of a block."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # the library's name
            body = self.rfile.read(int(self.headers["Content-Length"]))
            posted.bodies.append(body)
            posted.headers.append(dict(self.headers))
            reply = posted.answer(body)
            self.send_response(posted.status)
            self.send_header("Content-Length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

        def log_message(self, *arguments: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    posted.url = f"http://127.0.0.1:{server.server_port}/notes"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield posted
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
