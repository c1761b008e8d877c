"""The accounts of a world: communities, activity, followers, popularity, age, language."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import polars as pl

from graphwatch.model import DAY, F64, HOUR, I8, I32, I64, Bools
from graphwatch.schema import ACCOUNTS, TIMESTAMP
from graphwatch.simulate.draws import WORLD_START, Sampler, choose, flip, generator, pareto

ACCOUNTS_PER_INTERACTION: Final = 1 / 20
SIGNED_SHARE: Final = 0.10
_STAGE: Final = 1
_MOST_POPULAR: Final = 0.015
_FIRST = (
    "星河",
    "南巷",
    "青柠",
    "落日",
    "半糖",
    "晚风",
    "小满",
    "北岛",
    "云边",
    "纸鸢",
    "silver",
    "quiet",
    "paper",
    "amber",
    "hollow",
    "lucky",
)
_SECOND = (
    "旅人",
    "小熊",
    "汽水",
    "信箱",
    "邻居",
    "船长",
    "猫",
    "少年",
    "日记",
    "电台",
    "fox",
    "lantern",
    "rider",
    "pixel",
    "otter",
    "maple",
)
_COMPANY = ("晨曦", "远帆", "蓝桥", "百果", "山海", "云栈", "新禾", "长风")
_LINE = ("食品", "出行", "科技", "服饰", "影业", "文旅", "教育", "家居")


@dataclass(frozen=True, slots=True)
class Population:
    """Accounts in order of (platform, community), so that both are ranges of the code.

    Attributes
    ----------
    platforms
        Names of the platforms.
    platform, community : (n,)
        Codes.
    community_start : (communities + 1,)
        First account of each community.
    platform_start : (platforms + 1,)
        First account of each platform.
    activity
        Weight of the account among those who act; mean 1.
    popularity
        Weight of the account among those acted upon; sums to 1.
    followers
        Followers on its whole platform, most of whom never appear in the world.
    created
        µs UTC.
    company
        The account of a company or institution.
    signed
        It has been with an agency at some time.
    temper
        Factor on the share of hostile acts among its acts; mean about 1, few accounts hold most of it.
    spite : (n,)
        Share of hostile acts among ordinary acts on this account.
    english
        It writes English.
    protected
        A minor, or another account to be shown with more care.
    id
        Public id of each account; its order says nothing.
    name
        Handle.
    """

    platforms: tuple[str, ...]
    platform: I8
    community: I32
    community_start: I64
    platform_start: I64
    activity: F64
    popularity: F64
    followers: I64
    created: I64
    company: Bools
    signed: Bools
    temper: F64
    spite: F64
    english: Bools
    protected: Bools
    id: pl.Series
    name: pl.Series
    actors: Sampler

    def __len__(self) -> int:
        """Give the number of accounts."""
        return len(self.platform)

    def community_of(self, code: int) -> tuple[int, int]:
        """Give the range of accounts of the community of an account."""
        community = int(self.community[code])
        return int(self.community_start[community]), int(self.community_start[community + 1])

    def platform_of(self, code: int) -> tuple[int, int]:
        """Give the range of accounts of the platform of an account."""
        platform = int(self.platform[code])
        return int(self.platform_start[platform]), int(self.platform_start[platform + 1])

    def frame(self) -> pl.DataFrame:
        """Give the ``accounts`` table, ordered by id."""
        frame = pl.DataFrame(
            {
                "account_id": self.id,
                "platform": pl.Series(self.platforms).gather(self.platform.astype(np.int64)),
                "name": self.name,
                "created_at": pl.Series(self.created).cast(TIMESTAMP),
                "followers": self.followers,
                "verified": self.company | (self.followers > np.quantile(self.followers, 0.99)),
                "observed_at": pl.Series(np.full(len(self), WORLD_START)).cast(TIMESTAMP),
                "protected": self.protected,
            }
        )
        return ACCOUNTS.conform(frame).sort("platform", "account_id")


def make_population(interactions: int, platforms: tuple[str, ...], seed: int) -> Population:
    """Draw the accounts of a world of that many interactions.

    Followers are log-normal and rise with activity and with being signed; popularity rises with followers, so the crowd of ordinary
    interactions is on few accounts. The most popular account gets about 1.5 % of ordinary traffic.
    """
    rng = generator(seed, _STAGE)
    n = max(600, round(interactions * ACCOUNTS_PER_INTERACTION))
    platform, community, community_start, platform_start = _communities(n, len(platforms), rng)
    signed = flip(SIGNED_SHARE * 1.25, n, rng)
    company = flip(0.01, n, rng) & ~signed
    activity = pareto(n, 1.25, 400.0, rng) * np.where(signed, 2.0, 1.0) * np.where(company, 0.5, 1.0)
    activity /= activity.mean()
    reach = 4.6 + 0.55 * np.log(activity) + 1.5 * rng.standard_normal(n) + 1.6 * signed + 2.2 * company
    followers = np.exp(np.clip(reach, 0.0, 17.5)).astype(np.int64)
    created = WORLD_START - (HOUR + rng.beta(1.3, 2.2, n) * 12 * 365 * DAY).astype(np.int64)
    popularity = _popularity(followers, rng)
    return Population(
        platforms=platforms,
        platform=platform,
        community=community,
        community_start=community_start,
        platform_start=platform_start,
        activity=activity,
        popularity=popularity,
        followers=followers,
        created=created,
        company=company,
        signed=signed,
        temper=rng.gamma(0.35, 1 / 0.35, n),
        spite=_spite(popularity, rng),
        english=(flip(0.12, len(community_start) - 1, rng))[community],
        protected=flip(0.01, n, rng) & ~company,
        id=_ids(platform, platforms, rng),
        name=_names(company, rng),
        actors=Sampler.of(activity),
    )


def _communities(n: int, platforms: int, rng: np.random.Generator) -> tuple[I8, I32, I64, I64]:
    """Cut the accounts into communities of Zipf sizes; the first platform is the largest."""
    share = 1.0 / (np.arange(platforms) + 1.5)
    platform_start = np.round(np.concatenate([[0.0], np.cumsum(share / share.sum())]) * n).astype(np.int64)
    bounds = [np.zeros(1, np.int64)]
    for first, last in pairwise(platform_start.tolist()):
        size = last - first
        count = max(4, round(2 * size**0.4))
        part = (np.arange(count) + 3.0) ** -0.7
        part = rng.permutation(part / part.sum())
        bounds.append(first + np.round(np.cumsum(part) * size).astype(np.int64))
    community_start = np.unique(np.concatenate(bounds))
    community = np.repeat(np.arange(len(community_start) - 1, dtype=np.int32), np.diff(community_start))
    platform = np.repeat(np.arange(platforms, dtype=np.int8), np.diff(platform_start))
    return platform, community, community_start, platform_start


def _popularity(followers: I64, rng: np.random.Generator) -> F64:
    weight = (followers.astype(np.float64) + 20.0) ** 0.75 * np.exp(0.5 * rng.standard_normal(len(followers)))
    weight /= weight.sum()
    for _ in range(3):
        weight = np.minimum(weight, _MOST_POPULAR)
        weight /= weight.sum()
    return weight.astype(np.float64)


def _spite(popularity: F64, rng: np.random.Generator) -> F64:
    """Draw the ordinary share of hostile acts per target: about 2 %, and 12 to 24 % for a few who always get it."""
    spite = rng.beta(1.2, 58.0, len(popularity))
    chronic = flip(0.02, len(popularity), rng) & (popularity > np.quantile(popularity, 0.8))
    return np.where(chronic, 0.12 + 0.12 * rng.random(len(popularity)), spite)


def _ids(platform: I8, platforms: tuple[str, ...], rng: np.random.Generator) -> pl.Series:
    letters = _letters(platforms)
    number = pl.Series(10_000_000 + rng.permutation(len(platform)).astype(np.int64) * 7 % 89_999_999)
    letter = pl.Series(letters).gather(platform.astype(np.int64))
    return (
        pl.DataFrame({"l": letter, "n": number})
        .select(pl.concat_str("l", pl.lit("u"), pl.col("n").cast(pl.String)).alias("id"))
        .to_series()
    )


def _letters(platforms: tuple[str, ...]) -> list[str]:
    """Give each platform a letter of its own, its first one where that is free."""
    letters: list[str] = []
    for name in platforms:
        free = [letter for letter in (*name.lower(), *"abcdefghijklmnopqrstuvwxyz") if letter.isascii() and letter.isalpha()]
        letters.append(next(letter for letter in free if letter not in letters))
    return letters


def _names(company: Bools, rng: np.random.Generator) -> pl.Series:
    n = len(company)
    number = pl.Series(rng.integers(1, 9999, n)).cast(pl.String)

    def part(words: tuple[str, ...]) -> pl.Series:
        return pl.Series(words).gather(choose(np.ones(len(words)), n, rng).astype(np.int64))

    parts = {"f": part(_FIRST), "s": part(_SECOND), "c": part(_COMPANY), "l": part(_LINE), "n": number, "company": company}
    person = pl.concat_str("f", "s", pl.lit("_"), "n")
    firm = pl.concat_str("c", "l", pl.lit("_"), "n")
    return pl.DataFrame(parts).select(pl.when("company").then(firm).otherwise(person).alias("name")).to_series()
