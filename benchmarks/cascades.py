"""Missing parents and amplifiers on ``weibo_threads`` with parents hidden, and in a simulated world with its follow graph.

python -m benchmarks.cascades

Real threads are split at the middle root's time. Parents are known to the method only for acts before it, and it is judged on the later
threads.
*Truth*: an act's given parent; where none is given the data's format means the root. *True top 3* of a thread: the three accounts, not its
author, with most descendants (or direct children), over threads of at least 50 acts in which each of the three has at least 3. A method
names ten accounts; its recall is the share of the true three among them, averaged over threads. *Every earlier parent × burst* is told more
than the others: the parents of all threads that began before the judged one, hidden ones too: (1 + log(1 + answers got)) times log(1 + acts
in the 15 min after) / log(2 + acts in the 15 min before).
"""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise
from typing import Final

import numpy as np
import polars as pl

from benchmarks.real_inputs import weibo_threads
from graphwatch.detect.parent_evidence import gather_evidence, histories
from graphwatch.detect.parent_features import burst_counts
from graphwatch.detect.parents import Parents, infer_parents
from graphwatch.detect.trees import cut_cycles, subtree_sizes, top_down
from graphwatch.graph.encode import encode
from graphwatch.load import check_frame
from graphwatch.model import Bools, Events
from graphwatch.schema import INTERACTIONS
from graphwatch.simulate import simulate_world

LEAST_ACTS: Final = 50
LEAST: Final = 3
NAMED: Final = 10


def known_threads() -> pl.DataFrame:
    """Give the real threads with every parent: where none is given, the data's format means the root."""
    frame = check_frame(weibo_threads(), INTERACTIONS).interactions.collect()
    return frame.with_columns(pl.coalesce("parent_id", "root_id").alias("parent_id"))


