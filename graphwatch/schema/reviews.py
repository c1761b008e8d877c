"""What people decided about findings: a table of the case folder that only grows."""

from __future__ import annotations

from typing import Final

from graphwatch.schema.columns import Table, string, time

FINDINGS: Final = ("pileon", "role", "coaction", "campaign", "agency", "origin", "alert")
OUTCOMES: Final = ("confirmed", "dismissed", "criticism", "journalism", "self_defence", "unclear")

REVIEWS: Final = Table(
    "reviews",
    "Decisions of people about findings, oldest first; a later one about the same finding holds, the earlier ones stay.",
    (
        string("review_id", "id", required=True),
        string("finding", "kind of finding", required=True, choices=FINDINGS),
        string("finding_id", "its id: pileon_id, campaign_id, alert_id, group_id or agency_id", required=True),
        string("account_id", "account that the finding is about, for roles, origins and co-action"),
        string("run_id", "run that the finding is from; null: not told"),
        string("reviewer", "who decided, by a name that the team knows", required=True),
        time("at", "when", required=True),
        string("outcome", "what was decided", required=True, choices=OUTCOMES),
        string("note", "why"),
    ),
    ("review_id",),
    "record",
)
