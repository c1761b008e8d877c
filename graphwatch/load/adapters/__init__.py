"""Adapters: one file per family of formats, each saying which field of the source is which canonical column."""
