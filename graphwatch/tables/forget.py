"""Delete for real: an account, or what is older than a limit, from every table, every file and every log of a case.

What is deleted leaves a tombstone (:mod:`graphwatch.tables.tombstones`) that keeps it from coming back. Versions of the case before the
deletion cannot be read any more, since their files are gone. First the intent is written down, then the tables change as one version, then
files and logs are taken away, then the intent goes: a process that is killed in between leaves the intent, and whoever comes next finishes.
"""

from __future__ import annotations

import shutil
import uuid
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Final

import orjson
import polars as pl

from graphwatch.errors import ConfigurationError, OutputError, Place
from graphwatch.schema import STRINGS
from graphwatch.tables.damage import undamaged
from graphwatch.tables.expire import expire
from graphwatch.tables.files import replace_file
from graphwatch.tables.holds import Hold, standing
from graphwatch.tables.layout import DAMAGED_FOLDER, INTERACTIONS_TABLE, STAGING_FOLDER, STORED
from graphwatch.tables.logs import cut_log
from graphwatch.tables.manifest import Commit, write_state
from graphwatch.tables.observations import with_hashes
from graphwatch.tables.opened import OpenCase
from graphwatch.tables.reclaim import forget_seals, needed_files, remove_files
from graphwatch.tables.redact import ACT_COLUMNS, OBJECT_COLUMNS, THREAD, Ids, Named, redact
from graphwatch.tables.rewrite import rewrite
from graphwatch.tables.snapshot import scan_table
from graphwatch.tables.staging import sweep
from graphwatch.tables.tombstones import Digests, tombstone_rows
from graphwatch.tables.writing import locked, recover, writing

