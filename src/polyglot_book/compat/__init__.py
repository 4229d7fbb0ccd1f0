"""Changes to Sphinx, its themes and its extensions, one file for each of them.

Everything here replaces, disconnects, reads privately or rewrites a piece of another package. Each
file names the version that it was written for, why the change is needed, and what would make it
needless.
"""
