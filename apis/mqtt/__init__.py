"""Open data over MQTT: one retained message for each site, below `open/`, in the square of the map where it lies.

In: the latest values of every public dataset. Out: messages at the public MQTT broker, which everyone may read.
"""
