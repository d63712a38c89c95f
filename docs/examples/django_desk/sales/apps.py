"""The app."""

from django.apps import AppConfig


class SalesConfig(AppConfig):
    name = "django_desk.sales"
    verbose_name = "Sales"
