"""The world outside Laurea in a rehearsal: a relay that keeps every letter, and a register that answers.

Both listen on the loopback, or on another address that is asked for. The relay writes down each letter it took before
it says so, as Postfix logs it; the register answers from the JSON lines files of a folder.
"""

from __future__ import annotations

import json
import mailbox
import sys
import threading
from email.parser import BytesHeaderParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class Sink:
    """Takes every letter: one line in the log, the letter itself in an mbox file."""

    def __init__(self, folder: Path) -> None:
        self.log = (folder / "relay.log").open("a", encoding="utf-8")
        self.box = (folder / "letters.mbox").open("ab")
        self.parser = BytesHeaderParser()

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """Keep a letter, then say that it was taken."""
        content = envelope.content if isinstance(envelope.content, bytes) else str(envelope.content).encode()
        identity = str(self.parser.parsebytes(content)["Message-ID"]).strip()
        self.box.write(b"From laurea\n" + content.replace(b"\r\n", b"\n").replace(b"\nFrom ", b"\n>From ") + b"\n")
        self.box.flush()
        self.log.write(f"message-id={identity} to={','.join(envelope.rcpt_tos)}\n")
        self.log.flush()
        return "250 2.0.0 Ok: taken"


def _register(folder: Path) -> type[BaseHTTPRequestHandler]:
    entries: dict[str, Any] = {}
    seen: set[Path] = set()
    lock = threading.Lock()

    def entry(unit: str) -> Any:
        with lock:
            for path in set(folder.glob("*/register.jsonl")) - seen:
                seen.add(path)
                with path.open(encoding="utf-8") as lines:
                    entries.update({row["unit_id"]: row for row in map(json.loads, lines)})
        return entries.get(unit)

    class Register(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            wanted = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["units"]
            found = [known for unit in wanted if (known := entry(unit)) is not None]
            body = json.dumps({"units": found}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Stay silent."""

    return Register


def letters(folder: Path) -> mailbox.mbox:
    """What the relay took, as a mailbox."""
    return mailbox.mbox(folder / "letters.mbox")


def main(folder: str, smtp_port: str, http_port: str, host: str = "127.0.0.1") -> None:
    """Serve until ended."""
    place = Path(folder)
    controller = Controller(Sink(place), hostname=host, port=int(smtp_port), decode_data=False)
    controller.start()
    ThreadingHTTPServer((host, int(http_port)), _register(place)).serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
