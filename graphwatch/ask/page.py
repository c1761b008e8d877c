"""The reference page of the named queries, made from their headers."""

from __future__ import annotations

from graphwatch.ask.catalogue import catalogue
from graphwatch.ask.header import Parameter, Query


def queries_page() -> str:
    """Describe every query: purpose, parameters, columns, order."""
    parts = ["# Named queries\n", "| query | what it answers |", "|---|---|"]
    parts += [f"| [`{found.name}`](#{_anchor(found.name)}) | {_plain(found.purpose)} |" for found in catalogue().values()]
    return "\n".join(parts) + "\n\n" + "\n".join(_section(found) for found in catalogue().values())


def _anchor(name: str) -> str:
    return name.replace("/", "")


def _section(found: Query) -> str:
    lines = [f"## {found.name}\n", f"{found.purpose}\n", "| parameter | type | default | meaning |", "|---|---|---|---|"]
    lines += [f"| `{p.name}` | {p.type} | {_default(p)} | {_plain(p.meaning)}{_allowed(p)} |" for p in found.parameters]
    lines += ["", "| column | type | meaning |", "|---|---|---|"]
    lines += [f"| `{c.name}` | {c.dtype} | {_plain(c.meaning)} |" for c in found.table.columns]
    order = ", ".join(f"`{name}`{' descending' if down else ''}" for name, down in found.order)
    return "\n".join([*lines, "", f"Rows by {order}; nulls count as the largest.\n"])


def _default(parameter: Parameter) -> str:
    if parameter.required:
        return "required"
    return "none" if parameter.default is None else f"`{parameter.default}`"


def _allowed(parameter: Parameter) -> str:
    if parameter.choices:
        return ": " + ", ".join(parameter.choices)
    bounds = [f"{value:.15g}" for value in (parameter.low, parameter.high) if value is not None]
    return f" ({' to '.join(bounds)}{'' if len(bounds) > 1 else ' or more'})" if bounds else ""


def _plain(words: str) -> str:
    return words.replace("|", "\\|")
