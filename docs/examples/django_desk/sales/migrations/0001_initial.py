"""The tables of deals and events."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="DealRecord",
            fields=[
                ("id", models.CharField(max_length=200, primary_key=True, serialize=False, verbose_name="deal")),
                ("process", models.CharField(max_length=100)),
                ("version", models.PositiveIntegerField()),
                ("stage", models.CharField(max_length=100)),
                ("status", models.CharField(max_length=10)),
                ("owner", models.CharField(blank=True, max_length=200)),
                ("amount", models.DecimalField(blank=True, decimal_places=2, max_digits=20, null=True)),
                ("currency", models.CharField(blank=True, max_length=3)),
                ("expected_close", models.DateField(blank=True, null=True)),
                ("updated_at", models.DateTimeField()),
                ("revision", models.PositiveIntegerField()),
            ],
            options={
                "verbose_name": "deal",
                "ordering": ["-updated_at"],
            },
        ),
        migrations.CreateModel(
            name="DealEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("revision", models.PositiveIntegerField()),
                ("row", models.JSONField()),
                (
                    "deal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="events", to="sales.dealrecord"
                    ),
                ),
            ],
            options={
                "ordering": ["deal", "revision"],
                "constraints": [models.UniqueConstraint(fields=("deal", "revision"), name="one_event_a_revision")],
            },
        ),
    ]