INTENT_FILE: Final = "forgetting.json"
_FINDINGS: Final = frozenset({"pileon_id", "campaign_id", "scope"})
_NOTHING_CHANGED: Final = ", so nothing was changed"


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was deleted.

    Attributes
    ----------
    tombstone_id
        Name of the tombstone.
    version
        The case's version afterwards; earlier ones cannot be read any more.
    rows
        Rows deleted, by table; tables without any are left out.
    changed
        Rows in which a stand-in took the account's place, by table.
    held
        Rows that would have gone but are under a legal hold (limits of age only).
    files
        Data files removed from disk.
    """

    tombstone_id: str
    version: int
    rows: dict[str, int]
    changed: dict[str, int]
    held: int
    files: int


@dataclass(frozen=True, slots=True)
class _Intent:
    """What is being deleted; kept on disk, readable by the owner only, until it is done."""

    tombstone_id: str
    reason: str
    account: str | None
    platform: str | None
    before: str | None
    words: dict[str, str]
    counts: dict[str, object]


def forget_account(case: OpenCase, account: str, *, platform: str | None = None, reason: str) -> Forgotten:
    """Delete an account from a case.

    Parameters
    ----------
    account
        Its id, as in ``actor_id``.
    platform
        Its platform; None: on every platform, and where no platform is known.
    reason
        Why, e.g. the file number of the request; it is kept.

    Returns
    -------
    Forgotten

    Raises
    ------
    ConfigurationError
        There is no reason, or a legal hold stands on the case, on the account, or on an account that it acted on.
    DataError
        A data file cannot be read, so that it is not sure what it holds.

    Notes
    -----
    Its acts, what is known of it, and findings about it go; in what others did, its id, and after an ``@`` its known names, are replaced by
    a stand-in. Words that speak of it otherwise are not found.
    """
    case.require_writable()
    resume(case)
    if not reason.strip() or not account:
        raise ConfigurationError("forgetting needs an account and a reason, e.g. the file number of the request", Place(case.root))
    with undamaged(case.root, case.tables(), _NOTHING_CHANGED):
        _refuse_held(case, account, platform)
        names = _names(case, account, platform)
    stand_in = Digests(case.salt).stand_in("account", platform, account)
    words = {account: stand_in} | {f"@{name}": stand_in for name in names}
    told = redact(pl.DataFrame({"reason": [reason.strip()]}), "forgotten", Named(words=words))[0]["reason"][0]
    intent = _Intent(uuid.uuid4().hex[:12], told, account, platform, None, words, {})
    return _carry_out(case, intent)


def forget_older(case: OpenCase, days: float, *, reason: str = "retention limit", now: datetime | None = None) -> Forgotten:
    """Delete what is older than a limit.

    Parameters
    ----------
    days
        Age; the limit is the midnight (UTC) before it, so that whole days go.
    reason
        Why; it is kept.
    now
        Time from which the age counts; the clock's when not given.

    Returns
    -------
    Forgotten
        Rows under a legal hold stay and are counted.

    Raises
    ------
    ConfigurationError
        A legal hold stands on the whole case.
    """
    case.require_writable()
    resume(case)
    if days <= 0:
        raise ConfigurationError("a limit of age must be above zero days", Place(case.root))
    _refuse_held(case, None, None)
    limit = datetime.combine(((now or datetime.now(UTC)) - timedelta(days=days)).date(), time(), UTC)
    return _carry_out(case, _Intent(uuid.uuid4().hex[:12], reason.strip(), None, None, limit.isoformat(), {}, {}))


def unfinished(root: Path) -> bool:
    """Say whether a deletion was begun and not finished."""
    return (root / INTENT_FILE).exists()


def resume(case: OpenCase) -> Forgotten | None:
    """Finish a deletion that was interrupted; None when there is none."""
    path = case.root / INTENT_FILE
    try:
        return _carry_out(case, _Intent(**orjson.loads(path.read_bytes())))
    except FileNotFoundError:
        return None
    except (orjson.JSONDecodeError, TypeError) as error:
        raise ConfigurationError(f"is damaged; forget the account again and remove this file: {error}", Place(path)) from error


def _carry_out(case: OpenCase, intent: _Intent) -> Forgotten:
    body = orjson.dumps({name: getattr(intent, name) for name in _Intent.__slots__})
    try:
        replace_file(case.root / INTENT_FILE, body, 0o600)
    except OSError as error:
        raise OutputError(f"cannot be written: {error.strerror}", Place(case.root)) from error
    try:
        with undamaged(case.root, case.tables(), _NOTHING_CHANGED):
            done = _change_tables(case, intent)
    except Exception:  # nothing was changed, and whoever asked is told so
        (case.root / INTENT_FILE).unlink()
        raise
    files = 0 if _left_all_as_it_was(case, intent, done) else _clean(case, intent)
    (case.root / INTENT_FILE).unlink(missing_ok=True)
    return replace(done, files=files, version=case.state.version)


def _left_all_as_it_was(case: OpenCase, intent: _Intent, done: Forgotten) -> bool:
    """Say whether a limit of age found nothing, not in earlier versions either, so that these may stay readable."""
    if intent.account is not None or done.rows or (case.root / DAMAGED_FOLDER).exists():
        return False
    return not any(entry.kind in ("adopt", "set_aside") for entry in case.state.entries)


def _change_tables(case: OpenCase, intent: _Intent) -> Forgotten:
    """Change every table, as one version of the case; when that is done already, say what it did."""
    with writing(case.root, "forget") as commit:
        stones = scan_table(case.root, "forgotten", commit.state.tables()["forgotten"]).collect()
        told = stones.filter((pl.col("tombstone_id") == intent.tombstone_id) & pl.col("counts").is_not_null())
        if len(told):
            return Forgotten(intent.tombstone_id, commit.state.version, **orjson.loads(told["counts"][0]), files=0)
        _refuse_held(case, intent.account, intent.platform)  # again, since a hold may have been placed before the lock was ours
        counts = _forget_account(case, commit, intent) if intent.account is not None else _forget_older(case, commit, intent)
        commit.facts["tombstone_id"] = intent.tombstone_id
    return Forgotten(intent.tombstone_id, commit.version, *counts, files=0)


def _forget_account(case: OpenCase, commit: Commit, intent: _Intent) -> tuple[dict[str, int], dict[str, int], int]:
    digests = Digests(case.salt)
    account = str(intent.account)
    places = [intent.platform] if intent.platform is not None else [None, *_platforms(commit)]
    named = Named({(place, account): intent.words[account] for place in places}, _acts(case, commit, intent, digests), intent.words)
    about = _findings_about(commit, named)
    by_act: dict[str, list[tuple[str | None, str]]] = {}
    for key in named.acts:
        by_act.setdefault(key[1], []).append(key)
    rows: dict[str, int] = {}
    changed: dict[str, int] = {}
    for name in STORED:
        if name in ("forgotten", "repeated"):
            continue
        candidate = _candidates(named) if name == INTERACTIONS_TABLE else None

        def change(frame: pl.DataFrame, _: object, name: str = name) -> pl.DataFrame:
            here = _named_in(frame, named, by_act)
            left, _dropped = redact(_without_findings(frame, name, about), name.removeprefix("results/"), here)
            hashed = "observation" in left.columns and not left.is_empty()
            return with_hashes(left.drop("observation", "key", strict=False), name, case.seed).select(frame.columns) if hashed else left

        done = rewrite(commit, name, change, candidate)
        _count(name, done.removed, done.changed, rows, changed)
    _bury(commit, intent, tombstone_rows(named, digests), (rows, changed, 0))
    return rows, changed, 0


def _forget_older(case: OpenCase, commit: Commit, intent: _Intent) -> tuple[dict[str, int], dict[str, int], int]:
    limit = datetime.fromisoformat(str(intent.before))
    rows, held = expire(case, commit, limit, [hold for hold in standing(case) if hold.account_id is not None])
    stone = {"sort": "before", "before": limit}
    _bury(commit, intent, pl.DataFrame([stone], schema={"sort": pl.String, "before": pl.Datetime("us", "UTC")}), (rows, {}, held))
    return rows, {}, held


def _bury(commit: Commit, intent: _Intent, stones: pl.DataFrame, counts: tuple[dict[str, int], dict[str, int], int]) -> None:
    """Write the tombstones; the first one holds reason and counts."""
    told = orjson.dumps(dict(zip(("rows", "changed", "held"), counts, strict=True)), option=orjson.OPT_SORT_KEYS).decode()
    first = pl.int_range(pl.len()) == 0
    full = stones.with_columns(
        tombstone_id=pl.lit(intent.tombstone_id),
        at=pl.lit(datetime.now(UTC)).cast(pl.Datetime("us", "UTC")),
        reason=pl.when(first).then(pl.lit(intent.reason)),
        counts=pl.when(first).then(pl.lit(told)),
    )
    absent = [pl.lit(None, dtype=dtype).alias(name) for name, dtype in STORED["forgotten"].dtypes.items() if name not in full.columns]
    commit.append("forgotten", full.with_columns(absent))


def _clean(case: OpenCase, intent: _Intent) -> int:
    """Take away the files of earlier versions, the logs that tell of them, what killed processes left, and names in the manifest."""
    named = Named({}, {}, intent.words)
    with locked(case.root):
        state = recover(case.root)
        last = len(state.entries) - 1
        entries = []
        for number, entry in enumerate(state.entries):
            facts = pl.DataFrame({"summary": [orjson.dumps(dict(entry.facts)).decode()]})
            clean = orjson.loads(redact(facts, "runs", named)[0]["summary"][0])
            tables = {**entry.tables, **{n: v for n, v in state.heads.items() if v}} if number == last else entry.tables
            entries.append(replace(entry, facts=clean, gone=number < last, tables=tables))
        state = replace(state, entries=tuple(entries))
        write_state(case.root, state)
        needed = needed_files(case.root, state, [state.version])
        sweep(case.root / STAGING_FOLDER)
        shutil.rmtree(case.root / DAMAGED_FOLDER, ignore_errors=True)
        files, _ = remove_files(case.root, needed)
        for name in STORED:
            cut_log(case.root, name)
        forget_seals(case.root)
        for left in case.root.glob(".*.part"):
            left.unlink()
    return files


def _acts(case: OpenCase, commit: Commit, intent: _Intent, digests: Digests) -> Ids:
    """Find the account's acts: their ids may hold its own, and others answer them."""
    mine = pl.col("actor_id") == intent.account
    if intent.platform is not None:
        mine &= pl.col("platform") == intent.platform
    rows = scan_table(case.root, INTERACTIONS_TABLE, commit.state.tables()[INTERACTIONS_TABLE]).filter(mine)
    ids = rows.select("platform", "interaction_id").unique().collect(engine="streaming").sort("platform", "interaction_id")
    return {(platform, act): digests.stand_in("act", platform, act) for platform, act in ids.iter_rows()}


