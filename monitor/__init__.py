"""What is measured, judged, remembered and done.

No HTTP and no HTML. Layers and who may import whom: `pyproject.toml`, contract `monitor-layers`.
"""
