"""Fit 1,000 planted cascades of about 500 events, beside the package ``hawkes`` 1.0.0 on the same cascades in the same run.

    python -m benchmarks.branching [--cascades 1000] [--peer /tmp/peer-hawkes]

Prints how many were fitted, the median branching ratio beside the planted .8, the coverage of its error, the kernels chosen, and
processor time per cascade against the peer. The peer lives in a virtual environment of its own, made when it is absent, because it wants
libraries that this project does not. It compiles its inner loop by Cython where a compiler is there; the table says whether it did.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
import polars as pl

from benchmarks.measure import print_table
from graphwatch.trace import fit_branching

F64 = npt.NDArray[np.float64]
PLANTED: Final = 0.8
EVENTS: Final = 500
WORLDS: Final[tuple[tuple[str, float], ...]] = (("exponential", 100.0), ("exponential", 1000.0), ("power_law", 1000.0))
PEER: Final = "hawkes==1.0.0"

PEER_PROGRAM: Final = """
import json, sys, time, warnings
warnings.simplefilter("ignore")
import numpy as np
import Hawkes
from Hawkes import model
loaded = np.load(sys.argv[1])
times, start, end = loaded["times"], loaded["start"], float(loaded["end"])
def fit(k):
    found = Hawkes.estimator().set_kernel("exp").set_baseline("const").fit(times[start[k] : start[k + 1]], [0.0, end])
    return float(np.ravel(found.para["alpha"])[0])
fit(0)
began = time.process_time()
ratios, failed = [], 0
for k in range(len(start) - 1):
    try:
        ratios.append(fit(k))
    except Exception:
        failed += 1
seconds = time.process_time() - began
print(json.dumps({"seconds": seconds, "median": float(np.median(ratios)), "failed": failed, "compiled": model.cython_import}))
"""


def plant(rng: np.random.Generator, kernel: str, end: float, spontaneous: float) -> F64:
    """Event times up to ``end`` of a cascade with branching ratio .8; lags of mean (exponential) or median-like scale (power law) 1."""
    generation = rng.uniform(0, end, rng.poisson(spontaneous))
    times = [generation]
    while len(generation):
        parents = np.repeat(generation, rng.poisson(PLANTED, len(generation)))
        u = 1.0 - rng.random(len(parents))
        children = parents + (-np.log(u) if kernel == "exponential" else u ** (-1 / 1.5) - 1.0)
        generation = children[children < end]
        times.append(generation)
    return np.sort(np.concatenate(times))


def peer_environment(folder: Path) -> Path:
    """Give the interpreter that has the peer; made when absent."""
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", PEER, "setuptools"], check=True)
    return python


def run_peer(python: Path, cascades: list[F64], end: float) -> dict[str, float]:
    """Fit the cascades by the peer; its own processor time."""
    with tempfile.TemporaryDirectory(prefix="graphwatch-peer-") as work:
        data, program = Path(work) / "cascades.npz", Path(work) / "fit.py"
        np.savez(data, times=np.concatenate(cascades), start=np.cumsum([0, *(len(c) for c in cascades)]), end=end)
        program.write_text(PEER_PROGRAM, encoding="utf-8")
        done = subprocess.run([str(python), str(program), str(data)], capture_output=True, text=True, check=True, cwd=work)
    told: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return told


def ours(frame: pl.DataFrame, end: float, *, same: bool) -> tuple[pl.DataFrame, float]:
    """Fit by :func:`graphwatch.trace.fit_branching`: the peer's model (``same``) or all that it does by default; processor seconds."""
    began = time.process_time()
    law: Literal["exponential", "auto"] = "exponential" if same else "auto"
    found = fit_branching(frame, end, kernel=law, background="constant" if same else "auto", correct=not same)
    return found, time.process_time() - began


def row(name: str, found: pl.DataFrame, seconds: float, peer: float) -> tuple[str, ...]:
    """Give a line of the table."""
    ratio, error = found["branching_ratio"].to_numpy(), found["branching_ratio_se"].to_numpy()
    inside = float(np.mean(np.abs(ratio - PLANTED) <= 1.645 * error))
    power_law, poor = (found["kernel"] == "power_law").sum() / len(found), (found["ks_p_value"] < 0.05).sum() / len(found)
    return (
        name,
        f"{found['converged'].sum()} of {len(found)}",
        f"{np.median(ratio):.3f}",
        f"{inside:.3f}",
        f"{power_law:.2f}",
        f"{poor:.3f}",
        f"{1e3 * seconds / len(found):.2f}",
        f"{peer / seconds:.1f}" if peer else "",
    )


def main() -> None:
    """Fit planted cascades by both and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--cascades", type=int, default=1000)
    parser.add_argument("--peer", type=Path, default=Path(tempfile.gettempdir()) / "peer-hawkes")
    arguments = parser.parse_args()
    python = peer_environment(arguments.peer)
    rows: list[tuple[str, ...]] = [("cascades", "fitted", "median n̂", "90 % covers .8", "power law", "KS p < .05", "ms each", "× hawkes")]
    for kernel, end in WORLDS:
        rng = np.random.default_rng([6, len(rows)])
        cascades = [plant(rng, kernel, end, EVENTS * (1 - PLANTED)) for _ in range(arguments.cascades)]
        names = np.repeat([f"c{k:05d}" for k in range(len(cascades))], [len(c) for c in cascades])
        frame = pl.DataFrame({"cascade_id": names, "at": np.concatenate(cascades)})
        ours(frame.head(3000), end, same=True), ours(frame.head(3000), end, same=False)  # compile
        peer = run_peer(python, cascades, end)
        label = f"{kernel}, T = {end:g}"
        rows.append(row(f"{label}: same model", *ours(frame, end, same=True), peer["seconds"]))
        rows.append(row(f"{label}: kernel chosen, bias taken off", *ours(frame, end, same=False), peer["seconds"]))
        told = f"{1e3 * peer['seconds'] / len(cascades):.2f}"
        done = f"{len(cascades) - peer['failed']:.0f} of {len(cascades)}"
        rows.append(
            (f"{label}: hawkes 1.0.0{'' if peer['compiled'] else ' (not compiled)'}", done, f"{peer['median']:.3f}", "", "", "", told, "")
        )
    print_table(rows)


if __name__ == "__main__":
    main()
