"""Colours of kinds of things, roles and agencies, the same in notebooks and in Neo4j Browser; and Browser's style file (GraSS)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import cycle
from typing import Final

from graphwatch.report.drawing import ROLE_COLORS
from graphwatch.store.shape import EDGES, NODES, Node

LABEL_COLORS: Final[Mapping[str, str]] = {
    "Account": "#7ba3c7",
    "Object": "#a1a1aa",
    "Interaction": "#cbd5e1",
    "Agency": "#0f766e",
    "Company": "#854d0e",
    "PileOn": "#c2410c",
    "Campaign": "#7f1d1d",
    "Alert": "#facc15",
    "Scope": "#c2410c",
    "Finding": "#c2410c",
}
GROUP_COLORS: Final[Mapping[str, str]] = {**ROLE_COLORS, "target": "#0f172a", "other account": "#94a3b8", **LABEL_COLORS}
AGENCY_COLORS: Final = ("#0f766e", "#c026d3", "#65a30d", "#0369a1", "#be123c", "#a16207", "#4338ca", "#57534e")  # Tailwind's, apart in hue
NO_AGENCY: Final = "#ffffff"
OTHER_AGENCY: Final = "#d4d4d8"
LINK_COLORS: Final[Mapping[str, str]] = {
    "TARGETS": "#b6c2d1",
    "POSTED": "#b6c2d1",
    "ANSWERS": "#0369a1",
    "ANSWERED_BY": "#0369a1",
    "ACTIVATED": "#0369a1",
    "LEADS_TO": "#0369a1",
    "CO_ACTED": "#7c3aed",
    "SIGNED_WITH": "#0f766e",
    "HOSTILE_TO": "#be123c",
    "HOSTILE_IN": "#be123c",
    "MEMBER_OF": "#c2410c",
    "OWNED_BY": "#854d0e",
    "CONTROLS": "#854d0e",
}
MORE_LINK_COLORS: Final = ("#64748b", "#65a30d", "#a16207", "#c026d3", "#4338ca", "#0d9488", "#57534e")
_SIZES: Final = {"Account": 40, "Interaction": 22, "Object": 30, "PileOn": 70, "Campaign": 75, "Alert": 30}
_CAPTIONS: Final = {"Interaction": "kind", "PileOn": "nature", "Alert": "level"}  # ids elsewhere
_STRONG: Final = {"MEMBER_OF": "#c2410c", "EVIDENCE": "#c2410c", "CO_ACTED": "#7c3aed", "SIGNED_WITH": "#0f766e", "OWNS": "#854d0e"}
_TOLD: Final = {"MEMBER_OF": "{role}", "CO_ACTED": "{weight}", "OWNS": "{share}"}


def link_colors(types: Iterable[str]) -> dict[str, str]:
    """Give a colour for each type of link: its own, or the next one of those for all others.

    Parameters
    ----------
    types
        One for each link. The most frequent come first, so that what is drawn later and on top is what is rare.

    Examples
    --------
    >>> link_colors(["ANSWERS", "likes", "likes"])
    {'likes': '#64748b', 'ANSWERS': '#0369a1'}
    """
    ranked = [kind for kind, _ in sorted(Counter(types).items(), key=lambda item: (-item[1], item[0]))]
    spare = cycle(MORE_LINK_COLORS)
    return {kind: LINK_COLORS[kind] if kind in LINK_COLORS else next(spare) for kind in ranked}


def grass() -> str:
    """Give the style file: a colour for each label, a caption for each type of relationship.

    GraSS chooses by label and type only. A role belongs to a membership, not to an account, so it is the caption of ``MEMBER_OF``.

    Examples
    --------
    >>> "relationship.MEMBER_OF" in grass()
    True
    """
    rules = [
        _rule("node", {"diameter": "40px", "color": "#a1a1aa", "border-color": "#71717a", "border-width": "2px", "font-size": "10px"}),
        _rule("relationship", {"color": "#a1a1aa", "shaft-width": "1px", "font-size": "8px", "padding": "3px", "caption": '"<type>"'}),
        *map(_node, NODES),
    ]
    for kind in dict.fromkeys(edge.type for edge in EDGES):
        told = {"color": _STRONG.get(kind, "#a1a1aa"), "shaft-width": "2px" if kind in _STRONG else "1px"}
        rules.append(_rule(f"relationship.{kind}", {**told, "caption": f'"{_TOLD.get(kind, "<type>")}"'}))
    return "\n".join(rules)


def _node(node: Node) -> str:
    color = LABEL_COLORS[node.label]
    caption = _CAPTIONS.get(node.label, node.key.name)
    told = {"diameter": f"{_SIZES.get(node.label, 50)}px", "color": color, "border-color": _darker(color)}
    return _rule(f"node.{node.label}", {**told, "text-color-internal": _ink(color), "caption": f'"{{{caption}}}"'})


def _rule(selector: str, values: Mapping[str, str]) -> str:
    return "\n".join([f"{selector} {{", *(f"  {name}: {value};" for name, value in values.items()), "}", ""])


def _parts(color: str) -> list[int]:
    return [int(color[place : place + 2], 16) for place in (1, 3, 5)]


def _darker(color: str) -> str:
    return "#" + "".join(f"{int(part * 0.8):02x}" for part in _parts(color))


def _ink(color: str) -> str:
    """Black or white, whichever stands out: by relative luminance, without gamma."""
    red, green, blue = _parts(color)
    return "#000000" if 0.2126 * red + 0.7152 * green + 0.0722 * blue > 140 else "#ffffff"
