"""The template of the management consultancy in Norwegian Bokmål."""

from __future__ import annotations

from collections.abc import Mapping

from salesprocess.templates.bokmaal import MOVES

BOKMAAL: Mapping[str, str] = {
    "label": "Ledelsesrådgivning",
    "facts.source.label": "Hvor målkunden kom fra",
    "facts.source.choices.industry directory": "bransjekatalog",
    "facts.source.choices.referral": "anbefaling",
    "facts.source.choices.former client": "tidligere kunde",
    "facts.source.choices.event": "arrangement",
    "facts.source.choices.other": "annet",
    "facts.referrer.label": "Hvem som anbefalte oss",
    "facts.relationship.label": "Hvor sterk relasjonen er",
    "facts.relationship.choices.none": "ingen",
    "facts.relationship.choices.known": "bekjent",
    "facts.relationship.choices.trusted": "betrodd",
    "facts.sponsor.label": "Sponsor: den som vil ha problemet løst",
    "facts.conversation_agreed.label": "De har sagt ja til en samtale",
    "facts.issue.label": "Utfordring, for eksempel ineffektiv forsyningskjede eller en flaskehals i driften",
    "facts.authority.label": "Hvem som kan bestemme, og hvem som kan stoppe det",
    "facts.budget.label": "Budsjett, oppgitt eller anslått",
    "facts.capacity.label": "De rette folkene våre er ledige i tide",
    "facts.talking_with_client.label": "Snakker vi med kunden?",
    "facts.can_win.label": "Kan vi vinne?",
    "facts.strong_proposal.label": "Kan vi skrive et sterkt tilbud?",
    "facts.scope.label": "Omfang, slik det er avtalt med dem",
    "facts.strategy.label": "Strategi, for eksempel å forenkle driften, forbedre prosessene eller kutte kostnader",
    "facts.fee_type.label": "Honorarform",
    "facts.fee_type.choices.fixed": "fast pris",
    "facts.fee_type.choices.time and material": "løpende timer",
    "facts.fee_type.choices.retainer": "løpende avtale",
    "facts.fee_type.choices.success": "resultatbasert",
    "facts.team.label": "Teamet som skal gjøre det",
    "facts.margin.label": "Margin, prosent av honoraret",
    "facts.start_date.label": "Første dag i prosjektet",
    "facts.deadline.label": "Dagen de vil ha tilbudet",
    "facts.incumbent.label": "Rådgiverne de bruker i dag",
    "facts.shortlisted.label": "Vi er på kortlisten deres",
    "facts.references.label": "Referanser de kan ringe",
    "facts.rate_card.label": "Timesatsene honoraret bygger på",
    "facts.terms_agreed.label": "Partene er enige om vilkårene",
    "facts.verbal_yes.label": "De har sagt ja",
    "facts.decision_maker.label": "Hvem som tok beslutningen",
    "facts.decision_date.label": "Dagen for beslutningen",
    "facts.liability.label": "Grensen for ansvaret vårt",
    "facts.billing_schedule.label": "Hva som faktureres når",
    "facts.purchase_order.label": "Nummeret på bestillingen deres",
    "facts.benefits.label": "Målte gevinster, for eksempel sparte kostnader per år",
    "facts.satisfaction.label": "Tilfredshet, fra 0 til 10",
    "stages.target_identified.label": "Målkunde valgt",
    "stages.target_identified.guidance": (
        "Velg industribedrifter fra bransjekataloger og etter anbefaling, og finn den som eier problemet. En "
        "introduksjon fra en de stoler på, er verdt ti brev."
    ),
    "stages.target_identified.activities.target_research.label": (
        "Les deg opp på bedriften, i bransjekataloger og andre steder"
    ),
    "stages.target_identified.activities.referral_request.label": "Be om en introduksjon",
    "stages.target_identified.activities.approach.label": "Ta kontakt med sponsoren",
    "stages.first_contact.label": "Første kontakt",
    "stages.first_contact.guidance": (
        "Lytt etter en utfordring som er verdt et møte: en som har en eier, en kostnad og en frist. Det som kan "
        "løses i samtalen, er en tjeneste og ikke et prosjekt."
    ),
    "stages.first_contact.activities.first_conversation.label": "Gjennomfør den første samtalen",
    "stages.first_contact.activities.meeting.label": "Møtes om utfordringen",
    "stages.diagnosis.label": "Diagnose (ja eller nei til å by)",
    "stages.diagnosis.guidance": (
        "Møt ledelsen, se hvor forsyningskjeden og driften taper tid og penger, og finn ut hvem som bestemmer og "
        "hva det får koste. Så avgjør to eller tre av oss om vi går videre, ut fra tre spørsmål: Snakker vi med "
        "kunden, kan vi vinne, kan vi skrive et sterkt tilbud? Et nei er en god dags arbeid."
    ),
    "stages.diagnosis.activities.leader_meetings.label": "Møt ledelsen i bedriften",
    "stages.diagnosis.activities.site_walk.label": "Gå gjennom fabrikken",
    "stages.proposal.label": "Tilbud",
    "stages.proposal.guidance": (
        "Bli enige om omfanget før du skriver. Foreslå én helhetlig strategi laget for dem: hvordan driften "
        "forenkles, prosessene forbedres og kostnadene kuttes, av hvem, med hvilken margin og fra når. Presenter "
        "den selv; et tilbud som bare sendes, blir lest fra siste side."
    ),
    "stages.proposal.activities.proposal.label": "Skriv tilbudet",
    "stages.proposal.activities.presentation.label": "Presenter det for dem",
    "stages.negotiation.label": "Innvendinger og forhandling",
    "stages.negotiation.guidance": (
        "Svar på det som bekymrer dem, med referanser og tall. Bytt omfang mot pris, og gi aldri pris for "
        "ingenting; timesatsene er de samme i neste prosjekt."
    ),
    "stages.negotiation.activities.reference_calls.label": "La dem snakke med en referanse",
    "stages.negotiation.activities.contract_negotiation.label": "Forhandle om kontrakten",
    "stages.verbal_agreement.label": "Muntlig enighet",
    "stages.verbal_agreement.guidance": (
        "Et ja er verdt det den som sa det, kan bestemme. Noter hvem og når, og legg papiret i hendene deres mens "
        "det er ferskt."
    ),
    "stages.verbal_agreement.activities.statement_of_work.label": "Skriv utkast til oppdragsbeskrivelse",
    "stages.contract.label": "Kontrakt",
    "stages.contract.guidance": (
        "Før oppdragsbeskrivelsen gjennom juridisk og innkjøp: ansvar, faktureringsplan, bestilling. Ingen "
        "begynner å arbeide før signaturen er på plass."
    ),
    "stages.contract.activities.signature.label": "Få den signerte kontrakten",
    "stages.won.label": "Vunnet",
    "stages.won.guidance": "Fortell teamet hva som ble lovet, til hvem, og hva kunden er redd for.",
    "stages.won.activities.handover.label": "Overlever til prosjektteamet",
    "stages.kick_off.label": "Oppstart",
    "stages.kick_off.guidance": "Begynn med sponsoren i rommet: mål, roller og hvordan vi skal vite at det virket.",
    "stages.kick_off.activities.kick_off_meeting.label": "Hold oppstartsmøtet",
    "stages.implementation.label": "Gjennomføring",
    "stages.implementation.guidance": (
        "Gjennomfør sammen med folkene deres, ikke ved siden av dem. Det som er nytt, går inn i en endringsordre "
        "den dagen det dukker opp."
    ),
    "stages.implementation.activities.steering_meeting.label": "Rapporter til styringsgruppen",
    "stages.implementation.activities.change_order.label": "Avtal en endring av omfanget",
    "stages.benefit_review.label": "Gevinstgjennomgang",
    "stages.benefit_review.guidance": "Mål sammen hva det førte til. Tallet er deres suksess og vår neste referanse.",
    "stages.benefit_review.activities.benefit_review.label": "Gå gjennom gevinstene med dem",
    "stages.continuous_support.label": "Løpende støtte",
    "stages.continuous_support.guidance": "Bli med videre: det ingen passer på, går tilbake til slik det var.",
    "stages.continuous_support.activities.support_meeting.label": "Se til det som ble innført",
    "stages.continuous_support.activities.satisfaction_survey.label": "Spør hvor fornøyde de er",
    "stages.account_growth.label": "Kundeutvikling",
    "stages.account_growth.guidance": (
        "Et partnerskap varer når noen steller det. Hvert nytt prosjekt er et eget salg, og begynner langt foran "
        "det første."
    ),
    "stages.account_growth.activities.account_plan.label": "Planlegg med dem hva som kommer nå",
    "stages.account_growth.activities.reference_request.label": "Be om å bli anbefalt",
    "stages.lost.label": "Tapt",
    "stages.lost.guidance": (
        "Spør sponsoren om årsaken en uke senere, ansikt til ansikt. Når vi selv lar være å by, er det vår "
        "beslutning, og vi sier det som det er."
    ),
    "stages.lost.reasons.no_bid.label": "Vi valgte å ikke by",
    "stages.lost.reasons.fees.label": "Honoraret",
    "stages.lost.reasons.incumbent_kept.label": "Beholdt rådgiverne de hadde",
    "stages.lost.reasons.no_decision.label": "Bestemte seg for å la være",
    "stages.lost.reasons.expertise.label": "Kompetanse eller referanser",
    "stages.lost.reasons.team_availability.label": "Teamet var ikke ledig",
    "stages.lost.reasons.in_house.label": "Gjør det selv",
    "stages.lost.reasons.relationship.label": "Relasjonen",
    "stages.lost.reasons.no_reply.label": "Ikke svar",
    "stages.lost.reasons.duplicate.label": "Registrert to ganger",
    **MOVES,
}
"""A text for every key."""
