"""Early warnings on a stream that arrives in pieces; equal to the batch job on the same events."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from typing import Final

import numpy as np
import polars as pl

from graphwatch.errors import FormatError
from graphwatch.graph.encode import encode
from graphwatch.model import I32, Events
from graphwatch.schema import ALERTS
from graphwatch.settings import DetectSettings, WarnSettings
from graphwatch.warn.alerts import alert_frame
from graphwatch.warn.features import ANY, HOSTILE, WIDE, volume_only, wait
from graphwatch.warn.items import items_of, templates_of
from graphwatch.warn.model import Model, rules_of, shipped_model
from graphwatch.warn.recall import SEPARATOR, Recall
from graphwatch.warn.state import State
from graphwatch.warn.stream import LATE, SEEN, Raised, chance, log_odds

_HEADER: Final = "monitor"


class Monitor:
    """Early warnings on a stream.

    Parameters
    ----------
    settings
        K, H, thresholds, how long to remember.
    detect
        ``hostile_at`` decides which act is hostile.
    model
        Another model than the shipped one.

    Notes
    -----
    Per target the memory is constant; besides, it holds the accounts' names, 16 bytes per pair (target, account) of the last
    ``memory_days``, and the links of the interactions of the last ``parents_h``, to find whom an answer is aimed at.

    Fed any division of a stream that is in canonical order, it raises exactly the alerts of :func:`~graphwatch.warn.score.score_targets`
    over the whole, with three exceptions that need hindsight: an id that turns out to be used on several platforms is named
    without its platform until then; an answer that comes more than ``parents_h`` after its parent has no target unless it names one; and
    an act whose named target is also the author of a parent that comes later is counted here, but only when the two arrive apart.

    An act that comes after a later one on the same target still counts, decayed by its lateness; ``counts["late"]`` says how many
    did. The same (platform, id) again within ``parents_h`` is dropped and counted as ``repeated``.

    Examples
    --------
    >>> from graphwatch.schema import INTERACTIONS
    >>> monitor = Monitor(WarnSettings())
    >>> monitor.update(INTERACTIONS.empty()).height, monitor.counts
    (0, {'acts': 0, 'late': 0, 'repeated': 0})
    """

    def __init__(self, settings: WarnSettings, detect: DetectSettings | None = None, *, model: Model | None = None) -> None:
        self._settings = settings
        self._detect = detect if detect is not None else DetectSettings()
        self._model = model if model is not None else shipped_model()
        self._rules = rules_of(self._model, settings, settings.score_from)
        self._state = State()
        self._recall = Recall(settings.parents_h)
        self._accounts: dict[str, int] = {}
        self._names: list[str] = []
        self._platforms_of: dict[str, set[str]] = {}
        self._objects: dict[str, int] = {}
        self._objects_used = 0

    @property
    def counts(self) -> dict[str, int]:
        """Acts on targets so far, those that came late, and interactions that were delivered again."""
        counters = self._state.store.counters
        return {"acts": int(counters[SEEN]), "late": int(counters[LATE]), "repeated": self._recall.repeated}

    def update(self, interactions: pl.DataFrame | pl.LazyFrame) -> pl.DataFrame:
        """Take the next interactions of the stream.

        Parameters
        ----------
        interactions
            Valid rows with canonical columns, in any order.

        Returns
        -------
        pl.DataFrame
            Alerts raised by them, as the ``alerts`` table, sorted by (at, target). Each alert is given once.
        """
        fresh, context = self._recall.take(interactions.lazy().collect())
        if not fresh.height:
            return ALERTS.empty()
        events = encode(pl.concat([fresh, context], how="diagonal_relaxed"))
        keep = self._recall.is_fresh(events, context)
        items = items_of(events, self._detect.hostile_at, keep)
        account = self._codes_of_accounts(events.accounts)
        items = items._replace(
            target=account[items.target],
            actor=account[items.actor],
            late_author=np.where(items.late_author >= 0, account[items.late_author], np.int32(-1)),
            object=self._codes_of_objects(events)[items.object] if len(items.object) else items.object,
        )
        self._state.cover(len(self._accounts))
        _, alarms = self._state.feed(items, self._rules)
        return self._shown(alarms)

    def probability(self, target: str, at: int, *, platform: str = "") -> float:
        """Give the probability for one target at a time (µs) not before its last act; nothing changes.

        Raises
        ------
        KeyError
            Nothing was ever seen of that account.
        """
        code = self._accounts[f"{platform}{SEPARATOR}{target}"]
        store = self._state.store
        row, clock, base = store.rows[code].copy(), int(store.clock[code]), int(store.base[0])
        if not row.any():
            return 0.0
        wait(row, (at - clock) / 1e6, (clock - base) / 1e6)
        block = ANY if volume_only(row) else HOSTILE
        return float(chance(log_odds(row, block, (at - base) / 1e6, self._rules, np.zeros(WIDE))))

    def _codes_of_accounts(self, names: pl.Series) -> I32:
        codes = np.empty(len(names), np.int32)
        for i, name in enumerate(names.to_list()):
            code = self._accounts.get(name)
            if code is None:
                code = len(self._accounts)
                self._accounts[name] = code
                self._names.append(name)
                platform, _, account = name.partition(SEPARATOR)
                self._platforms_of.setdefault(account, set()).add(platform)
            codes[i] = code
        return codes

    def _codes_of_objects(self, events: Events) -> I32:
        """Code of each object name of these events; one more at the end, so that -1 stays -1."""
        codes = np.full(len(events.object_names) + 1, -1, np.int32)
        for i in np.flatnonzero(templates_of(events.object_names)).tolist():
            name = hashlib.sha256(events.object_names[i].encode()).hexdigest()[:32]
            code = self._objects.pop(name, -1)
            if code < 0:
                code = self._objects_used
                self._objects_used += 1
            self._objects[name] = code  # put last: the dictionary stays in order of last use
            codes[i] = code
        return codes

    def _shown(self, alarms: Raised) -> pl.DataFrame:
        """Make the alerts table; account ids get the platform before them once they were seen on several."""
        targets, code = np.unique(alarms.target, return_inverse=True)
        shown = []
        for name in (self._names[target] for target in targets.tolist()):
            platform, _, account = name.partition(SEPARATOR)
            several = len(self._platforms_of[account]) > 1 and platform != ""
            shown.append(f"{platform}:{account}" if several else account)
        compact = alarms._replace(target=code.astype(np.int32))
        base = int(self._state.store.base[0])
        return alert_frame(compact, pl.Series("account", shown, dtype=pl.String), base, self._settings, self._model)

    def snapshot(self) -> bytes:
        """Give all that is remembered; equal histories give equal bytes."""
        header = {
            "settings": self._digest(),
            "accounts": self._names,
            "objects": list(self._objects.items()),
            "objects_used": self._objects_used,
            "recall": self._recall.to_json(),
        }
        out = io.BytesIO()
        text = np.frombuffer(json.dumps(header, sort_keys=True).encode(), np.uint8)
        np.savez(out, allow_pickle=False, **self._state.arrays(), **{_HEADER: text})
        return out.getvalue()

    @classmethod
    def restore(
        cls, snapshot: bytes, settings: WarnSettings, detect: DetectSettings | None = None, *, model: Model | None = None
    ) -> Monitor:
        """Continue from :meth:`snapshot`, as if nothing had happened in between.

        Raises
        ------
        FormatError
            The bytes are no snapshot, or one taken under other settings or another model.
        """
        monitor = cls(settings, detect, model=model)
        try:
            with np.load(io.BytesIO(snapshot), allow_pickle=False) as archive:
                arrays = dict(archive)
            header = json.loads(arrays[_HEADER].tobytes())
            monitor._state = State.from_arrays(arrays)
            monitor._fill(header)
        except (EOFError, KeyError, OSError, TypeError, ValueError, zipfile.BadZipFile) as error:
            raise FormatError(f"is not a monitor snapshot: {error}") from error
        if header["settings"] != monitor._digest():
            raise FormatError("the monitor snapshot was taken under other settings or another model")
        return monitor

    def _fill(self, header: Mapping[str, object]) -> None:
        accounts, objects, used = header["accounts"], header["objects"], header["objects_used"]
        if not (isinstance(accounts, list) and isinstance(objects, list) and isinstance(used, int)):
            raise TypeError("its header is damaged")
        self._codes_of_accounts(pl.Series(accounts, dtype=pl.String))
        self._objects = {str(name): int(code) for name, code in objects}
        self._objects_used = used
        self._recall = Recall.from_json(header["recall"], self._settings.parents_h)

    def _digest(self) -> str:
        parts = (self._settings.model_dump_json(), str(self._detect.hostile_at), self._model.version)
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()
