"""Sendings to very many: cut into ranges that any bot takes, shown as progress, paused, resumed and cancelled."""
