from pathlib import Path

class Cell:
    id: str
    cell_type: str
    source: str
    outputs: list[object]
    execution_count: int | None

class NotebookNode:
    cells: list[Cell]

def read(fp: str | Path, as_version: int) -> NotebookNode: ...
