"""The bridge: MQTT messages in, frames on the topic `messages` out; nothing is decoded, nothing dropped.

A message is acknowledged to the MQTT broker once Kafka has its frame. One outbox stands between both sides.
`service.run_bridge` is the process.
"""
