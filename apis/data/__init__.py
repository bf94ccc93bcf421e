"""Open data in plain forms: what is latest, what was, and where it is measured.

In: the live state, the store, the registry. Out: JSON, GeoJSON, CSV; each answer names its licence and its origin.
"""
