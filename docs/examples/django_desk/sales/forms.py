"""Forms made from the rulebook: the facts that a stage wants, each by its declaration."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils import timezone

from django_desk.sales.models import DealRecord
from django_desk.sales.rulebooks import CATALOG, SERVES
from salesprocess import Actor, Deal, Fact, FactValue, Money, Process, SalesProcessError


class OpeningForm(forms.ModelForm):
    """A new deal; the rules look at it before it is stored, and what they say stands above the form."""

    by: Actor | None = None

    class Meta:
        model = DealRecord
        fields = ("id", "owner", "amount", "currency", "expected_close")

    def clean(self) -> dict[str, Any]:
        """The terms; `opened` is the deal that they make."""
        told = super().clean() or {}
        if not self.errors:
            try:
                self.opened = CATALOG.latest(SERVES).open(
                    told["id"],
                    amount=None if told["amount"] is None else Money(told["amount"], told["currency"]),
                    owner=told["owner"] or None,
                    expected_close=told["expected_close"],
                    at=timezone.now(),
                    by=self.by,
                )
            except SalesProcessError as error:
                raise forms.ValidationError(str(error)) from error
        return told


class FactField(forms.Field):
    """A fact; text is read and checked by its declaration, so that the form and the rules agree."""

    def __init__(self, fact: Fact, known: FactValue | None) -> None:
        super().__init__(required=False, label=fact.label or fact.name, initial=_text(known), widget=_widget(fact))
        self.fact = fact
        if fact.many:
            self.help_text = "One a line"

    def clean(self, value: Any) -> FactValue | None:
        """The value, or None when nothing is told."""
        texts = [line.strip() for line in str(value or "").splitlines() if line.strip()]
        if not texts:
            return None
        try:
            return self.fact.read(texts if self.fact.many else " ".join(texts))
        except SalesProcessError as error:
            raise forms.ValidationError(str(error)) from error


class FactsForm(forms.Form):
    """What the present stage wants to know before the deal may go on, and what is known of it."""

    def __init__(self, process: Process, deal: Deal, data: Any = None) -> None:
        super().__init__(data)
        for fact in wanted(process, deal):
            self.fields[fact.name] = FactField(fact, deal.facts.get(fact.name))

    def told(self) -> dict[str, FactValue]:
        """The facts that the form states."""
        return {name: value for name, value in self.cleaned_data.items() if value is not None}


class LossForm(forms.Form):
    """Why a deal is lost."""

    reason = forms.ChoiceField()

    def __init__(self, choices: tuple[str, ...], data: Any = None) -> None:
        super().__init__(data)
        self.fields["reason"] = forms.ChoiceField(choices=[(choice, choice) for choice in choices])


def wanted(process: Process, deal: Deal) -> list[Fact]:
    """The facts that the criteria between the present stage and the next ones speak of, as they are declared."""
    stage = process.stage(deal.stage)
    ahead = process.stages[process.stages.index(stage) + 1 :][:1] if stage.kind == "open" else ()
    criteria = [*stage.exit, *(each for other in ahead for each in (*other.entry, *other.locked))]
    named = {name for criterion in criteria for kind in ("fact", "value") for name in criterion.mentions(kind)}
    return [fact for fact in process.facts if fact.name in named]


def _text(value: FactValue | None) -> str:
    if isinstance(value, tuple):
        return "\n".join(_text(each) for each in value)
    return "" if value is None else value.isoformat() if isinstance(value, date) else str(value)


def _widget(fact: Fact) -> forms.Widget:
    if fact.many:
        return forms.Textarea(attrs={"rows": 3})
    if fact.choices or fact.kind is bool:
        options = [(str(choice), fact.label_of(choice)) for choice in fact.choices or (True, False)]
        return forms.Select(choices=[("", "not known"), *options])
    return forms.DateInput(attrs={"type": "date"}) if fact.kind is date else forms.TextInput()
