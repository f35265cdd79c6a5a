"""The grid's own marks on Nomad's nodes and jobs: keys of their metadata."""

from __future__ import annotations

LABEL_ZONE = "simulacra_zone"
LABEL_TIER = "simulacra_tier"
LABEL_RANK = "simulacra_rank"
LABEL_WATTS = "simulacra_watts"
LABEL_POWER = "simulacra_power"
"""Node metadata keys: which zone and tier a machine is in; ``rank`` orders the tiers as a number; ``watts`` is what
keeping the machine on for some work costs (its idle watts; 0 for one that never sleeps), as a whole number; ``power`` is
``battery`` or ``mains``, where the machine says what it runs from."""
META_GRID = "simulacra_grid"
META_DEFINITION = "simulacra_definition"
"""Job metadata keys: the grid's mark on a job, and the definition that the job came from."""
