# What graphwatch uses of ipysigma 0.24, which ships no types.
from collections.abc import Mapping
from typing import Any

import igraph

class Sigma:
    data: dict[str, Any]
    visual_variables: dict[str, Any]
    def __init__(self, graph: igraph.Graph, **options: object) -> None: ...
    def _repr_mimebundle_(self, **options: object) -> Mapping[str, object]: ...
