"""One planted burst as interactions: the target's post, the tree of acts, the bystanders, and what came before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from graphwatch.model import DAY, HOUR, I8, I32, I64, KIND_CODE, MINUTE, SURFACE_CODE, Bools
from graphwatch.simulate.acts import Acts
from graphwatch.simulate.branching import CROWD, FEEDER, STARTER, Growth, Tree, delays, grow
from graphwatch.simulate.casting import Cast, cast_burst
from graphwatch.simulate.draws import choose, flip, generator
from graphwatch.simulate.embers import before_burst
from graphwatch.simulate.planning import Burst
from graphwatch.simulate.texts import Book
from graphwatch.simulate.tones import TONE_CODE, mix
from graphwatch.simulate.wording import set_words

_STAGE: Final = 7
WITHHELD: Final = 0.12  # share of explicit parents that the record does not show
_OPENING: Final = mix(abuse=40, slander=25, incitement=20, mockery=10, privacy=5)
_SAMENESS: Final = 12.0  # sum of the two parameters of the Beta law by which bursts differ; larger: more alike
_SPOKEN: Final = tuple(KIND_CODE[kind] for kind in ("danmaku", "live_chat", "private_message"))
_UNDER: Final = tuple(KIND_CODE[kind] for kind in ("comment", "reply", "rating"))
_ONTO_CAUSE: Final = tuple(KIND_CODE[kind] for kind in ("repost", "quote", "reply"))
_SURFACE_OF: Final = {
    "repost": "feed",
    "quote": "feed",
    "mention": "feed",
    "post": "feed",
    "danmaku": "danmaku",
    "live_chat": "live",
    "private_message": "private",
}
_SURFACES: Final = np.array([SURFACE_CODE[_SURFACE_OF.get(kind, "comment")] for kind in KIND_CODE], np.int8)


@dataclass(frozen=True, slots=True)
class Planted:
    """A burst as it was planted, with what only the simulator knows.

    Attributes
    ----------
    acts
        Row 0 is the target's own post, then the tree's acts, then bystanders, then what the ring and others did before.
    tree
        Causes and parts of the acts in rows 1 … len(tree).
    ring
        Members of the ring.
    exposure : (m, 2)
        Pairs (account, account whose act drew it in).
    """

    burst: Burst
    acts: Acts
    tree: Tree
    ring: I32
    exposure: I32

    @property
    def core(self) -> slice:
        """Rows of the tree's acts."""
        return slice(1, 1 + len(self.tree))

    def on_target(self) -> I64:
        """Give the rows of the burst's acts on the target, bystanders included."""
        return np.flatnonzero((self.acts.target == self.burst.target) & (self.acts.at >= self.burst.onset))

    @property
    def rallying(self) -> Bools:
        """Mask of the tree's acts that call others to join in."""
        calls: Bools = self.acts.tone[self.core] == TONE_CODE["incitement"]
        return calls


def growth_of(burst: Burst, rng: np.random.Generator) -> Growth:
    """Turn scenario and size into the parameters of the branching process."""
    scenario = burst.scenario
    low, high = scenario.feeders
    feeders = int(np.clip(round(low + 1.2 * np.log2(max(burst.size, 30) / 60)), low, high)) if high > low else low
    return Growth(
        acts=round(burst.size / scenario.fresh),
        starters=1 + int(choose((0.6, 0.25, 0.15), 1, rng)[0]) if scenario.roles else 1,
        feeders=feeders,
        feeder_share=scenario.feeder_share,
        crowd_ratio=float(rng.uniform(0.22, 0.42)),
        spontaneous_share=float(rng.uniform(*scenario.spontaneous)),
        delay_min=scenario.delay_min * float(rng.uniform(0.7, 1.4)),
        horizon_min=scenario.horizon_min,
    )


