"""Interactions a second into a local Neo4j 5.26: by one connection, and by the importer.

python -m benchmarks.neo4j_load [interactions] [--only load|import] [--folder FOLDER]

Makes a simulated world, loads it into a server of its own, by ``load`` and then by ``import --overwrite``. Prints for each kind, and each
step of the import, rows, seconds, and seconds of processor time here and in the server; on a machine that does other things at the same
time only these can be compared. Kernels are compiled beforehand. The server's own warming up is in the figures: its first 100,000 rows or
so are several times slower, and the importer and the server take some seconds to start and to be compiled, so small sizes look worse.
Targets: 8,000 and 60,000 interactions a second.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import tempfile
import time
from pathlib import Path

from graphwatch.settings import Neo4jSettings
from graphwatch.simulate import simulate_world
from graphwatch.store import FileSource, LocalServer, Projection, access_of, connect
from graphwatch.store.bulk import import_case
from graphwatch.store.shape import KINDS
from graphwatch.store.write import Written, load


class Laps:
    """Prints what each step took since the one before; a loader's progress."""

    def __init__(self, server: int | None = None) -> None:
        self._server = server
        self._first = self._last = self._now()
        self._until: dict[str, float] = {}

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
            self._until[step] = now[0] - self._first[0]

    def close(self, what: str, interactions: int, done: Written) -> None:
        """Print the whole."""
        rows = sum(done.written.values())
        wall, here, there = (after - before for after, before in zip(self._now(), self._first, strict=True))
        told = f"{what:8} {interactions:,} interactions, {rows:,} rows: {wall:.1f} s, {here:.1f} s here, {there:.1f} s there"
        print(f"{told}; {interactions / wall:,.0f} interactions/s; load {os.getloadavg()[0]:.1f}", flush=True)
        stopped = self._until.get("importer")
        if stopped is not None:
            print(f"{what:8} until the server is started, its indexes made: {stopped:.1f} s; {interactions / stopped:,.0f} interactions/s")


def main(interactions: int, folder: Path, only: str | None) -> None:
    """Measure both ways, or one."""
    settings = Neo4jSettings(heap_mb=1024)
    small = Projection(FileSource(simulate_world(2000, 7).interactions))
    for kind in KINDS:
        small.frame(kind)  # compiles
    frame, server = simulate_world(interactions, 7).interactions, LocalServer(folder)
    try:
        if only != "import":
            running = server.up(settings)
            with connect(access_of(settings, folder=folder), settings) as store:
                laps = Laps(running.pid)
                laps.close("load", interactions, load(store, Projection(FileSource(frame)), laps))
            server.down()
        if only != "load":
            laps = Laps()
            done = import_case(server, Projection(FileSource(frame)), settings, overwrite=True, progress=laps)
            laps.close("import", interactions, done)
    finally:
        server.down()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("interactions", type=int, nargs="?", default=1_000_000)
    parser.add_argument("--only", choices=["load", "import"])
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    place = given.folder or Path(tempfile.mkdtemp(prefix="neo4j-load-"))
    try:
        main(given.interactions, place, given.only)
    finally:
        shutil.rmtree(place, ignore_errors=True)
