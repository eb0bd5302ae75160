"""One process that sends what is due, for benchmarks/post.py: prints letters, seconds, CPU seconds, memory in MB."""

from __future__ import annotations

import json
import sys
import time
from datetime import timedelta
from pathlib import Path

from _common import peak_megabytes

sys.path[0] = str(Path(__file__).resolve().parents[1])  # `rules` is our room, not the benchmark beside this one

from laurea.actions.deliver import deliver  # noqa: E402
from laurea.store.engine import open_engine  # noqa: E402
from tests.faults import outboxes  # noqa: E402


def main(folder: Path, port: int, connections: int, dkim: str) -> None:
    settings = outboxes.settings_in(
        folder,
        smtp_url=f"smtp://127.0.0.1:{port}",
        mail_connections=connections,
        dkim={"laurea.example": dkim} if dkim else {},
    )
    engine, now = open_engine(settings.url), outboxes.WRITTEN + timedelta(hours=1)
    before = peak_megabytes()
    wall, cpu = time.perf_counter(), time.process_time()
    done = deliver(engine, settings=settings, now=now, limit=1_000_000)
    seconds, used = time.perf_counter() - wall, time.process_time() - cpu
    print(json.dumps({"done": done, "seconds": seconds, "cpu": used, "before": before, "most": peak_megabytes()}))


main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
