"""Settings: one precedence, named sources, clear errors."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphwatch.errors import ConfigurationError
from graphwatch.settings import Settings, flatten, load_settings, nest


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_flag_over_environment_over_file_over_default(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "graphwatch.toml").write_text("seed = 1\n[detect]\nfdr = 0.1\nmin_actors = 7\n", encoding="utf-8")
    monkeypatch.setenv("GRAPHWATCH_DETECT__FDR", "0.2")
    monkeypatch.setenv("GRAPHWATCH_SEED", "2")
    settings, sources = load_settings({"seed": 3})
    assert (settings.seed, settings.detect.fdr, settings.detect.min_actors) == (3, 0.2, 7)
    assert settings.detect.hostile_at == Settings().detect.hostile_at
    assert sources["seed"] == "flag"
    assert sources["detect.fdr"] == "environment"
    assert sources["detect.min_actors"] == "graphwatch.toml"
    assert sources["detect.hostile_at"] == "default"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("detect = 3", "detect"),
        ("[detect]\nfdr = 2", "detect.fdr"),
        ("[detect]\nnope = 2", "detect.nope"),
        ("seed = ", "not valid TOML"),
        ("level = 'loud'", "level"),
    ],
)
def test_a_wrong_file_is_named(folder: Path, text: str, expected: str) -> None:
    (folder / "graphwatch.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"graphwatch\.toml") as caught:
        load_settings()
    assert expected in str(caught.value)
    assert caught.value.exit_code == 78


def test_a_wrong_environment_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAPHWATCH_DETECT__FDR", "lots")
    with pytest.raises(ConfigurationError, match="environment"):
        load_settings()


def test_a_named_file_must_exist() -> None:
    with pytest.raises(ConfigurationError, match=r"absent\.toml"):
        load_settings(config=Path("absent.toml"))


def test_digest_follows_values_only() -> None:
    assert Settings().digest() == Settings().digest() != Settings(seed=1).digest()


keys = st.text(st.characters(codec="ascii", exclude_characters="."), min_size=1, max_size=5)


@given(st.dictionaries(keys, st.integers() | st.dictionaries(keys, st.integers(), min_size=1)))
def test_nest_undoes_flatten(values: dict[str, object]) -> None:
    assert nest(dict(flatten(values))) == values


def test_a_section_that_does_not_exist_is_told_with_its_source(folder: Path) -> None:
    (folder / "graphwatch.toml").write_text("[detct]\nfdr = 0.1\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"setting 'detct' \(from graphwatch\.toml\): there is no such setting"):
        load_settings()
