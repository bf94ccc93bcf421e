"""The documentation of the interfaces, which works without internet.

In: the routes, the error codes. Out: `/docs`, `/docs/errors`, `/openapi.json`.
"""
