"""The control law."""
