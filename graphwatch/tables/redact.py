"""Take an account out of a table: rows about it go, what others say of it gets a stand-in.

One rule for all tables. A row that names the account in a column of its own goes; in a list, in words and in the books of the case the name
is replaced by a stand-in. The same rule works on rows of the case and on rows that are about to be loaded, so that a later load of the same
file gives the rows that are already there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

import polars as pl

from graphwatch.schema import STRINGS

# What the columns of all tables of a case hold, by name. A column of strings that is in none of these is treated as words, and a test asks
# for a decision, so that a new table cannot be passed over.
_ACTORS: Final = {"actor_id", "account_id", "other_id", "follower_id", "followed_id", "root_actor_id", "a", "b", "first"}
ACCOUNT_COLUMNS: Final = frozenset({*_ACTORS, "target_id", "target_ids", "targets"})
ACT_COLUMNS: Final = frozenset({"interaction_id", "parent_id", "root_id", "evidence", "chain", "cause_id"})
BOOK_COLUMNS: Final = frozenset({"record", "file", "files", "options", "window", "summary", "counts", "reason"})
OBJECT_COLUMNS: Final = frozenset({"object", "topic"})  # words, and ``thread:`` before the id of an act
_SAID: Final = {"text", "objects", "name", "reasons", "link_reasons", "notes", "counter_evidence", "note", "reviewer", "finding_id"}
_RECORDED: Final = {"source", "value", "agency_name", "roster_name", "rule"}  # a source may be a link to a page that names the account
_OWNERS: Final = {"company_a", "company_b", "company_id", "other_company_id", "controller_id", "controllers", "possible_controllers"}
_PERSONS: Final = {
    "owner_id",
    "owned_id",
    "path",
    "agency_id",
    "other_agency_id",
    "agencies",
    "group",
}  # may be a person, who may have the same id
WORD_COLUMNS: Final = frozenset({*_SAID, *_RECORDED, *_OWNERS, *_PERSONS, *OBJECT_COLUMNS})
_CLOSED: Final = {
    "kind",
    "surface",
    "surfaces",
    "only_surface",
    "category",
    "top_categories",
    "nature",
    "role",
    "roles",
    "level",
    "state",
    "link",
    "basis",
}
_CHOSEN: Final = {
    "change",
    "method",
    "kernel",
    "sort",
    "event",
    "missing_features",
    "model_version",
    "field",
    "table",
    "finding",
    "outcome",
}
_PLACES: Final = {"platform", "other_platform", "cause_platform"}
_MADE: Final = {"pileon_id", "pileons", "object_pileon_id", "surface_pileon_id", "campaign_id", "alert_id", "group_id", "scope"}
_BOOKED: Final = {"run_id", "load_id", "hold_id", "tombstone_id", "review_id", "settings_digest", "digest", "digests", "stand_in"}
OTHER_COLUMNS: Final = frozenset({*_CLOSED, *_CHOSEN, *_PLACES, *_MADE, *_BOOKED})
_NO_WORDS: Final = frozenset({("interactions", "source")})  # digest of the file and place in it
KEPT: Final = frozenset({"holds", "runs", "loads", "forgotten", "reviews"})  # what was done stays on record, without the name
STAND_IN: Final = "forgotten-"
THREAD: Final = "thread:"
SHORTEST: Final = 5  # an id that is shorter is not told from an ordinary word, unless an @ stands before it
_ID: Final = "did:[a-z]+:[A-Za-z0-9._:-]+|@?[A-Za-z0-9_-][A-Za-z0-9_.-]*"
_PARTS: Final = (_ID, "[A-Za-z0-9_]{5,}")
_BOOK_PARTS: Final = (_ID, "[A-Za-z0-9_]+", r"[\pL\pN_]+", r'"[^"\\]{1,80}"')
_MENTION: Final = r"@[^@]{1,40}"
_PIECE: Final = r"[A-Za-z0-9_]+|[[\pL\pN]--[A-Za-z0-9]]+|."
_NAME_PARTS: Final = 12
PLATFORM_OF: Final = {
    "other_id": "other_platform",
    "cause_id": "cause_platform",
}  # column → column with its platform, where that is not "platform"
Ids = Mapping[tuple[str | None, str], str]
Sort = Literal["account", "act", "words", "books", "other"]


def sort_of(table: str, column: str) -> Sort:
    """Say what a column of strings, or of lists of them, holds; words where nothing else is known.

    Examples
    --------
    >>> sort_of("members", "actor_id"), sort_of("members", "role"), sort_of("a table of tomorrow", "remark")
    ('account', 'other', 'words')
    """
    sorts: tuple[tuple[Sort, frozenset[str]], ...] = (
        ("account", ACCOUNT_COLUMNS),
        ("act", ACT_COLUMNS),
        ("books", BOOK_COLUMNS),
        ("other", OTHER_COLUMNS),
    )
    if (table, column) in _NO_WORDS:
        return "other"
    return next((sort for sort, columns in sorts if column in columns), "words")


@dataclass(frozen=True, slots=True)
class Named:
    """What stands for the accounts to take out, each with its stand-in.

    Attributes
    ----------
    accounts
        ``(platform, id)`` → stand-in; platform None: on any platform.
    acts
        ``(platform, interaction id)`` → stand-in.
    words
        What may stand in words → stand-in: ids as they are, names with an ``@`` before them.
    """

    accounts: Ids = field(default_factory=dict)
    acts: Ids = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.accounts or self.acts or self.words)


def redact(frame: pl.DataFrame, table: str, named: Named) -> tuple[pl.DataFrame, int]:
    """Take accounts out of a frame.

    Parameters
    ----------
    frame
        Rows of a table of the case, of a result table, or about to be loaded. It is not changed.
    table
        Its name.
    named
        What to take out.

    Returns
    -------
    frame, dropped
        The rows that stay, in their order, and how many went.

    Examples
    --------
    >>> rows = pl.DataFrame({"actor_id": ["a", "b"], "target_ids": [["c"], ["a", "c"]], "text": ["hi", "@a: hi"]})
    >>> kept, dropped = redact(rows, "interactions", Named({(None, "a"): "forgotten-1"}, {}, {"@a": "forgotten-1"}))
    >>> kept.rows(), dropped
    ([('b', ['forgotten-1', 'c'], '@forgotten-1: hi')], 1)
    """
    if not named or frame.is_empty():
        return frame, 0
    going = [] if table in KEPT else _going(frame, named)
    kept = frame.filter(~pl.any_horizontal(going).fill_null(value=False)) if going else frame
    changes = [change for name in kept.columns if (change := _change(kept, table, name, named)) is not None]
    return kept.with_columns(changes), len(frame) - len(kept)


def _going(frame: pl.DataFrame, named: Named) -> list[pl.Expr]:
    """Say which rows go: those with a forgotten account, or the id of a forgotten act, or, set aside at loading, with either in them."""
    strings = [name for name, dtype in frame.schema.items() if dtype == pl.String]
    going = [_stand_in(frame, name, named.accounts).is_not_null() for name in strings if name in ACCOUNT_COLUMNS and named.accounts]
    if "interaction_id" in strings and named.acts:
        going.append(_stand_in(frame, "interaction_id", named.acts).is_not_null())
    if "record" in strings and named.words:
        going.append(_in_books(pl.col("record"), named.words) != pl.col("record"))
    return going


def _change(frame: pl.DataFrame, table: str, name: str, named: Named) -> pl.Expr | None:
    """Expression that puts stand-ins into one column; None where nothing of the sort stands in it."""
    dtype = frame.schema[name]
    if dtype not in (pl.String, STRINGS):
        return None
    sort = sort_of(table, name)
    if sort in ("account", "act"):
        known = named.accounts if sort == "account" else named.acts
        if not known:
            return None
        return pl.coalesce(_stand_in(frame, name, known), name) if dtype == pl.String else _in_list(frame, name, known)
    if sort == "other" or not (named.words or named.acts):
        return None
    replace = _in_words if sort == "words" else _in_books
    column = _in_thread(pl.col(name), named.acts) if name in OBJECT_COLUMNS and dtype == pl.String else pl.col(name)
    changed = replace(column, named.words) if dtype == pl.String else column.list.eval(replace(pl.element(), named.words))
    return changed.alias(name)


def _in_thread(column: pl.Expr, acts: Ids) -> pl.Expr:
    """Put a stand-in for the act into ``thread:`` and its id."""
    known = {name: stand_in for (platform, act), stand_in in acts.items() for name in (act, f"{platform}:{act}")}
    found = _lookup(column.str.strip_prefix(THREAD), known)
    return pl.when(column.str.starts_with(THREAD) & found.is_not_null()).then(pl.lit(THREAD) + found).otherwise(column)


def _stand_in(frame: pl.DataFrame, name: str, known: Ids) -> pl.Expr:
    """Stand-in of the id in a column, null where it is none of those known. An id may stand with its platform before it, as in results."""
    anywhere = {}
    by_platform: dict[str, dict[str, str]] = {}
    place = PLATFORM_OF.get(name, "platform")
    for (platform, identifier), stand_in in known.items():
        if platform is None or place not in frame.columns:
            anywhere[identifier] = stand_in
        else:
            by_platform.setdefault(platform, {})[identifier] = stand_in
        if platform is not None:
            anywhere[f"{platform}:{identifier}"] = stand_in
    found = [_lookup(pl.col(name), anywhere)]
    for platform, ids in sorted(by_platform.items()):
        found.append(pl.when(pl.col(place) == platform).then(_lookup(pl.col(name), ids)))
    return pl.coalesce(found)


def _lookup(column: pl.Expr, known: Mapping[str, str]) -> pl.Expr:
    if not known:
        return pl.lit(None, dtype=pl.String)
    return column.replace_strict(list(known), list(known.values()), default=None, return_dtype=pl.String)


def _in_list(frame: pl.DataFrame, name: str, known: Ids) -> pl.Expr:
    """Put stand-ins into a column of lists; only rows that hold such an id are taken apart."""
    platform = ["platform"] if "platform" in frame.columns else []
    ids = sorted({identifier for _, identifier in known} | {f"{p}:{i}" for p, i in known if p is not None})
    rows = frame.select(name, *platform).with_row_index("_row").filter(pl.col(name).list.eval(pl.element().is_in(ids)).list.any())
    if rows.is_empty():
        return pl.col(name)
    flat = rows.explode(name)
    flat = flat.with_columns(pl.coalesce(_stand_in(flat, name, known), name).alias(name))
    lists = flat.group_by("_row", maintain_order=True).agg(pl.col(name).unique(maintain_order=True))
    merged = frame.select(name).with_row_index("_row").join(lists, on="_row", how="left", maintain_order="left")
    return pl.lit(merged.select(pl.coalesce(f"{name}_right", name).alias(name)).to_series())


def _in_words(column: pl.Expr, words: Mapping[str, str]) -> pl.Expr:
    """Replace names after an ``@``, and ids that stand alone and are long enough to be told from an ordinary word."""
    for word, stand_in in _longest_first(words):
        bare = word.removeprefix("@")
        column = _replace_token(column, bare, stand_in, alone=not word.startswith("@") and len(bare) >= SHORTEST)
    return column


def _in_books(column: pl.Expr, words: Mapping[str, str]) -> pl.Expr:
    """Replace names and ids wherever they stand alone: in records as they came, names of files, options."""
    for word, stand_in in _longest_first(words):
        column = _replace_token(column, word.removeprefix("@"), stand_in, alone=True)
    return column


def _longest_first(words: Mapping[str, str]) -> list[tuple[str, str]]:
    return sorted(words.items(), key=lambda item: (-len(item[0]), item[0]))


def _replace_token(column: pl.Expr, word: str, stand_in: str, *, alone: bool) -> pl.Expr:
    beside = "[^A-Za-z0-9_]" if word.isascii() else r"[^\pL\pN_]"  # in Chinese no space stands between a name and the next word
    pattern = rf"(^|{beside}){_quoted(word)}($|{beside})" if alone else rf"(@){_quoted(word)}($|{beside})"
    for _ in range(2):  # two names with one sign between them: the sign belongs to the first match, so the second is seen the next time
        column = column.str.replace_all(pattern, f"${{1}}{stand_in}${{2}}")
    return column


def _quoted(word: str) -> str:
    """Quote a word for a regular expression of Rust, which knows fewer escapes than Python's."""
    return "".join(sign if sign.isalnum() or sign == "_" else f"\\x{{{ord(sign):x}}}" for sign in word)


