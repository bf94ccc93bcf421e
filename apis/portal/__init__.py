"""The start page.

In: the registry, the live state. Out: what is published here, for people (HTML) and for programs (JSON).
"""
