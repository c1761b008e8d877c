"""Ordinary traffic: bursty threads on popular accounts, danmaku, live chats, private messages, mentions, and everyday hostility.

Attention is over-dispersed as on real platforms: thread sizes are a mixture over popularity and a log-normal factor (so counts per
target and hour are far from Poisson), answers follow their post with a heavy-tailed delay, and part of them answer each other.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from graphwatch.model import DAY, F64, HOUR, I8, I32, I64, KIND_CODE, MINUTE, SURFACE_CODE, Bools
from graphwatch.simulate.acts import Acts, joined
from graphwatch.simulate.draws import Clock, Sampler, choose, flip, generator, zipf_ranks
from graphwatch.simulate.population import Population
from graphwatch.simulate.tones import HOSTILE_MIX, TONE_CODE, mix

_STAGE: Final = 3
_TEXT, _VIDEO, _LIVE = 0, 1, 2
_LONG_DELAY: Final = 5 * HOUR
_MOST_HOSTILE: Final = 0.25  # share of hostile acts in the worst ordinary thread: quarrelsome, but no pile-on
ROOT_TONES: Final = mix(chatter=70, praise=8, news=12, joke=8, criticism=2)
ANSWER_TONES: Final = mix(chatter=58, praise=22, joke=7, criticism=6, counter=1.5, silent=5.5)
COMPANY_TONES: Final = mix(chatter=52, praise=12, joke=4, criticism=28, silent=4)
TOPICS_A_DAY: Final = 120


def ordinary_traffic(population: Population, clock: Clock, n: int, links: int, seed: int) -> Acts:
    """Draw ``n`` ordinary interactions.

    Parameters
    ----------
    links
        Number of everyday shared links. Codes of everyday objects: the links first, then ``TOPICS_A_DAY`` topics of each day.

    Returns
    -------
    Acts
        In no particular order of time, without texts.
    """
    if n == 0:
        return Acts.blank(0)
    rng = generator(seed, _STAGE)
    roots, messages, mentions = max(1, round(0.13 * n)), round(0.02 * n), round(0.025 * n)
    posts, medium = _roots(population, clock, roots, rng)
    acts = _with_answers(population, clock, posts, medium, n - roots - messages - mentions, rng)
    direct = [_direct(population, clock, count, kind, rng) for count, kind in ((messages, "private_message"), (mentions, "mention"))]
    acts = joined([acts, *direct])
    _set_objects(acts, clock, links, rng)
    return acts


def _roots(population: Population, clock: Clock, n: int, rng: np.random.Generator) -> tuple[Acts, I8]:
    """Draw root posts and their medium: text, video (danmaku possible) or live stream."""
    acts = Acts.blank(n)
    weight = population.activity**0.6 * (population.popularity * len(population)) ** 0.35
    everyone = np.zeros(n, np.int64)
    acts.actor = Sampler.of(weight).draw(everyone, everyone + len(population), rng)
    acts.at = clock.draw(n, rng)
    acts.kind[:] = KIND_CODE["post"]
    acts.surface[:] = SURFACE_CODE["feed"]
    acts.tone = choose(ROOT_TONES, n, rng).astype(np.int8)
    video = population.platform[acts.actor] % 2 == 1
    u = rng.random(n)
    medium = np.where(u < 0.006, _LIVE, np.where(u < np.where(video, 0.6, 0.08), _VIDEO, _TEXT)).astype(np.int8)
    acts.surface[medium == _LIVE] = SURFACE_CODE["live"]
    return acts, medium


def _thread_sizes(population: Population, posts: Acts, medium: I8, n: int, rng: np.random.Generator) -> I64:
    """Share ``n`` answers out among threads by the author's popularity and luck."""
    posts_of = np.bincount(posts.actor, minlength=len(population))[posts.actor]
    luck = np.exp(1.1 * rng.standard_normal(len(posts)))
    weight = population.popularity[posts.actor] / posts_of**0.8 * luck * np.where(medium == _LIVE, 6.0, 1.0)
    return rng.multinomial(n, weight / weight.sum())


