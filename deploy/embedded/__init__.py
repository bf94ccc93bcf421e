"""The brokers of the embedded profile, so that trying Stadspuls needs nothing but Python.

In: settings. Out: an in-memory Kafka, and an MQTT broker (Mosquitto when installed, else amqtt), on the loopback.
"""
