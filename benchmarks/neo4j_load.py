"""Interactions a second into a local Neo4j 5.26: by one connection, and by the importer.

python -m benchmarks.neo4j_load [interactions] [folder]

Makes a simulated world, loads it into a server of its own, by ``load`` and then by ``import --overwrite``. Prints for each kind, and each
step of the import, rows, seconds, and seconds of processor time here and in the server; on a machine that does other things at the same
time only these can be compared. Kernels are compiled beforehand. The server's own warming up is in the figures: its first 100,000 rows or
so are several times slower, and the importer and the server take some seconds to start, so small sizes look worse. Targets: 8,000 and
60,000 interactions a second.
"""

from __future__ import annotations

import os
import resource
import shutil
import sys
import tempfile
import time
from pathlib import Path

from graphwatch.settings import Neo4jSettings
from graphwatch.simulate import simulate_world
from graphwatch.store import FileSource, LocalServer, Projection, access_of, connect
from graphwatch.store.bulk import import_case
from graphwatch.store.shape import KINDS
from graphwatch.store.write import load

SIZE = 1_000_000


class Laps:
    """Prints what each step took since the one before; a loader's progress."""

    def __init__(self, server: int | None = None) -> None:
        self._server = server
        self._first = self._last = self._now()

    def _now(self) -> tuple[float, float, float]:
        """Seconds by the clock, of this process, and of the server or else of the programs that ended."""
        if self._server is None:
            ended = resource.getrusage(resource.RUSAGE_CHILDREN)
            return time.perf_counter(), time.process_time(), ended.ru_utime + ended.ru_stime
        fields = Path(f"/proc/{self._server}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return time.perf_counter(), time.process_time(), (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def __call__(self, step: str, done: int, of: int) -> None:
        """Print a step that is done."""
        if done == of:
            now = self._now()
            wall, here, there = (after - before for after, before in zip(now, self._last, strict=True))
            print(f"{step:44} {of:10,} rows {wall:7.1f} s {here:7.1f} s here {there:7.1f} s there {of / wall:10,.0f} rows/s", flush=True)
            self._last = now

    def close(self, what: str, interactions: int, rows: int) -> None:
        """Print the whole."""
        wall, here, there = (after - before for after, before in zip(self._now(), self._first, strict=True))
        told = f"{what:8} {interactions:,} interactions, {rows:,} rows: {wall:.1f} s, {here:.1f} s here, {there:.1f} s there"
        print(f"{told}; {interactions / wall:,.0f} interactions/s; load {os.getloadavg()[0]:.1f}", flush=True)


def main(interactions: int, folder: Path) -> None:
    """Measure both ways."""
    settings = Neo4jSettings(heap_mb=1024)
    projection = Projection(FileSource(simulate_world(interactions, 7).interactions))
    rows = sum(len(projection.frame(kind)) for kind in KINDS)  # also compiles, and encodes once
    server = LocalServer(folder)
    running = server.up(settings)
    try:
        with connect(access_of(settings, folder=folder), settings) as store:
            laps = Laps(running.pid)
            load(store, projection, laps)
            laps.close("load", interactions, rows)
        server.down()
        laps = Laps()
        import_case(server, projection, settings, overwrite=True, progress=laps)
        laps.close("import", interactions, rows)
    finally:
        server.down()


if __name__ == "__main__":
    place = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(tempfile.mkdtemp(prefix="neo4j-load-"))
    try:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else SIZE, place)
    finally:
        shutil.rmtree(place, ignore_errors=True)
