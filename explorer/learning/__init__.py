"""Makes weights: text in, a trained network out. Knows nothing about sessions or screens."""
