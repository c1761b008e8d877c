"""Pseudonyms: keyed, stable, distinct, and the key stays where it is."""

from __future__ import annotations

import os
import pickle
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphwatch.errors import ConfigurationError
from graphwatch.review.pseudonyms import KEY_VARIABLE, Pseudonyms

KEY = b"0123456789abcdef0123456789abcdef"


@given(st.lists(st.text(), unique=True, max_size=30))
def test_distinct_stable_and_plain(ids: list[str]) -> None:
    names = Pseudonyms(KEY)
    given_names = [names.of(i) for i in ids]
    assert len(set(given_names)) == len(ids)
    assert given_names == [Pseudonyms(KEY).of(i) for i in ids]
    assert all(name.startswith("acc-") and name[4:].isalnum() and name.isascii() for name in given_names)


@given(st.lists(st.none() | st.text(st.characters(exclude_categories=["Cs"])), max_size=30))
def test_series_equals_one_by_one(ids: list[str | None]) -> None:
    names = Pseudonyms(KEY)
    series = names.series(pl.Series("actor_id", ids, dtype=pl.String))
    assert series.to_list() == [None if i is None else names.of(i) for i in ids]
    assert series.name == "actor_id"


def test_another_key_gives_unrelated_names() -> None:
    other = Pseudonyms(KEY[::-1])
    assert other.of("a") != Pseudonyms(KEY).of("a")
    assert other.key_id != Pseudonyms(KEY).key_id == Pseudonyms(KEY).key_id
    assert Pseudonyms(KEY).of("a", "interaction")[4:] != Pseudonyms(KEY).of("a")[4:]


def test_collisions_get_longer_names() -> None:
    ids = pl.Series([f"u{i}" for i in range(200)])
    names = Pseudonyms(KEY, length=1).series(ids)
    assert names.n_unique() == 200
    backwards = Pseudonyms(KEY, length=1).series(ids[::-1])[::-1]
    assert names.to_list() == backwards.to_list()


def test_key_from_the_environment() -> None:
    names = Pseudonyms.load({KEY_VARIABLE: KEY.decode()})
    assert names.of("a") == Pseudonyms(KEY).of("a")
    assert names.warning is None


def test_short_keys_are_refused_without_being_told() -> None:
    with pytest.raises(ConfigurationError) as caught:
        Pseudonyms.load({KEY_VARIABLE: "hunter2"})
    assert "hunter2" not in str(caught.value)


def test_key_file_is_made_once_and_private(tmp_path: Path) -> None:
    env = {"XDG_CONFIG_HOME": str(tmp_path / "conf")}
    first = Pseudonyms.load(env)
    path = tmp_path / "conf" / "graphwatch" / "pseudonym.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert Pseudonyms.load(env).of("a") == first.of("a")
    assert first.warning is None
    assert [p.name for p in path.parent.iterdir()] == ["pseudonym.key"]
    path.chmod(0o644)
    assert "chmod 600" in str(Pseudonyms.load(env).warning)
    path.write_text("no key")
    with pytest.raises(ConfigurationError, match=r"pseudonym\.key"):
        Pseudonyms.load(env)
    path.write_text("")
    with pytest.raises(ConfigurationError, match="at least"):
        Pseudonyms.load(env)


def test_home_is_used_without_xdg(tmp_path: Path) -> None:
    Pseudonyms.load({"HOME": str(tmp_path)})
    assert (tmp_path / ".config" / "graphwatch" / "pseudonym.key").is_file()


def test_many_at_once_agree_on_one_key(tmp_path: Path) -> None:
    env = {"HOME": str(tmp_path)}
    with ThreadPoolExecutor(8) as pool:
        names = set(pool.map(lambda _: Pseudonyms.load(env).of("a"), range(40)))
    assert len(names) == 1


def test_without_a_place_for_the_key_a_warning_is_given(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    for env in ({}, {"HOME": str(blocked)}, {"XDG_CONFIG_HOME": os.devnull}):
        first, second = Pseudonyms.load(env), Pseudonyms.load(env)
        assert KEY_VARIABLE in str(first.warning)
        assert first.of("a") != second.of("a")


def test_the_key_does_not_leak() -> None:
    names = Pseudonyms(KEY)
    assert KEY.decode() not in repr(names)
    with pytest.raises(TypeError):
        pickle.dumps(names)
