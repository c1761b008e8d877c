"""What a declaration says of a format is what its reader does: change a field of the example, and the column named for it changes."""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any

import pytest

from graphwatch.load import load_interactions, preview, sniff
from graphwatch.load.declared import Declared, Example, Shape
from graphwatch.load.examples import write_example
from graphwatch.load.formats import DECLARED, RECORD_FORMATS, record_format
from graphwatch.load.harvest import Harvest
from graphwatch.load.records import Options
from graphwatch.schema import INTERACTIONS

FORMS = pytest.mark.parametrize("form", DECLARED, ids=lambda form: form.name)
PAIRS = [(form, example) for form in DECLARED for example in form.examples]
OWN_EVENT = {"commit.operation", "markChatItemAsDeletedAction.targetItemId", "deleted_at"}  # of a record of another kind
Columns = dict[str, list[str]]


def claims(shape: Shape) -> list[tuple[str, tuple[str, ...], bool]]:
    """Column, sources, and whether the sources are choices."""
    found = [(field.column, field.sources, type(field).__name__ == "Field") for field in shape.fields]
    for relation in shape.relations:
        parts = (("parent_id", relation.parent), ("target_ids", relation.user), ("target_ids", relation.name))
        found += [(column, sources, True) for column, sources in parts if sources]
        found += [("kind", (relation.flag,), True)] if relation.flag else []
    return found


def columns(form: Declared, example: Example, records: list[dict[str, Any]]) -> Columns:
    harvest = Harvest(example.name, form.platform)
    harvest.owner = "42" if "account.js" in example.beside else None
    reader = record_format(form.name)
    assert reader is not None
    for number, record in enumerate(records, 1):
        reader.take(record, number, harvest, Options(example.root, example.target))
    assert len(harvest.faults) == 0
    tables = {"": harvest.take_interactions(), "accounts.": harvest.take_accounts(), "follows.": harvest.take_follows()}
    found = {prefix + name: sorted(map(repr, frame[name].to_list())) for prefix, frame in tables.items() for name in frame.columns}
    return found | {"deleted": sorted(map(repr, harvest.tombstones))}


def places(value: Any, path: str, *, nested: bool) -> list[tuple[Any, Any]]:
    """Every container and key that a path leads to, where there is something."""
    if not nested:
        return [(value, path)] if value.get(path) not in (None, "") else []
    at: list[tuple[Any, Any]] = [([value], 0)]
    for step in re.findall(r"\[\]|[^.\[\]]+", path):
        inner = [holder[key] for holder, key in at]
        if step == "[]":
            at = [(held, number) for held in inner if isinstance(held, list) for number in range(len(held))]
        else:
            at = [(held, step) for held in inner if isinstance(held, dict) and held.get(step) not in (None, "")]
    return at


FLIPPED = {"yes": "no", "no": "yes", "True": "False", "False": "True", "普通用户": "蓝V", "蓝V": "普通用户"}


def changed(value: Any, column: str) -> Any:
    if column == "deleted":
        return None
    if isinstance(value, (bool, int)):
        return not value if isinstance(value, bool) else -2 if column.endswith("verified") else value + 60
    if isinstance(value, (list, dict)):
        return [*value, "more"] if isinstance(value, list) else value
    return FLIPPED[value] if value in FLIPPED else "" if column == "kind" else changed_text(value, column)


def changed_text(value: str, column: str) -> str:
    if "did:plc:" in value:
        return value.replace("did:plc:", "did:plc:z")
    if value.startswith(("[{", '["')):  # JSON in a cell
        return re.sub(r'(?<=[\[:] ")|(?<=\[")', "z", value)
    if re.search(r"(at|observed_at)$", column) and re.search(r"\b20\d\d\b", value):
        return re.sub(r"\b20(\d)\d\b", r"20\g<1>9" if "2019" not in value else r"2018", value, count=1)
    if re.fullmatch(r"[\d,]+|\d\.\d万", value):
        return re.sub(r"\d(?=万?$)", lambda digit: str((int(digit.group()) + 1) % 10), value)
    return value + "z"