def _with_answers(population: Population, clock: Clock, posts: Acts, medium: I8, n: int, rng: np.random.Generator) -> Acts:
    """Add ``n`` answers to the posts and give both; posts come first."""
    sizes = _thread_sizes(population, posts, medium, n, rng)
    thread = np.repeat(np.arange(len(posts), dtype=np.int32), sizes)
    answers = Acts.blank(n)
    answers.at = _answer_times(clock, posts.at[thread], medium[thread], rng)
    answers.at = answers.at[np.lexsort((answers.at, thread))]
    author = posts.actor[thread]
    answers.actor = _commenters(population, author, rng)
    rank = np.arange(n) - (np.cumsum(sizes) - sizes)[thread]
    earlier = _earlier(rank, medium[thread], rng)
    answers.kind, answers.surface = _kinds(population, author, medium[thread], earlier >= 0, rng)
    spoken = (answers.kind == KIND_CODE["danmaku"]) | (answers.kind == KIND_CODE["live_chat"]) | (answers.kind == KIND_CODE["rating"])
    onto = np.where(earlier >= 0, np.arange(n) - rank + earlier, -1)
    onto = np.where((onto >= 0) & spoken[onto], -1, onto)
    at_root = (onto < 0) & (answers.kind == KIND_CODE["reply"])
    answers.kind[at_root] = KIND_CODE["comment"]
    answers.parent = np.where(onto >= 0, len(posts) + onto, thread).astype(np.int32)
    answers.root = thread.copy()
    _set_targets(answers, author, onto, rng)
    heat = rng.gamma(0.7, 1 / 0.7, len(posts))
    answers.tone = _tones(population, answers, author, heat[thread], rng)
    return _stacked(posts, answers)


def _stacked(posts: Acts, answers: Acts) -> Acts:
    """Put answers below posts; their links are rows of the result already."""
    return Acts(**{name: np.concatenate([getattr(posts, name), getattr(answers, name)]) for name in posts.columns()})


def _answer_times(clock: Clock, posted: I64, medium: I8, rng: np.random.Generator) -> I64:
    delay = np.exp(np.log(35.0) + 1.5 * rng.standard_normal(len(posted))) * MINUTE
    delay = np.where(medium == _LIVE, rng.random(len(posted)) * 2 * HOUR, np.minimum(delay, 9 * DAY))
    at = posted + delay.astype(np.int64)
    late = np.flatnonzero((delay > _LONG_DELAY) & (at < clock.end))
    moved = clock.to_rhythm(at[late], rng)
    at[late] = np.where(moved > posted[late], moved, at[late])
    beyond = np.flatnonzero(at >= clock.end)
    left = clock.end - posted[beyond]
    at[beyond] = posted[beyond] + (rng.random(len(beyond)) ** 2 * left).astype(np.int64)
    return np.minimum(at, clock.end - 1)


def _commenters(population: Population, author: I32, rng: np.random.Generator) -> I32:
    """Draw who answers: three in five from the author's community, the others from the whole platform."""
    near = flip(0.6, len(author), rng)
    community, platform = population.community[author], population.platform[author]
    low = np.where(near, population.community_start[community], population.platform_start[platform])
    high = np.where(near, population.community_start[community + 1], population.platform_start[platform + 1])
    return population.actors.draw(low, high, rng)


def _earlier(rank: I64, medium: I8, rng: np.random.Generator) -> I64:
    """Choose for part of the answers an earlier answer of the thread to reply to; -1: the post itself."""
    nested = flip(0.3, len(rank), rng) & (rank > 0) & (medium != _LIVE)
    back = np.minimum(rng.geometric(0.15, len(rank)), np.maximum(rank, 1))
    return np.where(nested, rank - back, -1)


def _kinds(population: Population, author: I32, medium: I8, nested: Bools, rng: np.random.Generator) -> tuple[I8, I8]:
    n = len(author)
    u = rng.random(n)
    kind = np.where(u < 0.68, KIND_CODE["comment"], np.where(u < 0.94, KIND_CODE["repost"], KIND_CODE["quote"]))
    kind = np.where(nested, np.where(u < 0.85, KIND_CODE["reply"], KIND_CODE["repost"]), kind)
    kind = np.where(~nested & (medium == _VIDEO) & flip(0.55, n, rng), KIND_CODE["danmaku"], kind)
    kind = np.where(medium == _LIVE, KIND_CODE["live_chat"], kind)
    rated = ~nested & population.company[author] & (kind == KIND_CODE["comment"]) & flip(0.15, n, rng)
    kind = np.where(rated, KIND_CODE["rating"], kind).astype(np.int8)
    comment, feed = SURFACE_CODE["comment"], SURFACE_CODE["feed"]
    surface = np.where((kind == KIND_CODE["repost"]) | (kind == KIND_CODE["quote"]), feed, comment)
    strayed = flip(0.06, n, rng)
    elsewhere = np.array([SURFACE_CODE[s] for s in ("hot_list", "topic", "search", "group", "news", "popup")])
    surface = np.where(strayed, elsewhere[choose((4, 4, 2, 2, 2, 1), n, rng)], surface)
    surface = np.where(kind == KIND_CODE["danmaku"], SURFACE_CODE["danmaku"], surface)
    return kind, np.where(kind == KIND_CODE["live_chat"], SURFACE_CODE["live"], surface).astype(np.int8)


