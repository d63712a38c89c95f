"""The admin as the screen: what may happen next as buttons, why not in words, and a form for what is still unknown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils import timezone

from django_desk.sales.forms import FactsForm, LossForm, OpeningForm
from django_desk.sales.models import DealEvent, DealRecord, StaleDeal
from django_desk.sales.rulebooks import CATALOG
from salesprocess import Actor, Deal, SalesProcessError, TransitionRefused


def actor(user: AbstractBaseUser | AnonymousUser) -> Actor:
    """Who acts: the account, with its groups as roles."""
    groups: Any = getattr(user, "groups", None)
    return Actor(user.get_username(), roles=set(groups.values_list("name", flat=True)) if groups else ())


@admin.register(DealRecord)
class DealAdmin(admin.ModelAdmin):
    """Deals; the rules decide about every change."""

    list_display = ("id", "stage", "status", "owner", "amount", "currency", "expected_close", "attention")
    list_filter = ("status", "stage", "owner")
    search_fields = ("id", "owner")
    form = OpeningForm
    change_form_template = "admin/sales/dealrecord/deal.html"
    fields = ("id", "owner", "amount", "currency", "expected_close")

    def get_readonly_fields(self, request: HttpRequest, obj: DealRecord | None = None) -> list[str]:
        """A deal that is stored changes by verbs, and not by typing over it."""
        return [] if obj is None else list(self.fields)

    def get_form(self, request: HttpRequest, obj: DealRecord | None = None, change: bool = False, **kwargs: Any) -> Any:
        """The form, which knows who fills it in."""
        form = super().get_form(request, obj, change, **kwargs)
        form.by = actor(request.user)
        return form

    def has_delete_permission(self, request: HttpRequest, obj: DealRecord | None = None) -> bool:
        """History is never lost."""
        return False

    def get_urls(self) -> list[Any]:
        """The pages of the admin, and one for each kind of change."""
        view = self.admin_site.admin_view
        return [
            path("<path:deal>/take/<str:transition>/", view(self.take), name="sales_take"),
            path("<path:deal>/learn/", view(self.learn), name="sales_learn"),
            path("<path:deal>/record/", view(self.record), name="sales_record"),
            *super().get_urls(),
        ]

    @admin.display(description="Needs attention")
    def attention(self, record: DealRecord) -> str:
        """What is overdue, and why."""
        overdue = record.rulebook.agenda(record.deal, at=timezone.now()).overdue
        return "; ".join(item.why for item in overdue) or "no"

    def save_model(self, request: HttpRequest, obj: DealRecord, form: Any, change: bool) -> None:
        """The deal that the form has opened; the row of the model comes with it."""
        DealRecord.objects.add(form.opened)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The deal with its options, its agenda and the form of its stage."""
        record = get_object_or_404(DealRecord, id=object_id)
        process, deal, now = record.rulebook, record.deal, timezone.now()
        options = process.options(deal, at=now, by=actor(request.user))
        shown = {
            "deal": deal,
            "stage": process.stage(deal.stage),
            "options": [
                (option, LossForm(option.choices) if "reason" in option.needs and option.choices else None)
                for option in options
            ],
            "agenda": process.agenda(deal, at=now, by=actor(request.user)),
            "facts_form": FactsForm(process, deal),
            "events": DealEvent.objects.filter(deal=record).order_by("-revision"),
            "show_save": False,
            "show_save_and_continue": False,
            "title": f"{deal.id}: {process.stage(deal.stage).label or deal.stage}",
        }
        return super().change_view(request, object_id, form_url, {**shown, **(extra_context or {})})

    def take(self, request: HttpRequest, deal: str, transition: str) -> HttpResponse:
        """A button was pressed."""
        reason = request.POST.get("reason") or None
        return self._change(
            request,
            deal,
            lambda before: CATALOG[before].take(
                before, transition, reason=reason, at=timezone.now(), by=actor(request.user)
            ),
        )

    def record(self, request: HttpRequest, deal: str) -> HttpResponse:
        """Work was done."""
        activity = request.POST.get("activity", "")
        return self._change(
            request,
            deal,
            lambda before: CATALOG[before].record(before, activity, at=timezone.now(), by=actor(request.user)),
        )

    def learn(self, request: HttpRequest, deal: str) -> HttpResponse:
        """The form of the stage was filled in."""
        record = get_object_or_404(DealRecord, id=deal)
        form = FactsForm(record.rulebook, record.deal, request.POST)
        if not form.is_valid():
            for field, errors in form.errors.items():
                messages.error(request, f"{form.fields[field].label}: {' '.join(str(each) for each in errors)}")
            return redirect(reverse("admin:sales_dealrecord_change", args=[deal]))
        return self._change(
            request,
            deal,
            lambda before: CATALOG[before].learn(before, form.told(), at=timezone.now(), by=actor(request.user)),
        )

    def _change(self, request: HttpRequest, name: str, verb: Callable[[Deal], Deal]) -> HttpResponse:
        """Apply the verb, and say what came of it in words."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        seen = request.POST.get("revision", "")
        if not seen.isdecimal():
            return HttpResponseBadRequest("the form lacks the revision that its page showed")
        record = get_object_or_404(DealRecord, id=name)
        if not self.has_change_permission(request, record):
            raise PermissionDenied
        try:
            after = DealRecord.objects.apply(name, verb, revision=int(seen))
        except TransitionRefused as refused:
            for reason in refused.reasons:
                messages.error(request, str(reason))
        except StaleDeal:
            messages.error(request, "Somebody else has changed this deal meanwhile; here it is as it stands now.")
        except SalesProcessError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, f"{after.id} is {after.status} in {after.stage}.")
        return redirect(reverse("admin:sales_dealrecord_change", args=[name]))
