"""Embedded services and the processes of a first run. Imports neither `dashboard` nor `monitor`."""
