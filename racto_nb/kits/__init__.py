"""Kits: the six objects with which users talk to models. One behaviour, written once over the providers' wires."""
