"""Formats as data: which field of a source is which canonical column, how a record is recognised, what is missing, what traps there are.

A declaration is read twice: :mod:`graphwatch.load.interpret` turns it into a reader, and the pages below ``docs/formats`` are made from
it. Formats whose records need code (pages within pages, texts that are lists, file names that mean something) carry the same
declaration, and a test changes each field of its example and sees that the column named here changes, and no other claim stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from graphwatch.load.harvest import Harvest, Scalar
from graphwatch.load.records import Options, Record

NO_FILES: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Field:
    """Where the one value of a column stands.

    Attributes
    ----------
    column
        Column of the interactions, or ``accounts.<column>`` or ``follows.<column>``.
    sources
        Fields of the record, first choice first. A path into nested objects has dots (``user.uid``), into lists ``[]``
        (``mentions[].id``). Several declarations of a column are choices, or texts to be joined (``Shape.joins_text``).
    note
        What the reader of the page should know.
    read
        How the value is read, where that is not as usual for the column; None means that nothing is there.
    """

    column: str
    sources: tuple[str, ...]
    note: str = ""
    read: Callable[[object], Scalar] | None = None


@dataclass(frozen=True, slots=True)
class Items:
    """Where the several values of a list column stand; values of all sources add up.

    Attributes
    ----------
    column
        ``target_ids`` or ``objects``.
    sources
        As in :class:`Field`.
    read
        Gives the values in one field.
    by_name
        They are names of accounts, which become ids where the file knows whose they are.
    """

    column: str
    sources: tuple[str, ...]
    read: Callable[[object], Iterable[str | None]]
    note: str = ""
    by_name: bool = False


@dataclass(frozen=True, slots=True)
class Relation:
    """What a record does to another: the first one that is filled makes the kind and the parent.

    Attributes
    ----------
    kind
        ``reply``, ``repost``, ``quote`` or ``comment``.
    parent
        Fields of the id of what it acts on.
    user, name
        Fields of the account acted on, by id or by names.
    flag
        Field that has to say yes, and makes the kind even where nothing else is filled.
    says
        Whether the flag says yes, where it is not a word for it.
    read
        How the parent's id is read.
    keeps_root
        Whether the root of the record holds for such an act too.
    """

    kind: str
    parent: tuple[str, ...] = ()
    user: tuple[str, ...] = ()
    name: tuple[str, ...] = ()
    flag: str = ""
    note: str = ""
    read: Callable[[object], str | None] | None = None
    keeps_root: bool = True
    says: Callable[[object], bool] | None = None


@dataclass(frozen=True, slots=True)
class Shape:
    """One kind of record of a format.

    Attributes
    ----------
    holds
        What it is, in a word or two: ``comments``, ``accounts``.
    fields, relations
        Where the columns stand.
    keys, without
        Fields that such a record has and has not.
    kind
        Kind of an act that does nothing to another; empty: the record is no act, or code decides.
    kinds
        The rule of the kind in words, where code decides.
    surface
        Where such acts happen.
    platform
        Where it is not the format's.
    under_root
        An act that answers nothing else answers its root.
    aimed
        Which acts ``--target`` is the target of where nothing else is: ``top`` those that answer nothing, ``all`` every one, as well as
        who is named.
    asks_root
        The file does not name the root; ``--root`` does, and ``no_root`` counts where it does not.
    says_nobody
        The file names everybody whom an act is aimed at, so that no name means nobody.
    chains
        Texts of reposts may hold a chain (``//@``), and then do not say whose repost they pass on.
    joins_text
        The declarations of the text are parts of it, one a line.
    prefix
        Gives what is put before the root's number, which is also a number of something else.
    called
        Fields of the name that others use for the account; the account's name, where empty.
    named_actors
        Accounts are names that several may have; counted.
    within
        Where in a larger record such records stand.
    test
        What the record has to pass as well as having the keys.
    """

    holds: str
    fields: tuple[Field | Items, ...]
    relations: tuple[Relation, ...] = ()
    keys: frozenset[str] = frozenset()
    without: frozenset[str] = frozenset()
    kind: str = ""
    kinds: str = ""
    surface: str = ""
    platform: str = ""
    under_root: bool = False
    aimed: Literal["", "top", "all"] = ""
    asks_root: bool = False
    says_nobody: bool = False
    chains: bool = False
    joins_text: bool = False
    prefix: Callable[[Record], str] | None = None
    called: tuple[str, ...] = ()
    named_actors: bool = False
    within: tuple[str, ...] = ("",)
    test: Callable[[Record], bool] | None = None

    def fits(self, record: Record) -> bool:
        """Whether a record has the keys of this shape."""
        keys = record.keys()
        return self.keys <= keys and not (self.without & keys) and (self.test is None or self.test(record))

    def columns(self) -> frozenset[str]:
        """Canonical columns that such records fill."""
        found = {field.column for field in self.fields}
        if self.relations:
            found |= {"parent_id"} if any(relation.parent for relation in self.relations) else set()
            found |= {"target_ids"} if any(relation.user or relation.name for relation in self.relations) else set()
        if self.under_root and "root_id" in found:
            found.add("parent_id")
        if "text" in found:
            found.add("objects")
        return frozenset(found)


Unfold = Callable[[Record, int, Harvest, Options], Iterator[Record]]


@dataclass(frozen=True, slots=True)
class Example:
    """A small invented file.

    Attributes
    ----------
    name
        File name, of which only weibo-crawler's and the archive of X say anything.
    records
        What it holds.
    before
        Text before the records: the start of a script.
    text
        The whole file, where records do not make it.
    beside
        Other files in the same folder, by name.
    root, target
        What the user says about it.
    """

    name: str
    records: tuple[Record, ...] = ()
    before: str = ""
    text: str = ""
    beside: Mapping[str, str] = field(default_factory=lambda: NO_FILES)
    root: str | None = None
    target: str | None = None


@dataclass(frozen=True, slots=True)
class Declared:
    """A format.

    Attributes
    ----------
    name
        As in ``--format``.
    meaning
        One line.
    platform, zone
        Value of the ``platform`` column; zone of times that bring none.
    tool, version
        What writes such files, and the version that the names of fields were taken from.
    files
        Which of its files.
    containers
        What may hold the records, see :class:`graphwatch.load.records.RecordFormat`.
    shapes
        The kinds of records.
    traps
        What misleads.
    examples
        Small files, which the page shows with what comes out of them.
    lacks
        What else is missing, beyond the columns that no shape fills.
    nested
        Whether dots in the names of fields are paths; not in a CSV, whose columns may have dots.
    unfold
        Takes a record apart into those that the shapes describe.
    envelope
        Whether a record is of this format where no shape fits it.
    others
        Count of records that are of this format and of no shape; empty: they are faults.
    escaped
        Whether texts are escaped for HTML, see :class:`graphwatch.load.records.RecordFormat`.
    """

    name: str
    meaning: str
    platform: str
    zone: str
    tool: str
    version: str
    files: str
    containers: tuple[str, ...]
    shapes: tuple[Shape, ...]
    traps: tuple[str, ...]
    examples: tuple[Example, ...]
    lacks: tuple[str, ...] = ()
    nested: bool = True
    unfold: Unfold | None = None
    envelope: Callable[[Record], bool] | None = None
    others: str = ""
    escaped: bool = False

    def recognise(self, record: Record) -> bool:
        """Whether a record is of this format."""
        return any(shape.fits(record) for shape in self.shapes) or (self.envelope is not None and self.envelope(record))