def _platforms(commit: Commit) -> list[str]:
    """Platforms of the case: where an account was forgotten on all, results may hold its id behind each of their names."""
    tables = commit.state.tables()
    every = [
        scan_table(commit.root, name, tables[name]).select(pl.col(column).alias("platform")).unique().collect(engine="streaming")
        for name, column in ((INTERACTIONS_TABLE, "platform"), ("accounts", "platform"), ("identities", "other_platform"))
    ]
    return pl.concat(every).to_series().drop_nulls().unique().sort().to_list()


def _names(case: OpenCase, account: str, platform: str | None) -> list[str]:
    mine = pl.col("account_id") == account
    if platform is not None:
        mine &= pl.col("platform") == platform
    rows = scan_table(case.root, "accounts", case.tables()["accounts"]).filter(mine).select("name").collect()
    return sorted({str(name).removeprefix("@") for name in rows["name"].drop_nulls()} - {""})


def _candidates(named: Named) -> pl.Expr:
    """Interactions that may have to change: cheap to ask, and never misses one."""
    ids = sorted({i for _, i in named.accounts} | {f"{p}:{i}" for p, i in named.accounts if p is not None})
    acts = sorted({i for _, i in named.acts})
    bare = sorted({word.removeprefix("@") for word in named.words})
    return (
        pl.col("actor_id").is_in(ids)
        | pl.col("target_ids").list.eval(pl.element().is_in(ids)).list.any()
        | pl.col("interaction_id").is_in(acts)
        | pl.col("parent_id").is_in(acts)
        | pl.col("root_id").is_in(acts)
        | pl.col("text").str.contains_any(bare)
        | pl.col("objects").list.eval(pl.element().str.contains_any(bare)).list.any()
    ).fill_null(value=False)


