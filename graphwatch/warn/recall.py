"""Which recent interactions answer which: what a monitor must remember to know whom an answer is aimed at."""

from __future__ import annotations

from typing import Final

import polars as pl

from graphwatch.errors import FormatError
from graphwatch.model import HOUR, Bools, Events
from graphwatch.schema import INTERACTIONS

SEPARATOR: Final = "\x1f"
_LINK: Final = ("platform", "interaction_id", "at", "actor_id", "kind", "target_ids", "parent_id")
_Link = tuple[str | None, str, int, str, str, list[str] | None, str | None]


class Recall:
    """Links of recent interactions, by (platform, id), in order of arrival.

    Parameters
    ----------
    hours
        How long after its parent an answer may come.
    """

    def __init__(self, hours: float) -> None:
        self._span = int(hours * HOUR)
        self._links: dict[str, _Link] = {}
        self._latest = 0
        self.repeated = 0

    def take(self, frame: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Take the next interactions; give the new ones, and the earlier ones that they answer.

        Accounts of both are named ``platform + SEPARATOR + id``, so that one account has one name for ever.
        """
        frame = INTERACTIONS.conform(frame).sort("at", "platform", "interaction_id")
        links = _links_of(frame)
        new: list[bool] = []
        own: dict[str, _Link] = {}
        for link in links:
            key = _key(link[0], link[1])
            fresh = key not in own and key not in self._links
            new.append(fresh)
            if fresh:
                own[key] = link
        self.repeated += len(new) - sum(new)
        context = self._ancestors(own)
        self._links.update(own)
        self._forget(max((link[2] for link in own.values()), default=self._latest))
        earlier = pl.DataFrame(context, schema={name: INTERACTIONS.dtypes[name] for name in _LINK}, orient="row")
        return _named(frame.filter(pl.Series(new, dtype=pl.Boolean))), _named(INTERACTIONS.conform(earlier))

    def _ancestors(self, own: dict[str, _Link]) -> list[_Link]:
        """Earlier interactions whose targets or author the new ones take over, and theirs in turn."""
        found: dict[str, _Link] = {}
        waiting = list(own.values())
        while waiting:
            link = waiting.pop()
            if link[5] is not None or link[6] is None:
                continue
            key = _key(link[0], link[6])
            parent = self._links.get(key)
            if parent is not None and key not in found and link[2] - parent[2] <= self._span:
                found[key] = parent
                waiting.append(parent)
        return list(found.values())

    def _forget(self, latest: int) -> None:
        self._latest = max(self._latest, latest)
        while self._links:
            key = next(iter(self._links))
            if self._latest - self._links[key][2] <= 2 * self._span:
                return
            del self._links[key]

    @staticmethod
    def is_fresh(events: Events, context: pl.DataFrame) -> Bools:
        """Mask of the events that are not context."""
        names = pl.Series(["", *events.platforms]).gather(events.platform.astype("int64") + 1)
        keys = pl.DataFrame({"platform": names, "id": events.ids})
        earlier = context.select(pl.col("platform").fill_null(""), id="interaction_id").with_columns(known=True)
        joined = keys.join(earlier, on=["platform", "id"], how="left", maintain_order="left")
        return joined["known"].is_null().to_numpy()

    def to_json(self) -> dict[str, object]:
        """Give all that is remembered in JSON's types."""
        return {"links": [list(link) for link in self._links.values()], "latest": self._latest, "repeated": self.repeated}

    @classmethod
    def from_json(cls, content: object, hours: float) -> Recall:
        """Undo :meth:`to_json`.

        Raises
        ------
        FormatError
            The content has another form.
        """
        recall = cls(hours)
        if not isinstance(content, dict):
            raise FormatError("the monitor snapshot is damaged")
        for platform, ident, at, actor, kind, targets, parent in content["links"]:
            recall._links[_key(platform, ident)] = (platform, ident, at, actor, kind, targets, parent)
        recall._latest = int(content["latest"])
        recall.repeated = int(content["repeated"])
        return recall


def _key(platform: str | None, ident: str) -> str:
    return f"{platform or ''}{SEPARATOR}{ident}"


def _links_of(frame: pl.DataFrame) -> list[_Link]:
    columns = [frame[name].to_physical().to_list() if name == "at" else frame[name].to_list() for name in _LINK]
    return list(zip(*columns, strict=True))


def _named(frame: pl.DataFrame) -> pl.DataFrame:
    prefix = pl.col("platform").fill_null("") + SEPARATOR
    rows = frame.with_row_index("row")
    targets = (
        rows.select("row", "platform", "target_ids")
        .filter(pl.col("target_ids").list.len() > 0)
        .explode("target_ids")
        .with_columns((prefix + pl.col("target_ids")).alias("target_ids"))
        .group_by("row", maintain_order=True)
        .agg("target_ids")
    )
    joined = rows.drop("target_ids").join(targets, on="row", how="left", maintain_order="left")
    empty = rows["target_ids"].list.len() == 0
    filled = pl.when(pl.Series(empty.fill_null(value=False))).then(pl.lit([], dtype=pl.List(pl.String))).otherwise(pl.col("target_ids"))
    actor = prefix + pl.col("actor_id")
    return joined.with_columns(filled.alias("target_ids"), actor.alias("actor_id")).select(frame.columns)
