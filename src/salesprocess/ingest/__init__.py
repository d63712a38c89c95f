"""Deals from the exports of other systems: what really happened is kept, and every row is accounted for."""

from salesprocess.ingest.changes import stage_log
from salesprocess.ingest.log import Log, Merge, Problem
from salesprocess.ingest.snapshots import snapshot

__all__ = ["Log", "Merge", "Problem", "snapshot", "stage_log"]
