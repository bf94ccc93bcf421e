"""The door (`service.run_door`): messages by HTTP from devices that speak no MQTT, with an API key of their city.

In: `POST /{city}/{theme}/{sensor}`, or to any topic that a source of the city awaits. Out: frames on the topic
`messages`, as those of the bridge; 202 is said once a message is as safe as one that the bridge acknowledges.
"""
