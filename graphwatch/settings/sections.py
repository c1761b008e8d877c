"""The sections of the settings: one for each stage, each value with its description, default and bounds."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class Section(BaseModel):
    """Base of all sections: frozen, and a field that does not exist is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class LoadSettings(Section):
    """Limits of the readers."""

    max_line_bytes: int = Field(default=16 * 2**20, gt=0, description="longest line or record accepted, in bytes")
    max_document_bytes: int = Field(
        default=256 * 2**20, gt=0, description="largest file accepted that is one JSON document and has to be held in memory, in bytes"
    )
    max_expansion: float = Field(default=200.0, gt=1, description="largest decompressed : compressed ratio past 64 MiB")
    max_sheet_cells: int = Field(
        default=20_000_000, gt=0, description="most cells between the first and the last one of a sheet of a workbook, empty ones included"
    )
    max_rejected_share: float = Field(default=0.5, gt=0, le=1, description="above this share of rejected rows the file is an error")
    held_bytes: int = Field(
        default=2**30, gt=0, description="memory of loaded rows from which on they are kept in temporary files, in bytes"
    )
    spill_folder: str = Field(default="", max_length=4096, description="where temporary files lie; empty: where the system has them")
    timezone: str = Field(default="", description="zone of times without one; empty: the format's own default")
    extract_objects: bool = Field(default=True, description="look for addresses, hashtags and repeated texts in the texts of interactions")
    text_hash_min_chars: int = Field(
        default=12, ge=0, le=1000, description="letters and digits from which a text is an object, so that copies are found; 0: never"
    )


class ContentSettings(Section):
    """Hostility of rows that bring none."""

    score_missing: bool = Field(default=True, description="score texts of rows without hostility")
    lexicon: str = Field(default="", max_length=4096, description="rule file of the lexicon scorer; empty: the bundled one")


class DetectSettings(Section):
    """Pile-on scan, cascades, co-action, campaigns."""

    windows_min: tuple[Annotated[float, Field(gt=0, le=10080)], ...] = Field(
        default=(5, 15, 60, 180, 360, 1440), min_length=1, description="window lengths of the scan, in minutes"
    )
    hostile_at: float = Field(default=0.5, ge=0, le=1, description="hostility from which an interaction counts as hostile")
    min_actors: int = Field(default=10, ge=2, description="fewest distinct accounts of a pile-on")
    fdr: float = Field(default=0.05, gt=0, lt=1, description="false discovery rate over all targets")
    object_kinds: tuple[Literal["tag", "topic", "url", "media", "text", "thread"], ...] = Field(
        default=("tag", "topic", "url", "media", "thread"),
        description="objects on which bursts are looked for; thread: threads whose interactions act on no account; empty: none",
    )
    identity_confidence: float = Field(
        default=0.5, ge=0, le=1, description="declared identities below this confidence join no accounts into one target"
    )
    quiet_h: float = Field(default=12.0, gt=0, le=168, description="quiet hours that separate two pile-ons on one target")
    attack_at: float = Field(default=0.6, ge=0.5, lt=1, description="probability from which a pile-on is called an attack")
    attention_min_actors: int = Field(
        default=30, ge=2, description="fewest distinct accounts of a pile-on without significantly many hostile ones: a large surge"
    )
    attention_spread: float = Field(
        default=0.4,
        ge=0,
        le=1,
        description="share of a surge of attention outside of the target's own threads, over that share of all traffic: "
        "below this it is a post or stream of the target doing well, and no pile-on",
    )
    coaction_window_s: float = Field(
        default=60.0, gt=0, le=7 * 86400, description="largest time between the two acts of a co-action, in seconds"
    )
    coaction_min_participation: int = Field(default=2, ge=1, description="fewest acts on shared objects of an account in co-action")
    coaction_cap: int = Field(
        default=2_000_000,
        ge=1000,
        description="candidate pairs per object above which its window is narrowed and it is listed as saturated",
    )
    coaction_fdr: float = Field(default=0.01, gt=0, lt=1, description="false discovery rate over all pairs of accounts")
    coaction_objects: tuple[str, ...] = Field(
        default=(), description="sorts of object that co-action counts (url, tag, …: the word before the colon); none named: all"
    )
    coaction_backbone: Literal["null", "disparity", "noise-corrected"] = Field(
        default="null",
        description="what tells edges from chance: the null of activity and popularity, or a filter that sees weights only",
    )
    coaction_evidence: int = Field(default=10, ge=1, le=1000, description="meetings listed as evidence per pair at most")
    coaction_restarts: int = Field(
        default=5, ge=0, le=100, description="other seeds that groups are found again from, for their stability; 0: none, stability 1"
    )
    coaction_near_text: bool = Field(
        default=False, description="near-duplicate texts are one shared object; costs about 30 µs per distinct text"
    )
    coaction_similarity: float = Field(
        default=0.7, ge=0.6, le=1, description="Jaccard similarity of folded texts from which they are near-duplicates"
    )
    coaction_prior_days: float = Field(
        default=30.0, gt=0, le=3660, description="how long before a pile-on its accounts are tested for co-action, in days"
    )
    coaction_prior_draws: int = Field(
        default=999, ge=99, le=99_999, description="draws of accounts of equal activity in that test; p is no lower than 1 / (1 + draws)"
    )
    campaign_fdr: float = Field(default=0.01, gt=0, lt=1, description="false discovery rate of links between pile-ons")
    campaign_min_shared: int = Field(
        default=3, ge=1, description="fewest accounts that a link between two pile-ons rests on in each of them"
    )
    campaign_min_share: float = Field(
        default=0.1, ge=0, le=1, description="shared accounts over the smaller pile-on's: below this no link, however significant"
    )
    campaign_min_ratio: float = Field(
        default=5.0, ge=1, description="shared accounts over those expected by activity: below this no link; communities overlap, too"
    )


