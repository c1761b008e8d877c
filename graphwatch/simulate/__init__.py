"""Stage simulate: worlds with planted pile-ons, hard negatives and known answers."""

from __future__ import annotations

from graphwatch.simulate.world import World, simulate_world
from graphwatch.simulate.write import write_world

__all__ = ["World", "simulate_world", "write_world"]
