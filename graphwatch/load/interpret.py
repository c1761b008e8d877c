"""Readers made from declarations: each shape is compiled once to getters, so that a record costs a few calls and no search.

What is common to all formats stands here: the kind follows from what is filled, a repost is aimed at whom it passes on, the mentions of a
repost are those of the original, an act that answers nothing may stand under its root.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, TypeVar

from graphwatch.load.adapters.fields import given, reference, split, truth
from graphwatch.load.declared import Declared, Field, Items, Shape
from graphwatch.load.harvest import Harvest, Scalar, mappings_of, scalar_of
from graphwatch.load.objects import distinct
from graphwatch.load.records import Options, Record, RecordFormat

T = TypeVar("T")
Get = Callable[[Record], T | None]
Take = Callable[[Record, int, Harvest, Options], None]

_IDS: Final = frozenset(
    {"interaction_id", "actor_id", "parent_id", "root_id", "accounts.account_id", "follows.follower_id", "follows.followed_id"}
)
_DID: Final = "@did:"


def getter(sources: tuple[str, ...], read: Callable[[object], T | None], *, nested: bool) -> Get[T]:
    """Make a function that gives the first of some fields that holds something.

    Examples
    --------
    >>> get = getter(("user.id", "id"), reference, nested=True)
    >>> get({"user": {"id": 0}, "id": "7"}), get({"user": []})
    ('7', None)
    """
    gets = tuple(_get(tuple(source.split(".")) if nested else (source,), read) for source in sources)
    if len(gets) == 1:
        return gets[0]

    def several(record: Record) -> T | None:
        for get in gets:
            if (found := get(record)) is not None:
                return found
        return None

    return several


def _get(path: tuple[str, ...], read: Callable[[object], T | None]) -> Get[T]:
    """Getter of one field; most are at the top, or one level down."""
    *outer, last = path

    def top(record: Record) -> T | None:
        value = record.get(last)
        return None if value is None else read(value)

    if not outer:
        return top
    first, *between = outer

    def below(record: Record) -> T | None:
        inner = record.get(first)
        for step in between:
            inner = inner.get(step) if isinstance(inner, dict) else None
        return top(inner) if isinstance(inner, dict) else None

    return below


def gatherer(source: str, read: Callable[[object], Iterable[str | None]], *, nested: bool) -> Get[Iterable[str | None]]:
    """Make a function that gives the values in a field, or in a field of each element of a list.

    Examples
    --------
    >>> gatherer("tags[].name", lambda value: [str(value)], nested=True)({"tags": [{"name": "a"}, {}, {"name": "b"}]})
    ['a', 'b']
    """
    outer, marked, inner = source.partition("[]")
    if not nested or not marked:
        return getter((source,), read, nested=nested)
    elements = getter((outer,), mappings_of, nested=True)
    held = getter((inner.removeprefix("."),), read, nested=True)
    return lambda record: [value for element in elements(record) or () for value in held(element) or ()]


def interpreter(form: Declared) -> Take:
    """Make the function that puts what one record says into a harvest.

    Examples
    --------
    >>> fields = (Field("interaction_id", ("id",)), Field("at", ("when",)), Field("actor_id", ("who",)))
    >>> shape = Shape("posts", fields, keys=frozenset({"id", "when", "who"}), kind="post", surface="feed")
    >>> form = Declared("x", "", "x", "UTC", "", "", "", ("lines",), (shape,), (), ())
    >>> harvest = Harvest("f", "x")
    >>> interpreter(form)({"id": 1, "when": 2, "who": 3}, 1, harvest, Options())
    >>> harvest.take_interactions().select("interaction_id", "actor_id", "kind").rows()
    [('1', '3', 'post')]
    """
    others = form.others
    takes = tuple((shape, _compile(shape, form)) for shape in form.shapes)
    wanted = " or ".join(f"{shape.holds} ({', '.join(sorted(shape.keys)[:6])})" for shape in form.shapes)

    def take(record: Record, line: int, harvest: Harvest, options: Options) -> None:
        for shape, compiled in takes:
            if shape.fits(record):
                compiled(record, line, harvest, options)
                return
        if others and form.recognise(record):
            harvest.counts[others] += 1
            return
        harvest.faults.add(line, f"not a record of {form.name}; expected {wanted}", str(record)[:500])

    unfold = form.unfold
    if unfold is None:
        return take

    def take_all(record: Record, line: int, harvest: Harvest, options: Options) -> None:
        for part in unfold(record, line, harvest, options):
            take(part, line, harvest, options)

    return take_all


def record_format(form: Declared, take: Take | None = None) -> RecordFormat:
    """Give the format as the readers of files know it; ``take`` where code reads it."""
    return RecordFormat(
        form.name, form.platform, form.zone, form.meaning, form.recognise, take or interpreter(form), form.containers, escaped=form.escaped
    )


def _compile(shape: Shape, form: Declared) -> Take:
    if shape.kind:
        return _act(shape, form.nested)
    account, follow, platform = _account(shape, form.nested), _follow(shape, form.nested), shape.platform

    def take(record: Record, line: int, harvest: Harvest, options: Options) -> None:  # noqa: ARG001
        if platform:
            harvest.platform = platform
        if account is not None:
            account(record, harvest)
        if follow is not None:
            follow(record, harvest)

    return take


def _choices(shape: Shape, column: str, nested: bool) -> list[Get[Scalar]]:
    found: list[Get[Scalar]] = []
    for field in shape.fields:
        if isinstance(field, Field) and field.column == column:
            usual: Callable[[object], Scalar] = reference if column in _IDS else scalar_of if column == "text" else given
            found.append(getter(field.sources, field.read or usual, nested=nested))
    return found


def _scalar(shape: Shape, column: str, nested: bool, fallback: str = "") -> Get[Scalar] | None:
    """Getter of a column that has one value; None: nothing fills it."""
    gets = _choices(shape, column, nested)
    if not gets:
        return _scalar(shape, fallback, nested) if fallback else None
    if len(gets) == 1:
        return gets[0]
    return lambda record: next((found for get in gets if (found := get(record)) is not None), None)


def _nothing(record: Record) -> None:
    """Give nothing, for columns that nothing fills."""


def _account(shape: Shape, nested: bool) -> Callable[[Record, Harvest], None] | None:
    """Reader of what a record that is no act says about an account."""
    key = _scalar(shape, "accounts.account_id", nested)
    if key is None:
        return None
    known = [
        _scalar(shape, f"accounts.{name}", nested) or _nothing for name in ("name", "created_at", "followers", "verified", "observed_at")
    ]
    account = key

    def take(record: Record, harvest: Harvest) -> None:
        name, created, followers, verified, seen = (get(record) for get in known)
        harvest.account(account(record), name, created, followers, verified, seen)

    return take


def _follow(shape: Shape, nested: bool) -> Callable[[Record, Harvest], None] | None:
    follower, followed = (_scalar(shape, f"follows.{name}", nested) for name in ("follower_id", "followed_id"))
    if follower is None or followed is None:
        return None
    known = (follower, followed, _scalar(shape, "follows.observed_at", nested, "observed_at") or _nothing)

    def take(record: Record, harvest: Harvest) -> None:
        harvest.follow(known[0](record), known[1](record), known[2](record))

    return take


def _act(shape: Shape, nested: bool) -> Take:
    """Reader of an interaction, and of what it says about who acts."""
    key, at, actor, created, followers, seen = (
        _scalar(shape, column, nested) or _nothing
        for column in ("interaction_id", "at", "actor_id", "actor_created_at", "followers", "observed_at")
    )
    name_of, verified_of, seen_of = (_scalar(shape, f"accounts.{column}", nested) for column in ("name", "verified", "observed_at"))
    by_name = any(isinstance(f, Items) and f.by_name for f in shape.fields) or any(relation.name for relation in shape.relations)
    called = getter(shape.called, given, nested=nested) if shape.called else None
    surface, fixed, platform, chains, under_root = (
        _scalar(shape, "surface", nested),
        shape.surface,
        shape.platform,
        shape.chains,
        shape.under_root,
    )
    text_of, root_of, objects_of, related = _text(shape, nested), _root(shape, nested), _objects(shape, nested), _related(shape, nested)
    about, named_actors = name_of is not None or verified_of is not None, shape.named_actors

    def take(record: Record, line: int, harvest: Harvest, options: Options) -> None:
        if platform:
            harvest.platform = platform
        own, who, text = key(record), actor(record), text_of(record)
        root = root_of(record, harvest, options)
        kind, parent, targets, keeps_root = related(record, harvest, options)
        if root == own or not keeps_root:
            root = None
        if chains and kind == "repost" and isinstance(text, str) and "//@" in text:
            parent = None
        elif parent is None and under_root:
            parent = root
        if named_actors:
            harvest.counts["named_actors"] += 1
        fans, begun, when = followers(record), created(record), seen(record)
        place = fixed if surface is None else str(surface(record) or fixed)
        harvest.interaction(
            line,
            own,
            at(record),
            who,
            kind,
            surface=place,
            target_ids=targets,
            parent_id=parent,
            root_id=root,
            objects=objects_of(record),
            text=text,
            followers=fans,
            actor_created_at=begun,
            observed_at=when,
        )
        if about:
            name = name_of(record) if name_of is not None else None
            verified = verified_of(record) if verified_of is not None else None
            harvest.account(who, name, begun, fans, verified, when if seen_of is None else seen_of(record))
            if by_name and isinstance(who, str):
                harvest.name(name if called is None else called(record), who)

    return take


def _text(shape: Shape, nested: bool) -> Get[Scalar]:
    if not shape.joins_text:
        return _scalar(shape, "text", nested) or _nothing
    gets = _choices(shape, "text", nested)

    def joined(record: Record) -> Scalar:
        texts = (get(record) for get in gets)
        return "\n".join(dict.fromkeys(text for text in texts if isinstance(text, str) and text.strip())) or None

    return joined


def _root(shape: Shape, nested: bool) -> Callable[[Record, Harvest, Options], str | None]:
    get, prefix = _scalar(shape, "root_id", nested) or _nothing, shape.prefix

    def root(record: Record, harvest: Harvest, options: Options) -> str | None:
        found = get(record)
        if found is not None:
            return f"{prefix(record) if prefix is not None else ''}{found}"
        if shape.asks_root:
            if options.root is None:
                harvest.counts["no_root"] += 1
            return options.root
        return None

    return root


def _objects(shape: Shape, nested: bool) -> Get[list[str]]:
    """Reader of the objects in fields of their own; those in the text are found in all formats in one way, see ``load.extract``."""
    parts = [f for f in shape.fields if isinstance(f, Items) and f.column == "objects"]
    gets = [gatherer(source, f.read, nested=nested) for f in parts for source in f.sources]

    def objects(record: Record) -> list[str]:
        found: list[str | None] = []
        for get in gets:
            if (values := get(record)) is not None:
                found += values
        return distinct(found) if found else []

    return objects if gets else _nothing


Related = Callable[[Record, Harvest, Options], tuple[str, str | None, list[str] | None, bool]]
Filled = tuple[str, str | None, str | None, list[str] | None, bool]


def _related(shape: Shape, nested: bool) -> Related:
    """Reader of what an act does to whom: kind, parent, targets, and whether the root holds."""
    relations = _relations(shape, nested)
    mentions = _mentions(shape, nested)
    default, aimed, mentioning = shape.kind, shape.aimed, "mention" if shape.kind == "post" else shape.kind
    nobody: list[str] | None = [] if shape.says_nobody else None

    def related(record: Record, harvest: Harvest, options: Options) -> tuple[str, str | None, list[str] | None, bool]:
        filled = relations(record)
        chosen = _first(filled) if filled else None
        kind, parent, keeps_root = (default, None, True) if chosen is None else (chosen[0], chosen[1], chosen[4])
        targets: list[str | None] = []
        for _, _, user, names, _ in filled if chosen is None or kind != "repost" else (chosen,):
            if user is not None:
                targets.append(user)
            if names:
                targets += _called(names, harvest)
        if kind != "repost" and mentions is not None and (mentioned := mentions(record, harvest)):
            targets += mentioned
            kind = mentioning if chosen is None else kind
        if options.target is not None and (aimed == "all" or (aimed == "top" and parent is None and not targets)):
            targets.append(options.target)
        return kind, parent, (distinct(targets) if targets else None) or (nobody if chosen is None else None), keeps_root

    return related


def _first(filled: list[Filled]) -> Filled:
    """Relation that says what an act is: the first with a parent, else the first."""
    for relation in filled:
        if relation[1] is not None:
            return relation
    return filled[0]


def _mentions(shape: Shape, nested: bool) -> Callable[[Record, Harvest], list[str | None]] | None:
    parts = [f for f in shape.fields if isinstance(f, Items) and f.column == "target_ids"]
    gets = [(f.by_name, gatherer(source, f.read, nested=nested)) for f in parts for source in f.sources]

    def mentions(record: Record, harvest: Harvest) -> list[str | None]:
        found: list[str | None] = []
        for by_name, get in gets:
            values = [value for value in get(record) or () if value]
            if values:
                found += _called(values, harvest) if by_name else values
        return found

    return mentions if gets else None


def _relations(shape: Shape, nested: bool) -> Callable[[Record], list[Filled]]:
    """Reader of the relations that are filled."""
    compiled = [
        (
            relation.kind,
            getter((relation.flag,), relation.says or truth, nested=nested) if relation.flag else None,
            getter(relation.parent, relation.read or reference, nested=nested) if relation.parent else None,
            getter(relation.user, reference, nested=nested) if relation.user else None,
            getter(relation.name, split, nested=nested) if relation.name else None,
            relation.keeps_root,
        )
        for relation in shape.relations
    ]

    def relations(record: Record) -> list[Filled]:
        filled: list[Filled] = []
        for kind, flag, parent_of, user_of, names_of, keeps_root in compiled:
            if flag is not None and not flag(record):
                continue
            parent = parent_of(record) if parent_of is not None else None
            user = user_of(record) if user_of is not None else None
            names = names_of(record) if names_of is not None else None
            if flag is not None or parent is not None or user is not None or names:
                filled.append((kind, parent, user, names, keeps_root))
        return filled

    return relations


def _called(names: list[str], harvest: Harvest) -> list[str | None]:
    """Give names as targets to be resolved; decentralised identifiers, which are ids, as they are."""
    named = harvest.mentions(names)
    return [name.removeprefix("@") if name.startswith(_DID) else name for name in named]
