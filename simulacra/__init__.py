"""simulacra: a personal grid of machines that looks after itself."""

__version__ = "0.1.0"
