"""Who passes on whom, and who is named, out of texts in which platforms write accounts by name (``//@name:``, ``@name``)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl

from graphwatch.load.texts import own_words
from graphwatch.schema import STRINGS

PENDING: Final = "\x1f"  # before a name among the targets that is not resolved yet; no id has such a character
NAMING: Final = ("weibo",)  # platforms on which a display name is of one account and is what @ names
_KEY: Final = ["platform", "interaction_id"]
_HANDLES: Final = {"platform": pl.String, "name": pl.String, "account_id": pl.String}
_ROOM: Final = 500_000  # rows from which on names that were learnt twice are looked for
_PASSED_ON: Final = ("post", "mention", "quote", "repost")
_LINK: Final = r"//\s?[@＠]([^:：\s/@＠]{1,60})\s*[:：]"
_MENTION: Final = r"[@＠][\p{L}\p{N}\p{M}_\-·]{1,60}"

Names = Mapping[tuple[str, str], str | None]


def folded_name(name: str) -> str:
    """Name as names are compared.

    Examples
    --------
    >>> folded_name(" @Bob")
    'bob'
    """
    return name.strip().lstrip("@＠").casefold()


class Handles:
    """Learns which account has which name, from all files of a load.

    Examples
    --------
    >>> handles = Handles()
    >>> handles.learn({("weibo", "bob"): "7", ("weibo", "amy"): "8"})
    >>> handles.learn_accounts(pl.DataFrame({"platform": ["weibo"], "name": ["Amy"], "account_id": ["9"]}))
    >>> handles.table().rows()
    [('weibo', 'bob', '7')]
    """

    def __init__(self) -> None:
        self._known = [pl.DataFrame(schema=_HANDLES)]
        self._compact = _ROOM

    def learn(self, names: Names) -> None:
        """Learn the account by platform and folded name; None: several have it."""
        if names:
            rows = [(platform, name, account) for (platform, name), account in names.items()]
            self._add(pl.DataFrame(rows, schema=_HANDLES, orient="row"))

    def learn_accounts(self, accounts: pl.DataFrame) -> None:
        """Learn the names in a table ``accounts``, of platforms on which they are handles."""
        held = accounts.filter(pl.col("platform").is_in(NAMING)).select("platform", "name", "account_id").drop_nulls().unique()
        if len(held):
            self._add(held.with_columns(pl.Series("name", [folded_name(name) for name in held["name"].to_list()], dtype=pl.String)))

    def _add(self, rows: pl.DataFrame) -> None:
        self._known.append(rows)
        if sum(map(len, self._known)) > self._compact:
            self._known = [pl.concat(self._known).unique()]
            self._compact = max(_ROOM, 2 * len(self._known[0]))

    def table(self) -> pl.DataFrame:
        """Give ``platform``, ``name`` (folded) and ``account_id`` of each name that exactly one account has; sorted."""
        account = pl.col("account_id")
        one = pl.concat(self._known).group_by("platform", "name").agg(account.first(), (account.n_unique() == 1).alias("one"))
        return one.filter("one", account.is_not_null()).drop("one").sort("platform", "name")


def passed_on(rows: pl.LazyFrame, names: pl.DataFrame) -> pl.DataFrame:
    """Find what reposts pass on whose text is a chain.

    Parameters
    ----------
    rows
        All interactions, validated.
    names
        As :meth:`Handles.table` gives them.

    Returns
    -------
    polars.DataFrame
        ``platform``, ``interaction_id``, ``passed_on``: for a repost whose parent is not known, the last post or repost before it, in the
        same thread, of the account that the first link of its chain names. Reposts for which there is none are left out.

    Notes
    -----
    Acts at the same time come in the order of their ids. An account that was renamed, or one that reposted twice and was passed on from the
    first, gives a wrong parent or none.

    Examples
    --------
    >>> columns = {"interaction_id": ["1", "2", "3"], "actor_id": ["a", "b", "c"], "at": [1, 2, 3], "root_id": [None, "1", "1"]}
    >>> columns |= {"platform": ["weibo"] * 3, "kind": ["post", "repost", "repost"], "parent_id": [None, "1", None]}
    >>> rows = pl.LazyFrame(columns | {"text": ["x", "y", "z//@Bob:y"]})
    >>> handles = Handles()
    >>> handles.learn({("weibo", "bob"): "b"})
    >>> passed_on(rows, handles.table()).rows()
    [('weibo', '3', '2')]
    """
    chained = rows.filter(
        (pl.col("kind") == "repost")
        & pl.col("parent_id").is_null()
        & pl.col("root_id").is_not_null()
        & pl.col("text").str.contains("//", literal=True)
    )
    links = chained.select(*_KEY, "root_id", "at", pl.col("text").str.extract(_LINK).alias("name")).drop_nulls("name").collect()
    wanted = _of_names(links, names).drop("name").rename({"account_id": "actor_id"})
    if wanted.is_empty():
        return pl.DataFrame(schema={"platform": pl.String, "interaction_id": pl.String, "passed_on": pl.String})
    root = pl.coalesce("root_id", "interaction_id").alias("root_id")
    acts = (
        rows.filter(pl.col("kind").is_in(_PASSED_ON))
        .select(*_KEY, root, "at", "actor_id")
        .join(wanted.lazy().select("platform", "root_id", "actor_id").unique(), on=["platform", "root_id", "actor_id"], how="semi")
    )
    both = pl.concat([acts.collect().with_columns(act=True), wanted.select(*_KEY, "root_id", "at", "actor_id").with_columns(act=False)])
    ordered = both.sort("at", pl.col("interaction_id").str.len_bytes(), "interaction_id", "act").with_row_index("order")
    last = pl.when(pl.col("act")).then("interaction_id").shift(1).forward_fill().over("platform", "root_id", "actor_id")
    found = ordered.with_columns(last.alias("passed_on")).filter(~pl.col("act")).select(*_KEY, "passed_on")
    return found.filter(pl.col("passed_on").is_not_null()).unique(_KEY, keep="first", maintain_order=True)


def with_parents(rows: pl.LazyFrame, links: pl.DataFrame) -> pl.LazyFrame:
    """Fill in the parents that :func:`passed_on` found."""
    if links.is_empty():
        return rows
    joined = rows.join(links.lazy(), on=_KEY, how="left", maintain_order="left")
    return joined.with_columns(pl.coalesce("parent_id", "passed_on").alias("parent_id")).drop("passed_on")


def with_mentions(rows: pl.DataFrame, names: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    r"""Replace names among the targets by accounts, and aim posts without a target at the accounts that they name.

    Returns
    -------
    rows, lost
        The same rows; ``lost`` is the number of names that nobody or several have. Where nothing else is left, the targets are null: not
        known. A post that names somebody is a ``mention``.

    Examples
    --------
    >>> columns = {"interaction_id": ["1", "2"], "platform": ["weibo"] * 2, "kind": ["post", "mention"], "text": ["hi @Bob ", "@amy"]}
    >>> rows = pl.DataFrame(columns | {"target_ids": [None, ["\x1famy"]]}, schema_overrides={"target_ids": STRINGS})
    >>> handles = Handles()
    >>> handles.learn({("weibo", "bob"): "b"})
    >>> with_mentions(rows, handles.table())[0].select("kind", "target_ids").rows()
    [('mention', ['b']), ('mention', None)]
    """
    held = rows.with_row_index("row")
    pending = held.select("row", "platform", pl.col("target_ids").alias("name")).filter(
        pl.col("name").list.eval(pl.element().str.starts_with(PENDING)).list.any()
    )
    given = pending.explode("name").with_columns(named=pl.col("name").str.starts_with(PENDING))
    silent = held.filter((pl.col("kind") == "post") & pl.col("target_ids").is_null() & pl.col("platform").is_in(NAMING))
    words = silent.filter(pl.col("text").str.contains_any(["@", "＠"]))
    said = (
        words.select("row", "platform", own_words(pl.col("text")).str.extract_all(_MENTION).alias("name"))
        .explode("name")
        .drop_nulls("name")
    )
    if given.is_empty() and said.is_empty():
        return rows, 0
    wanted = pl.concat([given, said.with_columns(named=True)]).with_row_index("place")
    wanted = wanted.with_columns(pl.col("name").str.strip_prefix(PENDING))
    found = _of_names(wanted.filter("named"), names)
    others = wanted.filter(~pl.col("named")).with_columns(pl.col("name").alias("account_id"))
    lost = int(wanted["named"].sum()) - len(found)
    kept = pl.concat([found.select("row", "place", "account_id"), others.select("row", "place", "account_id")]).sort("place")
    lists = kept.group_by("row", maintain_order=True).agg(pl.col("account_id").unique(maintain_order=True).alias("found"))
    touched = wanted.select(pl.col("row").unique()).with_columns(touched=True)
    joined = held.join(lists, on="row", how="left", maintain_order="left").join(touched, on="row", how="left", maintain_order="left")
    aimed = pl.when("touched").then("found").otherwise("target_ids").cast(STRINGS)
    spoken = pl.col("touched").fill_null(value=False) & pl.col("found").is_not_null() & (pl.col("kind") == "post")
    kind = pl.when(spoken).then(pl.lit("mention")).otherwise("kind")
    return joined.with_columns(aimed.alias("target_ids"), kind.alias("kind")).select(rows.columns), lost


def _of_names(rows: pl.DataFrame, names: pl.DataFrame) -> pl.DataFrame:
    """Rows whose ``name`` is an account's, with it as ``account_id``; each different name is folded once."""
    different = rows["name"].unique()
    folds = pl.DataFrame({"name": different, "folded": pl.Series([folded_name(name) for name in different.to_list()], dtype=pl.String)})
    return (
        rows.join(folds, on="name", how="left", maintain_order="left")
        .join(names.rename({"name": "folded"}), on=["platform", "folded"], how="inner", maintain_order="left")
        .drop("folded")
    )
