"""Settings: one precedence (flag, environment, ``graphwatch.toml``, default), each value with its source.

Environment variables are named ``GRAPHWATCH_<SECTION>__<FIELD>``, e.g. ``GRAPHWATCH_DETECT__FDR=0.01``. Secrets (the pseudonym key)
come from the environment only and are never part of this object.
"""

from graphwatch.settings.sections import (
    AttributeSettings,
    CaseSettings,
    ContentSettings,
    DetectSettings,
    LoadSettings,
    Neo4jSettings,
    ReportSettings,
    Section,
    TraceSettings,
    WarnSettings,
)
from graphwatch.settings.sources import CONFIG_FILE, ENV_PREFIX, Settings, flatten, load_settings, nest

__all__ = [
    "CONFIG_FILE",
    "ENV_PREFIX",
    "AttributeSettings",
    "CaseSettings",
    "ContentSettings",
    "DetectSettings",
    "LoadSettings",
    "Neo4jSettings",
    "ReportSettings",
    "Section",
    "Settings",
    "TraceSettings",
    "WarnSettings",
    "flatten",
    "load_settings",
    "nest",
]
