from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import orjson
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from graphwatch.load import canonical, load_interactions
from graphwatch.load.plain import read_plain
from graphwatch.settings import LoadSettings

TEXT: pa.DataType = pa.large_string()
PERSON = pa.struct([("name", TEXT), ("tags", pa.list_(TEXT))])
SCHEMA = pa.schema(
    [
        ("id", TEXT),
        ("é", TEXT),
        ("n", pa.int64()),
        ("x", pa.float64()),
        ("on", pa.bool_()),
        ("tags", pa.list_(TEXT)),
        ("numbers", pa.list_(pa.int64())),
        ("who", PERSON),
        ("people", pa.list_(PERSON)),
    ]
)
CHARS = st.characters(exclude_characters="\0", exclude_categories=["Cs"])
TEXTS = st.text(CHARS, max_size=8) | st.sampled_from(['"', "\\", "\\u0041", "夜跑", "\U0001f3c3", "\n\t", "</a>", " ", "}\n{"])
WHOLE = st.integers(-(10**18) + 1, 10**18)
FLOATS = st.floats(-1e15, 1e15, allow_nan=False).filter(lambda value: value == 0 or abs(value) > 1e-15)


def some(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional={name: st.none() | value for name, value in fields.items()})


PEOPLE = some(name=TEXTS, tags=st.lists(TEXTS, max_size=3), age=WHOLE)
ANYTHING = st.recursive(
    st.none() | st.booleans() | WHOLE | TEXTS, lambda inner: st.lists(inner, max_size=3) | some(a=inner, b=inner), max_leaves=5
)
RECORDS = some(
    id=TEXTS,
    n=WHOLE,
    x=FLOATS | WHOLE,
    on=st.booleans(),
    tags=st.lists(TEXTS, max_size=4),
    numbers=st.lists(WHOLE, max_size=4),
    who=PEOPLE,
    people=st.lists(PEOPLE, max_size=3),
    other=ANYTHING,
).flatmap(lambda record: st.permutations(list(record.items())).map(dict))


def person(value: dict[str, Any] | None) -> dict[str, Any] | None:
    return None if value is None else {name: value.get(name) for name in ("name", "tags")}


def expected(record: dict[str, Any]) -> dict[str, Any]:
    found = {name: record.get(name) for name in SCHEMA.names}
    found["x"] = None if found["x"] is None else float(found["x"])
    return found | {"who": person(found["who"]), "people": None if found["people"] is None else [person(one) for one in found["people"]]}


def dumped(record: dict[str, Any], *, escaped: bool, blank: str) -> bytes:
    return json.dumps(record, ensure_ascii=escaped, separators=(f"{blank},{blank}", f"{blank}:{blank}")).encode()


@settings(max_examples=200, deadline=None)
@example([{"other": ["\U0001f3c3!", "\\\\"], "id": "\U0001f3c3"}], True, "")
@given(st.lists(RECORDS, min_size=1, max_size=4), st.booleans(), st.sampled_from(["", " ", "\t "]))
def test_lines_say_what_their_records_say(records: list[dict[str, Any]], escaped: bool, blank: str) -> None:
    frame = read_plain(b"\n".join(dumped(record, escaped=escaped, blank=blank) for record in records), SCHEMA, len(records))
    assert frame is not None
    assert frame.to_dicts() == [expected(record) for record in records]


def takes(value: object, kind: pa.DataType) -> bool:
    """Whether a parsed value is of a type."""
    if value is None:
        return True
    if isinstance(kind, pa.StructType):
        return isinstance(value, dict) and all(takes(value.get(field.name), field.type) for field in kind.fields)
    if isinstance(kind, pa.ListType):
        return isinstance(value, list) and all(one is not None and takes(one, kind.value_type) for one in value)
    held = {TEXT: (str,), pa.int64(): (int,), pa.float64(): (int, float), pa.bool_(): (bool,)}[kind]
    return isinstance(value, held) and (bool in held or not isinstance(value, bool))


BYTES = st.sampled_from([*b'{}[]",:\\/ \t\r\n0123456789-+.eEtfnuldrsaDd8C\x00\x1f\x7f\xc3\xe5\xff'])


@settings(max_examples=600, deadline=None)
@given(RECORDS, st.booleans(), st.data())
def test_damaged_lines_are_refused_or_read_as_a_strict_parser_reads_them(
    record: dict[str, Any], escaped: bool, data: st.DataObject
) -> None:
    line = bytearray(dumped(record, escaped=escaped, blank=""))
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(line)))
        line[place : place + data.draw(st.integers(0, 2))] = bytes(data.draw(st.lists(BYTES, max_size=2)))
    pieces = bytes(line).split(b"\n")
    frame = read_plain(bytes(line), SCHEMA, len(pieces))
    if frame is not None:
        parsed = [orjson.loads(piece) for piece in pieces]
        assert all(isinstance(one, dict) and takes(one, pa.struct(list(SCHEMA))) for one in parsed)
        assert frame.to_dicts() == [expected(one) for one in parsed]


