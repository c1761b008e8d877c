"""Verbs ``simulate`` and ``evaluate``: worlds with known answers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table as RichTable
from rich.text import Text

from graphwatch.cli.app import JsonOption, app
from graphwatch.cli.console import out, print_json, progress_shown


@app.command()
def simulate(
    out_dir: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for the world; an earlier world is replaced as a whole.")],
    interactions: Annotated[int, typer.Option(min=1000, help="How many interactions, about.")] = 100_000,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the world.")] = 0,
    days: Annotated[int, typer.Option(min=7, max=366, help="Length of the world.")] = 30,
    hostility: Annotated[bool, typer.Option(help="Include a noisy classifier's hostility; without it the texts must be scored.")] = True,
) -> None:
    """Write a world with planted pile-ons, hard negatives and the truth about both."""
    from graphwatch.simulate import simulate_world, write_world

    progress = progress_shown()
    with progress(f"simulate {interactions:,} interactions"):
        world = simulate_world(interactions, seed, days=days, hostility=hostility)
    with progress("write the world"):
        write_world(world, out_dir)
    out.print(f"{len(world.interactions):,} interactions, {len(world.truth_pileons)} planted bursts: {out_dir}", soft_wrap=True)


@app.command()
def evaluate(
    result_dir: Annotated[Path, typer.Argument(metavar="DIR", help="Result folder of a run.")],
    truth: Annotated[Path, typer.Option("--truth", metavar="DIR", help="Folder that `simulate` wrote.")],
    as_json: JsonOption = False,
) -> None:
    """Compare a run on a simulated world with the truth, stage by stage."""
    from graphwatch.evaluate import evaluate_run

    with progress_shown()("evaluate"):
        evaluation = evaluate_run(result_dir, truth)
    if as_json:
        print_json(evaluation.to_dict())
        return
    table = RichTable(box=None, pad_edge=False)
    for name in ("stage", "figure", "value", "meaning"):
        table.add_column(name, overflow="fold", justify="right" if name == "value" else "left")
    for row in evaluation.rows():
        table.add_row(*(Text(cell) for cell in row))
    out.print(table)
