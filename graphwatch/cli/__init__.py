"""The ``graphwatch`` command: each verb is one library call; results to stdout, log and progress to stderr."""

from graphwatch.cli import analysis, case, describe, guide, neo4j, query, trace, worlds
from graphwatch.cli.app import app, main

__all__ = ["analysis", "app", "case", "describe", "guide", "main", "neo4j", "query", "trace", "worlds"]