def _set_targets(answers: Acts, author: I32, onto: I64, rng: np.random.Generator) -> None:
    """Aim answers at the author of the post, of the comment they reply to, or at both; leave some implied by the parent."""
    n = len(answers)
    spoken_to = np.where(onto >= 0, answers.actor[onto], author)
    u = rng.random(n)
    answers.target = np.where((onto >= 0) & (u < 0.75), spoken_to, author).astype(np.int32)
    both = (onto >= 0) & (u < 0.3) & (author != answers.target)
    answers.other = np.where(both, author, -1).astype(np.int32)
    answers.implied = flip(0.1, n, rng) & (answers.target == spoken_to) & ~both & (answers.kind != KIND_CODE["repost"])
    own = answers.target == answers.actor
    answers.target[own] = np.where(answers.other[own] >= 0, answers.other[own], -1)
    answers.other[own] = -1
    answers.other[answers.other == answers.actor] = -1
    answers.implied[answers.target < 0] = False


def _tones(population: Population, acts: Acts, about: I32, heat: F64, rng: np.random.Generator) -> I8:
    """Draw tones: hostile by target, thread and temper of the actor, else the everyday mix."""
    n = len(acts)
    share = np.minimum(population.spite[about] * heat, _MOST_HOSTILE)
    hostile = rng.random(n) < np.minimum(share * population.temper[acts.actor], 0.7)
    hostile &= acts.target >= 0
    tone = choose(ANSWER_TONES, n, rng)
    tone = np.where(population.company[about], choose(COMPANY_TONES, n, rng), tone)
    silent = TONE_CODE["silent"]
    tone = np.where((tone == silent) & (acts.kind != KIND_CODE["repost"]), TONE_CODE["chatter"], tone)
    tone[hostile] = choose(HOSTILE_MIX, int(hostile.sum()), rng)
    return tone.astype(np.int8)


def _direct(population: Population, clock: Clock, n: int, kind: str, rng: np.random.Generator) -> Acts:
    """Draw acts aimed straight at an account, without a thread: private messages and posts that mention somebody."""
    acts = Acts.blank(n)
    zero = np.zeros(n, np.int64)
    acts.target = Sampler.of(population.popularity**0.8).draw(zero, zero + len(population), rng)
    acts.actor = _commenters(population, acts.target, rng)
    acts.target[acts.target == acts.actor] = -1
    acts.at = clock.draw(n, rng)
    acts.kind[:] = KIND_CODE[kind]
    acts.surface[:] = SURFACE_CODE["private" if kind == "private_message" else "feed"]
    acts.tone = _tones(population, acts, np.maximum(acts.target, 0), np.ones(n), rng)
    return acts


def _set_objects(acts: Acts, clock: Clock, links: int, rng: np.random.Generator) -> None:
    """Give some acts an everyday object: topics that live for a day, and links of Zipf popularity."""
    n = len(acts)
    post = acts.kind == KIND_CODE["post"]
    public = acts.kind != KIND_CODE["private_message"]
    has = public & (rng.random(n, dtype=np.float32) < np.where(post, np.float32(0.35), np.float32(0.05)))
    rows = np.flatnonzero(has)
    topical = flip(0.55, len(rows), rng)
    day = (acts.at[rows] - clock.start) // DAY
    topic = links + day * TOPICS_A_DAY + zipf_ranks(len(rows), TOPICS_A_DAY, 1.0, rng)
    acts.topic[rows] = np.where(topical, topic, zipf_ranks(len(rows), links, 0.9, rng)).astype(np.int32)