def plant(cast: Cast, burst: Burst, book: Book, objects: Book, end: int, seed: int) -> Planted:
    """Build one burst.

    Parameters
    ----------
    book, objects
        Texts and objects; what the burst needs of its own is added.
    end
        Last moment of the world, µs UTC.
    """
    rng = generator(seed, _STAGE, burst.incident, burst.row)
    growth = growth_of(burst, rng)
    tree = grow(growth, rng)
    roles = cast_burst(cast, burst, tree, rng)
    acts = Acts.blank(1 + len(tree))
    core = slice(1, 1 + len(tree))
    acts.at[core] = burst.onset + tree.after
    acts.actor[core] = roles.actor
    acts.target[core] = burst.target
    _set_own_post(acts, burst, rng)
    acts.tone[core] = _tones(burst, tree, rng)
    hidden = _set_links(acts, burst, tree, rng)
    wordless = (acts.tone == TONE_CODE["silent"]) & (acts.kind != KIND_CODE["repost"])
    acts.tone[wordless] = int(np.argmax(burst.scenario.tones))
    extra = _bystanders(cast, burst, acts, growth, rng)
    embers = before_burst(cast.population, cast.joiners, burst, rng)
    whole = _appended(acts, extra, _before(burst, roles.ring, objects, rng), embers)
    whole.at = np.minimum(whole.at, end - 1)
    set_words(cast.population, burst, whole, tree, roles.ring, book, objects, generator(seed, _STAGE, burst.incident, 9))
    return Planted(burst, whole, tree, roles.ring, _exposure(acts, tree, hidden, rng))


def _set_own_post(acts: Acts, burst: Burst, rng: np.random.Generator) -> None:
    """Set row 0: the post of the target that the crowd gathers under."""
    live = burst.scenario.medium == "live"
    lead = rng.uniform(5, 15) * MINUTE if live else rng.uniform(0.3, 8) * HOUR
    acts.at[0] = burst.onset - int(lead)
    acts.actor[0] = burst.target
    acts.kind[0] = KIND_CODE["post"]
    acts.surface[0] = SURFACE_CODE["live" if live else "feed"]
    acts.tone[0] = TONE_CODE["chatter"]


def _tones(burst: Burst, tree: Tree, rng: np.random.Generator) -> I8:
    scenario = burst.scenario
    own = choose(scenario.tones, len(tree), rng)
    aside = rng.beta(_SAMENESS * scenario.aside, _SAMENESS * (1.0 - scenario.aside))
    tone = np.where(flip(aside, len(tree), rng), choose(scenario.aside_tones, len(tree), rng), own).astype(np.int8)
    if burst.scenario.roles:
        start, feed = tree.part == STARTER, tree.part == FEEDER
        tone[start] = choose(_OPENING, int(start.sum()), rng)
        tone[feed] = TONE_CODE["incitement"]
    elif burst.scenario.nature != "attack":
        lead = tree.part != CROWD
        tone[lead] = np.argmax(burst.scenario.tones)
    return tone


def _set_links(acts: Acts, burst: Burst, tree: Tree, rng: np.random.Generator) -> Bools:
    """Set kinds, parents and roots; give which acts of the tree do not show their cause."""
    n = len(tree)
    kind = choose(burst.scenario.kinds, n, rng)
    lead = tree.part != CROWD
    kind[lead] = np.where(flip(0.6, int(lead.sum()), rng), KIND_CODE["mention"], KIND_CODE["quote"])
    parent = np.zeros(n, np.int32)  # row in acts; 0 is the target's own post
    has_cause = tree.cause >= 0
    kinds = kind.copy()
    for row in range(n):  # an act answers in a way that its cause's kind allows, so causes come first
        cause = kinds[tree.cause[row]] if has_cause[row] else -1
        if kinds[row] in _ONTO_CAUSE and has_cause[row] and cause not in _SPOKEN:
            if cause in _UNDER and not lead[row]:
                kinds[row] = KIND_CODE["reply"]
            parent[row] = tree.cause[row] + 1
        elif kinds[row] == KIND_CODE["reply"]:
            kinds[row] = KIND_CODE["comment"]
    alone = np.isin(kinds, [KIND_CODE["mention"], KIND_CODE["private_message"], KIND_CODE["post"]])
    parent[alone] = -1
    root = _roots(parent)
    shown = parent > 0
    withheld = (shown & flip(WITHHELD, n, rng)) | (np.isin(kinds, _SPOKEN) & flip(0.6, n, rng))
    acts.kind[1:] = kinds
    acts.surface[1:] = _SURFACES[kinds]
    acts.parent[1:] = np.where(withheld, -1, parent)
    acts.root[1:] = root
    acts.implied[1:] = (kinds == KIND_CODE["repost"]) & ~withheld & flip(0.1, n, rng)
    return has_cause & (~shown | withheld)


