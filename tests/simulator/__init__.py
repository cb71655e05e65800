"""The simulated charger, car and house."""
