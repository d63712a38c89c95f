"""Manage the project: `python -m django_desk migrate`, then `createsuperuser`, then `runserver`."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "django_desk.settings")
    execute_from_command_line(sys.argv)
