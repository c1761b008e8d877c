"""A traceback in lines of text, to be read at three in the morning."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from graphwatch.report.traceback import AccountTrace, Chain, Hop, Origin, Traceback
from graphwatch.report.wording import clean, duration, share, stamp

LINK_WORDS: Final = {
    "parent": "answered or passed on",
    "thread": "in its thread",
    "object": "same link or tag",
    "template": "same text, copied",
    "accusation": "same text, reworded",
    "crowd": "seen at the target",
    "follow": "follows the account",
    "own": "same account, later",
    "identity": "same person, other account",
}
SORT_WORDS: Final = {"object": "first mention of", "template": "first copy of", "accusation": "first wording of"}
BASIS_WORDS: Final = {"given": "in the data", "model": "by the model", "lag": "assumed from the time between"}


def traceback_lines(traceback: Traceback, most: int = 5) -> list[str]:
    """Say where a pile-on came from.

    Parameters
    ----------
    traceback
        What to say.
    most
        Origins told in full; of the others their number.
    """
    p = traceback.pileon
    lines = [
        f"{p['pileon_id']}  {p['nature']} ({_share(p['nature_probability'])}) on {clean(str(p['target_id']))}, {p['actors']} accounts",
        f"onset {_stamp(p['onset'])}   peak {_stamp(p['peak'])}   end {_stamp(p['end'])} UTC",
    ]
    if traceback.account is not None:
        lines += ["", *_account_lines(traceback.account)]
    for number, origin in enumerate(traceback.origins[:most], 1):
        lines += ["", *_origin_lines(number, origin)]
    if not traceback.origins:
        lines += ["", "no origin found: nothing in the data leads to this pile-on"]
    if len(traceback.origins) > most:
        lines += ["", f"and {len(traceback.origins) - most} more; --json gives all"]
    named = "real ids are shown: personal data" if traceback.key_id is None else f"pseudonyms (key {traceback.key_id})"
    return [*lines, "", *(f"{sentence}." for sentence in traceback.reading.rstrip(".").split(". ")), f"Accounts: {named}."]


def _origin_lines(number: int, origin: Origin) -> Iterator[str]:
    yield f"{number}. {_who(origin.actor)}, {_when(origin.lead_s, origin.in_data)}{_mark(origin.deleted, origin.in_data)}"
    for sort, thing, accounts, elsewhere in origin.mentions:
        yield f"   {SORT_WORDS[sort]} {clean(thing)}: {accounts} accounts of the pile-on, {elsewhere} others"
    reach = f"{share(origin.reached_share)} of its accounts reachable"
    yield f"   {share(origin.expected_share)} of the pile-on descends from it (expected); {reach}"
    for note in origin.notes:
        yield f"   note: {clean(note)}"
    for place, chain in enumerate(origin.chains, 1):
        yield f"   chain {place} of {len(origin.chains)} to the peak, probability {share(chain.probability)}"
        yield from (f"   {line}" for line in chain_lines(chain))


def _account_lines(account: AccountTrace) -> Iterator[str]:
    role = account.role
    yield f"account {clean(account.name)}: " + (
        f"{str(role['role']).replace('_', ' ')} ({_share(role['role_probability'])}), credit {_share(role['credit'])} "
        f"({_share(role['credit_low'])} to {_share(role['credit_high'])}), {role['hostile']} hostile of {role['interactions']} acts"
        if role
        else "no member of the pile-on; an act of it leads there"
    )
    yield f"   {account.after} acts of others lead back to it as their likeliest cause"
    yield f"   how it came there, probability {share(account.back.probability)}"
    yield from (f"   {line}" for line in chain_lines(account.back))


def chain_lines(chain: Chain) -> list[str]:
    """Say a chain, one act a line, each below the one that leads to it."""
    lines = []
    day = None
    for depth, hop in enumerate(chain.hops):
        if hop.link is not None:
            how = f"{LINK_WORDS[hop.link]}, {_share(hop.probability)} {BASIS_WORDS[str(hop.basis)]}"
            lines.append(f"{'':>11}{'  ' * min(depth - 1, 8)}└─ {how}")
        time = _clock(hop.at, day)
        day = hop.at.date() if hop.at else day
        lines.append(f"{time:>11}{'  ' * min(depth, 8)}{'' if depth else ' '}{hop_words(hop)}")
    return lines


def hop_words(hop: Hop) -> str:
    """Say one act: who, what, where, and whether it was hostile or is gone."""
    what = " ".join(
        str(word).replace("_", " ") for word in (hop.kind or "act", f"on {clean(hop.platform)}" if hop.platform else "") if word
    )
    tone = " HOSTILE" if hop.hostile else ""
    return f" {_who(hop.actor)} {what}{tone}{_mark(hop.deleted, hop.in_data)} [{clean(hop.interaction)}]"


def _who(actor: str | None) -> str:
    return "unknown account" if actor is None else clean(actor)


def _mark(deleted: bool, in_data: bool) -> str:
    return " †not in the data" if not in_data else " †deleted" if deleted else ""


def _when(lead_s: float | None, in_data: bool) -> str:
    if lead_s is None:
        return "time not known" if in_data else "before its first answer"
    if abs(lead_s) < 1:
        return "at the onset"
    return f"{duration(abs(lead_s))} {'before' if lead_s > 0 else 'after'} the onset"


def _clock(at: datetime | None, day: object) -> str:
    if at is None:
        return "?"
    at = at.astimezone(UTC)
    return at.strftime("%H:%M:%S") if at.date() == day else at.strftime("%m-%d %H:%M")


def _stamp(value: object) -> str:
    return stamp(value if isinstance(value, datetime) else None)


def _share(value: object) -> str:
    return share(value if isinstance(value, float) else None)
