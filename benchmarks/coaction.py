"""Co-action: planted rings against raw weights, and speed and memory beside ``coordination-network-toolkit``.

python -m benchmarks.coaction [--rows 1000000] [--peer PYTHON] [--limit 120] [--part accuracy|speed|burst]

The peer runs by the Python that ``--peer`` names, else in a temporary virtual environment that ``pip`` fills. Both sides read the same
interactions from CSV (ours from Parquet, too), and count pairs that shared a link within 60 s.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import venv
from pathlib import Path
from typing import Final

from benchmarks.coaction_runs import SESSION_RUNS
from benchmarks.measure import Measured, measure, print_table, python

PEER: Final = "coordination-network-toolkit==1.5.2"
USERS: Final = (2000, 4000)
OBJECTS: Final = (3000, 8000)
REPLIERS: Final = 60_000
_THEIRS: Final = """
import json, sqlite3, sys
from coordination_network_toolkit.compute_networks import compute_co_link_network
from coordination_network_toolkit.preprocess import preprocess_csv_files
if __name__ == "__main__":
    file, database = sys.argv[1:]
    preprocess_csv_files(database, [file])
    compute_co_link_network(database, 60, n_threads=2, min_edge_weight=1)
    query = "select count(*) / 2, count(distinct user_1) from co_link_network where user_1 <> user_2"
    print(json.dumps(dict(zip(("edges", "vertices"), sqlite3.connect(database).execute(query).fetchone()))))
"""


def runs(*arguments: object) -> Measured:
    """Run a part of ``benchmarks.coaction_runs``."""
    return measure(python("-m", "benchmarks.coaction_runs", *map(str, arguments)))


def answer(measured: Measured) -> dict[str, float]:
    """Give what it printed last."""
    found: dict[str, float] = json.loads(measured.output.splitlines()[-1])
    return found


def peer_python(given: str | None, folder: Path) -> str:
    """Give the Python that has the peer: the given one, or one made here."""
    if given:
        return given
    place = folder / "peer"
    venv.create(place, with_pip=True)
    made = str(place / ("Scripts" if sys.platform == "win32" else "bin") / "python")
    subprocess.run([made, "-m", "pip", "install", "--quiet", PEER], check=True)
    return made


def run_peer(peer: str, folder: Path, limit: float) -> Measured | None:
    """Load and count by the peer; None: not within the limit."""
    script, database = folder / "theirs.py", folder / "theirs.db"
    script.write_text(_THEIRS, encoding="utf-8")
    database.unlink(missing_ok=True)
    command = ["timeout", "--kill-after=5", f"{limit:.0f}", peer, str(script), str(folder / "theirs.csv"), str(database)]
    try:
        return measure(command, {"PYTHONPATH": ""})
    except subprocess.CalledProcessError as error:
        if error.returncode in {124, 137}:
            return None
        raise
    finally:
        database.unlink(missing_ok=True)


def print_accuracy(rows: int) -> None:
    """Planted rings in denser and less dense worlds."""
    table = [["users x objects, exponent", "precision", "recall", "groups", "stability", "seconds", "raw >= 20: precision", "recall"]]
    for users, objects in zip(USERS, OBJECTS, strict=True):
        for exponent in (0.5, 0.7):
            found = answer(runs("accuracy", rows, users, objects, exponent))
            cells = [f"{found[name]:.3f}" for name in ("ours_precision", "ours_recall")]
            cells += [f"{found['groups']:.0f}", f"{found['stability']:.2f}", f"{found['seconds']:.1f}"]
            cells += [f"{found[name]:.3f}" for name in ("raw_precision", "raw_recall")]
            table.append([f"{users:,} x {objects:,}, {exponent}", *cells])
    print(f"\n10 rings of 20 accounts x 30 objects in {rows:,} rows of a day (bar: precision >= .95 at recall >= .95)")
    print_table(table)


def print_speed(rows: int, peer: str, folder: Path, limit: float) -> None:
    """Both on the same interactions, load included."""
    runs("make", "world", folder, rows, USERS[0], OBJECTS[0], 0.7)
    theirs = run_peer(peer, folder, limit)
    table = [["", "seconds", "of processor", "ratio", "of processor", "GB", "V", "E"]]
    base, spent = (theirs.seconds, theirs.cpu_seconds) if theirs else (limit, None)
    if theirs:
        told = answer(theirs)
        table.append(
            [
                PEER,
                f"{base:.1f}",
                f"{theirs.cpu_seconds:.1f}",
                "1",
                "1",
                f"{theirs.peak_gb:.2f}",
                f"{told['vertices']:,}",
                f"{told['edges']:,}",
            ]
        )
    else:
        table.append([PEER, f"> {limit:.0f}", "", "", "", "", "", ""])
    for file in ("ours.parquet", "ours.csv"):
        whole, session = runs("once", folder / file), runs("count", folder / file)
        told = answer(session)
        size = [f"{told['vertices']:,}", f"{told['edges']:,}"]
        table.append(
            [
                f"{file}: process",
                f"{whole.seconds:.1f}",
                f"{whole.cpu_seconds:.1f}",
                f"{base / whole.seconds:.1f}",
                f"{spent / whole.cpu_seconds:.1f}" if spent else "",
                f"{whole.peak_gb:.2f}",
                *size,
            ]
        )
        table.append(
            [
                f"{file}: in a session",
                f"{told['again']:.1f}",
                f"{told['processor']:.1f}",
                f"{base / told['again']:.1f}",
                f"{spent / told['processor']:.1f}" if spent else "",
                f"{session.peak_gb:.2f}",
                *size,
            ]
        )
    print(f"\nco-link, {rows:,} rows, 60 s, exponent .7, load included; in a session: median of {SESSION_RUNS}")
    print("(bar: ratio >= 25, equal V and E)")
    print_table(table)


def print_burst(peer: str, folder: Path, limit: float) -> None:
    """One object, 60,000 accounts, one minute: 1.8 billion pairs."""
    runs("make", "burst", folder, REPLIERS, 0, 0, 0)
    ours = runs("once", folder / "ours.csv")
    told = answer(ours)
    theirs = run_peer(peer, folder, limit)
    print(f"\n{REPLIERS:,} accounts on one object within a minute (bar: <= 20 s, <= 1 GB, saturated set)")
    print_table(
        [
            ["", "seconds", "of processor", "GB", "saturated objects"],
            ["graphwatch", f"{ours.seconds:.1f}", f"{ours.cpu_seconds:.1f}", f"{ours.peak_gb:.2f}", f"{told['saturated']}"],
            [PEER, f"{theirs.seconds:.1f}" if theirs else f"stopped after {limit:.0f}", "", f"{theirs.peak_gb:.2f}" if theirs else "", ""],
        ]
    )


def main() -> None:
    """Print all three tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--peer", help="Python of an environment with coordination-network-toolkit")
    parser.add_argument("--limit", type=float, default=120, help="seconds after which the peer is stopped")
    parser.add_argument("--part", choices=("accuracy", "speed", "burst"), help="only this table")
    options = parser.parse_args()
    if options.part in {None, "accuracy"}:
        print_accuracy(options.rows)
    if options.part == "accuracy":
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        peer = peer_python(options.peer, folder)
        if options.part in {None, "speed"}:
            print_speed(options.rows, peer, folder, max(options.limit, 600))
        if options.part in {None, "burst"}:
            print_burst(peer, folder, options.limit)


if __name__ == "__main__":
    main()
