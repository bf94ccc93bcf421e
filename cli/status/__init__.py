"""How a running platform is, from what its processes tell over HTTP.

In: addresses. Out: one picture of the platform, and what is wrong with it.
"""
