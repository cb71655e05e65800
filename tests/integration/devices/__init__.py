"""Devices that Home Assistant's own integrations read and control: each speaks its protocol on 127.0.0.1."""
