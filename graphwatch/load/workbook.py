"""Opens a workbook in a process of its own, whose memory and time are bounded; :mod:`graphwatch.load.sheets` runs this file.

A workbook of a few kilobytes can ask for terabytes (one cell in the last row and column, cells repeated a billion times, deflate bombs),
and the library that reads it then ends the process. Here only this process ends. It writes each sheet to stdout: eight bytes with the
length, then an Arrow stream whose one column per sheet column holds texts. Formulas come as the values stored with them; nothing is
computed. Exit codes: 0 read; 3 damaged (stderr says how); 4 a sheet is too large; anything else: it was stopped by its limits.
"""

from __future__ import annotations

import sys
from typing import Final

DAMAGED: Final = 3
TOO_LARGE: Final = 4


def bound(memory: int, seconds: int) -> None:
    """Limit this process, where the system can (not on Windows; macOS ignores the limit on memory)."""
    try:
        import resource  # noqa: PLC0415 - not there on Windows
    except ImportError:
        return
    for kind, limit in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, seconds), (resource.RLIMIT_CORE, 0)):
        hard = resource.getrlimit(kind)[1]
        allowed = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        try:
            resource.setrlimit(kind, (allowed, hard))
        except (OSError, ValueError):
            continue


def main(path: str, memory: int, seconds: int, cells: int) -> int:
    """Write every sheet of the workbook to stdout; give the exit code."""
    bound(memory, seconds)
    import fastexcel  # noqa: PLC0415 - after the limits
    import pyarrow as pa  # noqa: PLC0415

    try:
        book = fastexcel.read_excel(path)
        for index in range(len(book.sheet_names)):
            sheet = book.load_sheet(index, header_row=None, skip_rows=0, dtypes="string")
            if sheet.total_height * max(sheet.width, 1) > cells:
                sys.stderr.write(f"sheet {sheet.name!r} spans {sheet.total_height:,} rows and {sheet.width:,} columns")
                return TOO_LARGE
            held = pa.record_batch(sheet.to_arrow())
            held = held.replace_schema_metadata({"name": sheet.name, "visible": sheet.visible})
            sink = pa.BufferOutputStream()
            with pa.ipc.new_stream(sink, held.schema) as writer:
                writer.write_batch(held)
            data = sink.getvalue()
            sys.stdout.buffer.write(data.size.to_bytes(8, "little"))
            sys.stdout.buffer.write(data)
    except fastexcel.FastExcelError as error:
        said = str(error).splitlines()[0][:300]
        sys.stderr.write(said)
        return TOO_LARGE if "limit exceeded" in said.lower() else DAMAGED
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], *map(int, sys.argv[2:5])))