def split_time(frame: pl.DataFrame) -> datetime:
    """Give the time of the middle thread's root: threads before it are the earlier half."""
    middle = frame.filter(pl.col("root_id").is_null())["at"].sort()[int(frame["root_id"].is_null().sum()) // 2]
    assert isinstance(middle, datetime)
    return middle


def recall(acts: pl.DataFrame, truth: str, score: str) -> tuple[float, int]:
    """Average the share of each thread's true top 3 among the ten names of the score; also how many threads count."""
    accounts = acts.group_by("thread", "actor").agg(pl.sum(truth), pl.sum(score), pl.min("row"), pl.first("size"))
    top = accounts.sort("thread", truth, "actor", descending=[False, True, False]).group_by("thread", maintain_order=True).head(3)
    top = top.filter((pl.col(truth) >= LEAST).sum().over("thread") == 3, pl.col("size") > LEAST_ACTS)
    named = accounts.sort("thread", score, "row", descending=[False, True, False]).group_by("thread", maintain_order=True).head(NAMED)
    found = top.join(named.select("thread", "actor"), on=["thread", "actor"], how="semi")
    return len(found) / len(top), top["thread"].n_unique()


def judged_acts(full: Events, hidden: Events, parents: Parents, judged: Bools) -> pl.DataFrame:
    """Give the acts of the judged threads with truth and every method's score."""
    parent = full.parent.copy()
    cut_cycles(parent, np.zeros(len(parent), np.bool_))
    below = subtree_sizes(parent, top_down(parent)) - 1
    children = np.bincount(parent[parent >= 0], minlength=len(full))
    rows = parents.row
    starts, sizes = parents.threads.start, np.diff(parents.threads.start)
    first = np.repeat(rows[starts[:-1]], sizes)
    past = histories(hidden, rows, hidden.at[first])
    prior = (past.answers + past.mean) / (past.acts + 1.0)
    whole = np.log1p(histories(full, rows, full.at[first]).answers) + 1.0
    burst, growth = np.zeros(len(rows)), np.zeros(len(rows))
    for a, b in pairwise(starts.tolist()):
        after, before = burst_counts(full.at[rows[a:b]] / 1e6, 300.0)
        burst[a:b] = (after + 1) / (before + 1)
        after, before = burst_counts(full.at[rows[a:b]] / 1e6, 900.0)
        growth[a:b] = np.log1p(after) / np.log1p(before + 1)
    frame = pl.DataFrame(
        {
            "thread": first, "actor": full.actor[rows], "row": rows, "size": np.repeat(sizes, sizes), "children": children[rows],
            "descendants": below[rows], "random": np.random.default_rng(0).random(len(rows)), "earliest": -rows.astype(np.float64),
            "prior": prior, "burst": burst, "prior × burst": prior * burst,
            "every earlier parent × burst": whole * growth, "expected children": parents.children,
            "expected descendants": parents.descendants - 1.0,
        }
    )  # fmt: skip
    return frame.filter(pl.Series(judged & (full.actor[rows] != full.actor[first])))


def real() -> None:
    """Judge on the later half of the real threads."""
    frame = known_threads()
    cut = split_time(frame)
    began = pl.col("at").min().over(pl.coalesce("root_id", "interaction_id"))
    hidden_frame = frame.with_columns(pl.when((began < cut) & (pl.col("at") < cut)).then("parent_id").alias("parent_id"))
    full, hidden = encode(frame), encode(hidden_frame)
    parents = infer_parents(hidden, gather_evidence(hidden_frame, hidden))
    late = np.unique(full.thread[frame_rows(full, frame.filter(began >= cut))])
    judged = np.isin(full.thread[parents.row], late)
    acts = judged & (full.parent[parents.row] >= 0)
    true, guess, root = full.parent[parents.row][acts], parents.parent[acts], full.root[parents.row][acts]
    print(f"real threads: {len(late)} later ones, {acts.sum():,} acts with hidden parents")
    print(f"  right parents: likeliest {np.mean(guess == true):.4f}; all to the root {np.mean(root == true):.4f}")
    print(f"  of those not on the root: likeliest {np.mean(guess[true != root] == true[true != root]):.4f}; all to the root 0")
    print(f"  mean probability of the likeliest parent {parents.probability[acts].mean():.3f}")
    table = judged_acts(full, hidden, parents, judged)
    once = pl.col("row") == pl.col("row").min().over("thread", "actor")
    table = table.with_columns(pl.when(once).then("random").otherwise(0.0).alias("random"))
    methods = (
        "random",
        "earliest",
        "prior",
        "burst",
        "prior × burst",
        "every earlier parent × burst",
        "expected children",
        "expected descendants",
    )
    for truth in ("children", "descendants"):
        told = [f"{method} {recall(table, truth, method)[0]:.3f}" for method in methods]
        print(f"  top-10 recall of the true top 3 by {truth}, {recall(table, truth, 'random')[1]} threads: {'; '.join(told)}")


def frame_rows(events: Events, frame: pl.DataFrame) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Mask of the events whose ids are in the frame."""
    return events.ids.is_in(frame["interaction_id"].implode()).to_numpy()


def simulated() -> None:
    """Hide every parent of a simulated world, with and without its follow graph."""
    world = simulate_world(100_000, seed=3)
    full = encode(world.interactions)
    hidden_frame = world.interactions.with_columns(
        pl.when(pl.col("root_id").is_null()).then("parent_id").alias("parent_id"), pl.col("target_ids").fill_null([])
    )
    hidden = encode(hidden_frame)
    for name, follows in (("with the follow graph", world.follows), ("without it", None)):
        parents = infer_parents(hidden, gather_evidence(hidden_frame, hidden, world.accounts, follows))
        acts = parents.threads.missing[parents.row] & (full.parent[parents.row] >= 0)
        true, guess, root = full.parent[parents.row][acts], parents.parent[acts], full.root[parents.row][acts]
        off = true != root
        print(
            f"simulated world {name}: right parents {np.mean(guess == true):.3f} of {acts.sum():,} "
            f"(all to the root {np.mean(root == true):.3f}); of those not on the root {np.mean(guess[off] == true[off]):.3f}"
        )


def main() -> None:
    """Print all figures."""
    simulated()
    real()


if __name__ == "__main__":
    main()