def _named_in(frame: pl.DataFrame, named: Named, by_act: dict[str, list[tuple[str | None, str]]]) -> Named:
    """Leave out the acts that a frame does not name: an account may have very many."""
    present: set[str] = set()
    for column in ACT_COLUMNS & set(frame.columns):
        values = frame[column].explode(empty_as_null=True) if frame.schema[column] == STRINGS else frame[column]
        present.update(values.drop_nulls().unique())
    for column in OBJECT_COLUMNS & set(frame.columns):
        present.update(frame[column].drop_nulls().unique().str.strip_prefix(THREAD))
    return Named(named.accounts, {key: named.acts[key] for act in sorted(present & by_act.keys()) for key in by_act[act]}, named.words)


def _findings_about(commit: Commit, named: Named) -> list[str]:
    """Pile-ons on the account, and campaigns of nothing but these, in the results of every run."""
    tables = commit.state.tables()
    rows = scan_table(commit.root, "results/pileons", tables["results/pileons"]).select("pileon_id", "target_id").collect()
    left, _ = redact(rows, "pileons", named)
    gone = sorted(set(rows["pileon_id"]) - set(left["pileon_id"]))
    campaigns = scan_table(commit.root, "results/campaigns", tables["results/campaigns"]).filter(_nothing_but(gone))
    return [*gone, *campaigns.select("campaign_id").collect().to_series().unique().sort()]


def _without_findings(frame: pl.DataFrame, name: str, about: list[str]) -> pl.DataFrame:
    """Take findings about the account, and what belongs to them, out of a result table."""
    if not about or not name.startswith("results/"):
        return frame
    for column in _FINDINGS & set(frame.columns):
        frame = frame.filter(~pl.col(column).is_in(about).fill_null(value=False))
    return (
        frame.with_columns(pl.col("pileons").list.eval(pl.element().filter(~pl.element().is_in(about))))
        if "pileons" in frame.columns
        else frame
    )


def _nothing_but(pileons: list[str]) -> pl.Expr:
    return (pl.col("pileons").list.len() > 0) & pl.col("pileons").list.eval(pl.element().is_in(pileons)).list.all()


def _refuse_held(case: OpenCase, account: str | None, platform: str | None) -> None:
    """Refuse while a legal hold covers the whole case, or the account, or somebody that it acted on."""
    for hold in standing(case):
        if hold.account_id is None:
            raise ConfigurationError(f"nothing may be deleted: a legal hold stands, {hold}", Place(case.root))
        if account is not None and (_same(hold, account, platform) or _acted_on(case, hold, account, platform)):
            raise ConfigurationError(f"the account may not be forgotten: a legal hold stands, {hold}", Place(case.root))


def _same(hold: Hold, account: str, platform: str | None) -> bool:
    return hold.account_id == account and (hold.platform is None or platform is None or hold.platform == platform)


def _acted_on(case: OpenCase, hold: Hold, account: str, platform: str | None) -> bool:
    here = (pl.col("actor_id") == account) & pl.col("target_ids").list.contains(pl.lit(hold.account_id))
    for place in (platform, hold.platform):
        if place is not None:
            here &= pl.col("platform") == place
    rows = scan_table(case.root, INTERACTIONS_TABLE, case.tables()[INTERACTIONS_TABLE])
    return bool(rows.filter(here).head(1).collect(engine="streaming").height)


def _count(name: str, removed: int, changed: int, rows: dict[str, int], altered: dict[str, int]) -> None:
    if removed:
        rows[name] = removed
    if changed:
        altered[name] = changed
