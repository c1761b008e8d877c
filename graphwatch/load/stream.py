"""Files → validated batches, so that memory does not grow with the file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from graphwatch.load.chains import Handles
from graphwatch.load.parts import Part, record_parts, settled, table_parts
from graphwatch.load.records import Options
from graphwatch.load.sources import PathInput, Progress, Request, make_request
from graphwatch.load.spill import Spill
from graphwatch.schema import ACCOUNTS, FOLLOWS, INTERACTIONS
from graphwatch.settings import LoadSettings


@dataclass(frozen=True, slots=True)
class Batch:
    """A part of the input, validated. Every frame is always there, with all its columns, and may be empty.

    Attributes
    ----------
    interactions
        All canonical columns, ``source`` filled. Keys may repeat, within a batch and between batches: nothing is deduplicated.
    accounts, follows
        What this part of the input says of accounts and of who follows whom; canonical columns, may repeat.
    rejected
        Rows set aside: file, line, field, reason, record (JSON, cut at 2,000 characters).
    counts
        What this batch adds to the counts of :class:`graphwatch.load.Loaded`; the sum over all batches is the total.
    tombstones
        ``platform`` and ``interaction_id`` of acts that the input says were deleted later; the acts themselves may be in any batch, or
        in what was loaded before, and are not marked.
    """

    interactions: pl.DataFrame
    accounts: pl.DataFrame
    follows: pl.DataFrame
    rejected: pl.DataFrame
    counts: Mapping[str, int]
    tombstones: pl.DataFrame


def stream_interactions(
    paths: PathInput | Sequence[PathInput],
    *,
    format: str | None = None,  # noqa: A002
    mapping: PathInput | None = None,
    root: str | None = None,
    target: str | None = None,
    settings: LoadSettings | None = None,
    progress: Progress | None = None,
) -> Iterator[Batch]:
    """Give files as validated batches of bounded size; parameters and errors as of :func:`graphwatch.load.load_interactions`.

    Yields
    ------
    Batch
        Of a table (NDJSON, CSV, Parquet) some megabytes of it at a time. Interactions of formats that hold records come when all files
        have been read, because some of their facts hang on the whole (below); accounts, rejected rows and counts come as they are met.

    Notes
    -----
    Memory does not grow with a table. Records are held up to ``load.held_bytes`` in memory and past it in temporary Parquet files; what
    grows with them is the author of each act that a repost refers to and, in formats that name accounts in the text, the accounts' names.

    Nothing is deduplicated and no act is marked as deleted later: that is for whoever holds the whole. With that done the rows are those
    of :func:`graphwatch.load.load_interactions`. An error may come after batches (a file that is cut off, of which too much is bad):
    what was given before it must then be dropped, so commit when the iterator has ended.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "a.ndjson")
    ...     _ = path.write_text('{"interaction_id": "1", "at": "2024-05-01T00:00:00Z", "actor_id": "a", "kind": "post"}')
    ...     [batch.interactions["interaction_id"].to_list() for batch in stream_interactions(path)]
    [['1'], []]
    """
    return _batches(make_request(paths, format, mapping, Options(root, target), settings, progress))


def _batches(request: Request) -> Iterator[Batch]:
    records, handles = Spill(request.settings), Handles()
    if request.repeated:
        yield _batch(Part(counts=Counter(repeated_files=request.repeated)))
    try:
        for source in request.sources:
            parts = table_parts(source, request) if source.records is None else record_parts(source, source.records, request, records)
            for part in parts:
                handles.learn(part.names)
                if part.accounts is not None:
                    handles.learn_accounts(part.accounts)
                yield _batch(part)
        yield from map(_batch, settled(records, handles))
    finally:
        records.clear()


def _batch(part: Part) -> Batch:
    tables = ((part.rows, INTERACTIONS), (part.accounts, ACCOUNTS), (part.follows, FOLLOWS))
    interactions, accounts, follows = (table.empty() if rows is None else rows.select(table.names) for rows, table in tables)
    stones = pl.DataFrame(sorted(part.tombstones), schema={"platform": pl.String, "interaction_id": pl.String}, orient="row")
    return Batch(interactions, accounts, follows, part.rejected, dict(sorted(part.counts.items())), stones)
