"""Time and peak memory of a command in a process of its own.

This module and whoever uses it must stay small (no polars, no numpy): Linux counts the memory of the parent at the fork into the child's
peak until the child replaces its image.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
_UNIT: Final = 1 if sys.platform == "darwin" else 1024  # of ru_maxrss


@dataclass(frozen=True, slots=True)
class Measured:
    """One run of a command.

    Attributes
    ----------
    seconds
        Wall-clock, from start to end of the process: the interpreter's start is part of it.
    cpu_seconds
        Processor time in user and system mode; above ``seconds`` when several cores worked.
    peak_bytes
        Largest resident memory of the process.
    output
        What it printed to stdout.
    """

    seconds: float
    cpu_seconds: float
    peak_bytes: int
    output: str

    @property
    def peak_gb(self) -> float:
        """Peak memory in 10⁹ bytes."""
        return self.peak_bytes / 1e9


def measure(command: Sequence[str], environment: Mapping[str, str] | None = None) -> Measured:
    """Run a command from the project's folder; its stderr is passed through.

    Raises
    ------
    subprocess.CalledProcessError
        It did not exit with 0.
    """
    started = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=os.environ | dict(environment or {})) as process:
        assert process.stdout is not None
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command, output)
    return Measured(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * _UNIT, output)


def python(*arguments: str) -> list[str]:
    """Give the command that runs this interpreter with the arguments.

    Examples
    --------
    >>> python("-c", "pass")[1:]
    ['-c', 'pass']
    """
    return [sys.executable, *arguments]


def print_table(rows: Sequence[Sequence[str]]) -> None:
    """Print rows of text in columns; the first row is the head."""
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    for row in rows:
        print(
            "  ".join(
                cell.ljust(width) if k == 0 else cell.rjust(width) for k, (cell, width) in enumerate(zip(row, widths, strict=True))
            ).rstrip()
        )
