"""What is said of letters on pages: their classes, and what happened to one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from notifications.outbox import STATES

LOOKS: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(STATES, "plain"),
        "sent": "good",
        "delivered": "good",
        "held": "warn",
        "uncertain": "warn",
        "failed": "bad",
        "bounced": "bad",
        "cancelled": "mute",
    }
)
"""How a state looks in a list."""


def classes(_: Callable[[str], str]) -> Mapping[str, str]:
    """The classes of letters (notifications.catalogue.Ground) in words: why the house may write."""
    return {
        "asked_for": _("the reader asked for it a moment ago"),
        "task": _("it concerns a task the reader has taken on"),
        "procedure": _("the procedure cannot go on without it"),
        "decision": _("an official notice about the reader’s own case"),
        "courtesy": _("it helps, and its reader may unsubscribe"),
    }
