"""Verb ``neo4j guide``: the named queries as a guide for Neo4j Browser, and a style for its pictures."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.text import Text

from graphwatch.cli.console import out
from graphwatch.cli.neo4j import neo4j
from graphwatch.errors import OutputError, UnavailableError

_HOST: Final = "127.0.0.1"


@neo4j.command()
def guide(
    folder: Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Write the files there.")] = None,
    serve: Annotated[bool, typer.Option("--serve", help="Serve them on the loopback address until Ctrl-C.")] = False,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="With --serve: port; 0: any free one.")] = 8001,
) -> None:
    """Give the named queries as a guide for Neo4j Browser, and a style file for its pictures."""
    from graphwatch.ask.guide import ADOC_FILE, HTML_FILE, STYLE_FILE, guide_files

    if folder is None and not serve:
        raise typer.BadParameter("give --out DIR, or --serve")
    files = guide_files()
    if folder is not None:
        _write(folder, files)
        out.print(Text(f"wrote {', '.join(str(folder / name) for name in files)}"), soft_wrap=True)
    if not serve:
        out.print(Text(f"to load them into Browser: graphwatch neo4j guide --serve; or drag {STYLE_FILE} onto what ':style' shows"))
        return
    with served(files, port) as address:
        for words, command in (
            ("in Browser 5:", f":play {address}/{HTML_FILE}"),
            ("in newer ones:", f":guide {address}/{ADOC_FILE}"),
            ("style:", f":style {address}/{STYLE_FILE}"),
        ):
            out.print(Text(f"{words:15}{command}"), soft_wrap=True)
        out.print("served until Ctrl-C")
        _wait()


def _wait() -> None:
    import threading

    threading.Event().wait()


def _write(folder: Path, files: dict[str, str]) -> None:
    from graphwatch.load import whole_file

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder} cannot be written: {error.strerror}") from error
    for name, text in files.items():
        with whole_file(folder / name) as part:
            part.write_text(text, encoding="utf-8")


@contextmanager
def served(files: dict[str, str], port: int) -> Iterator[str]:
    """Serve these files, and nothing else, on the loopback address; gives the address.

    Browser fetches guides from ``localhost`` without any setting (``browser.remote_content_hostname_whitelist``), if the answer allows
    other origins. The files are the same for everybody and hold no data, so it does.

    Raises
    ------
    UnavailableError
        The port is taken.
    """
    import threading

    held = {f"/{name}": text.encode() for name, text in files.items()}

    class Handler(BaseHTTPRequestHandler):
        """Answer GET with one of the files."""

        def do_GET(self) -> None:
            """Give the file."""
            body = held.get(self.path.partition("?")[0])
            self.send_response(200 if body is not None else 404)
            kind = "text/html" if self.path.endswith(".html") else "text/plain"
            for name, value in (
                ("Content-Type", f"{kind}; charset=utf-8"),
                ("Content-Length", str(len(body or b""))),
                ("Access-Control-Allow-Origin", "*"),
                ("X-Content-Type-Options", "nosniff"),
            ):
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    try:
        server = ThreadingHTTPServer((_HOST, port), Handler)
    except OSError as error:
        raise UnavailableError(f"port {port} of {_HOST} cannot be used: {error.strerror}; give another --port") from error
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://localhost:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
