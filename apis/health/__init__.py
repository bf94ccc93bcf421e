"""How the platform is, by data age and lag.

In: the live state, the store. Out: `/health/live`, `/health/serving`, `/health/ready`, `/metrics`, each saying what is
wrong.
"""
