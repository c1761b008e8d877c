"""graphwatch: find pile-ons, trace who started and fed them and which agencies stand behind, and warn before they peak.

Plain functions over frames: :func:`analyze` runs the whole main job, the others one stage each. Names are imported when first used,
so that ``graphwatch --help`` does not wait for compilers.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from graphwatch.compiled import provide_cache

if TYPE_CHECKING:
    from graphwatch.api import (
        analyze,
        assign_roles,
        attribute_agencies,
        detect_cascades,
        detect_pileons,
        fit_branching,
        score_targets,
        trace_originators,
    )
    from graphwatch.ask import GraphView, open_tables, query, query_graph, query_list, show_graph
    from graphwatch.coactions import acted_together_before, detect_coactions
    from graphwatch.errors import ConfigurationError, DataError, GraphwatchError, UnavailableError
    from graphwatch.evaluate import evaluate_run
    from graphwatch.load import (
        read_accounts,
        read_affiliations,
        read_agencies,
        read_follows,
        read_interactions,
        read_ownership,
    )
    from graphwatch.localisation import locate_source
    from graphwatch.profiling import account_profile, account_profiles, agency_profile, agency_profiles, trace_pileon
    from graphwatch.result import PileonView, Result
    from graphwatch.settings import Settings
    from graphwatch.simulate import simulate_world, write_world
    from graphwatch.tables import Case
    from graphwatch.threads import infer_parents, rank_amplifiers
    from graphwatch.warn import Monitor

__version__ = "0.1.0.dev0"

provide_cache()

_HOMES: Final = {
    "graphwatch.api": (
        "analyze",
        "assign_roles",
        "attribute_agencies",
        "detect_cascades",
        "detect_pileons",
        "fit_branching",
        "score_targets",
        "trace_originators",
    ),
    "graphwatch.ask": ("GraphView", "open_tables", "query", "query_graph", "query_list", "show_graph"),
    "graphwatch.coactions": ("acted_together_before", "detect_coactions"),
    "graphwatch.errors": ("ConfigurationError", "DataError", "GraphwatchError", "UnavailableError"),
    "graphwatch.evaluate": ("evaluate_run",),
    "graphwatch.load": (
        "read_accounts",
        "read_affiliations",
        "read_agencies",
        "read_follows",
        "read_interactions",
        "read_ownership",
    ),
    "graphwatch.localisation": ("locate_source",),
    "graphwatch.profiling": ("account_profile", "account_profiles", "agency_profile", "agency_profiles", "trace_pileon"),
    "graphwatch.result": ("PileonView", "Result"),
    "graphwatch.settings": ("Settings",),
    "graphwatch.simulate": ("simulate_world", "write_world"),
    "graphwatch.tables": ("Case",),
    "graphwatch.threads": ("infer_parents", "rank_amplifiers"),
    "graphwatch.warn": ("Monitor",),
}
_HOME_OF: Final = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Case",
    "ConfigurationError",
    "DataError",
    "GraphView",
    "GraphwatchError",
    "Monitor",
    "PileonView",
    "Result",
    "Settings",
    "UnavailableError",
    "account_profile",
    "account_profiles",
    "acted_together_before",
    "agency_profile",
    "agency_profiles",
    "analyze",
    "assign_roles",
    "attribute_agencies",
    "detect_cascades",
    "detect_coactions",
    "detect_pileons",
    "evaluate_run",
    "fit_branching",
    "infer_parents",
    "locate_source",
    "open_tables",
    "query",
    "query_graph",
    "query_list",
    "rank_amplifiers",
    "read_accounts",
    "read_affiliations",
    "read_agencies",
    "read_follows",
    "read_interactions",
    "read_ownership",
    "score_targets",
    "show_graph",
    "simulate_world",
    "trace_originators",
    "trace_pileon",
    "write_world",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'graphwatch' has no attribute {name!r}")
    return getattr(import_module(_HOME_OF[name]), name)


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
