from hypothesis import given, settings
from hypothesis import strategies as st

from graphwatch.warn.memory import MAX_LOAD, grown, slot_of, table

key = st.one_of(st.integers(1, 2**62), st.integers(-(2**62), -1))


@given(st.lists(st.tuples(key, st.integers(1, 1000), st.integers(0, 1000)), max_size=400), st.integers(0, 1000))
@settings(max_examples=30, deadline=None)
def test_table_is_a_dictionary_also_after_growing(entries: list[tuple[int, int, int]], keep_from: int) -> None:
    arrays = table(len(entries))
    model: dict[int, tuple[int, int]] = {}
    for k, first, second in entries:
        slot = slot_of(arrays[0], k)
        arrays[0][slot], arrays[1][slot], arrays[2][slot] = k, first, second
        model[k] = (first, second)
    keys, first_seen, second_seen, pairs = grown(*arrays, keep_from, 50)
    kept = {k: v for k, v in model.items() if v[0] >= keep_from}
    assert pairs == len(kept)
    assert pairs + 50 <= MAX_LOAD * len(keys)
    for k, (first, second) in kept.items():
        slot = slot_of(keys, k)
        assert (keys[slot], first_seen[slot], second_seen[slot]) == (k, first, second)
    assert int((keys != 0).sum()) == len(kept)
