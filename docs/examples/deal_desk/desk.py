"""What every request needs: the store, the rulebooks, the clock, and who asks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

import attrs
from fastapi import Depends, Header, Request, Response

from deal_desk.outlook import Outlook
from deal_desk.store import DealStore
from deal_desk.views import DealView
from salesprocess import Actor, Catalog, Deal, Process
from salesprocess.errors import OutOfRange

Verb = Callable[..., Deal]
"""Takes the process, the deal, and `at`, `by` and `key`; gives the deal as it is then."""


@attrs.frozen
class Desk:
    """The service, without the web.

    Attributes:
        store: where deals are kept.
        catalog: every version of a process that a stored deal follows.
        serves: the process that new deals follow, in its latest version.
        clock: what time it is.
        whoami: who makes a request.
        outlook: what the deals will bring.
    """

    store: DealStore
    catalog: Catalog
    serves: str
    clock: Callable[[], datetime]
    whoami: Callable[[Request], Actor | None]
    outlook: Outlook

    @property
    def process(self) -> Process:
        """The rulebook of new deals."""
        return self.catalog.latest(self.serves)

    def change(
        self, deal: str, verb: Verb, *, by: Actor | None, revision: int | None = None, key: str | None = None
    ) -> Deal:
        """The deal after a verb; the rules decide on what is stored, and again when another writer was faster."""
        return self.store.change(
            deal, lambda before: verb(self.catalog[before], before, at=self.clock(), by=by, key=key), revision=revision
        )


def the_desk(request: Request) -> Desk:
    """The desk of the application that the request came to."""
    desk: Desk = request.app.state.desk
    return desk


AtDesk = Annotated[Desk, Depends(the_desk)]


def who_asks(request: Request, desk: AtDesk) -> Actor | None:
    """Whoever makes the request."""
    return desk.whoami(request)


Who = Annotated[Actor | None, Depends(who_asks)]


def seen(if_match: Annotated[str | None, Header()] = None) -> int | None:
    """The revision in If-Match, an entity tag such as "12"; without one a lost race is run again."""
    if if_match is None or if_match == "*":
        return None
    tag = if_match.removeprefix("W/").strip('"')
    if not tag.isdecimal():
        raise OutOfRange("If-Match", if_match, 'a revision in quotes, such as "12"')
    return int(tag)


class Change:
    """A request to change a deal: who asks, under which key, and which revision they saw."""

    def __init__(
        self,
        response: Response,
        desk: AtDesk,
        by: Who,
        revision: Annotated[int | None, Depends(seen)],
        key: Annotated[str | None, Header(alias="Idempotency-Key")] = None,
    ) -> None:
        self.desk, self.by, self.key = desk, by, key
        self._response, self._revision = response, revision

    def __call__(self, deal: str, verb: Verb) -> DealView:
        """The deal after the verb."""
        return self.shown(self.desk.change(deal, verb, by=self.by, revision=self._revision, key=self.key))

    def shown(self, deal: Deal) -> DealView:
        """What is answered: the deal, and its revision as the entity tag."""
        return shown(deal, self.desk, self._response)


Changing = Annotated[Change, Depends()]


def shown(deal: Deal, desk: Desk, response: Response) -> DealView:
    """The deal for a reader, with its revision as the entity tag."""
    response.headers["ETag"] = f'"{deal.revision}"'
    return DealView.of(deal, desk.catalog[deal])


def named_in_header(request: Request) -> Actor | None:
    """Whoever the request says is asking: for trying things out. Pass your own `whoami`, behind your authentication."""
    name = request.headers.get("X-Actor")
    roles: list[Any] = [role.strip() for role in request.headers.get("X-Roles", "").split(",")]
    return Actor(name, roles={role for role in roles if role}) if name else None