def _roots(parent: I32) -> I32:
    """Give the top row of each act's thread; -1 where the act is its own."""
    rows = np.arange(1, len(parent) + 1, dtype=np.int32)
    up = np.concatenate([[0], np.where(parent >= 0, parent, rows)]).astype(np.int32)
    while True:
        further = up[up]
        if (further == up).all():
            break
        up = further
    return np.where(up[1:] == rows, -1, up[1:]).astype(np.int32)


def _bystanders(cast: Cast, burst: Burst, acts: Acts, growth: Growth, rng: np.random.Generator) -> Acts:
    """Draw acts on the target by others: mostly people of its own community, who came because of the burst."""
    core = len(acts) - 1
    n = int(rng.poisson(burst.scenario.bystanders * core * rng.lognormal(0.0, 0.5)))
    extra = Acts.blank(n)
    seen = acts.at[1 + rng.integers(0, core, n)]
    last = int(acts.at[-1])
    after = delays(n, growth, rng).astype(np.int64)
    extra.at = np.where(seen + after <= last, seen + after, seen + 1)
    low, high = cast.population.community_of(burst.target)
    wide = cast.population.platform_of(burst.target)
    near = flip(0.7, n, rng)
    extra.actor = cast.population.actors.draw(np.where(near, low, wide[0]), np.where(near, high, wide[1]), rng)
    extra.target[:] = np.where(extra.actor == burst.target, -1, burst.target)
    kinds = np.array([KIND_CODE["comment"], KIND_CODE["repost"], KIND_CODE["danmaku"], KIND_CODE["live_chat"]])
    spoken = burst.scenario.medium == "live"
    extra.kind = kinds[choose((20, 5, 50, 25) if spoken else (75, 25, 0, 0), n, rng)].astype(np.int8)
    extra.surface = _SURFACES[extra.kind]
    extra.parent[:] = 0
    extra.root[:] = 0
    extra.tone = choose(burst.scenario.bystander_tones, n, rng).astype(np.int8)
    return extra


def _before(burst: Burst, ring: I32, objects: Book, rng: np.random.Generator) -> Acts:
    """Draw what the ring did in the days before: the same links, shared within a minute of each other, harmless."""
    if not len(ring):
        return Acts.blank(0)
    rounds = int(rng.integers(8, 20))
    links = objects.add([f"url:https://promo.example/{burst.incident:04d}/{k}" for k in range(rounds)])
    moments = burst.onset - rng.uniform(0.3, 3.2, rounds) * DAY
    takes = rng.random((rounds, len(ring))) < rng.uniform(0.4, 0.8, (rounds, 1))
    which, who = np.nonzero(takes)
    acts = Acts.blank(len(which))
    acts.at = (moments[which] + rng.random(len(which)) * MINUTE).astype(np.int64)
    acts.actor = ring[who]
    acts.kind[:] = KIND_CODE["post"]
    acts.surface[:] = SURFACE_CODE["feed"]
    acts.link = (links + which).astype(np.int32)
    acts.tone = choose(mix(chatter=60, praise=40), len(which), rng).astype(np.int8)
    return acts


def _appended(*blocks: Acts) -> Acts:
    """Put blocks below each other whose links are rows of the first one."""
    return Acts(**{name: np.concatenate([getattr(block, name) for block in blocks]) for name in blocks[0].columns()})


def _exposure(acts: Acts, tree: Tree, hidden: Bools, rng: np.random.Generator) -> I32:
    """Give who had seen whom: follow edges behind most hidden causes and part of the shown ones."""
    rows = np.flatnonzero(tree.cause >= 0)
    known = rng.random(len(rows)) < np.where(hidden[rows], 0.85, 0.55)
    rows = rows[known]
    pairs = np.column_stack([acts.actor[1 + rows], acts.actor[1 + tree.cause[rows]]])
    return np.unique(pairs[pairs[:, 0] != pairs[:, 1]], axis=0).astype(np.int32)
