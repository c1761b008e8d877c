"""What ``benchmarks.coaction`` measures, each in a process of its own: ``python -m benchmarks.coaction_runs NAME ARGUMENTS``.

Prints one JSON object.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

import graphwatch as gw
from graphwatch.settings import DetectSettings, Settings

DAY_S = 86_400
SESSION_RUNS = 5
START = 1_700_006_400
RINGS, MEMBERS, OBJECTS = 10, 20, 30
Ints = npt.NDArray[np.int64]


def world(rows: int, users: int, objects: int, exponent: float, seed: int) -> tuple[pl.DataFrame, Ints]:
    """Zipf accounts and objects over a day, and rings of 20 accounts that share 30 objects together within half a minute.

    Returns
    -------
    interactions, ring
        Canonical columns; the ring of each account, -1: none.
    """
    rng = np.random.default_rng([seed, 29])
    by_user, by_object = (np.cumsum(np.arange(1, n + 1) ** -exponent) for n in (users, objects))
    actor = [np.searchsorted(by_user, rng.random(rows) * by_user[-1])]
    item = [np.searchsorted(by_object, rng.random(rows) * by_object[-1])]
    second = [rng.integers(0, DAY_S, rows)]
    ring = np.full(users, -1)
    for number, members in enumerate(rng.choice(users, (RINGS, MEMBERS), replace=False)):
        ring[members] = number
        for chosen in rng.choice(objects, OBJECTS, replace=False):
            actor.append(members)
            item.append(np.full(MEMBERS, chosen))
            second.append(rng.integers(0, DAY_S - 30) + rng.integers(0, 30, MEMBERS))
    return frame(np.concatenate(actor), np.concatenate(item), np.concatenate(second)), ring


def burst(repliers: int, seed: int) -> pl.DataFrame:
    """``repliers`` accounts that act once each on one object within a minute."""
    rng = np.random.default_rng([seed, 30])
    return frame(np.arange(repliers), np.zeros(repliers, np.int64), rng.integers(0, 60, repliers))


def frame(actor: Ints, item: Ints, second: Ints) -> pl.DataFrame:
    """Name interactions by canonical columns."""
    columns = {
        "interaction_id": pl.int_range(len(actor), eager=True).cast(pl.String),
        "at": pl.Series((START + second) * 10**6).cast(pl.Datetime("us", "UTC")),
        "actor_id": "u" + pl.Series(actor).cast(pl.String).str.zfill(7),
        "kind": pl.repeat("post", len(actor), eager=True),
        "url": "https://x.example/" + pl.Series(item).cast(pl.String),
    }
    return pl.DataFrame(columns).with_columns(objects=pl.concat_list("url:" + pl.col("url"))).drop("url")


def make(kind: str, folder: str, rows: int, users: int, objects: int, exponent: float) -> dict[str, int]:
    """Write the same interactions as Parquet and CSV for us and as CSV for the peer."""
    made = burst(rows, 1) if kind == "burst" else world(rows, users, objects, exponent, 1)[0]
    place = Path(folder)
    made.write_parquet(place / "ours.parquet")
    listed = '["' + pl.col("objects").list.first() + '"]'
    made.with_columns(objects=listed, at=pl.col("at").dt.to_string("iso:strict")).write_csv(place / "ours.csv")
    empty = [pl.lit("").alias(name) for name in ("repost_id", "reply_id", "message")]
    url = pl.col("objects").list.first().str.strip_prefix("url:").alias("urls")
    theirs = made.select(
        pl.col("interaction_id").alias("message_id"), pl.col("actor_id").alias("user_id"), pl.col("actor_id").alias("username"),
        *empty, (pl.col("at").dt.epoch("s")).alias("timestamp"), url,
    )  # fmt: skip
    theirs.write_csv(place / "theirs.csv")
    return {"rows": len(made)}


def count(path: str) -> dict[str, object]:
    """Read and count several times: the first pays for imports and compiled kernels, the median of the others is what a session pays."""
    out: dict[str, object] = {}
    seconds, processor = [], []
    for _ in range(1 + SESSION_RUNS):
        start, used = time.perf_counter(), time.process_time()
        found = gw.detect_coactions(path, "60s", 1, null=False)
        seconds.append(time.perf_counter() - start)
        processor.append(time.process_time() - used)
        out["edges"] = len(found)
        out["vertices"] = len(np.union1d(found["a"].unique(), found["b"].unique()))
        out["saturated"] = len(found.attrs["saturated"])
    return out | {"first": seconds[0], "again": float(np.median(seconds[1:])), "processor": float(np.median(processor[1:]))}


def once(path: str) -> dict[str, object]:
    """Read and count once, as a command would."""
    found = gw.detect_coactions(path, "60s", 1, null=False)
    return {"edges": len(found), "saturated": len(found.attrs["saturated"])}


def accuracy(rows: int, users: int, objects: int, exponent: float) -> dict[str, float]:
    """Compare what chance does not explain with raw weights of at least 20, by pairs of one ring."""
    made, ring = world(rows, users, objects, exponent, 1)
    names = {f"u{k:07d}": int(number) for k, number in enumerate(ring) if number >= 0}
    raw = gw.detect_coactions(made, "60s", 1, null=False)
    start = time.perf_counter()
    found = gw.detect_coactions(made, "60s", settings=Settings(detect=DetectSettings()))
    seconds = time.perf_counter() - start
    out = {"seconds": seconds}
    for name, pairs in (("raw", raw[raw["weight"] >= 20]), ("ours", found)):
        a, b = (pairs[side].map(names) for side in "ab")
        true = int((a == b).sum())
        out |= {f"{name}_precision": true / max(len(pairs), 1), f"{name}_recall": true / (RINGS * MEMBERS * (MEMBERS - 1) // 2)}
    groups = found.attrs["groups"]
    out |= {"groups": len(groups), "stability": min((group["stability"] for group in groups), default=1.0)}
    return out


def main() -> None:
    """Run what the command line names."""
    name, *given = sys.argv[1:]
    if name == "make":
        made: object = make(given[0], given[1], int(given[2]), int(given[3]), int(given[4]), float(given[5]))
    elif name == "count":
        made = count(given[0])
    elif name == "once":
        made = once(given[0])
    else:
        made = accuracy(int(given[0]), int(given[1]), int(given[2]), float(given[3]))
    print(json.dumps(made))


if __name__ == "__main__":
    main()
