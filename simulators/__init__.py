"""Believable cities, recorded data and load, for trying out, testing and measuring.

In: the registry (which sensors exist), recordings in `recordings/`, a seed, the clock. Out: MQTT messages as real
sensors would send them, QoS 1, on `{city}/{theme}/{sensor}`. Only datasets of origin `simulated` are made up here.
"""
