"""Stage tables: the case folder. Delta tables that Spark reads too; loading, windows, history, time travel; checking, deleting, holding."""

from __future__ import annotations

from graphwatch.tables.append import LoadReport
from graphwatch.tables.case import Case
from graphwatch.tables.compact import Compacted
from graphwatch.tables.coverage import Gap
from graphwatch.tables.export import Exported
from graphwatch.tables.forget import Forgotten
from graphwatch.tables.holds import Hold
from graphwatch.tables.overview import Overview
from graphwatch.tables.status import Status
from graphwatch.tables.verify import Damage

__all__ = ["Case", "Compacted", "Damage", "Exported", "Forgotten", "Gap", "Hold", "LoadReport", "Overview", "Status"]
