"""Shared tasks of fundamental physics, pd4ml: what their published networks need in a trigger."""
