"""Formulas that hold without a network: arrays in, arrays out; knows no model, text or screen."""
