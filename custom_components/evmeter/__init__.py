"""EV-Meter: charges electric vehicles as fast as the main fuse allows."""