def targets(form: Declared, shape: Shape, source: str) -> list[tuple[Example, list[dict[str, Any]], list[tuple[Any, Any]]]]:
    """Copies of the examples in which a field of this shape is filled, and where."""
    found = []
    for example in form.examples:
        records: list[dict[str, Any]] = copy.deepcopy(list(example.records))
        if "csv" in form.containers and "table" not in records[0]:  # a cell that is empty is there
            header = [key for record in records for key in record]
            records = [dict.fromkeys(header) | record for record in records]
        at = []
        for record in records:
            if shape.keys and form.unfold is None and not shape.fits(record):
                continue
            for place in shape.within:
                for holder, key in places(record, place, nested=True) if place else [([record], 0)]:
                    at += places(holder[key], source, nested=form.nested)
        if at:
            found.append((example, records, at))
    return found


@FORMS
def test_a_column_comes_from_the_field_that_the_declaration_names(form: Declared) -> None:
    for shape in form.shapes if form.name != "bilibili-danmaku" else ():
        for column, sources, choices in claims(shape):
            given = [source for source in sources if targets(form, shape, source)]
            if sources[0] in OWN_EVENT:
                continue
            assert given, f"{shape.holds}: no example has {sources[0]} for {column}"
            assert choices or given == list(sources)
            moved: list[bool] = []
            for source in given:
                moved = moved if choices else []
                for number, (example, records, at) in enumerate(targets(form, shape, source)):
                    before = columns(form, example, records)
                    for spot in range(len(at)):
                        _, other, places_there = targets(form, shape, source)[number]
                        holder, key = places_there[spot]
                        holder[key] = changed(holder[key], column)
                        moved.append(before[column] != columns(form, example, other)[column])
                assert any(moved) or (choices and source != given[-1]), f"{shape.holds}: {column} does not come from {source}"


@FORMS
def test_a_second_choice_counts_where_the_first_is_empty(form: Declared) -> None:
    for shape in form.shapes:
        for column, sources, choices in claims(shape):
            if not choices or len(sources) < 2 or any("[]" in source for source in sources):
                continue
            for second in sources[1:]:
                seen = []
                for example, records, at in targets(form, shape, sources[0]):
                    before = columns(form, example, records)
                    for holder, key in at:
                        value, holder[key] = holder[key], None
                        leaf = second.rpartition(".")[2] if form.nested else second
                        inside = sources[0].rpartition(".")[0] == second.rpartition(".")[0] or not form.nested
                        if inside:
                            holder[leaf] = value
                            for other in sources[1:]:
                                if other != second:
                                    holder[other.rpartition(".")[2] if form.nested else other] = None
                    seen.append(not inside or columns(form, example, records)[column] == before[column])
                assert not seen or any(seen), f"{shape.holds}: {column} is not read from {second}"


@pytest.mark.parametrize(("form", "example"), PAIRS, ids=[f"{form.name}:{example.name}" for form, example in PAIRS])
def test_every_example_is_known_by_its_content_and_loads(form: Declared, example: Example, tmp_path: Path) -> None:
    path = write_example(form, example, tmp_path)
    assert (sniff(path).format, [name for name, _ in sniff(path).candidates]) == (form.name, [form.name])
    misleading = tmp_path / "data.parquet"
    misleading.write_bytes(path.read_bytes())
    assert sniff(misleading).format == form.name
    loaded = load_interactions(path, root=example.root, target=example.target)
    rows = loaded.interactions.collect()
    assert loaded.rejected.is_empty()
    assert len(rows) or loaded.accounts is not None or loaded.follows is not None
    assert rows["source"].null_count() == 0
    assert rows["source"].str.contains(r"^[0-9a-f]{16}#\d+$").all()
    assert rows.select("platform", "surface").null_count().sum_horizontal().sum() == 0
    assert preview(path).height == min(5, len(rows))


def test_declarations_and_readers_agree() -> None:
    assert [form.name for form in DECLARED] == [form.name for form in RECORD_FORMATS]
    for form, reader in zip(DECLARED, RECORD_FORMATS, strict=True):
        assert (form.platform, form.zone, form.meaning, form.containers) == (
            reader.platform,
            reader.zone,
            reader.meaning,
            reader.containers,
        )
        assert all((form.tool, form.version, form.files, form.traps, form.examples))


@FORMS
def test_declared_columns_exist(form: Declared) -> None:
    for shape in form.shapes:
        for column in shape.columns():
            table, _, name = column.rpartition(".")
            allowed = set(INTERACTIONS.names) if not table else {"account_id", "name", "created_at", "followers", "verified", "observed_at"}
            assert table == "follows" or name in allowed, column
