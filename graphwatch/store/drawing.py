"""The page of the graph's schema: a drawing, and what each kind of node and relationship holds. Made from the declarations."""

from __future__ import annotations

from typing import Final

from graphwatch.schema import Column
from graphwatch.store.cypher import schema_statements
from graphwatch.store.shape import EDGE_KEY, EDGES, NODES, Edge, Node

_INTRODUCTION: Final = """# The graph in Neo4j

What `graphwatch neo4j load` makes of the tables. How to use it: [Neo4j](../neo4j.md).
Where a property has no value it is not there. Times are Neo4j's `ZONED DATETIME` in UTC. `digest` is a hash of the other properties, by
which `sync` tells what has changed. Nodes `Checkpoint` are graphwatch's own notes on what is written.
"""


def graph_page() -> str:
    """Describe the graph.

    Examples
    --------
    >>> "Account -->|POSTED| Interaction" in graph_page()
    True
    """
    parts = [_INTRODUCTION, "## Drawing\n", drawing(), "\n## Nodes\n", *map(_node, NODES), "## Relationships\n", _edges()]
    parts += ["## Constraints and indexes\n", "```cypher", *(f"{statement};" for statement in schema_statements()), "```\n"]
    return "\n".join(parts)


def drawing() -> str:
    """Draw the graph as a Mermaid flow chart; relationships between the same two kinds of node share an arrow."""
    arrows: dict[tuple[str, str], list[str]] = {}
    for edge in EDGES:
        arrows.setdefault((edge.start, edge.end), []).append(edge.type)
    nodes = [f"    {node.label}([{node.label}])" for node in NODES]
    lines = [f"    {start} -->|{'<br/>'.join(types)}| {end}" for (start, end), types in arrows.items()]
    return "\n".join(["```mermaid", "flowchart LR", *nodes, *lines, "```"])


def _node(node: Node) -> str:
    lines = [f"### {node.label}\n", f"{node.meaning} From {_tables(node)}.\n", "| property | type | meaning |", "|---|---|---|"]
    lines.append(f"| `{node.key.name}` (key) | {_type(node.key)} | {_meaning(node.key)} |")
    lines += [
        f"| `{column.name}`{' (index)' if column.name in node.indexed else ''} | {_type(column)} | {_meaning(column)} |"
        for column in node.properties
    ]
    return "\n".join(lines) + "\n"


def _edges() -> str:
    lines = ["| from | type | to | meaning | properties | made of |", "|---|---|---|---|---|---|"]
    for edge in EDGES:
        names = [*([EDGE_KEY] if edge.tell_apart else []), *(column.name for column in edge.properties)]
        told = ", ".join(f"`{name}`" for name in names)
        lines.append(f"| {edge.start} | `{edge.type}` | {edge.end} | {edge.meaning.rstrip('.')} | {told} | {_tables(edge)} |")
    return "\n".join(lines) + "\n"


def _tables(kind: Node | Edge) -> str:
    return ", ".join(f"`{table.removeprefix('results/')}`" for table in kind.tables)


def _type(column: Column) -> str:
    return str(column.dtype).replace("|", "\\|")


def _meaning(column: Column) -> str:
    return (column.meaning + (f": {', '.join(column.choices)}" if column.choices else "")).replace("|", "\\|")
