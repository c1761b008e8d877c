"""Tracing: one branching model per pile-on; from it credit, roles and evidence."""

from graphwatch.trace.cascade_fit import fit_branching
from graphwatch.trace.kernels import Cascade, branching_factor, expected_final_size, intensity
from graphwatch.trace.tracing import Trace, trace_pileons

__all__ = ["Cascade", "Trace", "branching_factor", "expected_final_size", "fit_branching", "intensity", "trace_pileons"]
