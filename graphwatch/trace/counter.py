"""What speaks against a role: facts about each account's acts that a reviewer should see beside the finding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from graphwatch.graph.facts import account_codes
from graphwatch.model import CATEGORY_CODE, F64, I32, I64, KIND_CODE, SURFACE_CODE, Bools, Events
from graphwatch.schema import ACCOUNTS
from graphwatch.settings import TraceSettings
from graphwatch.trace.nodes import Nodes

_ANSWERS: Final = (KIND_CODE["comment"], KIND_CODE["reply"], KIND_CODE["quote"])


@dataclass(frozen=True, slots=True)
class Facts:
    """Counts per account of one pile-on.

    Attributes
    ----------
    acts, hostile
        Its acts among the nodes, and hostile or mobilising ones.
    highest
        Its highest known hostility; NaN: none is known.
    news, links, criticism
        Acts on the surface ``news``; acts that share a link (``url:``); acts of the category ``criticism``, quotes among them.
    answers, hostile_answers
        Comments, replies and quotes that answer a hostile act of another account: not hostile themselves, and hostile.
    friendly_before, hostile_before
        Its acts on the target before the onset that are known not to be, and to be, hostile.
    verified
        The platform's mark, where the table of accounts has it.
    """

    acts: I64
    hostile: I64
    highest: F64
    news: I64
    links: I64
    criticism: I64
    answers: I64
    hostile_answers: I64
    friendly_before: I64
    hostile_before: I64
    verified: Bools

    def defends(self, settings: TraceSettings) -> Bools:
        """Accounts that were on good terms with the target before, and whose hostile acts all answer hostile acts of others."""
        friendly = (self.friendly_before >= settings.defender_contacts) & (self.hostile_before == 0)
        aimed_at_attackers = (self.hostile > 0) & (self.hostile_answers == self.hostile)
        both: Bools = friendly & aimed_at_attackers
        return both

    def reports(self, settings: TraceSettings) -> Bools:
        """Accounts that only reported: hardly a hostile act, and verified, on a news surface or with links."""
        neutral = self.hostile <= settings.reporter_hostile * self.acts
        seen: Bools = neutral & (self.verified | (self.news > 0) | (self.links > 0))
        return seen


def verified_accounts(events: Events, accounts: pl.DataFrame | None) -> Bools:
    """Mask of the accounts that any row of the table of accounts calls verified."""
    out = np.zeros(len(events.accounts), bool)
    if accounts is not None and len(accounts):
        table = ACCOUNTS.conform(accounts).filter("verified")
        codes = account_codes(table["account_id"], table["platform"], events)
        out[codes[codes >= 0]] = True
    return out


def gather_facts(events: Events, nodes: Nodes, before: I32, hostile_at: float, linking: Bools, verified: Bools) -> Facts:
    """Count what speaks against a role.

    Parameters
    ----------
    before
        Rows aimed at the target before the onset.
    hostile_at
        Hostility from which an act is hostile.
    linking : (object names,)
        Objects that are links.
    verified : (all accounts,)
        Verified accounts.
    """
    size, account, row = len(nodes.actors), nodes.account, nodes.row

    def count(mask: Bools) -> I64:
        return np.bincount(account[mask], minlength=size).astype(np.int64)

    score = events.hostility[row].astype(np.float64)
    highest = np.full(size, -np.inf)
    np.maximum.at(highest, account, np.where(np.isnan(score), -np.inf, score))
    parent = nodes.parent
    answers = (parent >= 0) & np.isin(events.kind[row], _ANSWERS)
    answers &= (nodes.hostile[parent] > 0) & (account[parent] != account)
    place = np.searchsorted(nodes.actors, events.actor[before])
    inside = nodes.actors[np.minimum(place, size - 1)] == events.actor[before]
    earlier, then = place[inside], events.hostility[before[inside]]
    with np.errstate(invalid="ignore"):
        friendly, enemy = then < np.float32(hostile_at), then >= np.float32(hostile_at)
    return Facts(
        acts=count(np.ones(len(row), bool)),
        hostile=count(nodes.hostile > 0),
        highest=np.where(np.isinf(highest), np.nan, highest),
        news=count(events.surface[row] == SURFACE_CODE["news"]),
        links=count(_shares_link(events, row, linking)),
        criticism=count(events.category[row] == CATEGORY_CODE["criticism"]),
        answers=count(answers & (nodes.hostile == 0)),
        hostile_answers=count(answers & (nodes.hostile > 0)),
        friendly_before=np.bincount(earlier[friendly], minlength=size).astype(np.int64),
        hostile_before=np.bincount(earlier[enemy], minlength=size).astype(np.int64),
        verified=verified[nodes.actors],
    )


def _shares_link(events: Events, row: I32, linking: Bools) -> Bools:
    size = events.objects.start[row + 1] - events.objects.start[row]
    owner = np.repeat(np.arange(len(row)), size)
    offset = np.arange(len(owner)) - np.repeat(np.cumsum(size) - size, size)
    link = linking[events.objects.values[events.objects.start[row][owner] + offset]] if len(owner) else np.zeros(0, bool)
    shares: Bools = np.bincount(owner[link], minlength=len(row)) > 0
    return shares


def in_words(facts: Facts, account: int, settings: TraceSettings, *, gated: bool) -> list[str]:
    """Say what speaks against a role of one account, strongest first; empty when nothing does.

    Parameters
    ----------
    gated
        In an attack: acts that are not hostile speak against a role.
    """
    acts, hostile = int(facts.acts[account]), int(facts.hostile[account])
    words = []
    if gated and hostile < acts:
        known = not np.isnan(facts.highest[account])
        words.append(
            f"{acts - hostile} of {acts} acts not hostile" + (f", highest hostility {facts.highest[account]:.2f}" if known else "")
        )
    if facts.reports(settings)[account]:
        signs = [f"{facts.news[account]} acts on a news surface"] if facts.news[account] else []
        signs += [f"{facts.links[account]} acts share a link"] if facts.links[account] else []
        signs += ["verified account"] if facts.verified[account] else []
        words.append("may have reported only: " + ", ".join(signs))
    if facts.criticism[account]:
        words.append(f"{facts.criticism[account]} of {acts} acts are criticism without personal attack")
    if facts.defends(settings)[account]:
        words.append(f"may defend the target: all {hostile} hostile acts answer hostile acts of others")
    elif facts.answers[account]:
        words.append(f"may defend the target: {facts.answers[account]} acts answer hostile acts without hostility")
    if facts.friendly_before[account] and not facts.hostile_before[account]:
        words.append(f"{facts.friendly_before[account]} earlier acts on the target, none hostile")
    return words