NOT_PLAIN = [
    "",
    " {}",
    "{} ",
    "{}{}",
    "{}\n",
    "[]",
    '{"id": 1}',
    '{"n": "1"}',
    '{"n": 1.0}',
    '{"n": 01}',
    '{"n": -}',
    '{"n": 9223372036854775808}',
    '{"n": -0}',
    '{"x": .5}',
    '{"x": 1.}',
    '{"x": 1e999}',
    '{"x": NaN}',
    '{"on": 1}',
    '{"on": tru}',
    '{"tags": ["a", null]}',
    '{"tags": ["a",]}',
    '{"tags": "a"}',
    '{"id": "a", "id": "a"}',
    '{"id": "a",}',
    '{"id" "a"}',
    '{"\\u0069d": "a"}',
    '{"id": "\\ud83d"}',
    '{"id": "\\udfff"}',
    '{"id": "\\u0000"}',
    '{"id": "\\x"}',
    '{"id": "\\u12"}',
    '{"id": "a\tb"}',
    '{"id": "a',
    '{"id": "a\\',
    '{"id": "a"',
    '{"other": "\\ud83d"}',
    '{"other": "\\q"}',
    '{"other": "\\ud83d\\u0041"}',
    '{"other": "\\ud83d\\ud83d"}',
    '{"other": "\\ude00"}',
    '{"other": {"a": 1, }}',
    '{"other": {"a"}}',
    '{"other": [1, 2}',
    '{"other": [1 2]}',
    '{"other": 01}',
    '{"other": nul}',
    '{"other": ' + "[" * 61 + "]" * 61 + "}",
    '{"other": ' + "[" * 100_000,
]


@pytest.mark.parametrize("line", NOT_PLAIN, ids=range(len(NOT_PLAIN)))
def test_what_is_not_plain_is_left_to_others(line: str) -> None:
    assert read_plain(line.encode(), SCHEMA, 1) is None
    assert read_plain(b'{"id":"a"}\n' + line.encode(), SCHEMA, 2) is None


def test_what_is_no_utf8_is_left_to_others() -> None:
    assert read_plain(b'{"other": "\xff"}', SCHEMA, 1) is None
    assert read_plain(b'{"id": "\xed\xa0\xbd"}', SCHEMA, 1) is None


def test_a_schema_that_names_a_field_twice_is_left_to_others() -> None:
    assert read_plain(b"{}", pa.schema([("id", TEXT), ("id", TEXT)]), 1) is None


@pytest.mark.parametrize("value", [0, 7, -7, 10**18, -(10**18), 8_999_999_999_999_999_999, -8_999_999_999_999_999_999])
def test_whole_numbers_keep_all_digits(value: int) -> None:
    frame = read_plain(b'{"n": %d}' % value, SCHEMA, 1)
    assert frame is not None
    assert frame["n"].to_list() == [value]


@given(FLOATS)
@example(0.1)
@example(5e-324)
@example(123456789012345.67)
def test_numbers_are_the_nearest_ones(value: float) -> None:
    frame = read_plain(orjson.dumps({"x": value}), SCHEMA, 1)
    assert frame is None or frame["x"].to_list() == [value]


@pytest.mark.parametrize("count", [1, 1_000, 30_000])
def test_one_line_with_much_of_a_thing(count: int) -> None:
    tags = [f"tag {k}" for k in range(count)]
    for record in ({"tags": tags}, {"id": "".join(tags)}, {"id": "\n".join(tags)}, {"people": [{"name": tag} for tag in tags]}):
        frame = read_plain(orjson.dumps(record), SCHEMA, 1)
        assert frame is None or frame.to_dicts() == [expected(record)]
    assert read_plain(orjson.dumps({"id": "".join(tags)}), SCHEMA, 1) is not None


def test_short_elements_without_end_are_left_to_others() -> None:
    assert read_plain(orjson.dumps({"tags": [""] * 100_000}), SCHEMA, 1) is None


LINES = st.lists(
    st.sampled_from(
        [
            '{"interaction_id":"%d","at":"2022-01-01T00:00:00Z","actor_id":"a","kind":"post","text":"t","target_ids":["b"],"extra":1}',
            '{"interaction_id": "%d", "at": "2022-01-01T08:00:00+08:00", "actor_id": "b", "kind": "reply", "hostility": 0.5}',
            '{"kind": "reply", "interaction_id": "%d", "at": "2022-01-01T00:00:00Z", "actor_id": "\\u591c", "objects": [], "followers": 7}',
            '{"interaction_id": "%d", "at": "2022-01-01T00:00:00Z", "actor_id": "c", "kind": "nope", "hostility": 3}',
            '{"interaction_id": %d, "at": 1640995200, "actor_id": 12, "kind": "post"}',
            '{"interaction_id": "%d", "at": "2022-01-01T00:00:00Z", "actor_id": "half \\ud83d", "kind": "post"}',
            '{"interaction_id": "%d", "at": null, "kind": "post"}',
            "{damaged %d}",
            "",
            "[%d]",
        ]
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=120, deadline=None)
@given(lines=LINES)
def test_a_file_is_what_it_is_without_the_fast_way(lines: list[str], tmp_path_factory: pytest.TempPathFactory) -> None:
    head = '{"interaction_id":"0","at":"2022-01-01T00:00:00Z","actor_id":"a","kind":"post"}'
    path = tmp_path_factory.getbasetemp() / "plain.jsonl"
    path.write_text("\n".join([head, *(re.sub("%d", str(k), line) for k, line in enumerate(lines, 1))]), encoding="utf-8")
    fast = loaded(path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(canonical, "read_plain", lambda *_: None)
        slow = loaded(path)
    assert fast[0].equals(slow[0])
    assert fast[1].equals(slow[1])
    assert fast[2] == slow[2]


def loaded(path: Path) -> tuple[pl.DataFrame, pl.DataFrame, dict[str, int]]:
    found = load_interactions(path, format="ndjson", settings=LoadSettings(max_rejected_share=1.0))
    return found.interactions.collect(), found.rejected, dict(found.counts)
