"""Visits and counts from dataframes, on any engine that narwhals knows; what is lazy stays lazy until it is counted."""

from salesprocess.frames.counts import risk_counts
from salesprocess.frames.visit_frames import VisitFrame, collect, stage_visits

__all__ = ["VisitFrame", "collect", "risk_counts", "stage_visits"]
