"""Source localisation: who began, where only a contact graph and the infected, or a few times, are known. One algorithm a file."""

from graphwatch.trace.source.contacts import Contacts, Outbreak, outbreaks
from graphwatch.trace.source.correlation import time_distance_correlation
from graphwatch.trace.source.ensemble import Agreement, agreement, reciprocal_rank_fusion
from graphwatch.trace.source.hubs import degree_heterogeneity
from graphwatch.trace.source.jordan import jordan_centrality
from graphwatch.trace.source.locate import METHODS, Located, locate
from graphwatch.trace.source.netsleuth import netsleuth
from graphwatch.trace.source.posterior import source_posterior
from graphwatch.trace.source.propagation import label_propagation
from graphwatch.trace.source.rumour import rumour_centrality

__all__ = [
    "METHODS",
    "Agreement",
    "Contacts",
    "Located",
    "Outbreak",
    "agreement",
    "degree_heterogeneity",
    "jordan_centrality",
    "label_propagation",
    "locate",
    "netsleuth",
    "outbreaks",
    "reciprocal_rank_fusion",
    "rumour_centrality",
    "source_posterior",
    "time_distance_correlation",
]
