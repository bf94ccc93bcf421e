"""Pollers of foreign APIs (`service.run_pollers`): they ask politely, and speak to MQTT like any sensor.

In: answers of the APIs that city files name. Out: one MQTT message a record, each once, below the city's slug.
"""
