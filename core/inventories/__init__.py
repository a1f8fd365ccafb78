"""Inventories («описи») of permanent, personnel and long-term cases."""
