"""Softmax, its losses, derivatives and relatives: accurate, batched, in plain NumPy."""
