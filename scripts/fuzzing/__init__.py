"""Fuzz the decoders: whatever arrives, nothing but EVMeterProtocolError may come out."""
