"""A case: a folder of Delta tables that loads into, is read by windows, and keeps every version of itself."""

from __future__ import annotations

import secrets
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from os import PathLike
from pathlib import Path

import polars as pl

from graphwatch.errors import ConfigurationError, OutputError, Place
from graphwatch.folder import refuse_in_case
from graphwatch.load.sources import PathInput
from graphwatch.schema import INPUTS
from graphwatch.settings import LoadSettings
from graphwatch.tables import append, observations, results, reviews, window
from graphwatch.tables.append import LoadReport
from graphwatch.tables.compact import Compacted, compact
from graphwatch.tables.damage import readable_files, undamaged
from graphwatch.tables.export import Exported, Names, export
from graphwatch.tables.files import replace_file
from graphwatch.tables.forget import Forgotten, forget_account, forget_older, resume
from graphwatch.tables.holds import Hold, holds, place_hold, release_hold
from graphwatch.tables.layout import CASE_FILE, FORMAT, LOCK_FILE, SALT_FILE, STAGING_FOLDER, STORED, TABLES_FOLDER
from graphwatch.tables.manifest import Entry, State, create_table, write_state
from graphwatch.tables.opened import OpenCase
from graphwatch.tables.seals import digest_of, sealed
from graphwatch.tables.setaside import set_aside
from graphwatch.tables.status import Status, status
from graphwatch.tables.verify import Damage, verify


