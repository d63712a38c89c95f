"""The generic template in Norwegian Bokmål."""

from __future__ import annotations

from collections.abc import Mapping

from salesprocess.templates.bokmaal import MOVES

BOKMAAL: Mapping[str, str] = {
    "label": "Syv vanlige trinn",
    "facts.source.label": "Hvor kundeemnet kom fra",
    "facts.qualified.label": "Verdt en selgers tid",
    "facts.contact.label": "Hvem vi snakker med",
    "facts.fit.label": "Det vi selger, kan hjelpe dem",
    "facts.pain_points.label": "Smertepunkter",
    "facts.goals.label": "Mål",
    "facts.requirements.label": "Krav",
    "facts.preferences.label": "Ønsker",
    "facts.solution.label": "Løsning tilpasset dem",
    "facts.value.label": "Hva løsningen er verdt for dem",
    "facts.closing_technique.label": "Hvordan vi ba om avtalen",
    "facts.commitment.label": "Har bestemt seg for å kjøpe",
    "facts.satisfaction.label": "Tilfredshet, fra 0 til 10",
    "stages.prospecting.label": "Prospektering",
    "stages.prospecting.guidance": (
        "Finn mulige kunder gjennom egne leads, gjennom folk som kjenner dem, og i markedet selv. Kvalifiser "
        "tidlig: et emne som ikke er verdt tiden, taper vi nå og ikke om en måned."
    ),
    "stages.prospecting.activities.lead_generation.label": "Skaff leads",
    "stages.prospecting.activities.referrals.label": "Be om anbefalinger",
    "stages.prospecting.activities.market_research.label": "Undersøk markedet",
    "stages.first_contact.label": "Første kontakt",
    "stages.first_contact.guidance": (
        "Ring, skriv eller møtes. Bygg en relasjon, lytt etter hva de trenger, og finn sammen ut om dere passer "
        "for hverandre; et nei er et godt svar når det kommer tidlig."
    ),
    "stages.first_contact.activities.call.label": "Ring",
    "stages.first_contact.activities.email.label": "Skriv en e-post",
    "stages.first_contact.activities.meeting.label": "Møtes",
    "stages.needs_assessment.label": "Behovsavklaring",
    "stages.needs_assessment.guidance": (
        "Spør hva som gjør vondt, hva de vil oppnå, og hva en løsning må kunne. Skriv det ned med deres egne ord; "
        "ønsker teller også."
    ),
    "stages.needs_assessment.activities.needs_interview.label": "Snakk om behovene deres",
    "stages.solution_presentation.label": "Presentasjon av løsning",
    "stages.solution_presentation.guidance": (
        "Vis en løsning laget for behovene du fant, og hva den er verdt for dem: demonstrer den, tilby den, "
        "forhandle om den."
    ),
    "stages.solution_presentation.activities.demonstration.label": "Demonstrer løsningen",
    "stages.solution_presentation.activities.proposal.label": "Lever et tilbud",
    "stages.solution_presentation.activities.negotiation.label": "Forhandle",
    "stages.handling_objections.label": "Håndtering av innvendinger",
    "stages.handling_objections.guidance": (
        "Bekymringer dukker opp i alle trinn: noter hver av dem når den kommer, og besvar den med informasjon og "
        "dokumentasjon. Bruk dette trinnet bare når det er svarene salget venter på."
    ),
    "stages.handling_objections.activities.foresee_concerns.label": "Tenk gjennom hva de kan være bekymret for",
    "stages.handling_objections.activities.evidence.label": "Svar med informasjon og dokumentasjon",
    "stages.closing.label": "Avslutning",
    "stages.closing.guidance": "Be om avtalen på den måten som passer denne kunden, og noter hvordan du gjorde det.",
    "stages.closing.activities.ask_for_commitment.label": "Be om avtalen",
    "stages.won.label": "Vunnet",
    "stages.won.guidance": "Kunden har bestemt seg. Si fra til alle som nå skal levere det som ble lovet.",
    "stages.follow_up.label": "Oppfølging og støtte",
    "stages.follow_up.guidance": (
        "Hjelp etter salget, spør om de er fornøyde, og hold kontakten: her begynner det neste salget."
    ),
    "stages.follow_up.activities.support.label": "Hjelp etter salget",
    "stages.follow_up.activities.satisfaction_survey.label": "Spør hvor fornøyde de er",
    "stages.follow_up.activities.future_business.label": "Snakk om nye prosjekter",
    "stages.lost.label": "Tapt",
    "stages.lost.guidance": "Velg den årsaken kunden selv ville ha oppgitt. Det er den neste salg lærer av.",
    "stages.lost.reasons.price.label": "Pris",
    "stages.lost.reasons.competition.label": "Kjøpte av en konkurrent",
    "stages.lost.reasons.budget.label": "Ikke budsjett",
    "stages.lost.reasons.poor_fit.label": "Passet ikke",
    "stages.lost.reasons.no_decision.label": "Bestemte seg for å la være",
    "stages.lost.reasons.timing.label": "Ikke nå",
    "stages.lost.reasons.unresponsive.label": "Sluttet å svare",
    "stages.lost.reasons.duplicate.label": "Registrert to ganger",
    **MOVES,
}
"""A text for every key."""
