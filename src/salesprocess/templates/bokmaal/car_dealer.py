"""The template of the car dealer in Norwegian Bokmål."""

from __future__ import annotations

from collections.abc import Mapping

from salesprocess.templates.bokmaal import MOVES

BOKMAAL: Mapping[str, str] = {
    "label": "Bilforhandler",
    "facts.source.label": "Hvor henvendelsen kom fra",
    "facts.source.choices.web site": "nettsted",
    "facts.source.choices.marketplace": "markedsplass",
    "facts.source.choices.telephone": "telefon",
    "facts.source.choices.walk-in": "rett inn fra gaten",
    "facts.source.choices.referral": "anbefaling",
    "facts.source.choices.returning customer": "tidligere kunde",
    "facts.source.choices.other": "annet",
    "facts.contact.label": "Kunden vi snakker med",
    "facts.vehicle_of_interest.label": "Merker og modeller de har sett på",
    "facts.trade_in.label": "De har en bil å bytte inn",
    "facts.opt_in.label": "Vi får sende dem tilbud",
    "facts.appointment.label": "Når de er ventet",
    "facts.salesperson.label": "Hvem som tar imot dem",
    "facts.seats.label": "Antall seter de trenger",
    "facts.use.label": "Hva bilen skal brukes til",
    "facts.fuel_economy.label": "Hva de venter av forbruk eller rekkevidde",
    "facts.safety.label": "Sikkerhet som er viktig for dem",
    "facts.budget.label": "Budsjett, eller månedsbeløp",
    "facts.stock_number.label": "Bilens lagernummer",
    "facts.trim.label": "Utstyrsnivå",
    "facts.options.label": "Tilleggsutstyr",
    "facts.agrees_to_drive.label": "De vil prøvekjøre",
    "facts.trial_close.label": "Hva de svarte da vi spurte om dette er bilen",
    "facts.packages.label": "Pakker, for eksempel vinterhjul eller serviceavtale",
    "facts.trade_value.label": "Hva vi betaler for innbyttebilen",
    "facts.deposit.label": "Forskudd",
    "facts.figures_agreed.label": "Partene er enige om tallene",
    "facts.payment.label": "Hvordan de betaler",
    "facts.payment.choices.cash": "kontant",
    "facts.payment.choices.loan": "lån",
    "facts.payment.choices.lease": "leasing",
    "facts.lender.label": "Långiver",
    "facts.rate.label": "Rente, prosent per år",
    "facts.term.label": "Løpetid, måneder",
    "facts.products.label": "Forsikring og andre produkter",
    "facts.satisfaction.label": "Tilfredshet, fra 0 til 10",
    "stages.enquiry.label": "Henvendelse",
    "stages.enquiry.guidance": (
        "De har lest seg opp på merker og modeller, og har skrevet til andre også: den som svarer innen ti "
        "minutter, er den de snakker med. Spør om de har en bil å bytte inn, og tilby en tid de kan komme innom."
    ),
    "stages.enquiry.activities.first_response.label": "Svar på henvendelsen",
    "stages.enquiry.activities.conversation.label": "Snakk med kunden",
    "stages.appointment.label": "Avtalt besøk",
    "stages.appointment.guidance": (
        "Bekreft tiden, og ha bilen vasket og klar ved døren. Den som ikke møter, blir ringt innen en time og får "
        "en ny tid. En kunde som kommer rett inn fra gaten, går forbi dette trinnet."
    ),
    "stages.appointment.activities.confirmation.label": "Bekreft avtalen dagen før",
    "stages.appointment.activities.arrival.label": "Ta imot kunden",
    "stages.visit.label": "Besøk og behov",
    "stages.visit.guidance": (
        "Før noen bil: Hvem skal sitte i den, hvor langt, hva med forbruk og sikkerhet, og hva får den koste? Få "
        "innbyttebilen taksert mens dere snakker. Den som kommer igjen en annen dag, er det samme salget."
    ),
    "stages.visit.activities.needs_talk.label": "Snakk om hva bilen skal brukes til",
    "stages.visit.activities.appraisal.label": "Takser innbyttebilen",
    "stages.vehicle_selection.label": "Valg av bil",
    "stages.vehicle_selection.guidance": (
        "Én bil som står her, med lagernummer, og ikke en liste over mulige. Vis det som svarer på behovene de "
        "nevnte, med utstyrsnivå og tilleggsutstyr, og gi dem nøklene."
    ),
    "stages.vehicle_selection.activities.walkaround.label": "Gå rundt bilen sammen med dem",
    "stages.test_drive.label": "Prøvekjøring",
    "stages.test_drive.guidance": (
        "Uten førerkort, ingen prøvekjøring. La dem kjøre der de kjører til daglig, og spør til slutt om dette er "
        "bilen."
    ),
    "stages.test_drive.activities.licence_check.label": "Se førerkortet",
    "stages.test_drive.activities.drive.label": "Prøvekjør, og før det i loggen",
    "stages.negotiation.label": "Forhandling",
    "stages.negotiation.guidance": (
        "Pakker og tilleggsutstyr først, så prisen, så innbyttet, hver på sin linje. Verdien av innbyttebilen "
        "kommer fra taksten, og ingen nevner et tall før den foreligger."
    ),
    "stages.negotiation.activities.written_offer.label": "Legg frem tallene skriftlig",
    "stages.financing.label": "Finansiering og kontrakt",
    "stages.financing.guidance": (
        "La långiveren svare før kunden får sove på det. Forklar rente, løpetid og produkter med enkle ord. Den "
        "som betaler kontant, signerer kontrakten og trenger ikke noe av dette."
    ),
    "stages.financing.activities.application.label": "Send søknaden til långiveren",
    "stages.financing.activities.approval.label": "Få godkjenningen fra långiveren",
    "stages.financing.activities.contract.label": "Signer kontrakten",
    "stages.won.label": "Vunnet",
    "stages.won.guidance": "Solgt. Avtal leveringsdagen, og fortell verkstedet hva som må være klart.",
    "stages.delivery.label": "Levering",
    "stages.delivery.guidance": (
        "I dag kjører kunden bilen hjem, og i morgen snakker de om den. Ingenting mangler på sjekklisten, "
        "telefonen er koblet til, og den første servicen har fått en dato."
    ),
    "stages.delivery.activities.delivery_checklist.label": "Gå gjennom sjekklisten for levering",
    "stages.delivery.activities.orientation.label": "Forklar bilen",
    "stages.satisfaction_survey.label": "Kundeundersøkelse",
    "stages.satisfaction_survey.guidance": (
        "Ring og spør etter en uke. Det som er galt, rettes før det blir skrevet om."
    ),
    "stages.satisfaction_survey.activities.survey.label": "Spør hvor fornøyde de er",
    "stages.first_service.label": "Første service",
    "stages.first_service.guidance": "Den første servicen avgjør om den neste også blir her.",
    "stages.first_service.activities.first_service.label": "Utfør den første servicen",
    "stages.maintenance.label": "Vedlikehold",
    "stages.maintenance.guidance": "Minn dem på service, dekk og EU-kontroll før de må spørre.",
    "stages.maintenance.activities.maintenance_visit.label": "Utfør vedlikeholdet",
    "stages.maintenance.activities.recall.label": "Gi beskjed om en tilbakekalling",
    "stages.repeat.label": "Gjenkjøp",
    "stages.repeat.guidance": (
        "Et halvt år før finansieringen løper ut, se på hva bilen deres er verdt. Den neste bilen er et eget salg."
    ),
    "stages.repeat.activities.next_car_talk.label": "Snakk om den neste bilen",
    "stages.repeat.activities.referral_request.label": "Be om en anbefaling",
    "stages.lost.label": "Tapt",
    "stages.lost.guidance": (
        "Velg den årsaken kunden selv ville ha oppgitt. Den som likevel kommer tilbake, er det samme salget: "
        "gjenåpne det."
    ),
    "stages.lost.reasons.bought_elsewhere.label": "Kjøpte et annet sted",
    "stages.lost.reasons.vehicle_unavailable.label": "Bilen var ikke tilgjengelig",
    "stages.lost.reasons.price.label": "Pris eller månedsbeløp",
    "stages.lost.reasons.trade_value.label": "Verdien av innbyttebilen",
    "stages.lost.reasons.credit_declined.label": "Fikk ikke lån",
    "stages.lost.reasons.keeps_car.label": "Beholder bilen de har",
    "stages.lost.reasons.no_show.label": "Møtte aldri opp",
    "stages.lost.reasons.duplicate.label": "Registrert to ganger",
    "transitions.no_show.label": "Møtte ikke opp",
    "transitions.return_visit.label": "Kommer igjen en annen dag",
    **MOVES,
}
"""A text for every key."""
