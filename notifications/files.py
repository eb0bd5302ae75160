"""A relay for trials: letters become files, each exactly once."""

from __future__ import annotations

import contextlib
import hashlib
import os
from dataclasses import dataclass
from email.parser import BytesHeaderParser
from pathlib import Path

from notifications.delivery import Delivery, Outgoing


@dataclass(frozen=True)
class FileRelay:
    """Writes each letter to `<directory>/<SHA-256 of its Message-ID>.eml`, whole or not at all, and never twice."""

    directory: Path

    def path_of(self, message_id: str) -> Path:
        """Where the letter with this `Message-ID` stands, or will."""
        return self.directory / f"{hashlib.sha256(message_id.encode()).hexdigest()}.eml"

    def holds(self, message_id: str) -> bool:
        """Whether the letter was taken: after a crash this tells what became of it."""
        return self.path_of(message_id).exists()

    def take(self, letter: Outgoing) -> Delivery:
        """Keep a letter. A letter that is there already counts as sent: it was."""
        identity = str(BytesHeaderParser().parsebytes(letter.content).get("Message-ID", "")).strip()
        if not identity:
            return Delivery("failed", "the letter has no Message-ID")
        final = self.path_of(identity)
        draft = final.with_suffix(f".{os.getpid()}.tmp")
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
            with draft.open("wb") as file:
                file.write(letter.content)
                file.flush()
                os.fsync(file.fileno())
            os.link(draft, final)  # unlike a rename, a link never replaces what is there
        except FileExistsError:
            if not final.is_file():
                return Delivery("deferred", f"{self.directory} is not a folder")
            return Delivery("sent", f"already written to {final.name}")
        except OSError as error:
            return Delivery("deferred", f"the letter could not be written: {error}")
        finally:
            with contextlib.suppress(OSError):
                draft.unlink(missing_ok=True)
        folder = os.open(self.directory, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        return Delivery("sent", f"written to {final.name}")
