"""docker-compose.yml: loopback only, no default password; and Docker's own check where its client is."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from graphwatch.settings import load_settings

FILE = Path(__file__).parents[2] / "docker-compose.yml"
TEXT = FILE.read_text(encoding="utf-8")


def compose(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = ["docker", "compose", "-f", str(FILE), "config", "--quiet"]
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)  # noqa: S603


def has_compose() -> bool:
    client = shutil.which("docker")
    return client is not None and subprocess.run([client, "compose", "version"], capture_output=True, check=False).returncode == 0  # noqa: S603


def test_every_port_is_on_the_loopback_address_and_no_password_is_written() -> None:
    ports = re.findall(r'^\s*- "?([\d.:]*\d+:\d+)"?$', TEXT, flags=re.M)
    assert len(ports) == 3
    assert all(port.startswith("127.0.0.1:") for port in ports)
    uses = re.findall(r"\$\{NEO4J_PASSWORD[^}]*\}", TEXT)
    assert len(uses) == 2
    assert all(":?" in use for use in uses)
    for needed in ("healthcheck:", "mem_limit:", "volumes:", "service_healthy"):
        assert needed in TEXT


def test_what_it_tells_jupyter_are_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    given = dict(re.findall(r"^\s+(GRAPHWATCH_\w+): \"?([^\"\n]+)\"?$", TEXT, flags=re.M))
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    settings, sources = load_settings()
    assert settings.neo4j.uri == "bolt://neo4j:7687"
    assert sources["neo4j.user"] == "environment"
    assert "GRAPHWATCH_NEO4J_PASSWORD" in given


def test_docker_accepts_it_with_a_password_only() -> None:
    if not has_compose():
        pytest.skip("docker compose is not here, so its own check was not run")
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    assert compose(kept | {"NEO4J_PASSWORD": "x"}).returncode == 0
    refused = compose(kept)
    assert refused.returncode != 0
    assert "set NEO4J_PASSWORD" in refused.stderr
