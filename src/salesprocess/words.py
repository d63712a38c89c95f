"""The sentences of the library's own rules, by code and language; texts of users' rules come with the rule."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from salesprocess.errors import UnknownLanguage

ENGLISH: dict[str, str] = {
    "already_there": "the deal is in the stage {stage} already",
    "activity.required": "the activity {activity} is required and has not been done",
    "all_of": "not all of these hold: {details}",
    "any_of": "none of these holds: {details}",
    "approved.changed": "{subject} was approved, but {changed} changed since",
    "approved.own": "{subject} was approved by {found}; it takes somebody else than the owner of the deal",
    "at_least_of": "{found} of at least {minimum} hold; the others: {details}",
    "currency": "the amount is in {found}, the rule speaks of {wanted}",
    "fault": "the criterion {criterion} failed: {error}",
    "locked": "{criterion} must hold",
    "not_": "{criterion} must not hold",
    "not_from_here": "{transition} does not leave the stage {stage}",
    "not_forward": "the way from {stage} to {destination} passes over stages that may not be skipped: {between}",
    "not_back": "the policy allows no way back from {stage} to {destination}",
    "not_placed": "the stage it left is not on record",
    "on_hold": "the deal is on hold",
    "override.never": "the policy allows no overrides",
    "override.role": "an override needs an actor with one of these roles: {roles}",
    "reason.missing": "a reason is required; choose one of: {choices}",
    "reason.unknown": "{found} is not a reason this process knows; choose one of: {choices}",
    "route.undecided": "whether the stage {stage} applies cannot be told; not known yet: {missing}",
    "stage.applies": "the stage {stage} applies to this deal and may not be skipped",
    "stage.not_visited": "the stage {stage} applies to this deal and was never visited",
    "unknown": "not known yet: {missing}",
}

BOKMAAL: dict[str, str] = {
    "after": "ikke før {due}: {name} er {found}",
    "already_there": "salget er allerede i trinnet {stage}",
    "activity.required": "aktiviteten {activity} er påkrevd og er ikke utført",
    "all_of": "ikke alle disse er oppfylt: {details}",
    "amount_at_least": "beløpet er under {minimum}",
    "amount_at_most": "beløpet er over {maximum}",
    "annual_recurring_at_least": "den årlige gjentakende inntekten er under {minimum}",
    "any_of": "ingen av disse er oppfylt: {details}",
    "approvals_at_least": "{subject} er godkjent av {found} av minst {minimum} personer",
    "approved": "{subject} er ikke godkjent av {role}",
    "approved.changed": "{subject} ble godkjent, men {changed} er endret siden",
    "approved.own": "{subject} ble godkjent av {found}; det må være en annen enn den som eier salget",
    "asked_by_owner": "{found} eier ikke salget",
    "asked_by_role": "{found} har ikke rollen {role}",
    "at_least": "{fact} er under {minimum}",
    "at_least_of": "{found} av minst {minimum} er oppfylt; de andre: {details}",
    "at_most": "{fact} er over {maximum}",
    "before": "for sent siden {due}: {name} er {found}",
    "contains": "{fact} er {found}, uten {value}",
    "count_at_least": "{fact} har {found} av minst {minimum} verdier",
    "currency": "beløpet er i {found}, regelen gjelder {wanted}",
    "done": "aktiviteten {activity} er ikke utført",
    "done_by_role": "aktiviteten {activity} er ikke utført av {role}",
    "done_times": "aktiviteten {activity} er utført {found} av minst {times} ganger",
    "done_within": "aktiviteten {activity} er ikke utført siden {since}",
    "equals": "{fact} er ikke {value}",
    "fault": "kriteriet {criterion} feilet: {error}",
    "has": "{fact} er ikke kjent",
    "has_items": "tilbudet har ingen varelinjer",
    "has_term": "{term} er ikke oppgitt",
    "matches": "{fact} er {found}, som ikke passer med {pattern}",
    "monthly_recurring_at_least": "den månedlige gjentakende inntekten er under {minimum}",
    "locked": "{criterion} må være oppfylt",
    "not_": "{criterion} må ikke være oppfylt",
    "not_asked_by_owner": "{found} eier salget, og det må være en annen",
    "not_back": "reglene tillater ingen vei tilbake fra {stage} til {destination}",
    "not_before": "ikke før {due}",
    "not_forward": "veien fra {stage} til {destination} går forbi trinn som ikke kan hoppes over: {between}",
    "not_from_here": "{transition} går ikke ut fra trinnet {stage}",
    "not_placed": "trinnet det forlot er ikke registrert",
    "objections_resolved": "åpne innvendinger: {open}",
    "on_hold": "salget er satt på vent",
    "one_of": "{fact} er ikke blant {values}",
    "override.never": "reglene tillater ingen unntak",
    "override.role": "et unntak krever en person med en av disse rollene: {roles}",
    "reason.missing": "en årsak er påkrevd; velg en av: {choices}",
    "reason.unknown": "{found} er ikke en årsak denne prosessen kjenner; velg en av: {choices}",
    "route.undecided": "det er uklart om trinnet {stage} gjelder; ikke kjent ennå: {missing}",
    "stage.applies": "trinnet {stage} gjelder for dette salget og kan ikke hoppes over",
    "stage.not_visited": "trinnet {stage} gjelder for dette salget og er aldri besøkt",
    "term_equals": "{term} er ikke {value}",
    "unknown": "ikke kjent ennå: {missing}",
    "visited": "trinnet {stage} er aldri besøkt",
    "visited_times": "trinnet {stage} er besøkt {found} av minst {times} ganger",
    "waited": "ikke før {due}",
    "within": "for sent siden {due}",
}

LANGUAGES: dict[str, Mapping[str, str]] = {"en": ENGLISH, "nb": BOKMAAL}

HINTS: dict[str, str] = {
    "activity.required": "record the activity {activity} when it is done",
    "on_hold": "resume the deal first",
    "not_from_here": "ask process.options(deal, at=...) for what is possible",
    "route.undecided": "make known: {missing}",
    "unknown": "make known: {missing}",
}


class _Shown(dict[str, Any]):
    """Values as people write them; a parameter that a template names and nobody gave stays visible."""

    def __missing__(self, key: str) -> str:
        return "{" + key + "}"


def _shown(value: Any) -> Any:
    return ", ".join(str(item) for item in value) if isinstance(value, tuple) else value  # pyright: ignore


def _fill(template: str, values: Mapping[str, Any]) -> str:
    return template.format_map(_Shown({key: _shown(value) for key, value in values.items()}))


def render(code: str, language: str | Mapping[str, str], values: Mapping[str, Any], template: str = "") -> str:
    """The message of `code` in a language, with the values filled in.

    In another language than English its own template wins; otherwise the rule's `template`, then the library's one.

    Raises:
        UnknownLanguage: the library does not know a language of this name.
    """
    if isinstance(language, str):
        if language not in LANGUAGES:
            raise UnknownLanguage(language, LANGUAGES)
        language = LANGUAGES[language]
    own = "" if language is ENGLISH else language.get(code, "")
    chosen = own or template or ENGLISH.get(code) or code
    return _fill(chosen, values)


def hint(code: str, values: Mapping[str, Any], template: str = "") -> str:
    """What would help against `code`, in English; empty when there is no general advice."""
    return _fill(template or HINTS.get(code, ""), values)
