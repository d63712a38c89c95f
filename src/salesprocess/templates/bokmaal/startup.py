"""The template of the software start-up in Norwegian Bokmål."""

from __future__ import annotations

from collections.abc import Mapping

from salesprocess.templates.bokmaal import MOVES

BOKMAAL: Mapping[str, str] = {
    "label": "Oppstartsbedrift med programvare",
    "facts.source.label": "Hvor kundeemnet kom fra",
    "facts.source.choices.web platform": "nettplattform",
    "facts.source.choices.industry event": "bransjearrangement",
    "facts.source.choices.direct contact": "direkte kontakt",
    "facts.source.choices.referral": "anbefaling",
    "facts.source.choices.other": "annet",
    "facts.profile_fit.label": "Hvor godt de passer med idealkunden",
    "facts.profile_fit.choices.strong": "godt",
    "facts.profile_fit.choices.partial": "delvis",
    "facts.profile_fit.choices.poor": "dårlig",
    "facts.contact.label": "Kontaktperson",
    "facts.pain.label": "Smertepunkt med deres ord, for eksempel dårlig samarbeid eller dårlig oversikt over oppgaver",
    "facts.budget_from.label": "Budsjett, nedre grense",
    "facts.budget_to.label": "Budsjett, øvre grense",
    "facts.timeline.label": "Dagen de vil ta det i bruk",
    "facts.next_step.label": "Dag for det avtalte neste steget",
    "facts.problem.label": "Problemet de har bekreftet",
    "facts.metrics.label": "Tall som viser hva problemet koster",
    "facts.decision_criteria.label": "Det de vil avgjøre etter",
    "facts.decision_path.label": "Hvordan og av hvem det avgjøres",
    "facts.stakeholders.label": "Interessenter vi har snakket med",
    "facts.use_case.label": "Brukstilfellet demonstrasjonen svarer på",
    "facts.success_criteria.label": "Hva som gjør utprøvingen vellykket",
    "facts.champion.label": "Ambassadør: den som taler vår sak når vi ikke er der",
    "facts.economic_buyer.label": "Økonomisk beslutningstaker: den som kan frigi pengene",
    "facts.technical_win.label": "Fagfolkene deres sier at det virker for dem",
    "facts.pricing_requested.label": "De har bedt om pris",
    "facts.recurring_revenue.label": "Gjentakende inntekt per måned",
    "facts.term.label": "Avtaleperiode, måneder",
    "facts.competitors.label": "Konkurrenter i løpet",
    "facts.verbal_preference.label": "De har sagt at de foretrekker oss",
    "facts.discount.label": "Rabatt, prosent",
    "facts.paper_process.label": "Veien fra enighet til signatur hos dem",
    "facts.terms_agreed.label": "Partene er enige om vilkårene",
    "facts.signatory.label": "Hvem som signerer",
    "facts.start_date.label": "Første dag i abonnementet",
    "facts.time_to_first_value.label": "Tid til første nytte, dager",
    "facts.active_users.label": "Aktive brukere",
    "facts.satisfaction.label": "Tilfredshet, fra 0 til 10",
    "facts.renewed.label": "Abonnementet er fornyet",
    "stages.prospecting.label": "Prospektering",
    "stages.prospecting.guidance": (
        "Let etter bedrifter som ligner idealkunden: på nettplattformer, på bransjearrangementer og ved å ta "
        "direkte kontakt. Hold på til noen svarer eller takker ja til et møte."
    ),
    "stages.prospecting.activities.outreach.label": "Ta kontakt",
    "stages.first_contact.label": "Første kontakt",
    "stages.first_contact.guidance": (
        "Ha en samtale, ikke en presentasjon. Finn ut hva som gjør vondt, omtrent hvilket budsjett de har, og når "
        "de vil ha en endring, og avslutt aldri en samtale uten dato for neste steg."
    ),
    "stages.first_contact.activities.first_call.label": "Gjennomfør den første samtalen",
    "stages.first_contact.activities.discovery.label": "Gjennomfør behovsmøtet",
    "stages.needs_assessment.label": "Behovsavklaring",
    "stages.needs_assessment.guidance": (
        "Intervju interessenter og prosjektledere om hvordan de arbeider: hvor samarbeidet svikter, hvor oppgaver "
        "blir borte, hva det koster. Et salg som hviler på én person, er over når den personen er borte: kjenn "
        "to."
    ),
    "stages.needs_assessment.activities.stakeholder_interviews.label": "Intervju interessentene",
    "stages.needs_assessment.activities.project_manager_interviews.label": "Intervju prosjektlederne",
    "stages.solution.label": "Løsning",
    "stages.solution.guidance": (
        "Vis hvordan produktet svarer på akkurat det du har hørt, for eksempel samarbeid i sanntid, "
        "oppgavestyring og rapportering. Bli enige på forhånd om hva som gjør en utprøving vellykket, og finn en "
        "ambassadør og den økonomiske beslutningstakeren."
    ),
    "stages.solution.activities.demo.label": "Vis en demonstrasjon tilpasset brukstilfellet",
    "stages.solution.activities.trial.label": "Gjennomfør en prøveperiode",
    "stages.solution.activities.proof_of_concept.label": "Gjennomfør en konseptutprøving",
    "stages.solution.activities.security_review.label": "Bestå sikkerhetsgjennomgangen deres",
    "stages.proposal.label": "Tilbud",
    "stages.proposal.guidance": (
        "Sett en pris når de ber om den: beløp, gjentakende inntekt, avtaleperiode og dagen du venter å lande "
        "avtalen. Gå gjennom tilbudet med kjøperen, og vit hvem andre som er med i løpet."
    ),
    "stages.proposal.activities.proposal.label": "Send tilbudet",
    "stages.proposal.activities.proposal_review.label": "Gå gjennom tilbudet med kjøperen",
    "stages.negotiation.label": "Innvendinger og forhandling",
    "stages.negotiation.guidance": (
        "Løs alle innvendinger som er notert, lær hvilken vei en kontrakt tar gjennom huset deres, og la "
        "prisansvarlig (deal desk) godkjenne enhver rabatt før bestillingsskjemaet sendes."
    ),
    "stages.negotiation.activities.order_form.label": "Send bestillingsskjemaet",
    "stages.closing.label": "Avslutning",
    "stages.closing.guidance": (
        "Bestillingsskjemaet er sendt. Vit hvem som signerer og når abonnementet begynner, og hold tett kontakt "
        "til signaturen er på plass."
    ),
    "stages.closing.activities.signature.label": "Få det signerte bestillingsskjemaet",
    "stages.won.label": "Vunnet",
    "stages.won.guidance": "Fortell dem som skal ta seg av kunden hva som ble lovet, til hvem, og hvorfor de kjøpte.",
    "stages.won.activities.handover.label": "Overlever til kundeteamet",
    "stages.onboarding.label": "Oppstart",
    "stages.onboarding.guidance": (
        "Hold oppstartsmøtet, og led dem til det første resultatet som betyr noe for dem. Mål hvor lang tid det tok."
    ),
    "stages.onboarding.activities.kickoff.label": "Hold oppstartsmøtet",
    "stages.onboarding.activities.training.label": "Lær opp de første brukerne",
    "stages.adoption.label": "Ta i bruk",
    "stages.adoption.guidance": (
        "God hjelp gir brukere, og brukerne er grunnlaget alt annet vokser på. Se hvem som arbeider med "
        "produktet, og spør om de er fornøyde."
    ),
    "stages.adoption.activities.support.label": "Hjelp brukerne",
    "stages.adoption.activities.usage_review.label": "Gå gjennom bruken med dem",
    "stages.renewal.label": "Fornyelse",
    "stages.renewal.guidance": (
        "Snakk om fornyelsen mens det fortsatt er tid til å rette på det som holder dem tilbake."
    ),
    "stages.renewal.activities.renewal_meeting.label": "Snakk om fornyelsen",
    "stages.expansion.label": "Mersalg",
    "stages.expansion.guidance": (
        "Flere team, flere brukere, mer av produktet: hvert av dem er et eget salg. Spør hvem andre du kunne hjelpe."
    ),
    "stages.expansion.activities.expansion_proposal.label": "Foreslå det som hjelper dem videre",
    "stages.expansion.activities.referral_request.label": "Be om en anbefaling",
    "stages.lost.label": "Tapt",
    "stages.lost.guidance": (
        "Velg den årsaken kunden selv ville ha oppgitt; resten forteller trinnet. Tap tidlig det som ikke kan vinnes."
    ),
    "stages.lost.reasons.price.label": "Pris",
    "stages.lost.reasons.competition.label": "Kjøpte av en konkurrent",
    "stages.lost.reasons.budget.label": "Ikke budsjett",
    "stages.lost.reasons.missing_features.label": "Manglende funksjoner",
    "stages.lost.reasons.long_cycle.label": "Det tok for lang tid",
    "stages.lost.reasons.no_decision_maker.label": "Nådde ikke frem til en beslutningstaker",
    "stages.lost.reasons.unresponsive.label": "Sluttet å svare",
    "stages.lost.reasons.poor_fit.label": "Passet ikke",
    "stages.lost.reasons.no_decision.label": "Bestemte seg for å la være",
    "stages.lost.reasons.security.label": "Sikkerhetskravene var ikke oppfylt",
    "stages.lost.reasons.timing.label": "Ikke nå",
    "stages.lost.reasons.duplicate.label": "Registrert to ganger",
    "stages.lost.reasons.not_a_sale.label": "Registrert ved en feil: søppelpost, en student, en leverandør",
    **MOVES,
}
"""A text for every key."""
