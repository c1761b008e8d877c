"""Named queries: a Cypher file for Neo4j and a twin over the tables, which give the same rows in the same order."""

from __future__ import annotations

from graphwatch.ask.catalogue import catalogue, find_query
from graphwatch.ask.ground import Ground
from graphwatch.ask.header import Parameter, Query
from graphwatch.ask.parameters import ParameterError
from graphwatch.ask.run import open_tables, query, query_graph, query_list
from graphwatch.ask.view import GraphView, show_graph

__all__ = [
    "GraphView",
    "Ground",
    "Parameter",
    "ParameterError",
    "Query",
    "catalogue",
    "find_query",
    "open_tables",
    "query",
    "query_graph",
    "query_list",
    "show_graph",
]
