"""The servers of the real profile on machines without a container engine: Mosquitto, Apache Kafka, InfluxDB.

In: settings, the system's toolchains and package clients. Out: servers installed once a machine, started anywhere.
"""
