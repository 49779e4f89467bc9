"""Delays of a device's primitives and nets, before placement; slow corner, ns."""
