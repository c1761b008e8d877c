"""Words and objects of a burst: calls to join in, copied texts, its tag and its link."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b
from types import MappingProxyType
from typing import Final

import numpy as np

from graphwatch.model import I32
from graphwatch.simulate import templates
from graphwatch.simulate.acts import Acts
from graphwatch.simulate.branching import CROWD, FEEDER, STARTER, Tree
from graphwatch.simulate.draws import flip
from graphwatch.simulate.planning import Burst
from graphwatch.simulate.population import Population
from graphwatch.simulate.texts import Book, varied
from graphwatch.simulate.tones import TONE_CODE

_COPIES: Final = 24
_ORIGINALS: Final[Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]] = MappingProxyType(
    {
        "copypasta_ring": (templates.COPY_ZH, templates.COPY_EN),
        "celebrity_fandom": (templates.CHEER_ZH, templates.CHEER_EN),
        "giveaway": (templates.PRIZE_ZH, templates.PRIZE_EN),
        "viral_joke": (templates.MEME_ZH, templates.MEME_EN),
    }
)
_COPY_TONE: Final = MappingProxyType(
    {"copypasta_ring": "slander", "celebrity_fandom": "praise", "giveaway": "giveaway", "viral_joke": "joke"}
)


def set_words(
    population: Population, burst: Burst, acts: Acts, tree: Tree, ring: I32, book: Book, objects: Book, rng: np.random.Generator
) -> None:
    """Set the burst's own texts, tag and link; the other texts come from the pools later.

    The generator must be the same for all rows of an incident: they share tag, link and wording.
    """
    english = bool(population.english[burst.target])
    name = str(population.name[burst.target])
    label = f"{burst.incident:04d}"
    tag = objects.add([f"tag:话题{label}", f"url:https://clips.example/{label}"])
    _rally(burst, acts, tree, name, english, label, book, rng)
    _set_objects(burst, acts, tree, tag, rng)
    if burst.scenario.copied:
        _copy(burst, acts, tree, ring, name, english, book, objects, rng)


def _rally(burst: Burst, acts: Acts, tree: Tree, name: str, english: bool, label: str, book: Book, rng: np.random.Generator) -> None:
    """Give feeders, and half of the starters, a call to join in."""
    if not burst.scenario.roles:
        return
    calls = templates.RALLY_EN if english else templates.RALLY_ZH
    first = book.add([call.format(name=name, tag=f"#话题{label}#") for call in calls])
    feed = np.flatnonzero(tree.part == FEEDER)
    start = np.flatnonzero((tree.part == STARTER) & flip(0.5, len(tree), rng))
    rows = 1 + np.concatenate([feed, start])
    acts.text[rows] = first + rng.integers(0, len(calls), len(rows))
    acts.tone[rows] = TONE_CODE["incitement"]


def _set_objects(burst: Burst, acts: Acts, tree: Tree, tag: int, rng: np.random.Generator) -> None:
    """Give leads tag and link, and the crowd each with the scenario's share."""
    core = slice(1, 1 + len(tree))
    lead = tree.part != CROWD
    private = np.isin(acts.kind[core], [6, 7, 8])
    tagged = (lead & flip(0.85, len(tree), rng)) | (~private & flip(burst.scenario.tagged, len(tree), rng))
    linked = (lead & flip(0.5, len(tree), rng)) | (~private & flip(0.08, len(tree), rng))
    acts.topic[core] = np.where(tagged, tag, -1)
    acts.link[core] = np.where(linked, tag + 1, -1)


def _copy(
    burst: Burst,
    acts: Acts,
    tree: Tree,
    ring: I32,
    name: str,
    english: bool,
    book: Book,
    objects: Book,
    rng: np.random.Generator,
) -> None:
    """Let part of the crowd, and nearly all of a ring, copy one of a few originals; a copy carries the original as an object."""
    scenario = burst.scenario
    originals = [text.format(name=name, n=int(rng.integers(1, 30))) for text in _ORIGINALS[scenario.name][int(english)]]
    slots = templates.SLOTS_EN if english else templates.SLOTS_ZH
    first = book.add([text for original in originals for text in varied([original], _COPIES, slots, rng)])
    marks = objects.add([f"text:{blake2b(original.encode(), digest_size=8).hexdigest()}" for original in originals])
    n = len(tree)
    share = np.where(np.isin(acts.actor[1 : 1 + n], ring), 0.9, scenario.copied if not len(ring) else scenario.copied / 3)
    rows = 1 + np.flatnonzero((rng.random(n) < share) & (acts.text[1 : 1 + n] < 0))
    which = rng.integers(0, len(originals), len(rows))
    acts.text[rows] = first + which * _COPIES + rng.integers(0, _COPIES, len(rows))
    acts.link[rows] = marks + which
    acts.tone[rows] = TONE_CODE[_COPY_TONE[scenario.name]]
