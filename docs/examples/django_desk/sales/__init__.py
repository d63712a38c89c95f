"""Deals as a Django app."""
