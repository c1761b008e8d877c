"""Texts: filled, in two languages, distinct per tone, and copied where copies are planted."""

from __future__ import annotations

import re

import numpy as np
import polars as pl

from graphwatch.simulate import World
from graphwatch.simulate.acts import Acts
from graphwatch.simulate.draws import generator
from graphwatch.simulate.templates import EN, SLOTS_EN, ZH
from graphwatch.simulate.texts import Book, TextPools, varied
from graphwatch.simulate.tones import TONES


def test_every_tone_has_templates_in_both_languages() -> None:
    spoken = {tone.name for tone in TONES} - {"silent"}
    assert set(ZH) == set(EN) == spoken
    assert min(len(templates) for templates in (*ZH.values(), *EN.values())) >= 4
    assert all(re.search(r"[\u4e00-\u9fff]", template) for templates in ZH.values() for template in templates)
    assert not any(re.search(r"[\u4e00-\u9fff]", template) for templates in EN.values() for template in templates)


def test_placeholders_are_the_only_private_data() -> None:
    for template in (*ZH["privacy"], *EN["privacy"]):
        numbers = re.findall(r"\d{4,}", template)
        assert all(set(number) <= {"0"} for number in numbers)


def test_texts_are_filled_and_differ(small_world: World) -> None:
    texts = small_world.interactions["text"].drop_nulls()
    assert texts.str.len_chars().to_numpy().min() > 0
    assert texts.str.contains(r"[{}]").sum() == 0
    assert texts.n_unique() > 3_000
    assert 0.6 < texts.str.contains(r"[\u4e00-\u9fff]").to_numpy().mean() < 0.97


def test_only_silent_reposts_and_tombstones_lack_a_text(small_world: World) -> None:
    silent = small_world.interactions.filter(pl.col("text").is_null())
    assert 0 < len(silent) < 0.2 * len(small_world.interactions)
    assert ((silent["kind"] == "repost") | silent["deleted"]).all()


def test_copies_carry_the_original_as_an_object(small_world: World) -> None:
    rows = small_world.interactions.filter(pl.col("objects").list.eval(pl.element().str.starts_with("text:")).list.any())
    counts = rows.explode("objects").filter(pl.col("objects").str.starts_with("text:"))["objects"].value_counts()
    assert counts["count"].to_numpy().max() >= 10
    marked = rows.explode("objects").filter(pl.col("objects").str.starts_with("text:"))
    heads = marked.group_by("objects").agg(pl.col("text").drop_nulls().str.slice(0, 12).n_unique())
    assert (heads["text"] == 1).all()


def test_pools_draw_by_tone_and_language() -> None:
    book = Book()
    pools = TextPools(book, 50, 1)
    acts = Acts.blank(200)
    acts.actor = (np.arange(200) % 2).astype(np.int32)
    pools.assign(acts, np.array([False, True]), generator(2))
    texts = book.series().gather(acts.text)
    chinese = texts.str.contains(r"[\u4e00-\u9fff]").to_numpy()
    assert chinese[acts.actor == 0].all()
    assert not chinese[acts.actor == 1].any()


def test_varied_copies_begin_like_their_original() -> None:
    copies = varied(["same words"], 40, SLOTS_EN, generator(4))
    assert all(copy.startswith("same words") for copy in copies)
    assert 10 < copies.count("same words") < 40
