"""Which servers the real profile runs on. Checked on 2026-11-24: each one builds, starts and keeps its data."""

MOSQUITTO = "2.0"
"""The oldest that will do; a Debian package, so the system decides which one it is (2.0.11 in Debian 12)."""

KAFKA = "4.1.0"
KAFKA_SCALA = "2.13"
SLF4J = "1.7.36"
"""The line of slf4j that this Kafka speaks; without a binding of it Kafka logs nothing."""
MAVEN_DEPENDENCY_PLUGIN = "3.6.1"
JAVA_OLDEST = 17
"""What Kafka 4 asks for."""

INFLUXDB = "2.7.12"
INFLUX_PKG_CONFIG = "0.2.14"
"""Builds InfluxDB's Rust part when Go's build asks for it."""
GO_OLDEST = (1, 21)
"""The first that fetches by itself the toolchain which InfluxDB's go.mod names."""
RUST_OLDEST = (1, 72)
"""What InfluxDB's query engine names."""
