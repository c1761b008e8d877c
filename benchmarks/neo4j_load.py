"""Interactions a second into a local Neo4j 5.26: by one connection, and by the importer.

python -m benchmarks.neo4j_load [interactions] [folder]

Makes a simulated world, loads it into a case without side tables, and the case into a server of its own; first by ``load``, then by
``import --overwrite``. Prints rows and seconds; compiles the kernels beforehand. Targets: 8,000 and 60,000 interactions a second.
"""

from __future__ import annotations

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


def main(interactions: int, folder: Path) -> None:
    """Measure both ways."""
    settings = Neo4jSettings(heap_mb=1024)
    projection = Projection(FileSource(simulate_world(interactions, 7).interactions))
    rows = {kind.name: len(projection.frame(kind)) for kind in KINDS}  # also compiles, and encodes once
    server = LocalServer(folder)
    server.up(settings)
    try:
        with connect(access_of(settings, folder=folder), settings) as store:
            begun, last = time.perf_counter(), [time.perf_counter()]

            def tell(kind: str, done: int, of: int) -> None:
                """Print a kind that is done."""
                if done == of:
                    now = time.perf_counter()
                    print(f"{kind:36} {of:10,} rows {of / (now - last[0]):10,.0f} rows/s")
                    last[0] = now

            load(store, projection, tell)
            taken = time.perf_counter() - begun
        print(
            f"load    {interactions:,} interactions, {sum(rows.values()):,} rows: {taken:.1f} s, {interactions / taken:,.0f} interactions/s"
        )
        server.down()
        begun = time.perf_counter()
        import_case(server, projection, settings, overwrite=True)
        taken = time.perf_counter() - begun
        print(f"import  {interactions:,} interactions: {taken:.1f} s with start of the server, {interactions / taken:,.0f} interactions/s")
    finally:
        server.down()


if __name__ == "__main__":
    place = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(tempfile.mkdtemp(prefix="neo4j-load-"))
    try:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 200_000, place)
    finally:
        shutil.rmtree(place, ignore_errors=True)
