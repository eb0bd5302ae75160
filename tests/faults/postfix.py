"""A Postfix of the test's own: its settings, queue, log and mailboxes in one folder, listening on the loopback alone.

Nothing of the machine's own mail is read or touched. `school.example` has every reader in one Maildir,
`laurea.example` the mailbox for reports; whatever is for `gone.example` is taken and then comes back.
"""

from __future__ import annotations

import mailbox
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PROGRAM = shutil.which("postfix", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
MISSING = (
    "Postfix is not installed (apt-get install postfix)"
    if PROGRAM is None
    else "Postfix starts as root alone"
    if os.geteuid() != 0
    else ""
)
SERVICES = """
127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""
SETTINGS = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/log/mail.log
maillog_file_prefixes = {folder}
myhostname = relay.example
mydestination =
alias_maps =
inet_interfaces = loopback-only
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, reject
recipient_delimiter = +
in_flow_delay = 0
virtual_mailbox_domains = school.example, laurea.example
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = regexp:{folder}/etc/mailboxes
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_minimum_uid = 1
transport_maps = inline:{{ {{gone.example = virtual:}}, {{nowhere.example = discard:}} }}
default_transport = error:5.1.2 this relay sends nothing out
bounce_size_limit = 20000
"""
MAILBOXES = """
/^reader[0-9]+@school\\.example$/ readers/
/^(bounces|post)(\\+.*)?@laurea\\.example$/ reports/
"""


@dataclass
class Postfix:
    """A running relay."""

    folder: Path
    port: int

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        return self.folder / "log" / "mail.log"

    @property
    def reports(self) -> Path:
        return self.folder / "mail" / "reports"

    def read(self) -> Counter[str]:
        """How often each reader has got a letter, as the mailbox tells."""
        found: Counter[str] = Counter()
        where = self.folder / "mail" / "readers" / "new"
        for file in where.iterdir() if where.is_dir() else ():
            head = file.read_bytes().partition(b"\n\n")[0]
            found[re.search(rb"^Delivered-To: (\S+)", head, re.MULTILINE)[1].decode()] += 1  # type: ignore[index]
        return found

    def taken(self) -> int:
        """How many letters lie in the readers' mailbox so far."""
        where = self.folder / "mail" / "readers" / "new"
        return len(os.listdir(where)) if where.is_dir() else 0  # noqa: PTH208 - asked a thousand times a second

    def settled(self, seconds: float = 60) -> None:
        """Wait until the queue is empty: whatever was taken has been put where it belongs."""
        ends, queue = time.monotonic() + seconds, self.folder / "queue"
        while any(file.is_file() for part in ("incoming", "active", "maildrop") for file in (queue / part).rglob("*")):
            assert time.monotonic() < ends, self.log.read_text()[-2000:]
            time.sleep(0.1)

    def box(self) -> mailbox.Maildir:
        return mailbox.Maildir(self.reports)


@contextmanager
def running() -> Iterator[Postfix]:
    """A Postfix that is gone afterwards, with everything it held."""
    folder = Path(tempfile.mkdtemp(prefix="laurea-postfix-"))
    owner, group = (pwd.getpwnam("postfix"), pwd.getpwnam("nobody"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    for name in ("etc", "queue", "data", "log", "mail"):
        (folder / name).mkdir()
    folder.chmod(0o755)
    os.chown(folder / "data", owner.pw_uid, owner.pw_gid)
    os.chown(folder / "mail", group.pw_uid, group.pw_gid)
    (folder / "etc" / "main.cf").write_text(SETTINGS.format(folder=folder, uid=group.pw_uid, gid=group.pw_gid))
    (folder / "etc" / "master.cf").write_text(SERVICES.format(port=port))
    (folder / "etc" / "mailboxes").write_text(MAILBOXES)
    server = subprocess.Popen(
        [str(PROGRAM), "-c", str(folder / "etc"), "start-fg"],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    try:
        _wait_for(port, server)
        yield Postfix(folder, port)
    finally:
        _stop(server, folder)
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for(port: int, server: subprocess.Popen[str]) -> None:
    ends = time.monotonic() + 30
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), 1) as first:
                if first.recv(3) == b"220":
                    return
        except OSError:
            pass
        assert server.poll() is None, server.stderr.read() if server.stderr else ""
        assert time.monotonic() < ends, "Postfix does not answer"
        time.sleep(0.1)


def _stop(server: subprocess.Popen[str], folder: Path) -> None:
    subprocess.run([str(PROGRAM), "-c", str(folder / "etc"), "stop"], capture_output=True, timeout=30, check=False)
    try:
        server.wait(10)
    except subprocess.TimeoutExpired:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()
    if server.stderr:
        server.stderr.close()
