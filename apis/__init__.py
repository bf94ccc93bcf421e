"""The open data interfaces: one package for each.

In: HTTP requests, the published log, answers of the store. Out: plain JSON, GeoJSON, CSV, pages, health, metrics.
It never talks to `ingest`, and only reads the store.
"""
