"""All settings and where each value comes from: flag, environment, ``graphwatch.toml``, default, in that precedence."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import BaseModel, Field, ValidationError
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from graphwatch.errors import ConfigurationError, Place
from graphwatch.settings.sections import (
    AttributeSettings,
    CaseSettings,
    ContentSettings,
    DetectSettings,
    LoadSettings,
    Neo4jSettings,
    ReportSettings,
    TraceSettings,
    WarnSettings,
)

CONFIG_FILE: Final = "graphwatch.toml"
ENV_PREFIX: Final = "GRAPHWATCH_"


def _summary(section: type[BaseModel]) -> str:
    return (section.__doc__ or "").strip()


class Settings(BaseSettings):
    """All settings. Build it with :func:`load_settings`; ``Settings()`` reads the environment too.

    Examples
    --------
    >>> Settings(seed=7).seed
    7
    """

    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", env_prefix=ENV_PREFIX, env_nested_delimiter="__", nested_model_default_partial_update=True
    )

    seed: int = Field(default=0, ge=0, lt=2**32, description="seed of everything random")
    level: Literal["info", "watch", "warning", "critical"] = Field(default="warning", description="alert level that --exit-code reports")
    load: LoadSettings = Field(default=LoadSettings(), description=_summary(LoadSettings))
    content: ContentSettings = Field(default=ContentSettings(), description=_summary(ContentSettings))
    detect: DetectSettings = Field(default=DetectSettings(), description=_summary(DetectSettings))
    trace: TraceSettings = Field(default=TraceSettings(), description=_summary(TraceSettings))
    attribute: AttributeSettings = Field(default=AttributeSettings(), description=_summary(AttributeSettings))
    warn: WarnSettings = Field(default=WarnSettings(), description=_summary(WarnSettings))
    report: ReportSettings = Field(default=ReportSettings(), description=_summary(ReportSettings))
    case: CaseSettings = Field(default=CaseSettings(), description=_summary(CaseSettings))
    neo4j: Neo4jSettings = Field(default=Neo4jSettings(), description=_summary(Neo4jSettings))

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read flags, then the environment; the file is merged by :func:`load_settings`."""
        return init_settings, env_settings

    def digest(self) -> str:
        """SHA-256 of the settings' values, in a form that does not depend on the order of fields; where Neo4j is changes no result."""
        return hashlib.sha256(json.dumps(self.model_dump(mode="json", exclude={"neo4j"}), sort_keys=True).encode()).hexdigest()


def flatten(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Give ``("section.field", value)`` for nested mappings.

    Examples
    --------
    >>> list(flatten({"seed": 1, "detect": {"fdr": 0.1}}))
    [('seed', 1), ('detect.fdr', 0.1)]
    """
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from flatten(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def nest(flat: Mapping[str, Any]) -> dict[str, Any]:
    """Undo :func:`flatten`.

    Examples
    --------
    >>> nest({"seed": 1, "detect.fdr": 0.1})
    {'seed': 1, 'detect': {'fdr': 0.1}}
    """
    nested: dict[str, Any] = {}
    for dotted, value in flat.items():
        *sections, name = dotted.split(".")
        place = nested
        for section in sections:
            place = place.setdefault(section, {})
        place[name] = value
    return nested


def _read_file(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as handle:
            return tomllib.load(handle)
    except OSError as error:
        raise ConfigurationError(f"cannot be read: {error.strerror}", Place(path)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"is not valid TOML: {error}", Place(path)) from error


def load_settings(flags: Mapping[str, Any] | None = None, config: Path | None = None) -> tuple[Settings, dict[str, str]]:
    """Read the settings from flags, environment, file and defaults, in that precedence.

    Parameters
    ----------
    flags
        Values by dotted name, e.g. ``{"detect.fdr": 0.01}``.
    config
        Settings file; ``graphwatch.toml`` of the working folder when not given and present.

    Returns
    -------
    settings, sources
        The settings, and for each dotted name where its value came from: ``flag``, ``environment``, the file's name, or ``default``.

    Raises
    ------
    ConfigurationError
        A value, a name or the file is wrong; the message names the setting and its source.
    """
    path = config if config is not None else Path(CONFIG_FILE)
    from_file = dict(flatten(_read_file(path))) if config is not None or path.is_file() else {}
    from_flags = dict(flags or {})
    try:
        from_environment = dict(flatten(EnvSettingsSource(Settings)()))
    except Exception as error:
        raise ConfigurationError(f"a {ENV_PREFIX}… environment variable cannot be read: {error}") from error
    merged = from_file | from_environment | from_flags
    layers = {"flag": from_flags, "environment": from_environment, str(path): from_file}

    def source_of(name: str) -> str:
        """Layer that sets the value, or for a name that is no setting, something within it."""
        return next(
            (layer for layer, values in layers.items() if any(given == name or given.startswith(f"{name}.") for given in values)), "default"
        )

    try:
        settings = Settings(**nest(merged))
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"] if not isinstance(part, int))
        told = "there is no such setting; 'graphwatch settings' lists them" if first["type"] == "extra_forbidden" else first["msg"]
        raise ConfigurationError(f"setting {name!r} (from {source_of(name)}): {told}; got {first.get('input')!r}") from error
    return settings, {name: source_of(name) for name, _ in flatten(settings.model_dump())}
