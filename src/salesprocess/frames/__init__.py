"""Visits and counts from dataframes, on any engine that narwhals knows; what is lazy stays lazy until it is counted."""

from salesprocess.frames.visit_frames import VisitFrame, stage_visits

__all__ = ["VisitFrame", "stage_visits"]
