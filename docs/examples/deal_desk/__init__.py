"""A small complete service around `salesprocess`: FastAPI, SQLAlchemy, one append-only table, and a board to look at.

`python -m deal_desk` in the folder above serves it; `docs/how-to/embed-in-fastapi.md` explains it.
"""
