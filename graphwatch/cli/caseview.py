"""What the verbs of the case folder say, in lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from graphwatch.tables import Hold, LoadReport, Overview, Status

_WIDE: Final = 12
_GAPS: Final = 10
_REASONS: Final = 8
_NAME_ONLY: Final = "_name_only"
_WARNINGS: Final = 10


def load_lines(report: LoadReport) -> list[str]:
    """Say what a load did."""
    if not report.changed:
        return [f"nothing new: these files are in the case already; version {report.version}"]
    lines = []
    for table, counts in report.tables.items():
        told = ", ".join(f"{count:,} {what}" for what, count in counts.items() if count or what == "added")
        lines.append(f"{table}: {told}")
    for name, count in report.counts.items():
        if count and name.endswith(_NAME_ONLY):
            table = name.removesuffix(_NAME_ONLY)
            lines.append(f"{table}: {count:,} rows name no account id and are no {table}; a run looks for accounts of that name")
    lines += [f"looks wrong, kept: {warning}" for warning in report.warnings[:_WARNINGS]]
    if len(report.warnings) > _WARNINGS:
        lines.append(f"looks wrong, kept: {len(report.warnings) - _WARNINGS:,} more; --json gives all")
    return [*lines, f"version {report.version}"]


def hold_lines(holds: Sequence[Hold]) -> list[str]:
    """Say which holds there are."""
    if not holds:
        return ["no legal hold"]
    lines = []
    for hold in holds:
        place = f" on {hold.platform}" if hold.platform else ""
        what = "the whole case" if hold.account_id is None else f"account {hold.account_id}{place}"
        end = f"; released {hold.released_at:%Y-%m-%d %H:%M}: {hold.release_reason}" if hold.released_at else ""
        lines.append(f"{hold.hold_id}  {what}, since {hold.at:%Y-%m-%d %H:%M} UTC: {hold.reason}{end}")
    return lines


def status_lines(told: Status) -> list[str]:
    """Say what a case holds; what needs somebody's attention first."""
    return [
        f"case {told.name} ({told.case_id}), version {told.version}, made {told.created[:10]}",
        *_attention(told),
        *_overview(told.interactions),
        _line("tables", {name: count for name, count in told.rows.items() if count}),
        *(f"{'rejected':<{_WIDE}}{count:,} rows: {reason}" for reason, count in list(told.rejected.items())[:_REASONS]),
        *(
            [f"{'rejected':<{_WIDE}}and {len(told.rejected) - _REASONS} more reasons; --json gives all"]
            if len(told.rejected) > _REASONS
            else []
        ),
        *([] if told.rejected else [f"{'rejected':<{_WIDE}}none"]),
        f"{'record':<{_WIDE}}{told.loads} loads, {told.runs} runs, {told.forgotten} deletions, {told.adopted} commits by others",
        f"{'on disk':<{_WIDE}}{told.files:,} files, {told.bytes / 2**20:,.1f} MiB",
    ]


def _attention(told: Status) -> list[str]:
    lines = []
    if told.unfinished:
        lines.append("ATTENTION   a deletion was interrupted: run 'graphwatch compact CASE' to finish it")
    if told.absent:
        lines.append(
            f"ATTENTION   {told.absent} data files are missing or cut off: run 'graphwatch verify CASE'; they are not counted below"
        )
    lines += [f"HOLD        {line}" for line in (hold_lines(told.holds) if told.holds else [])]
    if told.gone:
        lines.append(f"{'versions':<{_WIDE}}{len(told.gone)} of {told.version + 1} cannot be read any more (deleted or compacted)")
    return lines


def _overview(told: Overview) -> list[str]:
    if told.first is None or told.last is None:
        return ["interactions none"]
    lines = [
        f"{'acts':<{_WIDE}}{told.acts:,} from {told.first:%Y-%m-%d %H:%M} to {told.last:%Y-%m-%d %H:%M} UTC",
        _line("platforms", told.platforms),
        _line("kinds", told.kinds),
        _line("surfaces", told.surfaces),
        f"{'known':<{_WIDE}}" + ", ".join(f"{name} {share:.0%}" for name, share in told.shares.items() if share),
    ]
    if (never := [name for name, share in told.shares.items() if not share]) and told.acts:
        lines.append(f"{'never known':<{_WIDE}}" + ", ".join(never))
    if not told.gaps:
        return [*lines, f"{'gaps':<{_WIDE}}none"]
    for gap in sorted(told.gaps, key=lambda gap: -gap.expected)[:_GAPS]:
        span = f"{gap.start:%Y-%m-%d %H:%M} to {gap.end:%Y-%m-%d %H:%M}"
        lines.append(
            f"{'gap':<{_WIDE}}{gap.platform or 'no platform'}: {span} UTC, {gap.hours:.0f} h, about {gap.expected:,.0f} rows expected"
        )
    if len(told.gaps) > _GAPS:
        lines.append(f"{'gap':<{_WIDE}}and {len(told.gaps) - _GAPS} more; --json gives all")
    return lines


def _line(title: str, counts: Mapping[str, int]) -> str:
    return f"{title:<{_WIDE}}" + (", ".join(f"{name or 'not told'} {count:,}" for name, count in counts.items()) or "none")
