"""Loading, resuming, bringing up to date and checking, on the real server."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import polars as pl
import pytest

from graphwatch.errors import ConfigurationError, UnavailableError
from graphwatch.settings import Neo4jSettings
from graphwatch.store import CaseSource, FileSource, LocalServer, Projection, Store, access_of, connect
from graphwatch.store.cypher import schema_statements
from graphwatch.store.shape import BY_LABEL, EDGES, KINDS, NODES
from graphwatch.store.verify import Checked, verify
from graphwatch.store.write import checkpoints, load, sync
from graphwatch.tables import Case
from tests.store.conftest import SETTINGS
from tests.store.village import ODD, interactions, load_more

pytestmark = pytest.mark.neo4j
ROOT = Path(__file__).parents[2]
FULL = Neo4jSettings(batch_rows=1000, sample=10_000)


def amiss(store: Store, projection: Projection) -> list[Checked]:
    """Compare every row, not a sample."""
    whole = Store(store._driver, store._access, FULL)
    return [found for found in verify(whole, projection) if not found.sound]


def last_transaction(store: Store) -> object:
    return store.rows("MATCH (c:Checkpoint) RETURN c.step, c.at, c.rows ORDER BY c.step")


def test_what_is_loaded_is_what_the_tables_hold_and_a_second_load_writes_nothing(store: Store, projection: Projection) -> None:
    done = load(store, projection)
    assert done.written == {kind.name: rows for kind in KINDS if (rows := len(projection.frame(kind)))}
    assert len(done.written) == len(KINDS)
    assert amiss(store, projection) == []
    assert all(mark.complete for mark in checkpoints(store).values())
    before = last_transaction(store)
    again = load(store, projection)
    assert not again.changed
    assert again.unchanged == [kind.name for kind in KINDS]
    assert last_transaction(store) == before
    assert not sync(store, projection).changed


def test_odd_ids_times_and_texts_are_as_they_were(store: Store) -> None:
    files = Projection(FileSource(interactions()), texts=True)
    load(store, files)
    assert amiss(store, files) == []
    posted = "MATCH (a)-[:POSTED]->(n:Interaction) WHERE n.at.year = 1969"
    odd = store.rows(f"{posted} RETURN a.account_id, n.interaction_id, n.at.epochSeconds, n.at.microsecond, n.text")
    assert odd == [(ODD, "z" * 9000, -1, 5, "")]
    assert store.value("MATCH (o:Object) WHERE o.object = $odd RETURN count(o)", {"odd": ODD}) == 1
    assert store.value("MATCH (:Object {object: ''})<-[r:SHARES]-() RETURN count(r)") == 2


def test_every_constraint_and_index_is_there_and_in_use(store: Store, projection: Projection) -> None:
    load(store, projection)
    held = {name for (name,) in store.rows("SHOW INDEXES YIELD name")}
    wanted = {statement.split()[2] for statement in schema_statements()}
    assert wanted <= held
    unique = {(labels[0], properties[0]) for labels, properties in store.rows("SHOW CONSTRAINTS YIELD labelsOrTypes, properties")}
    assert {(node.label, node.key.name) for node in NODES} <= unique
    kinds = {kind for (kind,) in store.rows("CALL db.relationshipTypes()")}
    assert {edge.type for edge in EDGES} <= kinds


def test_a_loader_that_is_killed_goes_on_where_it_was(store: Store, server: LocalServer, case: Case, projection: Projection) -> None:
    command = [sys.executable, "-m", "tests.store.loader", str(case.root), str(server.home)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)  # noqa: S603
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("Account POSTED Interaction 200 "):
            os.kill(process.pid, signal.SIGKILL)
            break
    process.stdout.close()
    assert process.wait() == -signal.SIGKILL
    marks = checkpoints(store)
    acts, posted = marks["Interaction"].rows, marks["Account POSTED Interaction"].rows
    assert acts == posted
    assert 200 <= posted < len(projection.frame(EDGES[0]))
    done = load(store, projection)
    assert done.unchanged == ["Account", "Object"]
    assert done.written["Interaction"] == len(projection.frame(BY_LABEL["Interaction"])) - acts
    assert done.written["Account POSTED Interaction"] == len(projection.frame(EDGES[0])) - posted
    assert amiss(store, projection) == []


def test_sync_follows_the_case(store: Store, own_case: Case) -> None:
    first = Projection(CaseSource(own_case))
    load(store, first)
    fresh = interactions()[3:6].with_columns(pl.col("interaction_id") + "-new", deleted=pl.lit(value=True))
    load_more(own_case, fresh, "second")
    own_case.forget(account="u9", platform="a", reason="asked for it")
    now = Projection(CaseSource(own_case))
    assert {found.kind for found in amiss(store, now)} >= {"Account", "Interaction", "Account POSTED Interaction"}
    assert not any(found.current for found in verify(store, now) if found.kind == "Interaction")
    load(store, now)  # adds, deletes nothing
    assert store.value("MATCH (a:Account {account_id: 'u9'}) RETURN count(a)") == 1
    done = sync(store, now)
    assert done.deleted["Interaction"] > 0
    assert store.value("MATCH (a:Account {account_id: 'u9'}) RETURN count(a)") == 0
    assert store.value("MATCH (i:Interaction) WHERE i.key ENDS WITH '-new' AND i.deleted RETURN count(i)") == 3
    assert amiss(store, now) == []
    assert not sync(store, now).changed
    assert not load(store, now).changed


def test_what_is_deleted_or_changed_behind_our_back_is_seen_and_set_right(store: Store, projection: Projection) -> None:
    load(store, projection)
    store.write(("MATCH (n:Interaction {key: 'a:i5'}) DETACH DELETE n", {}))
    store.write(("MATCH (a:Account {account_id: 'u7'})-[r:MEMBER_OF]->() SET r.credit = 1.0", {}))
    store.write(
        ("MATCH (a:Account {account_id: 'u7'}), (o:Object) WITH a, o LIMIT 1 MERGE (a)-[:FOLLOWS]->(:Account {account_id: 'stranger'})", {})
    )
    found = {item.kind: item for item in amiss(store, projection)}
    assert found["Interaction"].examples == ("a:i5: not there",)
    assert found["Account MEMBER_OF PileOn"].examples == ("u7 → p1: credit",)
    assert found["Account"].found == found["Account"].expected + 1
    done = sync(store, projection)
    assert done.written["Interaction"] == 1
    assert done.deleted == {"Account FOLLOWS Account": 1, "Account": 1}
    left = amiss(store, projection)
    assert [item.kind for item in left] == ["Account MEMBER_OF PileOn"]  # its digest was left alone, as the docs say


def test_two_loaders_at_once_do_no_harm(store: Store, server: LocalServer, case: Case, projection: Projection) -> None:
    def one(_: int) -> bool:
        with connect(access_of(SETTINGS, folder=server.home), SETTINGS) as own:
            return load(own, Projection(CaseSource(case), texts=True)).changed

    with ThreadPoolExecutor(2) as pool:
        assert any(list(pool.map(one, range(2))))
    assert amiss(store, projection) == []
    assert all(mark.complete for mark in checkpoints(store).values())


def test_a_change_that_was_cut_off_is_compared_anew_and_nothing_is_doubled(store: Store, own_case: Case) -> None:
    posted = "Account POSTED Interaction"

    def cut(kind: str, rows: int, _: int) -> None:
        if kind == posted and rows >= 100:
            raise KeyboardInterrupt

    old = Projection(CaseSource(own_case.at(own_case.version)))
    with pytest.raises(KeyboardInterrupt):
        load(store, old, cut)
    assert checkpoints(store)[posted].rows == 100
    load_more(own_case, interactions()[:300].with_columns(pl.col("interaction_id") + "-new"), "second")
    now = Projection(CaseSource(own_case))
    with pytest.raises(KeyboardInterrupt):
        load(store, now, cut)
    assert not checkpoints(store)[posted].complete
    load(store, old)  # back to the state whose number of rows is no longer where it stopped
    load(store, now)
    assert store.value("MATCH (a)-[r:POSTED]->(i) WITH a, i, count(r) AS times WHERE times > 1 RETURN count(*)") == 0
    assert amiss(store, now) == []


def test_files_accumulate_and_a_store_is_never_mixed(store: Store, projection: Projection) -> None:
    frame = interactions()
    load(store, Projection(FileSource(frame[:200])))
    load(store, Projection(FileSource(frame)))
    assert amiss(store, Projection(FileSource(frame))) == []
    with pytest.raises(ConfigurationError, match="holds files, not case"):
        load(store, projection)


def test_a_store_with_data_of_others_is_left_alone(store: Store, projection: Projection) -> None:
    store.write(("CREATE (:Film {title: 'x'})", {}))
    for action in (load, sync, verify):
        with pytest.raises(ConfigurationError, match="did not write"):
            action(store, projection)
    assert store.rows("MATCH (n) RETURN labels(n)") == [(["Film"],)]


def test_a_transaction_that_takes_too_long_is_given_up(store: Store, server: LocalServer) -> None:
    hasty = Neo4jSettings(timeout_s=0.5, retry_s=0)
    with connect(access_of(hasty, folder=server.home), hasty) as own, pytest.raises(UnavailableError, match=r"neo4j\.timeout_s"):
        own.write(("UNWIND range(1, 2000000000) AS i WITH sum(i) AS s CREATE (:Never {s: s})", {}))
    assert store.value("MATCH (n:Never) RETURN count(n)") == 0
