"""Interactions in the making: columns of codes, in blocks whose links are rows of the same block."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields

import numpy as np

from graphwatch.model import I8, I32, I64, Bools

_NONE = -1


@dataclass(slots=True)
class Acts:
    """One block of interactions; -1 stands for none.

    Attributes
    ----------
    at
        µs UTC.
    actor, target, other
        Account codes; ``other`` is a second target.
    kind, surface
        Index into the schema's lists.
    parent, root
        Rows of this block.
    tone
        Index into :data:`graphwatch.simulate.tones.TONES`: what the act really is.
    text
        Code of the text.
    topic, link
        Codes of up to two objects.
    implied
        The targets are left out of the record, since they follow from the parent.
    """

    at: I64
    actor: I32
    target: I32
    other: I32
    kind: I8
    surface: I8
    parent: I32
    root: I32
    tone: I8
    text: I32
    topic: I32
    link: I32
    implied: Bools

    def __len__(self) -> int:
        """Give the number of interactions."""
        return len(self.at)

    def columns(self) -> Iterator[str]:
        """Give the names of the columns."""
        return (field.name for field in fields(self))

    @classmethod
    def blank(cls, n: int) -> Acts:
        """Give ``n`` rows with nothing set.

        Examples
        --------
        >>> Acts.blank(2).parent.tolist()
        [-1, -1]
        """

        def i32() -> I32:
            return np.full(n, _NONE, np.int32)

        return cls(
            at=np.zeros(n, np.int64),
            actor=i32(),
            target=i32(),
            other=i32(),
            kind=np.zeros(n, np.int8),
            surface=np.zeros(n, np.int8),
            parent=i32(),
            root=i32(),
            tone=np.zeros(n, np.int8),
            text=i32(),
            topic=i32(),
            link=i32(),
            implied=np.zeros(n, np.bool_),
        )

    def ordered(self) -> tuple[Acts, I64]:
        """Sort by time (ties keep their order) and give the order; links follow.

        The arrays of ``self`` are replaced one by one, so that memory stays near one column more; do not use ``self`` afterwards.
        """
        order = np.argsort(self.at, kind="stable")
        place = np.empty(len(order), np.int32)
        place[order] = np.arange(len(order), dtype=np.int32)
        for name in self.columns():
            column = getattr(self, name)[order]
            if name in {"parent", "root"}:
                column = np.where(column >= 0, place[column], _NONE).astype(np.int32)
            setattr(self, name, column)
        return self, order


def joined(blocks: Sequence[Acts]) -> Acts:
    """Put blocks one after the other; links keep pointing into their own block.

    Examples
    --------
    >>> block = Acts.blank(2)
    >>> block.parent[1] = 0
    >>> joined([block, block]).parent.tolist()
    [-1, 0, -1, 2]
    """
    starts = np.cumsum([0, *(len(block) for block in blocks)])
    parts: dict[str, list[np.ndarray]] = {name: [getattr(block, name) for block in blocks] for name in blocks[0].columns()}
    for name in ("parent", "root"):
        parts[name] = [np.where(part >= 0, part + start, _NONE).astype(np.int32) for part, start in zip(parts[name], starts, strict=False)]
    return Acts(**{name: np.concatenate(part) for name, part in parts.items()})
