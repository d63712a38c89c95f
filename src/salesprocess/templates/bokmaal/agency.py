"""The template of the digital marketing agency in Norwegian Bokmål."""

from __future__ import annotations

from collections.abc import Mapping

from salesprocess.templates.bokmaal import MOVES

BOKMAAL: Mapping[str, str] = {
    "label": "Byrå for digital markedsføring",
    "facts.source.label": "Hvor kundeemnet kom fra",
    "facts.source.choices.social media": "sosiale medier",
    "facts.source.choices.industry event": "bransjearrangement",
    "facts.source.choices.online advertising": "nettannonse",
    "facts.source.choices.referral": "anbefaling",
    "facts.source.choices.other": "annet",
    "facts.site.label": "Nettstedet deres",
    "facts.interested.label": "De har bekreftet interessen",
    "facts.monthly_budget.label": "Budsjett per måned",
    "facts.decision_maker.label": "Hvem som bestemmer",
    "facts.goal.label": "Hva de vil oppnå",
    "facts.timing.label": "Dagen de vil begynne",
    "facts.discovery.label": "Når behovsmøtet er avtalt",
    "facts.analytics_access.label": "Vi får lese analysetallene deres",
    "facts.present_spend.label": "Det de bruker på markedsføring i dag, per måned",
    "facts.kpis.label": "Tall de styrer etter",
    "facts.audience.label": "Målgruppen, ut fra dataene",
    "facts.areas_to_improve.label": "Det som kan bli bedre",
    "facts.channels.label": "Kanalene i strategien",
    "facts.channels.choices.search optimisation": "søkemotoroptimalisering",
    "facts.channels.choices.social advertising": "annonser i sosiale medier",
    "facts.channels.choices.search advertising": "søkeannonser",
    "facts.channels.choices.content": "innhold",
    "facts.channels.choices.e-mail": "e-post",
    "facts.channels.choices.other": "annet",
    "facts.engagement.label": "Løpende avtale eller prosjekt",
    "facts.engagement.choices.retainer": "løpende avtale",
    "facts.engagement.choices.project": "prosjekt",
    "facts.recurring_revenue.label": "Gjentakende inntekt per måned",
    "facts.finalist.label": "Vi er blant de siste",
    "facts.roi_model.label": "Avkastningen på investeringen, og hva den forutsetter",
    "facts.case_studies.label": "Kundehistorier vi har vist",
    "facts.verbal_decision.label": "De har sagt at de velger oss",
    "facts.budget_final.label": "Budsjettet er endelig",
    "facts.timeline_final.label": "Tidsplanen er endelig",
    "facts.contract_requested.label": "De har bedt om kontrakten",
    "facts.start_date.label": "Første dag i arbeidet",
    "facts.access.label": "Vi har tilgang til alle kontoene",
    "facts.baseline.label": "Utgangspunktet: tallene den første dagen",
    "facts.leads_per_month.label": "Leads per måned som arbeidet gir",
    "facts.satisfaction.label": "Tilfredshet, fra 0 til 10",
    "facts.renewed.label": "Kontrakten er fornyet",
    "stages.prospecting.label": "Prospektering",
    "stages.prospecting.guidance": (
        "Leads kommer fra sosiale medier, bransjearrangementer og vår egen annonsering. Se på nettstedet deres "
        "før du svarer, og svar med noe du så der."
    ),
    "stages.prospecting.activities.outreach.label": "Svar på henvendelsen, eller ta kontakt",
    "stages.prospecting.activities.qualification_call.label": "Spør om budsjett, beslutningsmyndighet, behov og tid",
    "stages.qualified.label": "Kvalifisert",
    "stages.qualified.guidance": (
        "Budsjett, beslutningsmyndighet, behov og tid er kjent; avtal møtet nå, mens de husker hvorfor de skrev. "
        "Den som bestemmer, bør være med."
    ),
    "stages.qualified.activities.discovery_booking.label": "Avtal behovsmøtet",
    "stages.audit.label": "Analyse",
    "stages.audit.guidance": (
        "Gå gjennom det de gjør i dag: hvor pengene går, hvem de når, og hva som kommer ut av det. Gå gjennom "
        "funnene sammen med dem; en analyse som bare sendes, er en gave."
    ),
    "stages.audit.activities.discovery_meeting.label": "Hold behovsmøtet",
    "stages.audit.activities.marketing_audit.label": "Gå gjennom markedsføringen deres",
    "stages.audit.activities.audience_analysis.label": "Analyser dataene om målgruppen",
    "stages.audit.activities.audit_report.label": "Skriv analyserapporten",
    "stages.audit.activities.findings_review.label": "Gå gjennom funnene med dem",
    "stages.strategy.label": "Strategi og tilbud",
    "stages.strategy.guidance": (
        "Én strategi for søkemotoroptimalisering, annonsering i sosiale medier og innhold, med budsjett linje for "
        "linje: hva som gjøres, hva det koster, og hva som kommer igjen hver måned. Uten linjer er det ikke noe "
        "tilbud."
    ),
    "stages.strategy.activities.proposal.label": "Send strategi og tilbud",
    "stages.pitch.label": "Presentasjon og avkastning",
    "stages.pitch.guidance": (
        "Vis avkastningen på investeringen i deres egne tall, og si hva den forutsetter. Svar på tvil med "
        "historier om kunder som ligner dem; noter hver innvending og hvordan den ble løst."
    ),
    "stages.pitch.activities.pitch.label": "Presenter for dem som bestemmer",
    "stages.pitch.activities.roi_walkthrough.label": "Gå gjennom avkastningen med dem",
    "stages.verbal_win.label": "Muntlig ja",
    "stages.verbal_win.guidance": (
        "Budsjett og tidsplan er endelige, så rett linjene til det som ble avtalt. Legg startdatoen inn i "
        "kalenderen til dem som skal gjøre jobben."
    ),
    "stages.verbal_win.activities.contract.label": "Send kontrakten",
    "stages.contract.label": "Kontrakt",
    "stages.contract.guidance": (
        "Kontrakten er sendt. La økonomiavdelingen godkjenne den slik den er: endres linjene senere, må den "
        "godkjennes på nytt."
    ),
    "stages.contract.activities.signature.label": "Få den signerte kontrakten",
    "stages.won.label": "Vunnet",
    "stages.won.guidance": (
        "Fortell dem som gjør jobben hva som ble lovet, til når, og hvilket tall kunden følger med på."
    ),
    "stages.won.activities.handover.label": "Overlever til dem som gjør jobben",
    "stages.onboarding.label": "Oppstart",
    "stages.onboarding.guidance": (
        "Få tilgang til alle kontoene, noter utgangspunktet før noe endres, og bli enige om hva som skjer de "
        "første 30 dagene."
    ),
    "stages.onboarding.activities.kickoff.label": "Hold oppstartsmøtet",
    "stages.onboarding.activities.thirty_day_plan.label": "Avtal planen for de første 30 dagene",
    "stages.delivery.label": "Leveranse",
    "stages.delivery.guidance": (
        "Mer synlighet på nett og flere leads er det de betaler for: rapporter begge deler hver måned mot "
        "utgangspunktet, enten det er bra eller dårlig, og vær tilgjengelig."
    ),
    "stages.delivery.activities.campaign.label": "Kjør kampanjene",
    "stages.delivery.activities.support.label": "Svar på spørsmål",
    "stages.delivery.activities.monthly_report.label": "Rapporter månedens tall",
    "stages.quarterly_review.label": "Kvartalsgjennomgang",
    "stages.quarterly_review.guidance": "Se tilbake på avkastningen som ble lovet, og fremover på hva som bør endres.",
    "stages.quarterly_review.activities.review.label": "Gå gjennom kvartalet med dem som bestemmer",
    "stages.quarterly_review.activities.satisfaction_survey.label": "Spør hvor fornøyde de er",
    "stages.renewal.label": "Fornyelse",
    "stages.renewal.guidance": "Begynn to måneder før kontrakten går ut, med tallene fra gjennomgangene.",
    "stages.renewal.activities.renewal_meeting.label": "Snakk om fornyelsen",
    "stages.expansion.label": "Mersalg",
    "stages.expansion.guidance": "En kanal til, et land til, et merke til: hvert av dem er et eget salg.",
    "stages.expansion.activities.expansion_proposal.label": "Foreslå den neste kanalen",
    "stages.expansion.activities.referral_request.label": "Be om en anbefaling",
    "stages.lost.label": "Tapt",
    "stages.lost.guidance": (
        "Velg den årsaken kunden selv ville ha oppgitt. De som sluttet å svare, svarer kanskje igjen når neste "
        "kvartal planlegges: gjenåpne salget da."
    ),
    "stages.lost.reasons.budget.label": "Ikke budsjett",
    "stages.lost.reasons.in_house.label": "Gjør det selv",
    "stages.lost.reasons.kept_agency.label": "Beholdt byrået de hadde",
    "stages.lost.reasons.timing.label": "Ikke nå",
    "stages.lost.reasons.ghosted.label": "Sluttet å svare",
    "stages.lost.reasons.no_trust_in_roi.label": "Tror ikke på avkastningen",
    "stages.lost.reasons.scope_misfit.label": "Omfanget passet ikke",
    "stages.lost.reasons.contract_terms.label": "Kontraktsvilkårene",
    "stages.lost.reasons.duplicate.label": "Registrert to ganger",
    "stages.lost.reasons.not_a_sale.label": "Registrert ved en feil: søppelpost, en jobbsøker, en leverandør",
    **MOVES,
}
"""A text for every key."""
