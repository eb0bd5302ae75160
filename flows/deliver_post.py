"""Send the letters and make the webhook calls that are due."""

from __future__ import annotations

from prefect import flow

from flows.desk import send_all_due


@flow(name="deliver_post")
def deliver_post() -> int:
    """Send every due letter once and make every due call, one task a chunk; how many chunks."""
    return send_all_due()
