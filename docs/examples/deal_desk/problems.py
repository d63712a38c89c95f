"""What went wrong, as RFC 9457 problem details: the reasons of a refusal as data, for whoever has to act on them."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict

from deal_desk.store import DealExists, NoSuchDeal, StaleDeal
from deal_desk.views import ReasonView
from salesprocess import SalesProcessError, TransitionRefused
from salesprocess.errors import BackwardTime, CriterionFault, KeyConflict, SeveralErrors, WrongStatus

_STATUS: dict[type[Exception], HTTPStatus] = {  # the first that fits
    CriterionFault: HTTPStatus.INTERNAL_SERVER_ERROR,
    TransitionRefused: HTTPStatus.CONFLICT,
    WrongStatus: HTTPStatus.CONFLICT,
    KeyConflict: HTTPStatus.CONFLICT,
    BackwardTime: HTTPStatus.CONFLICT,
    SalesProcessError: HTTPStatus.UNPROCESSABLE_ENTITY,
    NoSuchDeal: HTTPStatus.NOT_FOUND,
    DealExists: HTTPStatus.CONFLICT,
    StaleDeal: HTTPStatus.PRECONDITION_FAILED,
}


class Problem(BaseModel):
    """The body of every response that is no success; `application/problem+json`."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
    instance: str
    errors: list[str] = []
    reasons: list[ReasonView] = []
    possible: list[str] = []


def status_of(error: Exception) -> HTTPStatus:
    return next(status for kind, status in _STATUS.items() if isinstance(error, kind))


def problem(error: Exception, instance: str) -> Problem:
    """What to tell of an error.

    A refusal carries every reason and what is possible instead; several errors are listed one by one.
    """
    status = status_of(error)
    words = re.sub(r"(?<!^)(?=[A-Z])", " ", type(error).__name__).lower()
    more: dict[str, Any] = {}
    if isinstance(error, TransitionRefused):
        more["reasons"] = [ReasonView.of(reason) for reason in error.reasons]
        more["possible"] = list(error.possible)
    if isinstance(error, SeveralErrors):
        more["errors"] = [str(each) for each in error.exceptions]
    return Problem(
        type=f"urn:salesprocess:{words.replace(' ', '-')}",
        title=words.capitalize(),
        status=status,
        detail=_DETAIL.get(type(error), "{}").format(error),
        instance=instance,
        **more,
    )


_DETAIL: dict[type[Exception], str] = {
    NoSuchDeal: "there is no deal {}",
    DealExists: "there is a deal {} already",
    StaleDeal: "deal {} has changed since you read it; read it again",
}


def explain(app: FastAPI) -> None:
    """Let the service answer every error that it knows with a problem."""

    async def answer(request: Request, error: Exception) -> JSONResponse:
        told = problem(error, request.url.path)
        return JSONResponse(told.model_dump(mode="json"), told.status, media_type="application/problem+json")

    async def malformed(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)
        faults = [f"{'.'.join(str(part) for part in each['loc'])}: {each['msg']}" for each in error.errors()]
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        told = Problem(
            type="urn:salesprocess:malformed-request",
            title="Malformed request",
            status=status,
            detail=f"{len(faults)} things are wrong with the request",
            instance=request.url.path,
            errors=faults,
        )
        return JSONResponse(told.model_dump(mode="json"), status, media_type="application/problem+json")

    for kind in (SalesProcessError, NoSuchDeal, DealExists, StaleDeal):
        app.add_exception_handler(kind, answer)
    app.add_exception_handler(RequestValidationError, malformed)
