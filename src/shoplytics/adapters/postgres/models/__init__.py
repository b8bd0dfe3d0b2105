"""Declarative models of the records that are reached through repositories; the migrations make the tables."""
