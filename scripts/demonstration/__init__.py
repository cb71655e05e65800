"""The demonstration: a simulated house and charger, a real broker and a real Home Assistant."""
