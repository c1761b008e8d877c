"""Cypher made from the declared graph. Names of labels, types and properties come from there only; all values are parameters."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import polars as pl

from graphwatch.schema import TIMESTAMP
from graphwatch.store.shape import BY_LABEL, DIGEST, EDGE_KEY, EDGES, NODES, Edge, Kind, Node, columns_of


def name(word: str) -> str:
    """Give a name as Cypher takes it unquoted.

    Raises
    ------
    ValueError
        It is no plain name; a declaration is wrong.
    """
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", word):
        raise ValueError(f"{word!r} is no name for a label, type or property")
    return word


def schema_statements() -> Iterator[str]:
    """Give the indexes and constraints, each of which changes nothing where it is there already.

    A constraint is waited for until it has seen all nodes, an index is not; so indexes come first and are filled meanwhile.

    Examples
    --------
    >>> statements = list(schema_statements())
    >>> statements[0], statements[-1]  # doctest: +NORMALIZE_WHITESPACE
    ('CREATE INDEX interaction_at IF NOT EXISTS FOR (n:Interaction) ON (n.at)',
     'CREATE CONSTRAINT checkpoint_step IF NOT EXISTS FOR (n:Checkpoint) REQUIRE n.step IS UNIQUE')
    """
    for node in NODES:
        for column in node.indexed:
            yield f"CREATE INDEX {name(node.label.lower())}_{name(column)} IF NOT EXISTS FOR (n:{name(node.label)}) ON (n.{name(column)})"
    for edge in EDGES:
        for column in edge.indexed:
            index = f"{name(edge.type.lower())}_{name(column)}"
            yield f"CREATE INDEX {index} IF NOT EXISTS FOR ()-[r:{name(edge.type)}]-() ON (r.{name(column)})"
    for label, key in (*((node.label, node.key.name) for node in NODES), ("Checkpoint", "step")):
        yield f"CREATE CONSTRAINT {name(label.lower())}_{name(key)} IF NOT EXISTS FOR (n:{name(label)}) REQUIRE n.{name(key)} IS UNIQUE"


def write(kind: Kind, columns: list[str], *, new: bool = False) -> str:
    """Give the statement that writes ``$rows``, lists of a frame's columns, whether they are there or not.

    Times are pairs: seconds since 1970 and nanoseconds.

    Parameters
    ----------
    new
        None of the relationships is there: they are made without a look, which takes a third off the time. Nodes are looked for all
        the same, since their constraint looks anyway.

    Examples
    --------
    >>> print(write(BY_LABEL["Agency"], ["agency_id", "name", "digest"]))
    UNWIND $rows AS row
    MERGE (x:Agency {agency_id: row[0]})
    SET x.name = row[1], x.digest = row[2]
    """
    return "\n".join(line for line in ("UNWIND $rows AS row", *_find_or_make(kind, columns, new=new), _set(kind, columns)) if line)


def _find_or_make(kind: Kind, columns: list[str], *, new: bool) -> tuple[str, ...]:
    if isinstance(kind, Node):
        return (f"MERGE (x:{name(kind.label)} {{{name(kind.key.name)}: row[0]}})",)
    apart = f" {{{EDGE_KEY}: row[{columns.index(EDGE_KEY)}]}}" if kind.tell_apart else ""
    return (*_ends(kind), f"{'CREATE' if new else 'MERGE'} (a)-[x:{name(kind.type)}{apart}]->(b)")


def _ends(edge: Edge) -> tuple[str, str]:
    start, end = BY_LABEL[edge.start], BY_LABEL[edge.end]
    return (
        f"MATCH (a:{name(start.label)} {{{name(start.key.name)}: row[0]}})",
        f"MATCH (b:{name(end.label)} {{{name(end.key.name)}: row[1]}})",
    )


def _set(kind: Kind, columns: list[str]) -> str:
    times = _times(kind)
    keys = {kind.key.name} if isinstance(kind, Node) else {"start", "end", EDGE_KEY}
    parts = [
        f"x.{name(column)} = " + (_moment(index) if column in times else f"row[{index}]")
        for index, column in enumerate(columns)
        if column not in keys
    ]
    return "SET " + ", ".join(parts) if parts else ""


def _moment(index: int) -> str:
    return f"CASE WHEN row[{index}] IS NULL THEN null ELSE datetime({{epochSeconds: row[{index}][0], nanosecond: row[{index}][1]}}) END"


def write_together(node: Node, columns: list[str], ends: Sequence[Node], links: Sequence[Edge]) -> str:
    """Give the statement that makes new nodes together with relationships of theirs; see :mod:`graphwatch.store.first`.

    Parameters
    ----------
    node
        Kind of the nodes. ``$columns`` has their values by column, those behind the first ``columns`` are nanoseconds of times.
    ends
        Kinds of nodes at the ends of relationships. ``$Label`` has the keys of those that are to be found.
    links
        Kinds of relationships: ``$starts0`` and ``$ends0`` have, for the first one, the places of their nodes among those found; behind
        them come the nodes that are made.

    Notes
    -----
    Gives one row, with false when some node is not there: then the transaction must not be kept.

    Examples
    --------
    >>> agency, company = BY_LABEL["Agency"], BY_LABEL["Company"]
    >>> registered = next(edge for edge in EDGES if edge.type == "REGISTERED_AS")
    >>> print(write_together(agency, ["agency_id", "name"], [agency, company], [registered]))
    CALL () { UNWIND $Agency AS key MATCH (n:Agency {agency_id: key}) RETURN collect(n) AS Agency }
    CALL () { UNWIND $Company AS key MATCH (n:Company {company_id: key}) RETURN collect(n) AS Company }
    CALL () { UNWIND range(0, size($columns[0]) - 1) AS i CREATE (x:Agency {agency_id: $columns[0][i]}) SET x.name = $columns[1][i]
    RETURN collect(x) AS made }
    WITH Agency + made AS Agency, Company WHERE size(Agency) = size($Agency) + size($columns[0]) AND size(Company) = size($Company)
    CALL (Agency, Company) { UNWIND range(0, size($starts0) - 1) AS i
    WITH Agency[$starts0[i]] AS a, Company[$ends0[i]] AS b CREATE (a)-[:REGISTERED_AS]->(b) }
    RETURN count(*) = 1
    """
    found = [_collect(end) for end in ends]
    sound = " AND ".join(f"size({end.label}) = size(${end.label})" + (" + size($columns[0])" if end is node else "") for end in ends)
    kept = ", ".join(f"{end.label} + made AS {end.label}" if end is node else end.label for end in ends)
    linked = [_link(number, edge) for number, edge in enumerate(links)]
    return "\n".join((*found, _make(node, columns), f"WITH {kept} WHERE {sound}", *linked, "RETURN count(*) = 1"))


def _collect(node: Node) -> str:
    label = name(node.label)
    return f"CALL () {{ UNWIND ${label} AS key MATCH (n:{label} {{{name(node.key.name)}: key}}) RETURN collect(n) AS {label} }}"


def _make(node: Node, columns: list[str]) -> str:
    times = [column for column in columns if column in _times(node)]
    values = {column: f"$columns[{index}][i]" for index, column in enumerate(columns)}
    for index, column in enumerate(times, len(columns)):
        value = values[column]
        values[column] = f"CASE WHEN {value} IS NULL THEN null ELSE datetime.fromepoch({value}, $columns[{index}][i]) END"
    key = node.key.name
    parts = [f"x.{name(column)} = {value}" for column, value in values.items() if column != key]
    made = f"CREATE (x:{name(node.label)} {{{name(key)}: {values[key]}}})" + (f" SET {', '.join(parts)}" if parts else "")
    return f"CALL () {{ UNWIND range(0, size($columns[0]) - 1) AS i {made}\nRETURN collect(x) AS made }}"


def _link(number: int, edge: Edge) -> str:
    ends = ", ".join(dict.fromkeys((name(edge.start), name(edge.end))))
    pair = f"{edge.start}[$starts{number}[i]] AS a, {edge.end}[$ends{number}[i]] AS b"
    made = f"CREATE (a)-[:{name(edge.type)}]->(b)"
    return f"CALL ({ends}) {{ UNWIND range(0, size($starts{number}) - 1) AS i\nWITH {pair} {made} }}"


def _times(kind: Kind) -> set[str]:
    return {column.name for column in kind.properties if column.dtype == TIMESTAMP}


def delete(kind: Kind) -> str:
    """Give the statement that deletes what ``$rows`` names; a node goes with its relationships."""
    if isinstance(kind, Node):
        return f"UNWIND $rows AS row\nMATCH (x:{name(kind.label)} {{{name(kind.key.name)}: row[0]}})\nDETACH DELETE x"
    apart = f" {{{EDGE_KEY}: row[2]}}" if kind.tell_apart else ""
    return "\n".join(("UNWIND $rows AS row", *_ends(kind), f"MATCH (a)-[x:{name(kind.type)}{apart}]->(b)", "DELETE x"))


def identify(kind: Kind) -> list[str]:
    """Give the columns that tell one of a kind from the others."""
    if isinstance(kind, Node):
        return [kind.key.name]
    return ["start", "end", *([EDGE_KEY] if kind.tell_apart else [])]


def _match(kind: Kind) -> str:
    if isinstance(kind, Node):
        return f"MATCH (x:{name(kind.label)})"
    return f"MATCH (a:{name(kind.start)})-[x:{name(kind.type)}]->(b:{name(kind.end)})"


def _identity(kind: Kind) -> list[str]:
    if isinstance(kind, Node):
        return [f"x.{name(kind.key.name)}"]
    ends = [f"a.{name(BY_LABEL[kind.start].key.name)}", f"b.{name(BY_LABEL[kind.end].key.name)}"]
    return [*ends, *([f"x.{EDGE_KEY}"] if kind.tell_apart else [])]


def read_digests(kind: Kind) -> str:
    """Give the statement that reads what identifies each of a kind, and its digest where it has one."""
    columns = _identity(kind) + ([f"x.{DIGEST}"] if DIGEST in columns_of(kind) else [])
    return f"{_match(kind)}\nRETURN {', '.join(columns)}"


def count(kind: Kind) -> str:
    """Give the statement that counts a kind."""
    return f"{_match(kind)}\nRETURN count(x)"


def look_up(kind: Kind) -> str:
    """Give the statement that reads those that ``$rows`` names: the row's number and all properties."""
    if isinstance(kind, Node):
        found = f"MATCH (x:{name(kind.label)} {{{name(kind.key.name)}: row[0]}})"
        return f"UNWIND range(0, size($rows) - 1) AS number\nWITH number, $rows[number] AS row\n{found}\nRETURN number, properties(x)"
    apart = f" {{{EDGE_KEY}: row[2]}}" if kind.tell_apart else ""
    found = "\n".join((*_ends(kind), f"MATCH (a)-[x:{name(kind.type)}{apart}]->(b)"))
    return f"UNWIND range(0, size($rows) - 1) AS number\nWITH number, $rows[number] AS row\n{found}\nRETURN number, properties(x)"


def is_time(dtype: pl.DataType) -> bool:
    """Say whether a column holds times."""
    return isinstance(dtype, pl.Datetime)
