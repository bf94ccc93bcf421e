"""The catalogue: what is published here, in DCAT for harvesters and as a page for people.

In: the registry, the application's own OpenAPI document (which says what is offered in which forms), since when the
store has something. Out: DCAT-AP 3.0.1, DCAT-AP-VL 3.0, the annex for high-value datasets, mobilityDCAT-AP 1.1.
"""
