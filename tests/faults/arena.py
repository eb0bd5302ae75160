"""The undisturbed round, and new installations to play it in otherwise."""

from __future__ import annotations

import random
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from tests.faults import judge, school
from tests.faults.databases import Cluster, Database, SQLite
from tests.faults.judge import Told
from tests.faults.school import PHASES, School
from tests.faults.stand import Installation, Stand

NAMES = list(PHASES)
LAST = 9  # measured times of a phase that count


class Arena:
    """The undisturbed round on SQLite, and where it is tried to disturb it, there and on PostgreSQL."""

    def __init__(self, folder: Path, scale: float, *, postgresql: bool) -> None:
        folder.chmod(0o755)
        self.folder, self.stand = folder, Stand(folder)
        self.cluster: Cluster | None = None
        try:
            self.scene, self.world = school.prepare(folder / "world" / "school", scale)
            self.databases: list[Database] = [SQLite()]
            if postgresql:
                self.cluster = Cluster(folder / "postgresql")
                self.databases.append(self.cluster)
            self.times: dict[tuple[str, str], list[float]] = {}
            self.calm = self._calm(self.databases[0])
        except BaseException:
            self.close()
            raise

    def _calm(self, database: Database) -> Told:
        with self.playing("calm-" + database.name, database) as round_:
            for name, phase in PHASES.items():
                began = time.monotonic()
                phase(round_)
                for one in self.databases:  # the other's own times come with the rounds played there
                    self.times[one.name, name] = [time.monotonic() - began]
            assert not (faults := judge.broken(round_) + judge.delivered(round_)[0]), faults
            return judge.told(round_)

    @contextmanager
    def playing(self, name: str, database: Database, kind: type[School] = School) -> Iterator[School]:
        """A round that has not begun, in a new installation."""
        place = Installation(self.stand, self.folder / name, database)
        shutil.copytree(self.world.folder, place.worlds / "school")
        round_ = kind(place, self.scene, self.world)
        try:
            place.outside()
            yield round_
        finally:
            round_.close()
            place.close()

    def draw(self, chance: random.Random, database: Database) -> tuple[str, float]:
        """A phase and seconds into it, uniform over the time that the whole round takes."""
        lengths = [median(self.times[database.name, name][-LAST:]) for name in NAMES]
        moment = chance.random() * sum(lengths)
        for name, length in zip(NAMES, lengths, strict=True):
            if moment < length:
                return name, moment
            moment -= length
        return NAMES[-1], lengths[-1]

    def close(self) -> None:
        self.stand.close()
        if self.cluster:
            self.cluster.close()


@contextmanager
def arena(scale: float, *, postgresql: bool) -> Iterator[Arena]:
    """An arena in a folder that is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="laurea-faults-"))
    made = None
    try:
        made = Arena(folder, scale, postgresql=postgresql)
        yield made
    finally:
        if made:
            made.close()
        shutil.rmtree(folder, ignore_errors=True)