def word_tokens(values: pl.Series, *, books: bool = False, names: bool = True) -> pl.Series:
    """Give the distinct parts of some texts that may be ids, or, with an ``@``, names; in no order.

    What may be a name ends at any sign, so there are more than real ones. A name of more than twelve words and signs, or of more than 40
    characters, is not found.

    Examples
    --------
    >>> word_tokens(pl.Series(["see 12345 @a.b"])).sort().to_list()
    ['12345', '@a', '@a.', '@a.b', 'a.b', 'see']
    """
    flat = values.explode(empty_as_null=True) if values.dtype == STRINGS else values
    distinct = flat.drop_nulls().unique()
    every = [
        distinct.str.extract_all(part).explode(empty_as_null=True).drop_nulls().unique() for part in (_BOOK_PARTS if books else _PARTS)
    ]
    found = pl.concat([*every, *(part.str.strip_chars_end(".-") for part in every)]).unique()
    bare = found.str.strip_prefix("@").str.strip_chars('"')
    tokens = [found, bare, "@" + bare] if books else [found, bare]
    if names:
        pieces = distinct.str.extract_all(_MENTION).explode(empty_as_null=True).drop_nulls().str.slice(1).unique().str.extract_all(_PIECE)
        tokens += ["@" + pieces.list.head(count).list.join("").unique() for count in range(1, _NAME_PARTS + 1)]
    return pl.concat(tokens).unique()
