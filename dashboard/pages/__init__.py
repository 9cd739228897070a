"""The screens: one module each, with a template, a test and one line of URLs.

They read by `dashboard.queries` and `monitor.series.read`, and change nothing.
"""
