"""Tests of what runs on Celery."""

collect_ignore = ["fleet_app.py"]  # it is imported where there is a broker
