"""For those who run a city or the platform: what was kept back, and its replay.

In: requests with an API key of a scope and a city. Out: documents that are never public and never cached.
"""
