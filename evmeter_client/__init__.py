"""Talk to EV-Meter chargers over MQTT: read them, follow them, limit their charging current."""
