"""Stage load: files and frames in many formats → validated canonical tables."""

from __future__ import annotations

from graphwatch.load.formats import FORMATS
from graphwatch.load.frames import Frame, as_interactions, as_table, check_frame
from graphwatch.load.mapping import Mapping, read_mapping
from graphwatch.load.read import (
    Loaded,
    load_interactions,
    load_table,
    preview,
    read_accounts,
    read_affiliations,
    read_agencies,
    read_follows,
    read_interactions,
    read_ownership,
    read_table,
)
from graphwatch.load.rejected import RejectedRows
from graphwatch.load.sniff import Sniffed, sniff
from graphwatch.load.write import whole_file, write_csv, write_ndjson, write_parquet

__all__ = [
    "FORMATS",
    "Frame",
    "Loaded",
    "Mapping",
    "RejectedRows",
    "Sniffed",
    "as_interactions",
    "as_table",
    "check_frame",
    "load_interactions",
    "load_table",
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
    "whole_file",
    "write_csv",
    "write_ndjson",
    "write_parquet",
]
