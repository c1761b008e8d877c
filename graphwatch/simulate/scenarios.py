"""What can be planted: seven kinds of attack and six hard negatives, each declared once as data."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from graphwatch.model import KIND_CODE
from graphwatch.simulate.tones import mix

Shares = tuple[float, ...]


def ways(**shares: float) -> Shares:
    """Give shares of kinds in the order of :data:`~graphwatch.schema.KINDS`, summing to 1.

    Examples
    --------
    >>> ways(comment=3, repost=1)[1]
    0.75
    """
    total = sum(shares.values())
    return tuple(shares.get(kind, 0.0) / total for kind in KIND_CODE)


_PUBLIC: Final = ways(comment=38, repost=30, reply=14, mention=12, quote=6)
_LOOKING_ON: Final = ways(comment=50, repost=32, reply=8, mention=5, quote=5)
_RAGE: Final = mix(abuse=43, mockery=24, slander=9, group_antagonism=8, threat=4, privacy=3, incitement=3, silent=6)
_DEFENCE: Final = mix(counter=35, praise=25, chatter=30, criticism=10)
_ARGUMENT: Final = mix(criticism=35, chatter=35, joke=15, scathing=10, counter=5)
_SPITE: Final = mix(mockery=45, abuse=35, slander=10, group_antagonism=10)
_CURIOUS: Final = mix(chatter=60, praise=15, joke=10, criticism=10, counter=3, mockery=2)


@dataclass(frozen=True, slots=True)
class Scenario:
    """One kind of burst.

    Attributes
    ----------
    nature
        What a detector should call it.
    weight
        Share among the attacks, or among the hard negatives.
    tones
        What the crowd's acts are, on average over bursts.
    aside, aside_tones
        Bursts differ: a share of a burst's acts, drawn from a Beta law with mean ``aside``, has other tones than the crowd's own. So
        some attacks come with much argument, some hard negatives with much hostility.
    median, spread, least, most
        Accounts that take part: median, log-normal spread, bounds (for worlds of a million interactions or more).
    kinds
        How the crowd acts.
    bystanders, bystander_tones
        Further acts on the target by others, as a share of the burst's acts: defenders, or the merely curious.
    fresh
        Share of the crowd's acts by accounts that had not acted in the burst before.
    near
        Share of the crowd from one or two communities; the others come from the whole platform.
    roles
        The burst has planted originators and roles.
    feeders
        Fewest and most accounts that draw in many others; more for larger bursts.
    feeder_share
        Share of acts that are direct offspring of feeders, beside .2 for starters.
    spontaneous
        Lowest and highest share of acts that nothing in the burst caused.
    delay_min, horizon_min
        Median delay between cause and offspring, and the longest duration, minutes.
    medium
        What the target's own post is.
    aim
        Who is chosen as the target.
    rows
        Target accounts per incident.
    ring
        Size range of the share of early accounts that are a ring: young, small, copying texts, acting together already before.
    agency
        The starters, feeders and many early accounts are signed with one agency.
    offenders
        Share of new accounts from the pool of those that take part again and again.
    tagged
        Share of acts that carry the burst's tag.
    copied
        Share of acts whose text copies one of a few originals.
    """

    name: str
    nature: Literal["attack", "criticism", "attention"]
    weight: float
    tones: Shares = _RAGE
    median: float = 130.0
    spread: float = 0.8
    least: int = 30
    most: int = 1500
    kinds: Shares = _PUBLIC
    bystanders: float = 0.25
    bystander_tones: Shares = _DEFENCE
    fresh: float = 0.75
    near: float = 0.5
    roles: bool = True
    feeders: tuple[int, int] = (2, 7)
    feeder_share: float = 0.45
    spontaneous: tuple[float, float] = (0.15, 0.4)
    delay_min: float = 22.0
    horizon_min: float = 900.0
    medium: Literal["text", "video", "live"] = "text"
    aim: Literal["known", "famous", "company"] = "known"
    rows: int = 1
    ring: bool = False
    agency: bool = False
    offenders: float = 0.1
    tagged: float = 0.3
    copied: float = 0.0
    aside: float = 0.15
    aside_tones: Shares = _ARGUMENT


ATTACKS: Final = (
    Scenario("single_inciter", "attack", 0.24, feeders=(1, 1), feeder_share=0.6),
    Scenario("agency_driven", "attack", 0.24, agency=True, median=170.0, offenders=0.06),
    Scenario("copypasta_ring", "attack", 0.12, ring=True, delay_min=9.0, horizon_min=420.0, copied=0.45, tagged=0.6),
    Scenario("cross_platform", "attack", 0.1, rows=2, tagged=0.5, spontaneous=(0.2, 0.4)),
    Scenario("slow_burning", "attack", 0.1, delay_min=130.0, horizon_min=2600.0, bystanders=0.35, median=160.0, least=60),
    Scenario(
        "private_message_flood",
        "attack",
        0.08,
        kinds=ways(private_message=72, comment=12, repost=10, mention=6),
        bystanders=0.06,
        fresh=0.55,
        median=90.0,
        most=600,
    ),
    Scenario(
        "danmaku_raid",
        "attack",
        0.12,
        kinds=ways(danmaku=55, live_chat=30, comment=10, mention=5),
        medium="live",
        delay_min=8.0,
        horizon_min=180.0,
        fresh=0.4,
        bystanders=0.6,
        median=110.0,
        most=800,
    ),
)
HARD_NEGATIVES: Final = (
    Scenario(
        "breaking_news",
        "attention",
        0.2,
        tones=mix(news=38, chatter=36, silent=12, criticism=7, joke=4, counter=3),
        aside=0.05,
        aside_tones=_SPITE,
        median=420.0,
        spread=0.9,
        least=60,
        most=5000,
        kinds=_LOOKING_ON,
        bystander_tones=_CURIOUS,
        near=0.15,
        fresh=0.88,
        roles=False,
        offenders=0.0,
        horizon_min=1600.0,
    ),
    Scenario(
        "celebrity_fandom",
        "attention",
        0.2,
        tones=mix(praise=72, chatter=16, silent=8, joke=3, criticism=1),
        aside=0.02,
        aside_tones=_SPITE,
        median=450.0,
        spread=0.9,
        least=60,
        most=5000,
        kinds=_LOOKING_ON,
        bystander_tones=_CURIOUS,
        near=0.85,
        fresh=0.65,
        roles=False,
        offenders=0.0,
        aim="famous",
        tagged=0.6,
        copied=0.15,
    ),
    Scenario(
        "criticism_storm",
        "criticism",
        0.2,
        tones=mix(criticism=66, scathing=16, chatter=9, silent=6, joke=3),
        aside=0.08,
        aside_tones=_SPITE,
        median=260.0,
        spread=0.8,
        least=50,
        most=2500,
        kinds=ways(comment=42, repost=26, reply=8, mention=12, quote=6, rating=6),
        bystander_tones=_CURIOUS,
        near=0.2,
        fresh=0.8,
        roles=False,
        offenders=0.0,
        aim="company",
        tagged=0.4,
        horizon_min=1500.0,
    ),
    Scenario(
        "viral_joke",
        "attention",
        0.15,
        tones=mix(joke=71, chatter=19, silent=8, praise=2),
        aside=0.04,
        aside_tones=_SPITE,
        median=380.0,
        spread=0.9,
        least=60,
        most=4000,
        kinds=_LOOKING_ON,
        bystander_tones=_CURIOUS,
        near=0.25,
        fresh=0.85,
        roles=False,
        offenders=0.0,
        tagged=0.35,
        copied=0.1,
    ),
    Scenario(
        "giveaway",
        "attention",
        0.15,
        tones=mix(giveaway=90, chatter=9, silent=1),
        aside=0.01,
        aside_tones=_SPITE,
        median=380.0,
        spread=0.9,
        least=60,
        most=4000,
        kinds=ways(repost=62, comment=33, quote=5),
        bystanders=0.08,
        bystander_tones=_CURIOUS,
        near=0.1,
        fresh=0.96,
        roles=False,
        offenders=0.0,
        tagged=0.8,
        copied=0.75,
        feeders=(1, 4),
    ),
    Scenario(
        "two_sided_quarrel",
        "attack",
        0.1,
        median=140.0,
        rows=2,
        near=0.85,
        roles=False,
        offenders=0.05,
        feeders=(0, 0),
        spontaneous=(0.6, 0.8),
        bystanders=0.4,
        fresh=0.6,
    ),
)
SCENARIOS: Final = MappingProxyType({scenario.name: scenario for scenario in (*ATTACKS, *HARD_NEGATIVES)})