class TraceSettings(Section):
    """Branching model, credit and roles."""

    candidates: int = Field(default=50, ge=1, le=500, description="candidate causes per interaction at most")
    samples: int = Field(default=200, ge=20, description="branching structures sampled for intervals")
    draws: int = Field(default=20, ge=1, le=1000, description="draws of the model's parameters that the samples are spread over")
    interval_stretch: float = Field(
        default=1.0, ge=0, le=5, description="how far intervals of credit are widened as simulations ask for; 0: bare quantiles"
    )
    fit_rows: int = Field(default=4000, ge=100, description="interactions of a pile-on that its parameters are fitted to at most")
    max_iterations: int = Field(default=100, ge=1, le=10000, description="EM iterations at most; past them the fit says not converged")
    tolerance: float = Field(default=1e-4, gt=0, lt=1, description="gain in log-likelihood per interaction at which EM stops")
    dispersion: float = Field(
        default=1.0, gt=0, description="size of the negative binomial of an act's offspring; lower lets acts differ more"
    )
    lead_h: float = Field(default=24.0, ge=0, le=720, description="how long before the onset acts on the target may be causes, in hours")
    role_at: float = Field(default=0.5, gt=0, le=1, description="probability from which a role is given in an attack")
    carrier_role_at: float = Field(
        default=0.9, gt=0, le=1, description="the same in criticism and attention, where a role says who carried it"
    )
    early_share: float = Field(default=0.05, gt=0, le=1, description="initiator: its act is among this first share of the eligible acts")
    early_acts: int = Field(default=5, ge=1, description="initiator: or among this many first ones")
    initiator_share: float = Field(default=0.02, ge=0, le=1, description="initiator: least share of the pile-on that descends from the act")
    initiator_descendants: int = Field(default=3, ge=1, description="initiator: fewest descendants of the act")
    inciter_ratio: float = Field(default=3.0, ge=1, description="inciter: direct offspring over that of peers with the same exposure")
    inciter_offspring: int = Field(default=3, ge=1, description="inciter: fewest direct offspring, also after mobilising content")
    repeat_pileons: int = Field(default=3, ge=2, description="repeat offender: hostile in this many attacks of separate onset")
    repeat_gap_h: float = Field(default=6.0, ge=0, description="repeat offender: onsets closer than this count once, in hours")
    evidence_at: float = Field(default=0.1, gt=0, le=1, description="probability from which a role that is not given is explained too")
    defender_contacts: int = Field(
        default=2, ge=1, description="defender: fewest earlier acts on the target, none hostile, of one whose hostility answers attackers"
    )
    reporter_hostile: float = Field(default=0.1, ge=0, le=1, description="reporter: at most this share of its acts is hostile")
    origin_days: float = Field(default=30.0, gt=0, le=3660, description="how long before a pile-on its origins are looked for, in days")
    origin_lag_h: float = Field(
        default=24.0, gt=0, le=8760, description="longest time over which a shared object or one's own act before is a link, in hours"
    )
    origin_share: float = Field(default=0.02, ge=0, le=1, description="expected share of the pile-on from which an origin ranks by time")
    origin_sources: int = Field(default=10, ge=1, le=100, description="origins of each pile-on at most")
    origin_chains: int = Field(default=3, ge=1, le=20, description="candidate chains from each origin to the peak at most")
    origin_uses: int = Field(default=5000, ge=100, description="earliest mentions of an object that are looked at")
    origin_texts: int = Field(
        default=100_000, ge=0, description="hostile texts compared for reworded accusations at most; 0: none; about 30 µs each"
    )


