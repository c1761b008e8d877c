"""The rules of the lexicon scorer as a validated object; the bundled ones are in ``lexicon.toml``."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from graphwatch.errors import ConfigurationError, Place

BUNDLED: Final = Path(__file__).with_name("lexicon.toml")

Category = Literal["privacy", "abuse", "slander", "mockery", "incitement", "threat", "group_antagonism", "criticism"]
CueKind = Literal[
    "second_person", "third_person", "possessive", "intensifier", "negation", "self", "report", "counter", "affection"
]  # fmt: skip
Terms = tuple[str, ...]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Rule(_Part):
    """Terms that add to the log-odds of hostility, or of criticism."""

    category: Category
    lang: Literal["en", "zh", "any"]
    weight: float = Field(gt=0, le=10)
    directed: bool = False
    terms: Terms = Field(min_length=1)


class Cue(_Part):
    """Terms that change what a rule counts."""

    kind: CueKind
    terms: Terms = Field(min_length=1)


class Harmless(_Part):
    """Terms whose span no other term may match in."""

    terms: Terms = Field(min_length=1)


class Weights(_Part):
    """Numbers of the logistic combination; log-odds, or factors where below 1 by nature (see ``lexicon.toml``)."""

    bias: float = Field(ge=-10, le=0)
    second_person: float = Field(ge=0, le=10)
    third_person: float = Field(ge=0, le=10)
    possessive: float = Field(ge=0, le=10)
    mention: float = Field(ge=0, le=10)
    whole_message: float = Field(ge=0, le=10)
    elsewhere: float = Field(ge=0, le=1)
    directed: float = Field(ge=0, le=10)
    intensifier: float = Field(ge=0, le=2)
    second_term: float = Field(ge=0, le=1)
    third_term: float = Field(ge=0, le=1)
    criticism: float = Field(ge=0, le=1)
    negated: float = Field(ge=0, le=1)
    self_reference: float = Field(ge=0, le=1)
    reported: float = Field(ge=0, le=1)
    quoted: float = Field(ge=0, le=1)
    counter_speech: float = Field(ge=0, le=1)
    affection: float = Field(ge=0, le=1)
    phone_number: float = Field(ge=0, le=10)
    identity_number: float = Field(ge=0, le=10)


class Variants(_Part):
    """Characters read as another one, position by position."""

    traditional: str = ""
    simplified: str = ""
    leet_from: str = ""
    leet_to: str = ""

    @model_validator(mode="after")
    def _same_length(self) -> Self:
        if len(self.traditional) != len(self.simplified) or len(self.leet_from) != len(self.leet_to):
            raise ValueError("both strings of a pair must have the same length")
        if not (self.leet_from.isascii() and self.leet_to.isascii()):
            raise ValueError("leet_from and leet_to must be ASCII")
        return self


class Lexicon(_Part):
    """All rules, cues and numbers of the scorer.

    Attributes
    ----------
    version
        Version of the file's form; 1.
    rule, cue, harmless
        Terms and what they do; a term in two of them is an error found when the scorer is built.
    """

    version: Literal[1]
    weights: Weights
    variants: Variants = Variants()
    rule: tuple[Rule, ...] = Field(min_length=1)
    cue: tuple[Cue, ...] = ()
    harmless: tuple[Harmless, ...] = ()


@lru_cache(maxsize=4)
def read_lexicon(path: Path = BUNDLED) -> Lexicon:
    """Read a lexicon.

    Parameters
    ----------
    path
        TOML file in the form of the bundled ``lexicon.toml``.

    Returns
    -------
    Lexicon

    Raises
    ------
    ConfigurationError
        The file cannot be read, is not TOML, or a value is wrong; the message names the entry.

    Examples
    --------
    >>> read_lexicon().weights.bias
    -3.5
    """
    try:
        with path.open("rb") as handle:
            return Lexicon.model_validate(tomllib.load(handle))
    except OSError as error:
        raise ConfigurationError(f"cannot be read: {error.strerror}", Place(path)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"is not valid TOML: {error}", Place(path)) from error
    except ValidationError as error:
        first = error.errors()[0]
        raise ConfigurationError(f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}", Place(path)) from error
