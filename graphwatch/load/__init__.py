"""Stage load: files and frames in many formats → validated canonical tables."""

from __future__ import annotations

from graphwatch.load.creators import CREATOR_HASH, creator_hash, has_hashed_actors, hash_accounts
from graphwatch.load.formats import FORMATS
from graphwatch.load.frames import Frame, as_interactions, as_table, check_frame
from graphwatch.load.given import Given, load_given
from graphwatch.load.look import preview
from graphwatch.load.mapping import Mapping, read_mapping
from graphwatch.load.names import match_names
from graphwatch.load.read import (
    Loaded,
    load_interactions,
    read_interactions,
)
from graphwatch.load.rejected import RejectedRows
from graphwatch.load.side import (
    DoubtfulValues,
    SideTable,
    load_side_table,
    load_table,
    read_accounts,
    read_affiliations,
    read_agencies,
    read_follows,
    read_ownership,
    read_table,
)
from graphwatch.load.sniff import Sniffed, sniff
from graphwatch.load.stream import Batch, stream_interactions
from graphwatch.load.write import whole_file, write_csv, write_ndjson, write_parquet

__all__ = [
    "CREATOR_HASH",
    "FORMATS",
    "Batch",
    "DoubtfulValues",
    "Frame",
    "Given",
    "Loaded",
    "Mapping",
    "RejectedRows",
    "SideTable",
    "Sniffed",
    "as_interactions",
    "as_table",
    "check_frame",
    "creator_hash",
    "has_hashed_actors",
    "hash_accounts",
    "load_given",
    "load_interactions",
    "load_side_table",
    "load_table",
    "match_names",
    "preview",
    "read_accounts",
    "read_affiliations",
    "read_agencies",
    "read_follows",
    "read_interactions",
    "read_mapping",
    "read_ownership",
    "read_table",
    "sniff",
    "stream_interactions",
    "whole_file",
    "write_csv",
    "write_ndjson",
    "write_parquet",
]