class AttributeSettings(Section):
    """Agencies and control."""

    permutations: int = Field(default=2000, ge=100, description="stratified permutations")
    fdr: float = Field(default=0.05, gt=0, lt=1, description="false discovery rate over agencies")
    control_cutoff: float = Field(default=0.25, gt=0, le=1, description="smallest product of shares that counts as control")
    p_value: Literal["exact", "permutation"] = Field(
        default="exact",
        description="exact convolution of hypergeometrics, or stratified permutation (no lower than 1 / (1 + permutations))",
    )
    bins_per_doubling: int = Field(default=2, ge=1, le=8, description="activity bins of the base population per doubling of the activity")
    min_confidence: float = Field(default=0.5, ge=0, le=1, description="affiliations below this confidence are candidates, not links")
    topics: int = Field(default=24, ge=0, le=200, description="topics that the base population is matched on, at most; 0: not on topic")
    topic_items: int = Field(default=2000, ge=10, le=20_000, description="objects and accounts that make topics, most frequent first")
    min_stratum: int = Field(default=20, ge=2, description="accounts that a stratum of one topic must have; smaller ones are merged")
    synchrony_s: float = Field(default=300.0, gt=0, le=86_400, description="acts within so many seconds count as synchronous")
    contract_days: float = Field(default=30.0, gt=0, le=3650, description="contracts that begin or end so many days around are shown")


class WarnSettings(Section):
    """Early warning."""

    hostile_accounts: int = Field(default=20, ge=2, description="K: hostile accounts that make the event warned of")
    horizon_h: float = Field(default=6.0, gt=0, le=72, description="H: how far ahead the probability speaks, in hours")
    watch_at: float = Field(default=0.2, gt=0, lt=1, description="probability from which an alert of level watch is raised")
    warning_at: float = Field(default=0.5, gt=0, lt=1, description="probability from which the level is warning")
    critical_at: float = Field(default=0.9, gt=0, lt=1, description="probability from which the level is critical")
    cooldown_h: float = Field(default=6.0, gt=0, description="calm hours after which an alert episode is over")
    memory_days: float = Field(default=60.0, gt=1, description="an account unseen at a target for longer is a newcomer again")
    parents_h: float = Field(default=72.0, gt=0, description="how long the monitor remembers interactions that others may answer, in hours")
    score_from: float = Field(default=0.01, ge=0, lt=1, description="probability from which grid scores are kept")


class ReportSettings(Section):
    """The HTML report."""

    max_nodes: int = Field(default=5000, ge=10, description="nodes drawn at most; the rest is exported")
    detailed: int = Field(
        default=30, ge=0, le=1000, description="pile-ons shown with charts and accounts, by evidence; the others in the table only"
    )
    accounts_shown: int = Field(default=12, ge=1, le=1000, description="accounts listed per detailed pile-on, by credit")
    table_rows: int = Field(default=100, ge=10, description="rows of a table of the report at most; the result tables hold all")


class CaseSettings(Section):
    """The case folder."""

    retention_days: float = Field(
        default=0.0, ge=0, le=36500, description="age from which 'graphwatch forget' without an account deletes, in days; 0: no limit"
    )
    keep_versions_days: float = Field(
        default=30.0, ge=0, le=36500, description="how long versions that were replaced stay readable when the case is compacted, in days"
    )
    parent_days: float = Field(
        default=30.0,
        ge=0,
        le=36500,
        description="days before the start of a window in which the parents of its acts are looked up, to know whom these act on; 0: none",
    )


class Neo4jSettings(Section):
    """Neo4j as a store that several people share; its password comes from GRAPHWATCH_NEO4J_PASSWORD only."""

    uri: str = Field(
        default="", max_length=1024, description="address, e.g. neo4j+s://host:7687; empty: the case's own server (graphwatch neo4j up)"
    )
    user: str = Field(default="neo4j", min_length=1, max_length=256, description="user")
    database: str = Field(default="neo4j", min_length=1, max_length=63, description="database")
    batch_rows: int = Field(default=10_000, ge=100, le=200_000, description="rows of one transaction")
    timeout_s: float = Field(default=120.0, gt=0, le=3600, description="longest time of one transaction, in seconds")
    query_s: float = Field(default=30.0, gt=0, le=3600, description="longest time of one named query, in seconds")
    connect_s: float = Field(default=10.0, gt=0, le=600, description="longest time for a connection, in seconds")
    retry_s: float = Field(default=60.0, ge=0, le=3600, description="how long a transaction that was cut off is tried again, in seconds")
    texts: bool = Field(default=False, description="write the words of interactions into the store, too")
    sample: int = Field(default=200, ge=1, le=100_000, description="rows of each kind that verify compares value by value")
    version: str = Field(
        default="5.26",
        max_length=20,
        coerce_numbers_to_str=True,
        description="release or line of Neo4j that is started without Docker: 5.26, 2026",
    )
    heap_mb: int = Field(default=512, ge=256, le=65536, description="heap of such a server, in MiB")
    pagecache_mb: int = Field(default=256, ge=16, le=65536, description="page cache of such a server, in MiB")
    quick_start: bool = Field(
        default=False, description="let the Java runtime of such a server compile less: it starts sooner and works slower; for small cases"
    )
    start_s: float = Field(default=180.0, gt=0, le=3600, description="how long such a server may take to start, in seconds")