class Case(OpenCase):
    """An open case folder.

    Parameters
    ----------
    path
        The folder.

    Raises
    ------
    ConfigurationError
        It is no case, or one that a newer graphwatch made.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     case = Case.create(f"{folder}/storm", name="storm")
    ...     case.version, case.scan("interactions").collect().height
    (0, 0)
    """

    @classmethod
    def create(cls, path: PathInput, *, name: str = "") -> Case:
        """Make a new, empty case.

        Parameters
        ----------
        path
            Folder to make; it may be there if it is empty.
        name
            What people call the case; the folder's name when not given.

        Raises
        ------
        OutputError
            The folder holds something, or cannot be written.
        """
        place = Path(path).resolve()
        if (place / CASE_FILE).exists():
            raise OutputError("is a case already", Place(Path(path)))
        refuse_in_case(place)
        if place.exists() and (not place.is_dir() or any(place.iterdir())):
            raise OutputError("is not empty; choose another folder", Place(Path(path)))
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            work = Path(tempfile.mkdtemp(prefix=f".{place.name}.", suffix=".part", dir=place.parent))
            try:
                fresh = work / "new"
                _fill(fresh, name or place.name)
                fresh.rename(place)  # fails when somebody else made it meanwhile
            finally:
                shutil.rmtree(work, ignore_errors=True)
        except OSError as error:
            raise OutputError(f"cannot be written: {error.strerror or error}", Place(Path(path))) from error
        return cls(place)

    def load(
        self,
        paths: PathInput | Sequence[PathInput],
        *,
        side: Mapping[str, PathInput] | None = None,
        format: str | None = None,  # noqa: A002
        mapping: PathInput | None = None,
        root: str | None = None,
        target: str | None = None,
        match: str | None = None,
        settings: LoadSettings | None = None,
        progress: Callable[[str, int], None] | None = None,
    ) -> LoadReport:
        """Load files; see :func:`graphwatch.tables.append.load_files`."""
        resume(self)
        files = [Path(paths)] if isinstance(paths, str | PathLike) else [Path(path) for path in paths]
        given = append.Sources(
            tuple(files),
            {name: Path(path) for name, path in (side or {}).items()},
            format,
            None if mapping is None else Path(mapping),
            root,
            target,
            match,
        )
        return append.load_files(self, given, settings or LoadSettings(), progress)

    def scan(self, table: str, *, skip_damaged: bool = False) -> pl.LazyFrame:
        """Give a table's current rows: its canonical columns, one row per key; with ``skip_damaged`` what is in whole files only."""
        return observations.scan_current(self, table, readable_files(self, table) if skip_damaged else None)

    def table(self, name: str) -> pl.DataFrame:
        """Give a table's current rows in memory, ordered by key."""
        with undamaged(self.root, self.tables()):
            return observations.read_current(self, name)

    def window(
        self,
        since: datetime | str | None = None,
        until: datetime | str | None = None,
        target: str | None = None,
        *,
        parent_days: float = 0.0,
    ) -> pl.LazyFrame:
        """Give interactions of a time window; see :func:`graphwatch.tables.window.read_window`."""
        return window.read_window(self, since, until, target, parent_days=parent_days)

    def history(self, interaction_id: str, platform: str | None = None) -> pl.DataFrame:
        """Give every observation of an interaction; see :func:`graphwatch.tables.observations.history`."""
        return observations.history(self, interaction_id, platform)

    def write_results(self, run_id: str, frames: Mapping[str, pl.DataFrame], meta: Mapping[str, object]) -> bool:
        """Keep a run's result tables; see :func:`graphwatch.tables.results.write_results`."""
        return results.write_results(self, run_id, frames, meta)

    def results(self, run_id: str) -> dict[str, pl.DataFrame]:
        """Give a run's result tables; see :func:`graphwatch.tables.results.read_results`."""
        return results.read_results(self, run_id)

    def runs(self) -> pl.DataFrame:
        """Give one row per run that was kept, oldest first."""
        return results.runs(self)

    def add_review(
        self,
        finding: str,
        finding_id: str,
        *,
        outcome: str,
        reviewer: str,
        account: str | None = None,
        run_id: str | None = None,
        note: str = "",
    ) -> str:
        """Keep a person's decision about a finding; see :func:`graphwatch.tables.reviews.add_review`."""
        resume(self)
        return reviews.add_review(self, finding, finding_id, outcome=outcome, reviewer=reviewer, account=account, run_id=run_id, note=note)

    def reviews(self) -> pl.DataFrame:
        """Give all decisions about findings, oldest first."""
        return reviews.reviews(self)

    def status(self) -> Status:
        """Say what the case holds; see :func:`graphwatch.tables.status.status`."""
        return status(self)

    def verify(self) -> list[Damage]:
        """Check files, logs and rows; see :func:`graphwatch.tables.verify.verify`."""
        return verify(self)

    def set_aside(self) -> list[Path]:
        """Take damaged files out of the tables; see :func:`graphwatch.tables.setaside.set_aside`."""
        return set_aside(self)

    def compact(self, *, keep_days: float = 30.0, drop_runs: bool = False) -> Compacted:
        """Join small files; see :func:`graphwatch.tables.compact.compact`."""
        return compact(self, keep_days=keep_days, drop_runs=drop_runs)

    def export(
        self,
        out: PathInput,
        *,
        version: int | None = None,
        since: datetime | str | None = None,
        until: datetime | str | None = None,
        target: str | None = None,
        tables: Sequence[str] | None = None,
        format: str = "parquet",  # noqa: A002
        texts: bool = True,
        names: Names | None = None,
    ) -> Exported:
        """Write canonical files; see :func:`graphwatch.tables.export.export`."""
        window = (since, until, target)
        return export(self, out, version=version, window=window, tables=tables, format=format, texts=texts, names=names)

    def forget(
        self, *, account: str | None = None, platform: str | None = None, reason: str, older_than_days: float | None = None
    ) -> Forgotten:
        """Delete an account, or what is older than so many days, for real; see :mod:`graphwatch.tables.forget`.

        Raises
        ------
        ConfigurationError
            Neither or both were given, there is no reason, or a legal hold stands.
        """
        if account is not None and older_than_days is None:
            return forget_account(self, account, platform=platform, reason=reason)
        if account is None and older_than_days is not None:
            return forget_older(self, older_than_days, reason=reason)
        raise ConfigurationError("forget takes an account or a limit of age, one of them")

    def hold(self, *, account: str | None = None, platform: str | None = None, reason: str) -> Hold:
        """Place a legal hold on an account, or on the whole case; see :func:`graphwatch.tables.holds.place_hold`."""
        resume(self)
        return place_hold(self, account=account, platform=platform, reason=reason)

    def release(self, hold_id: str, *, reason: str) -> Hold:
        """Release a legal hold; see :func:`graphwatch.tables.holds.release_hold`."""
        return release_hold(self, hold_id, reason=reason)

    def holds(self) -> list[Hold]:
        """Give all legal holds, also released ones, oldest first."""
        return holds(self)


def _fill(fresh: Path, name: str) -> None:
    fresh.mkdir()
    (fresh / TABLES_FOLDER).mkdir()
    (fresh / STAGING_FOLDER).mkdir()
    for stored in (STORED[name] for name in INPUTS):  # where others may write; the rest comes with its first rows
        create_table(fresh, stored)
    now = datetime.now(UTC).isoformat(timespec="microseconds")
    replace_file(fresh / SALT_FILE, secrets.token_bytes(32), 0o600)
    about = {"format": FORMAT, "id": secrets.token_hex(8), "name": name, "created": now, "hash_seed": str(secrets.randbits(63))}
    about["salt_sha256"] = digest_of(fresh / SALT_FILE)
    (fresh / LOCK_FILE).touch()
    write_state(fresh, State((Entry(0, "init", "init", now, {}),), {}))
    replace_file(fresh / CASE_FILE, sealed(about))
