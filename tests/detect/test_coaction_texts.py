"""Near-duplicate texts against exact Jaccard similarity in plain Python."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphwatch.content.fold import fold_text, workspace
from graphwatch.content.scorer import utf8_buffers
from graphwatch.detect import near_texts as module
from graphwatch.detect.near_texts import LEAST, SHINGLE, near_texts

LETTERS = "abcdefghijklmnopqrstuvwxyz"
HAN = "天地玄黄宇宙洪荒日月盈昃辰宿列张寒来暑往秋收冬藏闰余成岁律吕调阳云腾致雨露结为霜金生丽水玉出昆冈"


def sets(texts: list[str]) -> list[set[tuple[int, ...]]]:
    """Runs of folded symbols as plain sets."""
    data, offsets = utf8_buffers(pl.Series(texts, dtype=pl.String))
    space, out = workspace(), []
    for i in range(len(texts)):
        n = fold_text(data, offsets[i], offsets[i + 1], module._alphabet(), space)
        code = space.code[:n].tolist()
        out.append({tuple(code[k : k + SHINGLE]) for k in range(n - SHINGLE + 1)} if n >= LEAST else set())
    return out


def similarity(one: set[tuple[int, ...]], other: set[tuple[int, ...]]) -> float:
    return len(one & other) / len(one | other) if one | other else 0.0


def variants(seed: int, families: int) -> list[str]:
    """Families of texts that differ by a few changed letters; each text once, ascending."""
    rng = np.random.default_rng(seed)
    texts = set()
    for f in range(families):
        alphabet = list(LETTERS if f % 2 else HAN)
        base = rng.choice(alphabet, 60)
        for _ in range(6):
            copy = base.copy()
            places = rng.choice(60, rng.integers(0, 4), replace=False)
            copy[places] = rng.choice(alphabet, len(places))
            texts.add("".join(copy))
    return sorted(texts)


def exact_groups(held: list[set[tuple[int, ...]]], least: float) -> list[int]:
    """First text that each resembles, by comparing with all that stand for others."""
    group: list[int] = []
    for k, mine in enumerate(held):
        firsts = (i for i in range(k) if group[i] == i and similarity(held[i], mine) >= least)
        group.append(next(firsts, k) if mine else -1)
    return group


@pytest.mark.parametrize("least", [0.6, 0.7, 0.85])
def test_groups_are_those_of_exact_comparison_with_all(least: float) -> None:
    texts = variants(1, 60)
    names = near_texts(pl.Series(texts), least).to_list()
    exact = exact_groups(sets(texts), least)
    sizes = np.bincount(exact, minlength=len(texts))
    grouped = [k for k in range(len(texts)) if sizes[exact[k]] > 1]
    same = [names[k] is not None and names[k] == names[exact[k]] for k in grouped]
    assert len(grouped) > 80
    assert np.mean(same) >= (0.98 if least >= 0.7 else 0.93)
    alone = [k for k in range(len(texts)) if sizes[exact[k]] == 1]
    assert np.mean([names[k] is None for k in alone]) >= 0.97


@given(st.lists(st.text(alphabet="ab 天地，。!1", max_size=40), max_size=12), st.sampled_from([0.6, 0.8, 1.0]))
@settings(max_examples=60, deadline=None)
def test_members_resemble_the_first_of_their_group(texts: list[str], least: float) -> None:
    names = near_texts(pl.Series(texts, dtype=pl.String), least).to_list()
    held = sets(texts)
    for name in {name for name in names if name}:
        members = sorted((k for k, other in enumerate(names) if other == name), key=lambda k: texts[k].encode())
        assert len(members) > 1
        assert all(similarity(held[members[0]], held[k]) >= least for k in members)


def test_order_nulls_and_short_texts() -> None:
    texts = pl.Series(["buy the new phone right now people", None, "lol", "lol", "Buy the NEW phone, right now, people!!!", ""])
    names = near_texts(texts, 0.7)
    assert names.is_null().to_list() == [False, True, True, True, False, True]
    assert near_texts(texts.reverse(), 0.7).reverse().equals(names)
    assert len(near_texts(pl.Series([], dtype=pl.String), 0.7)) == 0


def test_simplified_and_traditional_and_noise_are_one_text() -> None:
    texts = pl.Series(
        ["请大家一起抵制这个品牌的所有产品吧", "請大家一起抵制這個品牌的所有產品吧", "请 大家，一起·抵制这个品牌的所有产品吧 @某人"]
    )
    assert near_texts(texts, 0.9).n_unique() == 1


def test_full_buckets_group_nothing_wrongly() -> None:
    """Texts that share one long passage fill the same buckets; the work stays bounded, and what is grouped is still right."""
    rng = np.random.default_rng(2)
    common = "the same forty words of a form that everybody pastes "
    texts = [common + "".join(rng.choice(list(LETTERS), 60)) for _ in range(400)]
    names = near_texts(pl.Series(texts), 0.9)
    assert names.null_count() == len(texts)
