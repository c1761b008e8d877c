"""Hypothesis without clocks: a slow machine is no failure. CI draws the same examples each time; developers draw new ones."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

settings.register_profile("graphwatch", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=bool(os.environ.get("CI")))
settings.load_profile("graphwatch")
