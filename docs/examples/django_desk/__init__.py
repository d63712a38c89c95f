"""A Django project in which people sell: events in a model, the admin as the screen, refusals in words.

`python -m django_desk migrate` in the folder above makes a database;
`docs/how-to/embed-in-django.md` explains the rest.
"""
