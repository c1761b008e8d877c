"""What can be loaded beside a case: files, folders of tables, and the result folder of a run; no server is needed to tell."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import graphwatch as gw
from graphwatch.errors import ConfigurationError, DataError
from graphwatch.output import write_result
from graphwatch.review.pseudonyms import Pseudonyms
from graphwatch.simulate import write_world
from graphwatch.store import Projection, open_projection
from graphwatch.store.shape import KINDS, kinds_of

RESULTS_OF_RUN = {"PileOn", "Account MEMBER_OF PileOn", "PileOn EVIDENCE Interaction", "PileOn TARGETS Account"}
SIDE = {"Agency", "Account FOLLOWS Account", "Account SIGNED_WITH Agency", "Company OWNS Company"}


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Give a world's folder and the result folder of a run on it."""
    place = tmp_path_factory.mktemp("sources")
    made = gw.simulate_world(3_000, seed=1, days=14)
    write_world(made, place / "world")
    result = gw.analyze(made.interactions, affiliations=made.affiliations, agencies=made.agencies, ownership=made.ownership)
    write_result(result, place / "result", pseudonyms=Pseudonyms(b"an example key of enough bytes for a test"))
    return place / "world", place / "result"


def filled(projection: Projection) -> set[str]:
    return {kind.name for kind in KINDS if len(projection.frame(kind))}


def test_all_tables_of_a_folder_and_all_results_of_a_run_are_taken(folders: tuple[Path, Path]) -> None:
    world, result = folders
    assert filled(open_projection([world, result])) >= RESULTS_OF_RUN | SIDE | {"Interaction"}
    plain = filled(open_projection([world / "interactions.parquet", result]))
    assert plain >= RESULTS_OF_RUN | {"Interaction"}
    assert not plain & {"Account FOLLOWS Account", "Company OWNS Company"}
    alone = filled(open_projection([result]))  # what the run found, without the acts
    assert alone >= {"PileOn", "Account MEMBER_OF PileOn"}
    assert "Interaction" not in alone


def test_the_token_follows_every_table(folders: tuple[Path, Path], tmp_path: Path) -> None:
    world, result = folders
    both, again, without = open_projection([world, result]), open_projection([world, result]), open_projection([world])
    assert all(both.token(kind) == again.token(kind) for kind in KINDS)
    changed = {kind.name for kind in KINDS if both.token(kind) != without.token(kind)}
    assert changed >= {"PileOn", "Account MEMBER_OF PileOn", "Account"}
    assert not changed & {"Interaction", "Company OWNS Company", "Account FOLLOWS Account"}
    fewer = tmp_path / "fewer"
    shutil.copytree(world, fewer)
    (fewer / "follows.parquet").unlink()
    follows = kinds_of(["Account FOLLOWS Account"])[0]
    assert open_projection([fewer]).token(follows) != without.token(follows)


def test_what_cannot_be_loaded_is_told(folders: tuple[Path, Path], tmp_path: Path) -> None:
    world, result = folders
    with pytest.raises(ConfigurationError, match="holds no table"):
        open_projection([tmp_path])
    with pytest.raises(ConfigurationError, match="one result folder"):
        open_projection([result, world, result])
    with pytest.raises(ConfigurationError, match="does not exist"):
        open_projection([tmp_path / "nowhere"])
    with pytest.raises(ConfigurationError, match="--run"):
        open_projection([result], run="r1")
    cut = tmp_path / "cut"
    shutil.copytree(result, cut)
    (cut / "members.parquet").write_bytes(b"PAR1")
    with pytest.raises(DataError, match="result table"):
        open_projection([cut])
